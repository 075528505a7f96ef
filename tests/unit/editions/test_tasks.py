"""Tasks: one visit a family, its questions merged, in working days; and nothing of a suspicion in it."""

from datetime import date
from itertools import pairwise
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editions.deadlines import announced_until, is_working_day, with_due, working_days
from editions.tasks import edition_tasks
from rules import Rule, rules_of
from rules.parameters import load_parameters
from rules.parameters.model import ParametersAt
from schemas.tables import get_table
from tests.unit.rules.tables import AS_OF, all_tables, shipped

RULE = "high_inpatient_cost"
QUESTIONED = "vehicle_on_register"


def _warning(number: int, **more: Any) -> dict[str, Any]:
    told = {
        "warning_id": f"{number:024x}",
        "rule_id": RULE,
        "kind": "need",
        "family_id": "H:1",
        "person_key": "a",
        "raised_on": AS_OF,
        "due_on": date(2026, 4, 8),
        "street_code": "330108001",
        "community_code": "330108001001",
    }
    return told | more


def _tasks(*warnings: dict[str, Any], **more: list[dict[str, Any]]) -> list[dict[str, Any]]:
    tables = all_tables(warnings=list(warnings), **more)
    frame = edition_tasks(tables, AS_OF, shipped()).collect()
    assert frame.schema == get_table("tasks").schema
    return frame.sort("family_id", "audience").to_dicts()


def _due(*warnings: dict[str, Any], days: int = 3, tier: str = "yellow", hours: int = 24) -> list[date | None]:
    read = load_parameters().replacing({f"{RULE}.due_working_days": days, "tasks.red_hours": hours}).as_of(AS_OF)
    tables = all_tables(list=[{"family_id": "H:1", "tier": tier}])
    rows = pl.LazyFrame(list(warnings), schema={name: get_table("warnings").schema[name] for name in warnings[0]})
    found = with_due(rows.drop("due_on"), tables, AS_OF, read).collect()
    return found.sort("warning_id")["due_on"].to_list()


def test_questions_of_a_family_make_one_task() -> None:
    """A family would be visited three times in a week, once for each question."""
    found = _tasks(
        _warning(1),
        _warning(2, person_key="b", due_on=date(2026, 4, 3)),
        _warning(3, rule_id="lead_grid", raised_on=date(2026, 2, 28), due_on=date(2026, 4, 10)),
        _warning(4, family_id="H:2"),
        families=[{"family_id": "H:1", "street_code": "330108002", "community_code": "330108002001"}],
        list=[{"family_id": "H:1", "tier": "orange"}],
    )
    assert [each["family_id"] for each in found] == ["H:1", "H:2"]
    visit = found[0]
    assert (visit["warnings"], visit["rules"], visit["urgency"]) == (3, f"{RULE};lead_grid", "orange")
    assert (visit["raised_on"], visit["due_on"]) == (date(2026, 2, 28), date(2026, 4, 3))
    assert (visit["street_code"], visit["community_code"]) == ("330108002", "330108002001")
    assert found[1]["urgency"] == "none"


def test_a_person_without_a_family_is_looked_for_where_the_person_was() -> None:
    """The task would name no street, and nobody would take it."""
    (found,) = _tasks(_warning(1, family_id="P:a", kind="verify", rule_id="paid_after_death"))
    assert (found["street_code"], found["community_code"], found["urgency"]) == ("330108001", "330108001001", "none")


@settings(deadline=None, max_examples=25)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "rule_id": st.sampled_from([QUESTIONED, "paid_after_death"]),
                "raised_on": st.dates(date(2025, 1, 1), AS_OF),
                "due_on": st.dates(date(2025, 1, 2), date(2026, 12, 31)),
                "street_code": st.sampled_from(["330108001", "330108003"]),
            }
        ),
        min_size=1,
        max_size=4,
    )
)
def test_a_suspicion_leaves_no_trace_in_the_visit(suspicions: list[dict[str, Any]]) -> None:
    """A visitor could tell from the number, day or order of the visits which family is suspected."""
    needs = [_warning(5), _warning(6, family_id="H:2", due_on=date(2026, 4, 2))]
    suspected = [_warning(number, kind="verify", **told) for number, told in enumerate(suspicions)]
    families = [{"family_id": "H:1", "street_code": None, "community_code": None}]
    before = _tasks(*needs, families=families)
    after = _tasks(*needs, *suspected, families=families)
    assert [each for each in after if each["audience"] == "need"] == before
    apart = [each for each in after if each["audience"] == "verify"]
    assert [each["warnings"] for each in apart] == [len(suspicions)]
    assert not {each["task_id"] for each in apart} & {each["task_id"] for each in before}


def test_a_task_keeps_its_id() -> None:
    """The same visit would be handed out again every month."""
    (first,) = _tasks(_warning(1))
    (later,) = _tasks(_warning(2, rule_id="lead_grid", raised_on=date(2026, 4, 30)))
    assert first["task_id"] == later["task_id"] == "24ef8d6ad9b64ac6c79bcb0e"


