"""Standing on the list over real runs: months in any order, late corrections, families that only a person lets go."""

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sqlalchemy import Engine

from assets.workspace import Workspace
from linkage.identity import IdentityKey, person_keys
from pipelines.cli import main
from pipelines.run import run
from registry.audit import verify
from registry.filters import ListFilter
from registry.queries import changes, current_edition, edition_rows, list_rows, previous_edition
from registry.scope import WHOLE
from registry.summary import summary
from schemas.settings import Settings
from schemas.settings import settings as process_settings
from tests.integration.conftest import TODAY, District, make_district

pytestmark = pytest.mark.slow

MONTHS = ("2026-01", "2026-02", "2026-03")
LAST_DAY = "2026-03-31"
INCOME = "low_income_family"

Typed = Callable[..., tuple[int, Any]]


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> District:
    """What the departments of a small district deliver in three months."""
    return make_district(tmp_path_factory.mktemp("small") / "district", people=900, months=3, seed=6, dirt=0.0)


@pytest.fixture(scope="module")
def standing(delivered: District, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """An installation that took the months in one after the other."""
    root = tmp_path_factory.mktemp("standing")
    settings = District(root / "district").settings(root / "home")
    _deliver(delivered, settings, *MONTHS)
    report = run(settings, today=TODAY)
    assert [each.month for each in report.editions] == list(MONTHS)
    return settings


def _deliver(delivered: District, settings: Settings, *months: str) -> None:
    for feed in delivered.landing.iterdir():
        for month in months:
            if (feed / month).is_dir():
                shutil.copytree(feed / month, settings.landing_dir / feed.name / month, dirs_exist_ok=True)


def _wages(settings: Settings, month: str) -> Path:
    return next((settings.landing_dir / "tax_wages" / month).iterdir())


def _earners(settings: Settings, month: str) -> pl.Series:
    """The keys of the persons in the wages of `month`, line by line."""
    lines = _wages(settings, month).read_text(encoding="utf-8-sig").splitlines()[1:]
    return person_keys(pl.Series([line.split(",")[0] for line in lines]), IdentityKey.from_settings(settings))


def _corrected(settings: Settings, month: str, amount: str, who: Callable[[pl.Series], pl.Series]) -> None:
    """Deliver the wages of `month` once more, with another amount for those whom `who` picks by their key."""
    path = _wages(settings, month)
    header, *lines = path.read_text(encoding="utf-8-sig").splitlines()
    picked = who(_earners(settings, month)).to_list()
    assert any(picked)
    rows = [
        f"{line.rpartition(',')[0]},{amount}" if chosen else line for line, chosen in zip(lines, picked, strict=True)
    ]
    path.with_suffix(f".r2{path.suffix}").write_text("\n".join([header, *rows, ""]), encoding="utf-8-sig")


def _engine(settings: Settings) -> Engine:
    return Workspace(settings).engine


def _hashes(settings: Settings) -> dict[str, str]:
    workspace = Workspace(settings, today=TODAY)
    found = {month: current_edition(workspace.engine, workspace.as_of(month)) for month in MONTHS}
    workspace.close()
    return {month: edition.content_hash for month, edition in found.items() if edition is not None}


def test_months_in_any_order_and_late_corrections_give_the_same_lists(
    delivered: District, standing: Settings, tmp_path: Path
) -> None:
    """A file delivered late would decide who stands on the list, and since when, for ever."""
    straight = standing.model_copy(update={"home": tmp_path / "straight", "landing": tmp_path / "landing"})
    shutil.copytree(standing.home, straight.home)
    shutil.copytree(standing.landing_dir, straight.landing_dir)
    before = _hashes(straight)
    _corrected(straight, "2026-01", "900000.00", lambda keys: keys == keys.min())
    assert run(straight, today=TODAY).good
    assert all(before[month] != found for month, found in _hashes(straight).items()), "each later month stands on it"

    crossed = District(tmp_path / "crossed").settings(tmp_path / "crossed-home")
    for month in ("2026-03", "2026-01"):
        _deliver(delivered, crossed, month)
        if month == "2026-01":
            revised = next(each for each in _wages(straight, month).parent.iterdir() if ".r2" in each.name)
            shutil.copy(revised, crossed.landing_dir / "tax_wages" / month)
        assert run(crossed, today=TODAY).good
    states = crossed.lake_dir / "states" / "edition" / "standings"
    assert [each.stem for each in states.iterdir()] == ["2026-02"], "the month between is computed, not published"
    _deliver(delivered, crossed, "2026-02")
    assert run(crossed, today=TODAY).good
    assert _hashes(crossed) == _hashes(straight)


@pytest.fixture
def typed(standing: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Typed]:
    """Types a command at the installation and gives its exit code and its JSON."""
    monkeypatch.setenv("DOUDI_HOME", str(standing.home))
    monkeypatch.setenv("DOUDI_LANDING", str(standing.landing_dir))
    monkeypatch.setenv("DOUDI_IDENTITY_KEY", standing.identity_key)
    process_settings.cache_clear()

    def doudi(*words: str) -> tuple[int, Any]:
        monkeypatch.setattr(sys, "argv", ["doudi", *words, "--json"])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0), json.loads(capsys.readouterr().out)

    yield doudi
    process_settings.cache_clear()


