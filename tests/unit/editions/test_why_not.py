"""What a family that is not listed lacks: found by asking the rules again, one condition set aside at a time."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl
import pytest

from editions.why_not import READS, Finding, of_family, why_not
from rules.parameters import load_parameters
from tests.unit.registry.examples import JUNE, key, table

PARAMETERS = load_parameters().as_of(JUNE)
FAMILY = "H:100"
SOURCE = {"source_feed": "applications", "source_delivery": "d" * 16, "source_sheet": "", "source_row": 5}
Rows = Mapping[str, list[dict[str, Any]]]


def _member(person: int, **changes: Any) -> dict[str, Any]:
    return {"person_key": key(person), "family_id": FAMILY, "in_scope": True, "on_register": False, "counted": True} | {
        **changes
    }


def _family(**changes: Any) -> dict[str, Any]:
    return {
        "family_id": FAMILY,
        "counted_members": 3,
        "income_evidence": "partial",
        "income_fen": 10_000_100,
    } | changes


def _tables(**given: list[dict[str, Any]]) -> dict[str, pl.LazyFrame]:
    window = [{"first_month": date(2025, 6, 1), "last_month": date(2026, 5, 1), "computable": True}]
    members = [_member(each) for each in (1, 2, 3)]
    whole: Rows = {"members": members, "families": [_family()], "income_window": window, **given}
    return {name: table(name, whole.get(name, [])).lazy() for name in READS}


def _found(rule_id: str, tables: Mapping[str, pl.LazyFrame], *people: int) -> Finding:
    ours = of_family(tables, [FAMILY])
    keys = [key(each) for each in people or (1, 2, 3)]
    return next(each for each in why_not(ours, keys, JUNE, PARAMETERS) if each.rule_id == rule_id)


def _spell(ended: date) -> dict[str, Any]:
    started = date(2020, 1, 1)
    return {"person_key": key(1), "started_on": started, "ended_on": ended, "on_register": False} | SOURCE


def test_one_yuan_over_the_threshold_is_the_income() -> None:
    """If this fails, a family over the threshold is told something else."""
    found = _found("low_income_family", _tables())
    assert found.missed == ("income_at_most",)
    assert found.hits.height == 3


def test_the_threshold_itself_is_a_hit() -> None:
    """If this fails, the answer is not the rule's own: a figure that is included would be called missed."""
    assert _found("low_income_family", _tables(families=[_family(income_fen=10_000_000)])).missed == ()


def test_a_family_of_four_over_the_threshold_misses_both() -> None:
    """If this fails, a family corrects one thing and is still not listed."""
    found = _found("low_income_family", _tables(families=[_family(counted_members=4)]))
    assert found.missed == ("income_at_most", "counted_members")


@pytest.mark.parametrize("level", ["none", "not_computable"])
def test_an_unknown_income_is_missing_evidence(level: str) -> None:
    """If this fails, no record is told as an income over the threshold."""
    found = _found("low_income_family", _tables(families=[_family(income_evidence=level, income_fen=None)]))
    assert found.missed == ("income_record",)


def test_a_family_that_counts_nobody_lacks_everything() -> None:
    """If this fails, a family of nobody is said to be near the threshold."""
    tables = _tables(members=[_member(1, counted=False)], families=[_family(counted_members=0, income_fen=0)])
    assert _found("low_income_family", tables).missed is None


@pytest.mark.parametrize(("ended", "missed"), [(date(2023, 6, 30), ()), (date(2023, 6, 29), ("inside_window",))])
def test_an_exit_is_told_with_the_day_its_window_ended(ended: date, missed: tuple[str, ...]) -> None:
    """If this fails, a family is not told from which day its exit no longer counts."""
    found = _found("exited_assistance", _tables(register_spells=[_spell(ended)]))
    assert found.missed == missed
    assert found.hits["valid_until"].to_list() == [ended.replace(year=2026)]
    assert found.hits["source_row"].to_list() == [5]


def _application(number: str, decision: str, decided: date | None, **changes: Any) -> dict[str, Any]:
    return {
        "application_no": number,
        "person_key": key(1),
        "applied_on": date(2026, 1, 5),
        "decision": decision,
        "decided_on": decided,
        **SOURCE,
    } | changes


