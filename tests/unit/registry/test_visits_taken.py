"""The filled plan of visits: taken back row by row, delivered, and learnt from."""

from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from editions.visits import NEED, RANDOM
from linkage.identity import IdentityKey, person_keys
from registry.casework.desk import Desk
from registry.errors import NotPermittedError
from registry.exports.visits import export_visits
from registry.intake import ingest, new_files
from registry.models import AuditEvent
from registry.roles import Actor
from registry.scope import Area
from registry.training import training_examples
from registry.visits import figures_known_at, keep_plan
from registry.visits_taken import answers_of, deliver_plan_visits, take_visits
from rules.parameters import load_parameters
from schemas.contract import get_feed
from schemas.settings import Settings
from tests.unit.registry.deliveries import land, number
from tests.unit.registry.examples import edition, family, member, published

PLANNED = date(2026, 6, 30)
NOW = datetime(2027, 7, 20, 4, tzinfo=UTC)
CLERK = Actor("经办人", "district_staff")
PEOPLE = range(1, 5)
_REGISTRATION = {
    "person_id": number,
    "person_name": lambda serial: f"甲{serial}",
    "birth_on": lambda _: "1980-01-01",
    "household_no": lambda serial: f"{serial}",
    "household_type": lambda _: "家庭户",
    "relation_to_head": lambda _: "户主",
    "registration_status": lambda _: "正常",
    "registered_on": lambda _: "2000-01-01",
    "street_code": lambda _: "西兴街道",
    "community_code": lambda _: "330108001001",
    "address": lambda _: "一号",
}


@pytest.fixture
def desk(settings: Settings, engine: Engine) -> Desk:
    """Four registered families, an edition, and the plan that visits two for need and two at random."""
    feed = get_feed("household_registration")
    header = ",".join(feed.column(each).title for each in _REGISTRATION)
    rows = [",".join(said(serial) for said in _REGISTRATION.values()) for serial in PEOPLE]
    land(settings, rows, feed="household_registration", header=header)
    assert _ingest(settings, engine) == [("accepted", len(PEOPLE))]
    listed = edition(listed=[family("H:1", 1)], members=[member("H:1", 1)])
    published(engine, listed)
    keys = person_keys(pl.Series([number(each) for each in PEOPLE]), IdentityKey.from_settings(settings))
    plan = pl.DataFrame(
        {
            "family_id": [f"H:{each}" for each in PEOPLE],
            "head_key": keys,
            "street_code": ["330108001"] * 4,
            "community_code": ["330108001001"] * 4,
            "manner": [NEED, NEED, RANDOM, RANDOM],
            "drawn": [2] * 4,
            "left": [40] * 4,
        }
    )
    keep_plan(settings, PLANNED, plan, plan.select("family_id", person_key="head_key"))
    return Desk(engine, settings, load_parameters())


def _ingest(settings: Settings, engine: Engine) -> list[tuple[str, int]]:
    found = [ingest(each, settings, engine, today=NOW.date()) for each in new_files(settings, engine)]
    return [(each.status, each.rows_accepted) for each in found]


def _plan(desk: Desk, folder: Path, filled: dict[str, tuple[object, object]]) -> Path:
    """The workbook that was handed out, filled in by family: day and outcome."""
    plan = pl.read_parquet(desk.settings.lake_dir / "visits" / f"{PLANNED}.parquet").drop("person_key")
    path = folder / "visits.xlsx"
    export_visits(desk.engine, desk.settings, plan, actor=CLERK, as_of=PLANNED, path=path)
    book = openpyxl.load_workbook(path)
    sheet = book["西兴街道"]
    places = {cell.value: cell.column for cell in sheet[1]}
    for row in range(2, sheet.max_row + 1):
        family_id = sheet.cell(row, places["家庭标识"]).value
        if family_id in filled:
            for title, value in zip(("走访日期", "走访结果"), filled[family_id], strict=True):
                sheet.cell(row, places[title]).value = value
    book.save(path)
    return path


def _take(desk: Desk, path: Path) -> list[tuple[str, str]]:
    return sorted((each.state, each.reason) for each in take_visits(desk, path, actor=CLERK, now=NOW).rows)


ANSWERED = {
    "H:1": ("2026-07-06", "不属实"),
    "H:2": ("2026年7月7日", "属实-转介"),
    "H:3": ("2026-07-08", "属实-纳入"),
    "H:4": ("2026-07-09", "不属实"),
}