def test_a_family_whose_income_rises_stays_until_a_person_lets_it_go(standing: Settings, typed: Typed) -> None:
    """A figure in a file would end a family's listing by machine alone; or nobody could ever end it."""
    engine = _engine(standing)
    edition = current_edition(engine)
    assert edition is not None
    met = edition_rows(engine, edition.edition_id, "hits").filter(pl.col("rule_id") == INCOME)
    older = edition_rows(engine, edition.edition_id, "standings").filter(
        pl.col("ground") == INCOME, pl.col("since") < edition.as_of
    )
    paid = _earners(standing, "2026-03").alias("person_key").to_frame()
    earning = met.filter(pl.col("basis") == "income_wages").join(older, on="person_key", how="semi")
    earning = earning.join(paid, on="person_key", how="semi").sort("person_key")
    person, family = earning.select("person_key", "family_id").row(0)

    _corrected(standing, "2026-03", "900000.00", lambda keys: keys == person)
    assert run(standing, today=TODAY).good
    edition = current_edition(engine)
    assert edition is not None
    assert INCOME in _row(engine, family)["proposed_groups"]
    proposed = _told(engine, family)
    assert proposed.filter(pl.col("change") == "proposed").select("reason", "manner").rows() == [
        ("income_changed", "proposed")
    ]
    assert proposed.filter(pl.col("change") == "left").is_empty()
    code, waiting = typed("decide", "--pending", "--limit", "100")
    assert code == 0
    assert (family, INCOME) in {(each["family_id"], each["ground"]) for each in waiting["shown"]}

    words = ("decide", family, "--ground", INCOME, "--outcome", "exit_confirmed", "--reason", "visited")
    code, refused = typed(*words, "--by", "first", "--on", LAST_DAY)
    assert (code, "second person" in refused["message"]) == (2, True)
    assert typed(*words, "--by", "first", "--approved-by", "second", "--on", "2999-01-01")[0] == 2
    code, decided = typed(*words, "--by", "first", "--approved-by", "second", "--on", LAST_DAY)
    assert (code, len(decided["decisions"])) == (0, 3)

    assert run(standing, today=TODAY).good
    exits = _told(engine, family).filter(pl.col("change") == "left")
    assert exits.select("rule_id", "reason", "manner").rows() == [(INCOME, "income_changed", "confirmed")]
    assert exits.select(pl.col("decision_id").is_in(decided["decisions"]).all()).item()
    assert exits["parameters_version"].null_count() == exits["evidence_key"].null_count() == 0
    row = _row(engine, family)
    assert row is None or INCOME not in row["groups"]
    assert verify(engine).holds
    newest = current_edition(engine)
    assert newest is not None
    assert summary(engine, newest.edition_id, WHOLE).proposed is not None
    engine.dispose()


def _row(engine: Engine, family: str) -> Any:
    edition = current_edition(engine)
    assert edition is not None
    rows = list_rows(engine, edition.edition_id, ListFilter.of(WHOLE)).filter(pl.col("family_id") == family)
    return rows.row(0, named=True) if rows.height else None


def _told(engine: Engine, family: str) -> pl.DataFrame:
    """What the newest edition tells of the family's groups."""
    edition = current_edition(engine)
    assert edition is not None
    before = previous_edition(engine, edition)
    assert before is not None
    rows = changes(engine, before.edition_id, edition.edition_id)
    return rows.filter(pl.col("scope") == "group", pl.col("family_id") == family, pl.col("rule_id") == INCOME)
