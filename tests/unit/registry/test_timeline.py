"""A family's facts in sentences: all that was delivered, and nothing that the reader may not know."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from registry.family_facts import FamilyFacts
from registry.received import aid_lines, allowance_lines, income_lines
from registry.timeline import events
from schemas.codes import CODE_LISTS
from schemas.tables import FACTS, get_table

DAY = date(2026, 3, 5)
_SOURCED = {"person_key": "k1", "source_feed": "medical_aid", "source_delivery": "d"}


def _facts(**rows: dict[str, Any]) -> FamilyFacts:
    """One row of each table named; every other table without rows."""
    told = (*_FIRST, "aid", "allowances", "income_rows")
    tables = {}
    for name in told:
        schema = dict(get_table(name).schema) | {"person_key": pl.String()}
        given = [{**dict.fromkeys(schema), **_SOURCED, **rows[name]}] if name in rows else []
        tables[name] = pl.DataFrame(given, schema=schema)
    return FamilyFacts(tables, date(2025, 6, 1), date(2026, 5, 1))


_FIRST: dict[str, dict[str, Any]] = {
    "spells": {"programme": "subsistence", "started_on": DAY},
    "applications": {"application_programme": "temporary", "applied_on": DAY, "decision": "pending"},
    "listings": {"kind": "hardship_worker", "started_on": DAY},
    "conditions": {"kind": "disability", "category": "visual", "grade": 1, "started_on": DAY},
    "expenses": {"kind": "inpatient", "spent_on": DAY, "out_of_pocket_fen": 123},
    "holdings": {"kind": "vehicle", "detail": "car", "started_on": DAY},
    "registrations": {"started_on": DAY, "registration_status": "normal"},
    "residences": {"basis": "permit", "started_on": DAY},
    "deaths": {"died_on": DAY},
    "marriages": {"marriage_event": "divorce", "registered_on": DAY},
    "visits": {"visited_on": DAY, "visit_outcome": "deferred"},
    "leads": {"reported_on": DAY, "lead_source": "grid", "difficulty": "illness"},
}


@pytest.mark.parametrize("table", _FIRST)
def test_each_kind_of_fact_is_told(table: str) -> None:
    """Otherwise staff at the door do not know what a department delivered."""
    (event,) = events(_facts(**{table: _FIRST[table]}), verify=True)
    assert (event.happened_on, event.person_key) == (DAY, "k1")
    assert event.sentence
    assert event.department == "医疗保障局"


def test_begin_and_end_are_two_events_the_latest_first() -> None:
    """Otherwise a family seems to be still on the register."""
    told = events(
        _facts(spells=_FIRST["spells"] | {"ended_on": date(2026, 4, 1), "exit_reason": "income_over"}), verify=False
    )
    assert [each.sentence for each in told] == ["退出最低生活保障（收入超标）", "开始享受最低生活保障"]


@pytest.mark.parametrize("kind", ["prison", "outside_prison", "medical_bail", "detoxification"])
def test_custody_is_told_only_to_those_who_verify(kind: str) -> None:
    """Otherwise a family's worst day is known to everybody at the counter."""
    facts = _facts(conditions={"kind": kind, "started_on": DAY})
    assert events(facts, verify=False) == []
    assert len(events(facts, verify=True)) == 1


def test_property_is_told_only_to_those_who_verify() -> None:
    """Otherwise a question to be verified can be read off the page of somebody who may not see it."""
    assert events(_facts(holdings=_FIRST["holdings"]), verify=False) == []


def test_no_illness_is_named() -> None:
    """Otherwise a diagnosis stands on a page that does not need it."""
    (event,) = events(
        _facts(conditions={"kind": "severe_illness", "category": "cancer", "started_on": DAY}), verify=True
    )
    assert event.sentence == "患重大疾病"
    assert CODE_LISTS["illness"].title_of("cancer") not in event.sentence


def test_every_condition_of_the_contract_has_words() -> None:
    """Otherwise a page fails for the one family with a rare condition."""
    kinds = FACTS["conditions"].grain.partition(":")[2].replace(" ", "").split(",")
    assert len(kinds) > 5
    for kind in kinds:
        assert events(
            _facts(
                conditions={"kind": kind, "category": "visual" if kind == "disability" else None, "started_on": DAY}
            ),
            verify=True,
        )


def test_aid_is_told_with_its_department_and_amount() -> None:
    """Otherwise a family is helped twice, or by nobody."""
    (line,) = aid_lines(_facts(aid={"aid_kind": "medical", "amount_fen": 100, "paid_on": DAY}))
    assert (line.happened_on, line.title, line.amount_fen, line.department) == (DAY, "医疗救助", 100, "医疗保障局")


def test_a_returned_allowance_is_marked() -> None:
    """Otherwise a payment that the bank sent back looks like money in hand."""
    row = {"allowance_kind": "old_age", "month": DAY, "amount_fen": 100, "payment_status": "returned"}
    (line,) = allowance_lines(_facts(allowances=row))
    assert (line.last_month, line.returned) == (DAY, True)


@pytest.mark.parametrize(
    ("month", "counted", "expected"),
    [(date(2025, 6, 1), True, 1), (date(2025, 5, 1), True, 0), (date(2025, 6, 1), False, 0)],
)
def test_only_what_counts_in_the_twelve_months_is_income(month: date, *, counted: bool, expected: int) -> None:
    """Otherwise the page contradicts the sum by which the family is on the list."""
    row = {"income_kind": "wages", "month": month, "counted_fen": 5, "counted": counted}
    assert len(income_lines(_facts(income_rows=row))) == expected