def test_what_visits_found_comes_back_as_estimate_and_as_label(desk: Desk, tmp_path: Path) -> None:
    """A family that never applied would be visited, found in need, and neither counted as missed nor learnt from."""
    assert _take(desk, _plan(desk, tmp_path, ANSWERED)) == [("accepted", "")] * 4
    assert _ingest(desk.settings, desk.engine) == [("accepted", 4)]
    found = figures_known_at(desk.engine, desk.settings, desk.parameters, date(2026, 7, 31))
    assert found.visited == 4
    assert found.missed is not None
    assert found.missed.families.value == 20
    rows = training_examples(desk.engine, desk.settings, desk.parameters, [PLANNED], date(2027, 6, 30))
    told = {each["family_id"]: (each["needed"], each["by_visit"]) for each in rows.iter_rows(named=True)}
    assert told == {"H:1": (False, False), "H:2": (True, True), "H:3": (True, True), "H:4": (False, False)}


def test_a_plan_that_comes_twice_changes_nothing_and_a_later_one_what_it_says(desk: Desk, tmp_path: Path) -> None:
    """A visit would count twice, or a mistake in the first workbook would stay for ever."""
    path = _plan(desk, tmp_path, {"H:1": ANSWERED["H:1"]})
    assert _take(desk, path) == [("accepted", ""), *[("skipped", "未填写")] * 3]
    assert _take(desk, path)[0] == ("skipped", "未填写")
    assert ("skipped", "该次走访已登记") in _take(desk, path)
    assert _ingest(desk.settings, desk.engine) == [("accepted", 1)]
    assert [each.path for each in deliver_plan_visits(desk)] == [None]
    _take(desk, _plan(desk, tmp_path, {"H:1": ("2026-07-06", "属实-转介"), "H:4": ANSWERED["H:4"]}))
    assert _ingest(desk.settings, desk.engine) == [("accepted", 2)]
    found = figures_known_at(desk.engine, desk.settings, desk.parameters, date(2026, 7, 31))
    assert (found.visited, found.confirmed and found.confirmed.value) == (2, 1.0)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (("2026-07-06", None), "未填写走访结果"),
        ((None, "不属实"), "未填写走访日期"),
        (("2026-06-30", "不属实"), "走访日期不晚于安排的统计截止日 2026-06-30"),
        (("2031-01-01", "不属实"), "走访日期"),
        (("2026-07-06", "很好"), "走访结果"),
    ],
)
def test_a_row_that_cannot_be_is_set_aside(
    desk: Desk, tmp_path: Path, given: tuple[object, object], reason: str
) -> None:
    """A slip of the pen would become a fact about a family, or vanish."""
    told = _take(desk, _plan(desk, tmp_path, {"H:1": given}))
    assert next(each for each in told if each[0] == "quarantined")[1].startswith(reason)
    assert not list((desk.settings.landing_dir / "home_visits").rglob("*.csv"))


def test_a_street_answers_for_its_own_families(desk: Desk, tmp_path: Path) -> None:
    """A street could write outcomes for the families of another one; or anybody at all."""
    path = _plan(desk, tmp_path, ANSWERED)
    other = Actor("邻街", "street_staff", Area.of("330108002"))
    taken = take_visits(desk, path, actor=other, now=NOW)
    assert {(each.state, each.reason) for each in taken.rows} == {
        ("quarantined", "这家人不在走访安排中，或不在您的区域")
    }
    with pytest.raises(NotPermittedError):
        take_visits(desk, path, actor=Actor("审计", "auditor"), now=NOW)


def test_what_was_taken_stands_in_the_record_without_anybody(desk: Desk, tmp_path: Path) -> None:
    """Nobody could tell who wrote down what visits found."""
    _take(desk, _plan(desk, tmp_path, ANSWERED))
    with Session(desk.engine) as session:
        events = session.scalars(select(AuditEvent).where(AuditEvent.action == "visit_sheets")).all()
    assert [(each.actor, each.details["visits"]) for each in events] == [("经办人", 4)]
    assert "H:" not in str(events[0].details)


def test_nothing_is_kept_of_what_could_not_be_recorded(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If this fails, outcomes of families are kept of which the audit chain knows nothing."""
    path = _plan(desk, tmp_path, ANSWERED)

    def broken(*_args: object, **_kwargs: object) -> None:
        raise OSError

    monkeypatch.setattr("registry.visits_taken.record_taken", broken)
    with pytest.raises(OSError):  # noqa: PT011 - the disk is full
        take_visits(desk, path, actor=CLERK, now=NOW)
    assert answers_of(desk.settings, PLANNED).is_empty()
    assert not list((desk.settings.landing_dir / "home_visits").rglob("*.csv"))
