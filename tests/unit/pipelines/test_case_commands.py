"""`doudi cases`: all of casework goes without pages."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from pipelines.cli import main
from registry.engine import make_engine, migrate
from schemas.settings import Settings
from schemas.settings import settings as process_settings
from tests.unit.registry.casework.worlds import TODAY, one_family, world

Typed = Callable[..., tuple[int, Any]]


@pytest.fixture
def typed(tmp_path: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Type a command in an installation with one case; its exit code and what it printed as JSON."""
    place = Settings(home=tmp_path / "home", database_url="", identity_key="5e" * 32)
    engine = make_engine(place)
    migrate(engine)
    world(engine, place).publish(one_family())
    engine.dispose()
    for name, value in {"DOUDI_HOME": str(tmp_path / "home"), "DOUDI_IDENTITY_KEY": "5e" * 32}.items():
        monkeypatch.setenv(name, value)
    process_settings.cache_clear()

    def type_in(*words: str) -> tuple[int, Any]:
        monkeypatch.setattr("sys.argv", ["doudi", "cases", *words, "--json"])
        with pytest.raises(SystemExit) as ended:
            main()
        code = ended.value.code
        return int(code or 0), json.loads(capsys.readouterr().out)  # type: ignore[arg-type]

    yield type_in
    process_settings.cache_clear()


def test_a_case_is_worked_by_command(typed: Typed) -> None:
    """If this fails, an office without the pages cannot work its cases."""
    _, listed = typed("list")
    case_id = listed["rows"][0]["case_id"]
    assert listed["total"] == 1
    assert typed("assign", case_id, "--to", "worker", "--by", "dispatcher")[1]["cases"][0]["state"] == "assigned"
    visit = ("record", case_id, "--on", f"{TODAY}", "--means", "home", "--contact", "reached", "--answer", "all=no")
    code, done = typed(*visit, "--outcome", "not_true", "--by", "worker", "--role", "district_staff")
    assert (code, done["state"]) == (0, "concluded")
    refused, told = typed("close", case_id, "--by", "worker")
    assert (refused, told["error"]) == (1, "CaseError")
    assert typed("close", case_id, "--by", "boss")[1]["state"] == "closed"
    assert [each["kind"] for each in typed("show", case_id)[1]["events"]][-1] == "closed"


def test_another_street_learns_nothing_by_command(typed: Typed) -> None:
    """If this fails, a street worker reads another street's cases by asking for them."""
    case_id = typed("list")[1]["rows"][0]["case_id"]
    there = ("--role", "street_staff", "--as-area", "330108002")
    assert typed("list", *there)[1]["total"] == 0
    code, told = typed("show", case_id, *there)
    assert (code, told["error"]) == (1, "CaseNotFoundError")


def test_an_address_is_hidden_and_shown_again_by_command(
    typed: Typed, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """If this fails, an office without the pages cannot hide a family, or one person alone shows where it lives."""
    assert typed("list")[1]["total"] == 1

    def type_in(*words: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["doudi", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0), capsys.readouterr().out

    assert type_in("protect", "set", "H:100", "--reason", "violence", "--by", "one")[0] == 0
    (row,) = json.loads(type_in("protect", "list", "--json")[1])["rows"]
    assert (row["family_id"], row["kind"], row["reason"]) == ("H:100", "set", "violence")
    made = row["protection_id"]
    assert made in type_in("protect", "list")[1]
    assert type_in("protect", "end", made, "--version", "1", "--by", "one")[0] == 0
    assert type_in("protect", "end", made, "--version", "2", "--approve", "--by", "one")[0] == 1
    assert type_in("protect", "end", made, "--version", "2", "--approve", "--keep", "--by", "two")[0] == 2
    assert type_in("protect", "end", made, "--version", "2", "--approve", "--by", "two")[0] == 0
    assert json.loads(type_in("protect", "list", "--json")[1])["rows"] == []
    assert json.loads(type_in("prune", "--json")[1])["written"] == 0
