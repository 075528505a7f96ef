"""`doudi audit`: what an auditor types, what comes back, and how the command ends."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine, text

from pipelines.cli import main
from registry.accounts.accounts import NewAccount, add_account, give_role
from registry.audit import append
from registry.auditing.catalogue import CATALOGUE
from registry.auditing.examining import events_of
from registry.engine import make_engine, migrate
from registry.scope import DISTRICT, Area
from schemas.settings import Settings
from tests.unit.registry.auditing.spoiling import without_triggers
from tests.unit.registry.casework.worlds import CHANGHE, XIXING, World, one_family, world

Typed = Callable[..., tuple[int, Any]]


@pytest.fixture
def installation(at_home: Settings) -> Iterator[World]:
    """One family on the list, with one case."""
    engine = make_engine(at_home)
    migrate(engine)
    made = world(engine, at_home)
    made.publish(one_family())
    yield made
    engine.dispose()


@pytest.fixture
def typed(installation: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typed:
    """Type a command of the workbench; its exit code and what it printed, as JSON where that was asked for."""
    assert installation.months == 1

    def type_in(*words: str) -> tuple[int, Any]:
        monkeypatch.setattr("sys.argv", ["doudi", "audit", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        told = capsys.readouterr()
        code = ended.value.code
        return int(code or 0), json.loads(told.out) if "--json" in words else told.out + told.err  # type: ignore[arg-type]

    return type_in


def _spoil(engine: Engine, table: str, statement: str) -> None:
    with without_triggers(engine, table) as connection:
        connection.execute(text(statement))


def test_a_sample_is_drawn_again_by_its_event_until_the_list_is_changed(typed: Typed, installation: World) -> None:
    """An auditor's draw could not be repeated by another, or would be repeated from a changed list without a word."""
    code, drawn = typed("sample", "entries", "--seed", "seed1", "--json")
    assert (code, drawn["drawn"], [each["item"] for each in drawn["rows"]]) == (0, 1, ["H:100"])
    assert "FROM list_entry" in drawn["query"]
    code, again = typed("sample", "--again", str(drawn["event"]), "--json")
    assert (code, again["sample_hash"], again["rows"]) == (0, drawn["sample_hash"], drawn["rows"])
    code, shown = typed("sample", "entries", "--seed", "seed1")
    assert (code, "H:100" in shown, "seed seed1" in shown) == (0, True, True)
    _spoil(installation.engine, "list_entry", "UPDATE list_entry SET tier = 'red'")
    code, told = typed("sample", "--again", str(drawn["event"]), "--json")
    assert (code, told["error"]) == (1, "SamplingError")


def test_closed_cases_are_drawn_from_and_open_ones_are_not(typed: Typed, installation: World) -> None:
    """Nobody outside the office would ever look at how a case was closed."""
    assert typed("sample", "cases", "--json")[1]["items"] == 0
    case_id = installation.only()
    installation.closed(case_id, "not_true")
    code, drawn = typed("sample", "cases", "--json")
    (row,) = drawn["rows"]
    assert (code, row["item"], row["stratum"]) == (0, case_id, f"{XIXING}/need/not_true")
    assert (row["family_id"], row["attempts"], row["concluded_by"], row["closed_by"]) == ("H:100", 1, "worker", "boss")
    assert row["closed_at"] == "2026-07-06T12:00:00.000000+08:00"
    assert typed("sample", "cases", "--since", "2026-07-07", "--json")[1]["items"] == 0
    assert typed("sample", "cases", "--since", "2026-07-06", "--until", "2026-07-06", "--json")[1]["items"] == 1
    assert typed("sample", "cases", "--until", "2026-07-05", "--json")[1]["items"] == 0
    assert typed("sample", "--again", str(drawn["event"]), "--json")[1]["rows"] == drawn["rows"]