@pytest.mark.parametrize(
    ("applications", "missed"),
    [
        ([("A1", "refused", date(2026, 2, 1))], ()),
        ([("A1", "refused", date(2025, 6, 29))], ("inside_window",)),
        ([("A1", "pending", None)], ("refused",)),
        ([("A1", "withdrawn", date(2026, 2, 1))], ("refused",)),
        ([("A1", "refused", date(2026, 2, 1)), ("A2", "approved", date(2026, 3, 1))], ("not_approved_since",)),
        (
            [("A1", "refused", date(2025, 2, 1)), ("A2", "approved", date(2025, 3, 1))],
            ("inside_window", "not_approved_since"),
        ),
        ([], None),
    ],
    ids=["refused", "too long ago", "pending", "withdrawn", "approved since", "both", "never applied"],
)
def test_an_application_is_told_by_what_became_of_it(
    applications: list[tuple[str, str, date | None]], missed: tuple[str, ...] | None
) -> None:
    """If this fails, somebody who applied is told the wrong reason."""
    begun = {"person_key": key(9), "application_no": "A2", "started_on": date(2025, 3, 2), **SOURCE}
    tables = _tables(applications=[_application(*each) for each in applications], spells=[begun])
    assert _found("rejected_application", tables).missed == missed


def _payment(kind: str, on: date) -> dict[str, Any]:
    return {"person_key": key(1), "aid_kind": kind, "dated_on": on, "amount_fen": 80_000, **SOURCE}


@pytest.mark.parametrize(("on", "missed"), [(date(2025, 6, 30), ()), (date(2025, 6, 29), ("inside_window",))])
def test_temporary_assistance_of_long_ago_is_told_with_its_day(on: date, missed: tuple[str, ...]) -> None:
    """If this fails, the day after the window reads like the day before."""
    paid = [_payment("temporary", on) | {"recipient_key": key(1)}]
    found = _found("temporary_assistance", _tables(aid_beneficiaries=paid))
    assert found.missed == missed
    assert found.hits["valid_until"].to_list() == [on.replace(year=2026)]


def test_of_several_payments_the_latest_is_nearest() -> None:
    """If this fails, a family reads of a payment of ten years ago while one of last year just ran out."""
    paid = [_payment("temporary", day) | {"recipient_key": key(1)} for day in (date(2016, 1, 1), date(2025, 5, 1))]
    found = _found("temporary_assistance", _tables(aid_beneficiaries=paid))
    assert found.hits["evidence_on"].to_list() == [date(2025, 5, 1)]


def test_a_kind_that_is_no_aid_is_told_as_such() -> None:
    """If this fails, somebody who receives a pension or merit prize cannot be told why it does not count."""
    kinds = {*PARAMETERS.texts("aid.counted_kinds")}
    assert "education_merit" not in kinds
    found = _found("other_department_aid", _tables(aid_payments=[_payment("education_merit", date(2026, 5, 1))]))
    assert found.missed == ("kind_counts",)
    assert found.hits["basis"].to_list() == ["aid_education_merit"]


def test_a_listing_that_ended_long_ago_is_outside_the_window() -> None:
    """If this fails, a former hardship worker is told that nothing is known."""
    ended = {"person_key": key(1), "kind": "hardship_worker", "ended_on": date(2025, 1, 1), **SOURCE}
    found = _found("other_department_aid", _tables(listings=[ended | {"started_on": date(2024, 1, 1)}]))
    assert found.missed == ("inside_window",)
    assert found.hits["valid_until"].to_list() == [date(2026, 1, 1)]


def test_without_a_duty_there_is_nothing_to_relax() -> None:
    """If this fails, the answer to an obligor tells what became of the ward."""
    assert _found("obligor_family", _tables()).missed is None


def test_a_person_is_answered_by_the_own_rows() -> None:
    """If this fails, an answer to one person rests on another's exit."""
    tables = _tables(register_spells=[_spell(date(2023, 6, 29))])
    assert _found("exited_assistance", tables, 2).missed is None
    assert _found("exited_assistance", tables, 1).missed == ("inside_window",)


def test_the_nearest_group_comes_first() -> None:
    """If this fails, a family reads first of the group that is farthest away."""
    tables = _tables(register_spells=[_spell(date(2023, 6, 29))], families=[_family(counted_members=2)])
    found = why_not(of_family(tables, [FAMILY]), [key(1)], JUNE, PARAMETERS)
    assert [each.rule_id for each in found[:2]] == ["exited_assistance", "low_income_family"]