def test_feeds_make_no_task() -> None:
    """A visitor would be sent out because a file is late."""
    assert _tasks(_warning(1, kind="feed", family_id=None, person_key=None, due_on=None)) == []


@pytest.mark.parametrize(
    ("raised", "days", "due"),
    [
        (date(2026, 3, 31), 1, date(2026, 4, 1)),
        (date(2026, 3, 31), 3, date(2026, 4, 3)),
        (date(2026, 3, 31), 4, date(2026, 4, 7)),  # 清明 4-6 April
        (date(2026, 4, 30), 1, date(2026, 5, 6)),  # 五一 1-5 May
        (date(2026, 4, 30), 4, date(2026, 5, 9)),  # a Saturday, worked in lieu
        (date(2026, 4, 30), 5, date(2026, 5, 11)),
        (date(2026, 2, 28), 1, date(2026, 3, 2)),  # raised on a Saturday that is worked
        (date(2025, 1, 31), 1, date(2025, 2, 5)),  # raised within 春节, and kept to this edition
    ],
)
def test_days_are_those_that_offices_work(raised: date, days: int, due: date) -> None:
    """Tasks would fall due on a holiday, or a day late in a week that works on Saturday."""
    assert _due(_warning(1, raised_on=raised), days=days) == [due]


def test_a_red_family_is_asked_within_a_day() -> None:
    """The family in the greatest need would wait as long as the others."""
    warnings = [_warning(1), _warning(2, kind="verify"), _warning(3, kind="feed", family_id=None)]
    found = _due(*warnings, tier="red")
    assert found == [date(2026, 4, 1), date(2026, 4, 3), None]
    assert _due(*warnings, tier="orange") == [date(2026, 4, 3), date(2026, 4, 3), None]


@pytest.mark.parametrize(("hours", "due"), [(23, 1), (24, 1), (25, 2), (48, 2), (49, 3)])
def test_hours_are_rounded_up_to_days(hours: int, due: int) -> None:
    """A limit of thirty hours would be kept as twenty-four, or not at all."""
    assert _due(_warning(1), days=10, tier="red", hours=hours) == [date(2026, 4, due)]


def test_a_red_family_never_waits_longer_than_others() -> None:
    """Over working days that end before the hours do, red would be the slower colour."""
    assert _due(_warning(1), days=1, tier="red", hours=72) == [date(2026, 4, 1)]


def test_a_rule_without_days_of_its_own_takes_those_of_all() -> None:
    """A new warning would have no day at all."""
    shipped_at = load_parameters().replacing({"tasks.due_working_days": 2})
    without = {name: each for name, each in shipped_at.by_name.items() if name != f"{RULE}.due_working_days"}
    rows = pl.LazyFrame([_warning(1)], schema=get_table("warnings").schema).drop("due_on")
    read = ParametersAt(type(shipped_at)(without), AS_OF)
    assert with_due(rows, all_tables(), AS_OF, read).collect()["due_on"].to_list() == [date(2026, 4, 2)]


@pytest.mark.parametrize("rule", rules_of("need", "verify"), ids=lambda each: each.id)
def test_each_rule_dates_its_own_warnings(rule: Rule) -> None:
    """The number that an office sets for one kind of question would be that of another, or of none."""
    rows = pl.LazyFrame(
        [_warning(1, rule_id=rule.id, kind=rule.kind), _warning(2, kind="need")], schema=get_table("warnings").schema
    ).drop("due_on")
    shipped_numbers = load_parameters()
    day = working_days(2026, 2026).filter("worked", pl.col("day") > AS_OF)["day"].to_list()
    for days in (1, 37):
        read = shipped_numbers.replacing({rule.due_parameter: days, "tasks.due_working_days": 50}).as_of(AS_OF)
        found = with_due(rows, all_tables(), AS_OF, read).collect().sort("warning_id")["due_on"].to_list()
        other = days if rule.id == RULE else read.integer(f"{RULE}.due_working_days")
        assert found == [day[days - 1], day[other - 1]]


def test_a_year_not_announced_yet_counts_weekdays() -> None:
    """In December every task of January would break the run."""
    unknown = announced_until() + 1
    days = [date(unknown, 1, number) for number in range(1, 8)]
    assert [is_working_day(each) for each in days] == [each.weekday() < 5 for each in days]
    assert is_working_day(date(1999, 10, 1))


def test_the_calendar_counts_every_day_once() -> None:
    """A day left out would move every deadline behind it."""
    frame = working_days(2025, 2026)
    assert frame.height == 730
    assert all((after - before).days == 1 for before, after in pairwise(frame["day"].to_list()))
    assert frame["nth"].to_list()[-1] == frame["worked"].sum() == 248 + 248
