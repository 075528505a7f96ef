"""The list for a day, as it was known at an instant: asked on the command line, late corrections included."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner

from pipelines.cli import app
from registry.engine import make_engine, migrate
from schemas.settings import Settings
from tests.unit.registry.examples import JULY, JUNE, edition, family, hit, key, member, published, warning


@dataclass(frozen=True)
class History:
    """What was published, and the instants between: before all, after June, after July, after June's correction."""

    june: str
    july: str
    corrected: str
    instants: tuple[datetime, datetime, datetime, datetime]


def _one(engine: Engine, family_id: str, number: int, *, revision: int = 1, july: bool = False) -> str:
    tables = edition(
        listed=[family(family_id, number)],
        members=[member(family_id, number)],
        hits=[hit(family_id, number)],
        warnings=[warning(number, family_id=family_id, person_key=key(number))],
    )
    return published(engine, tables, JULY if july else JUNE, revision=revision)


@pytest.fixture
def history(at_home: Settings) -> History:
    """June lists H:1, July lists H:2, and a late correction says that June was H:9."""
    engine = make_engine(at_home)
    migrate(engine)
    before = datetime.now(UTC)
    june = _one(engine, "H:1", 1)
    first = datetime.now(UTC)
    july = _one(engine, "H:2", 2, july=True)
    second = datetime.now(UTC)
    corrected = _one(engine, "H:9", 9, revision=2)
    engine.dispose()
    return History(june, july, corrected, (before, first, second, datetime.now(UTC)))


@pytest.mark.parametrize("command", ["list", "alerts"])
@pytest.mark.parametrize(
    ("as_of", "known", "found"),
    [
        (JUNE, 1, "H:1"),
        (JUNE, 2, "H:1"),
        (JUNE, 3, "H:9"),
        (JUNE, None, "H:9"),
        (JULY, 1, "H:1"),
        (JULY, 2, "H:2"),
        (JULY, 3, "H:2"),
        (None, 1, "H:1"),
        (None, None, "H:2"),
    ],
    ids=[
        "June as known after June",
        "June as known before its correction",
        "June as known after its correction",
        "June as known now",
        "July before it was published is June",
        "July as known after July",
        "July is not changed by a correction of June",
        "the newest known after June",
        "the newest",
    ],
)
def test_what_was_known_is_what_is_shown(
    history: History, command: str, as_of: object, known: int | None, found: str
) -> None:
    """If this fails, a decision of then is judged by a list that nobody had."""
    words = [command, "--json"]
    words += ["--as-of", str(as_of)] if as_of else []
    words += ["--known-on", history.instants[known].isoformat()] if known is not None else []
    shown = CliRunner().invoke(app, words)
    assert shown.exit_code == 0, shown.output
    document = json.loads(shown.stdout)
    assert [each["family_id"] for each in document["shown"]] == [found]
    expected = {"H:1": history.june, "H:2": history.july, "H:9": history.corrected}
    assert document["edition"] == expected[found]


@pytest.mark.parametrize("command", ["list", "alerts"])
def test_before_anything_was_published_nothing_was_known(history: History, command: str) -> None:
    """If this fails, a list is shown for a time at which there was none."""
    known = history.instants[0].isoformat()
    assert CliRunner().invoke(app, [command, "--known-on", known]).exit_code != 0
    assert CliRunner().invoke(app, [command, "--as-of", "2026-05-31"]).exit_code != 0


def test_a_family_is_explained_by_the_edition_that_was_known(history: History) -> None:
    """If this fails, a family reads reasons that did not exist when it was visited."""
    words = ["explain", "H:1", "--as-of", str(JUNE), "--json"]
    then = CliRunner().invoke(app, [*words, "--known-on", history.instants[2].isoformat()])
    assert json.loads(then.stdout)["edition_id"] == history.june
    assert CliRunner().invoke(app, words).exit_code != 0


def test_a_correction_is_compared_with_what_it_corrects(history: History, tmp_path: Path) -> None:
    """If this fails, nobody can say what a late delivery changed in a month that was published."""
    path = tmp_path / "difference.xlsx"
    made = CliRunner().invoke(app, ["diff", history.june, history.corrected, "--json", "-o", str(path)])
    assert made.exit_code == 0, made.output
    document = json.loads(made.stdout)
    assert document["counts"]["families"] == {"entered": 1, "left": 1}
    assert path.stat().st_size > 0


def test_one_edition_alone_is_compared_with_the_one_before(history: History) -> None:
    """If this fails, `doudi diff latest` shows no change in any month, or another month's."""
    shown = CliRunner().invoke(app, ["diff", "latest"])
    assert shown.exit_code == 0, shown.output
    assert f"{history.corrected} → {history.july}" in shown.stdout
    by_day = CliRunner().invoke(app, ["diff", str(JULY), "--json"])
    assert json.loads(by_day.stdout)["before"]["edition"] == history.corrected
    first = CliRunner().invoke(app, ["diff", history.june])
    assert str(JUNE) in str(first.exception)
