"""What the warnings to be verified tell of a fact beyond who is asked: family, amount, source, to the letter."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from editions.hits import evaluate, rule_context
from rules import get_rule
from rules.warnings._holdings import held_on_register
from tests.unit.rules.tables import AS_OF, all_tables, member, shipped

SOURCE = {"source_feed": "f", "source_delivery": "d", "source_sheet": "s", "source_row": 1}
SPELL = {"person_key": "a", "programme": "subsistence", "family_no": "N1", "started_on": date(2020, 1, 1)} | SOURCE
HOLDING = {"person_key": "a", "started_on": date(2024, 1, 1), "holding_no": "X1", "value_fen": 90_000_000} | SOURCE
PAID = {"person_key": "a", "allowance_kind": "old_age", "payment_status": "paid", "amount_fen": 10_000} | SOURCE
REGISTERED = [member("a", "H:1", on_register=True)]


def _found(rule: str, *columns: str, **given: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    context = rule_context(all_tables(**given), AS_OF, shipped())
    return evaluate([get_rule(rule)], context).select(*columns).sort(pl.all(), nulls_last=True).collect().rows()


def test_a_dead_person_is_asked_about_in_the_family_of_the_register() -> None:
    """If this fails, the visitor is sent to nobody, or two families of the register look like one."""
    deaths = [{"person_key": "a", "died_on": date(2026, 1, 10)} | SOURCE]
    assert _found("paid_after_death", "family_id", deaths=deaths, spells=[SPELL]) == [("D:N1",)]


def test_a_payment_after_death_tells_its_amount() -> None:
    """If this fails, nobody sees how much is to be asked about."""
    deaths = [{"person_key": "a", "died_on": date(2026, 1, 10)} | SOURCE]
    paid = PAID | {"month": date(2026, 3, 1), "paid_on": date(2026, 3, 15)}
    assert _found("paid_after_death", "evidence_fen", deaths=deaths, allowances=[paid]) == [(10_000,)]


@pytest.mark.parametrize(("members", "family"), [([member("a", "H:1", in_scope=False)], "H:1"), ([], "D:N1")])
def test_a_person_who_moved_is_asked_about_in_a_known_family(members: list[dict[str, Any]], family: str) -> None:
    """If this fails, a person who moved away stands in no family, or leaves the one that is known."""
    left: dict[str, Any] = {"person_key": "a", "registration_status": "moved_out", "household_no": "H1"}
    left |= {"started_on": date(1980, 5, 1), "ended_on": date(2025, 1, 1)} | SOURCE
    found = _found("moved_away_receiving", "family_id", members=members, registrations=[left], spells=[SPELL])
    assert found == [(family,)]


@pytest.mark.parametrize(
    ("rule", "kind", "detail"),
    [("vehicle_on_register", "vehicle", "car"), ("business_on_register", "business", "open")],
)
def test_a_thing_tells_its_value(rule: str, kind: str, detail: str) -> None:
    """If this fails, a visitor cannot tell a wreck from a new car."""
    held = [HOLDING | {"kind": kind, "detail": detail}]
    assert _found(rule, "evidence_fen", members=REGISTERED, holdings=held) == [(90_000_000,)]


def test_things_of_another_kind_are_left_out() -> None:
    """If this fails, a code that two departments use alike turns a business into a car."""
    tables = all_tables(members=REGISTERED, holdings=[HOLDING | {"kind": "business", "detail": "car"}])
    context = rule_context(tables, AS_OF, shipped())
    assert [held_on_register(context, kind).to_native().collect().height for kind in ("vehicle", "business")] == [0, 1]


def test_income_above_the_standard_tells_the_last_month() -> None:
    """If this fails, the family is shown an amount, or a row, of another month."""
    months = [date(2025, month, 1) for month in range(7, 13)] + [date(2026, 1, 1), date(2026, 2, 1)]
    income = {"person_key": "a", "income_kind": "wages", "declared": False} | SOURCE
    found = _found(
        "income_above_standard",
        "evidence_fen",
        "source_row",
        members=REGISTERED,
        spells=[SPELL],
        families=[{"family_id": "H:1", "head_key": "a", "counted_members": 1}],
        income_window=[{"last_month": months[-1], "computable": True}],
        incomes=[
            income | {"month": month, "amount_fen": 300_000 - place, "source_row": place}
            for place, month in enumerate(months)
        ],
    )
    assert found == [(299_993, 7)]


def test_an_excluded_allowance_tells_its_amount() -> None:
    """If this fails, nobody sees how much was paid beside what excludes it."""
    paid = PAID | {"allowance_kind": "disability_living", "month": date(2026, 2, 1)}
    given = {"members": REGISTERED, "spells": [SPELL | {"programme": "destitute"}], "allowances": [paid]}
    assert _found("allowance_while_excluded", "evidence_fen", **given) == [(10_000,)]


def test_a_returned_allowance_tells_its_amount() -> None:
    """If this fails, nobody sees how much the person did not receive."""
    back = PAID | {"payment_status": "returned", "month": date(2026, 3, 1), "paid_on": date(2026, 3, 15)}
    assert _found("allowance_returned", "evidence_fen", members=REGISTERED, allowances=[back]) == [(10_000,)]


def test_a_late_allowance_tells_the_monthly_rate() -> None:
    """If this fails, nobody can reckon what is to be paid later."""
    read = shipped()
    rate = read.bands("allowances.old_age_monthly_yuan")[0].points * 100
    paid = PAID | {"month": date(2026, 3, 1), "paid_on": date(2026, 3, 15)}
    found = _found(
        "allowance_late",
        "evidence_fen",
        members=[member("a", "H:1", birth_on=date(1946, 1, 1))],
        registrations=[{"person_key": "a", "household_no": "H1", "started_on": date(1946, 1, 1)} | SOURCE],
        allowances=[paid, PAID | {"person_key": "z", "month": date(2025, 10, 1)}],
    )
    assert found == [(rate,)]
