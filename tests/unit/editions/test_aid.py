"""Net payments of aid and who benefited from them (domain line 8)."""

from datetime import date
from typing import Any

import pytest

from tests.unit.editions.stages import stage_tables
from tests.unit.linkage.world import World

DAY = date(2026, 2, 10)


def aid(*rows: dict[str, Any], world: World | None = None) -> World:
    world = world or World().person("a")
    for row in rows:
        given = {"person_key": "a", "aid_kind": "medical", "granted_on": DAY, "amount_fen": 100, "source_feed": "f"}
        world.add("aid", **given | row)
    return world


def payments(*rows: dict[str, Any]) -> list[tuple[Any, ...]]:
    frame = stage_tables(aid(*rows))["aid_payments"]
    return sorted(frame.select("person_key", "dated_on", "amount_fen").rows())


def test_payment_date_else_grant_date() -> None:
    """The window of a payment begins on the day it was paid."""
    assert payments({"paid_on": date(2026, 2, 20)}, {}) == [("a", DAY, 100), ("a", date(2026, 2, 20), 100)]


def test_reversal_nets_by_business_number() -> None:
    """A payment sent back by the bank is none; a part sent back leaves the rest."""
    assert payments({"payment_no": "1"}, {"payment_no": "1", "amount_fen": -100}) == []
    assert payments({"payment_no": "1"}, {"payment_no": "1", "amount_fen": -40}) == [("a", DAY, 60)]


def test_numbers_of_two_feeds_are_two_payments() -> None:
    """Departments number their payments each for itself."""
    assert len(payments({"payment_no": "1"}, {"payment_no": "1", "source_feed": "g"})) == 2


def test_date_and_recipient_of_the_earliest_row_that_is_not_negative() -> None:
    """A reversal dated before, or instalments after, must not move a payment to another day or person."""
    rows = (
        {"payment_no": "1", "paid_on": date(2026, 1, 1), "amount_fen": -10, "person_key": "z"},
        {"payment_no": "1", "paid_on": date(2026, 3, 3), "person_key": "b"},
        {"payment_no": "1", "paid_on": date(2026, 2, 2)},
    )
    assert payments(*rows) == [("a", date(2026, 2, 2), 190)]


def test_aid_without_a_sum_is_a_payment() -> None:
    """Legal aid is given in kind: no amount is not an amount of nothing."""
    assert payments({"amount_fen": None}, {"amount_fen": None, "payment_no": "7"}) == [("a", DAY, None)] * 2
    assert payments({"amount_fen": 0}, {"amount_fen": 0, "payment_no": "7"}, {"amount_fen": -5}) == []


def beneficiaries(world: World) -> set[str]:
    return set(stage_tables(world)["aid_beneficiaries"]["person_key"])


def test_everybody_of_the_family_on_that_day() -> None:
    """The family is that of the day of the payment, not of today."""
    world = World().person("a").person("b", "1", ended_on=date(2026, 2, 11)).person("c", "1", ended_on=DAY)
    world.person("d", "1", started_on=date(2026, 2, 11)).person("e", "1").add("deaths", person_key="e", died_on=DAY)
    assert beneficiaries(aid({}, world=world)) == {"a", "b"}


def test_recipient_without_a_family_is_alone() -> None:
    """A recipient who is registered nowhere is still a beneficiary."""
    assert beneficiaries(aid({}, world=World().person("a", None).person("b"))) == {"a"}
    assert beneficiaries(aid({"person_key": "unknown"}, world=World())) == {"unknown"}


@pytest.mark.parametrize(
    ("kind", "counts"), [("medical", True), ("temporary", True), ("education_merit", False), ("charity", False)]
)
def test_kinds_that_count(kind: str, *, counts: bool) -> None:
    """Merit scholarships and the like are no aid."""
    assert (beneficiaries(aid({"aid_kind": kind})) == {"a"}) is counts


@pytest.mark.parametrize(("day", "inside"), [(date(2025, 3, 30), False), (date(2025, 3, 31), True)])
def test_payments_whose_window_is_over_are_left_out(day: date, *, inside: bool) -> None:
    """Twelve months forward from the payment, both ends included."""
    assert (beneficiaries(aid({"granted_on": day})) == {"a"}) is inside
