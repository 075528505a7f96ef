"""The visits handed out: found by those who go, telling nothing of why, and answered by what was delivered."""

import json
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from editions.visits import NEED, RANDOM
from linkage.identity import IdentityKey, person_keys
from registry.errors import NoEditionError
from registry.exports.visits import export_visits
from registry.intake import ingest, new_files
from registry.models import AuditEvent
from registry.roles import Actor
from registry.visits import figures_known_at, keep_plan, visit_figures
from rules.parameters import load_parameters
from schemas.errors import UnknownNameError
from schemas.settings import Settings
from tests.unit.registry.deliveries import land, number
from tests.unit.registry.examples import JUNE, edition, family, key, member, published
from tests.unit.registry.test_exports import vault

CLERK = Actor("经办人", "district_staff")
STREETS = ("330108001", "330108002")


def _plan(
    rows: int = 3, *, manner: str = NEED, left: int = 200, first: int = 1, street: str = STREETS[0]
) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "family_id": [f"H:{each}" for each in range(first, first + rows)],
            "head_key": [key(each) for each in range(first, first + rows)],
            "street_code": [street] * rows,
            "community_code": [f"{street}001"] * rows,
            "manner": [manner] * rows,
            "drawn": [rows] * rows,
            "left": [left] * rows,
        }
    )


def _people(plan: pl.DataFrame) -> pl.DataFrame:
    return plan.select("family_id", person_key="head_key")


def _visits(outcomes: dict[int, str], on: date) -> pl.LazyFrame:
    rows = [(key(person), on, outcome) for person, outcome in outcomes.items()]
    return pl.LazyFrame(rows, schema=["person_key", "visited_on", "visit_outcome"], orient="row")


@pytest.fixture
def ready(settings: Settings, engine: Engine) -> Engine:
    """A registry with a vault and an edition."""
    vault(settings)
    published(engine, edition(listed=[family("H:1", 1)], members=[member("H:1", 1)]))
    return engine


def test_those_who_go_learn_where_and_not_why(ready: Engine, settings: Settings, tmp_path: Path) -> None:
    """A neighbour who helps with the visits would learn who is poor, how poor, or how they were picked."""
    plan = pl.concat([_plan(2), _plan(1, manner=RANDOM, first=3, street=STREETS[1])])
    for fmt in ("xlsx", "csv", "json"):
        path = tmp_path / f"visits.{fmt}"
        export_visits(ready, settings, plan, actor=CLERK, as_of=JUNE, fmt=fmt, path=path)
        assert path.stat().st_mode & 0o777 == 0o600
    text = (tmp_path / "visits.csv").read_text(encoding="utf-8-sig")
    told = (tmp_path / "visits.json").read_text(encoding="utf-8")
    for word in ("need", "random", "随机", "评分", "等级", "群体", "身份证"):
        assert word not in text
        assert word not in told
    assert "甲乙" in text
    assert [each["户主姓名"] for each in json.loads(told)["visits"]] == ["甲乙", "甲丙", "=1+1"]
    book = openpyxl.load_workbook(tmp_path / "visits.xlsx")
    assert book.sheetnames == ["说明", "西兴街道", "长河街道"]
    assert [each.value for each in book["西兴街道"][1]][:4] == ["序号", "街道", "社区", "户号/户编号"]
    book.close()


def test_a_street_takes_its_own_families(ready: Engine, settings: Settings, tmp_path: Path) -> None:
    """A street would get the addresses of another one's families; and nobody would know who took them."""
    plan = pl.concat([_plan(2), _plan(1, first=3, street=STREETS[1])])
    found = export_visits(
        ready, settings, plan, actor=CLERK, as_of=JUNE, area="长河街道", fmt="csv", path=tmp_path / "v.csv"
    )
    assert found.rows == {"家庭": 1}
    with Session(ready) as session:
        last = session.scalars(select(AuditEvent).order_by(AuditEvent.seq.desc())).first()
    assert last is not None
    assert (last.action, last.details["rows"]) == ("export", {"家庭": 1})