@pytest.mark.parametrize(
    "words",
    [
        ("sample", "entrees"),
        ("sample", "entries", "--strata", "colour"),
        ("sample", "entries", "--seed", "a b"),
        ("sample", "decisions", "--since", "yesterday"),
        ("sample", "entries", "--confidence", "120"),
        ("tests", "nobody_knows"),
        ("papers", "-o", "papers.xlsx", "--populations", "entries,entrees"),
    ],
    ids=" ".join,
)
def test_what_is_not_known_is_bad_usage(typed: Typed, words: tuple[str, ...]) -> None:
    """A misspelt word would draw from everything, or end like a finding."""
    assert typed(*words)[0] == 2


def test_tests_end_with_1_once_they_find_something(typed: Typed, installation: World) -> None:
    """A scheduled test would report success over a spoiled record."""
    wanted = ("tests", "counts_not_rows", "in_two_families", "--json")
    code, found = typed(*wanted)
    assert (code, {each["test"]: each["state"] for each in found["tests"]}) == (
        0, {"counts_not_rows": "passed", "in_two_families": "passed"},
    )  # fmt: skip
    _spoil(installation.engine, "edition_aggregate", "UPDATE edition_aggregate SET amount = 9")
    code, found = typed(*wanted)
    first, second = found["tests"]
    assert (code, first["state"], second["state"]) == (1, "exceptions", "passed")
    assert first["count"] == len(first["exceptions"]) > 0
    code, shown = typed("tests", "counts_not_rows", "--query")
    assert (code, "def counts_not_rows" in shown, "1 with exceptions" in shown) == (1, True, True)
    assert events_of(installation.engine)[-1]["action"] == "audit_tests"


def test_the_catalogue_tells_what_each_test_proves(typed: Typed) -> None:
    """An auditor could not choose a test without reading its code."""
    code, listed = typed("tests", "--list", "--json")
    assert (code, [each["test"] for each in listed]) == (0, [*CATALOGUE])
    assert all(each["proves"] and each["query"] for each in listed)


def test_a_report_tells_who_read_outside_the_area_of_the_account(typed: Typed, installation: World) -> None:
    """Somebody of one street could read of another on the terminal, where any role can be typed."""
    engine = installation.engine
    code, found = typed("report", "--json")
    assert (code, {name: each["flagged"] for name, each in found.items()}) == (0, dict.fromkeys(found, 0))
    add_account(
        engine, installation.desk.settings, NewAccount(name="li", role="street_staff", area=Area(CHANGHE)), by="admin"
    )
    append(engine, actor="li", action="view", purpose="查阅", details={"rows": 1, "role": "district_staff",
           "area": "district", "filters": {"area": "西兴街道"}})  # fmt: skip
    give_role(engine, "li", "district_staff", DISTRICT, by="admin")
    append(engine, actor="li", action="view", purpose="查阅", details={"rows": 1, "role": "district_staff",
           "area": "district", "filters": {"area": "西兴街道"}})  # fmt: skip
    code, found = typed("report", "--json")
    (row,) = found["outside_area"]["rows"]
    assert (code, row["actor"], row["own_area"], row["asked_area"]) == (1, "li", CHANGHE, XIXING)
    code, shown = typed("report")
    assert (code, "outside_area" in shown) == (1, True)


def test_papers_hold_all_that_was_asked_for(typed: Typed, installation: World, tmp_path: Path) -> None:
    """An auditor would go home with a file that lacks the cases, or not be told that tests found something."""
    installation.closed(installation.only(), "not_true")
    path = tmp_path / "papers.xlsx"
    code, told = typed("papers", "-o", str(path), "--populations", "entries,decisions,closed,cases", "--json")
    assert (code, Path(told["path"]), [each["population"] for each in told["samples"]]) == (
        1, path, ["entries", "decisions", "closed", "cases"],
    )  # fmt: skip
    assert "listed_without_ground" in told["exceptions"]
    assert told["reports"]["overrides"] == 1
    book = openpyxl.load_workbook(path)
    assert {"样本-在列家庭", "样本-已办结核查", "全量测试"} <= {*book.sheetnames}
    headings = [each.value for each in book["样本-已办结核查"][2]]
    assert {"办结人", "办结时间", "联系次数", "结论"} <= {*headings}
    row = dict(zip(headings, [each.value for each in book["样本-已办结核查"][3]], strict=True))
    assert (row["办结人"], row["结论"], row["对象"]) == ("boss", "不属实", "走访核查")