def test_what_is_not_there_is_refused(settings: Settings, engine: Engine, ready: Engine, tmp_path: Path) -> None:
    """An unknown street would be everybody's, an unknown format a file that nobody can open."""
    with pytest.raises(UnknownNameError):
        export_visits(ready, settings, _plan(), actor=CLERK, as_of=JUNE, fmt="pdf", path=tmp_path / "v.pdf")
    with pytest.raises(UnknownNameError):
        export_visits(ready, settings, _plan(), actor=CLERK, as_of=JUNE, area="某街", path=tmp_path / "v.xlsx")
    with pytest.raises(NoEditionError):
        export_visits(ready, settings, _plan(), actor=CLERK, as_of=date(2020, 1, 1), path=tmp_path / "v.xlsx")


def test_answers_estimate_what_was_missed(settings: Settings) -> None:
    """Nobody could say how many needy families the score passes over."""
    drawn = [
        _plan(20, manner=RANDOM, left=400, first=100),
        _plan(10, manner=RANDOM, left=100, first=200, street=STREETS[1]),
    ]
    plan = pl.concat([_plan(40), *drawn])
    keep_plan(settings, JUNE, plan, _people(plan))
    on = JUNE + timedelta(days=12)
    outcomes = {each: "true_include" if each <= 30 else "not_true" for each in range(1, 41)}
    outcomes |= {each: "true_refer" if each < 102 else "not_true" for each in range(100, 120)}
    outcomes |= {each: "not_true" if each < 205 else "no_contact" for each in range(200, 210)}
    found = visit_figures(settings, load_parameters(), _visits(outcomes, on), date(2026, 8, 31))
    assert (found.months, found.visited) == (1, 65)
    assert found.confirmed is not None
    assert found.confirmed.value == pytest.approx(0.75)
    assert found.missed is not None
    assert found.missed.families.value == pytest.approx(400 * 0.1)
    assert found.missed.families.low < 40 < found.missed.families.high
    assert (found.missed.left, found.missed.answered) == (500, 25)


def test_nothing_is_estimated_before_anybody_came_back(settings: Settings) -> None:
    """The month's own plan, or none, would be told as none missed."""
    parameters = load_parameters()
    nobody = _visits({}, JUNE)
    assert visit_figures(settings, parameters, nobody, JUNE).missed is None
    plan = _plan(5, manner=RANDOM)
    keep_plan(settings, JUNE, plan, _people(plan))
    assert visit_figures(settings, parameters, _visits({1: "not_true"}, JUNE), date(2026, 7, 31)).missed is None
    assert visit_figures(settings, parameters, _visits({1: "not_true"}, date(2026, 7, 9)), JUNE).visited == 0


def test_an_overview_reads_the_delivered_visits(settings: Settings, engine: Engine) -> None:
    """The staff pages would say that nothing is known of what was missed, whatever the streets delivered."""
    day = date(2026, 7, 31)
    assert figures_known_at(engine, settings, load_parameters(), day).visited == 0
    plan = _plan(4, manner=RANDOM, left=80)
    keys = person_keys(pl.Series([number(each) for each in range(1, 5)]), IdentityKey.from_settings(settings))
    keep_plan(settings, JUNE, plan, plan.select("family_id").with_columns(person_key=keys))
    told = [
        f"{number(each)},甲乙,ZF{each},2026-07-1{each},{'属实-纳入' if each == 1 else '不属实'}" for each in range(1, 5)
    ]
    header = "身份证号,姓名,走访编号,走访日期,走访结果"
    land(settings, [f"{each},西兴街道" for each in told], feed="home_visits", month="2026-07", header=f"{header},街道")
    receipts = [ingest(each, settings, engine, today=date(2026, 8, 3)) for each in new_files(settings, engine)]
    assert [(each.status, each.rows_accepted) for each in receipts] == [("accepted", 4)]
    found = figures_known_at(engine, settings, load_parameters(), day)
    assert (found.months, found.visited) == (1, 4)
    assert found.missed is not None
    assert found.missed.families.value == 20
    assert found.missed.families.low < 20 < found.missed.families.high
