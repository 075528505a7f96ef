"""Warnings of an edition: one for one fact, the same over editions, with family and street."""

from datetime import date
from typing import Any

import polars as pl

from editions.warnings import edition_warnings, warning_ids
from schemas.tables import get_table
from tests.unit.rules.tables import AS_OF, all_tables, member, shipped


def _stay(number: str = "S1", **more: Any) -> dict[str, Any]:
    stay = {
        "person_key": "a",
        "kind": "inpatient",
        "settlement_no": number,
        "spent_on": date(2026, 3, 1),
        "out_of_pocket_fen": 1_500_000,
        "source_feed": "medical_settlements",
        "source_delivery": "d1",
        "source_sheet": "",
        "source_row": 3,
    }
    return stay | more


def _warned(as_of: date = AS_OF, **given: list[dict[str, Any]]) -> pl.DataFrame:
    return edition_warnings(all_tables(**given), as_of, shipped()).collect()


def test_a_warning_has_its_family_and_street() -> None:
    """Nobody would know whom to send."""
    found = _warned(members=[member("a", "H:1")], expenses=[_stay()])
    assert found.schema == get_table("warnings").schema
    warning = found.row(0, named=True)
    assert (warning["family_id"], warning["street_code"], warning["kind"]) == ("H:1", "330108001", "need")
    assert (warning["source_delivery"], warning["source_row"]) == ("d1", 3)
    assert warning["subject"] is None


def test_the_same_fact_warns_once() -> None:
    """A stay delivered in two files would send two visitors."""
    again = _stay(source_delivery="d2", source_row=9)
    found = _warned(members=[member("a", "H:1")], expenses=[_stay(), again, _stay("S2")])
    assert found.height == 2


def test_a_warning_keeps_its_id_in_the_next_edition() -> None:
    """The same stay would be asked about again every month, also when the family has become a listed one."""
    before = _warned(members=[member("a", "H:1")], expenses=[_stay()])
    after = _warned(date(2026, 4, 30), members=[member("a", "D:7")], expenses=[_stay()], list=[{"family_id": "D:7"}])
    assert before["warning_id"].to_list() == after["warning_id"].to_list()
    assert before["basis"].to_list() != after["basis"].to_list()


def test_ids_are_the_same_on_every_machine() -> None:
    """Two runs of one month would differ."""
    assert warning_ids(pl.Series(["high_inpatient_cost"])).to_list() == ["48e06b8578d781433f7ae639"]


def test_a_dead_person_stands_alone_with_the_last_street() -> None:
    """A question about payments after a death would have no place to go."""
    found = _warned(
        deaths=[{"person_key": "a", "died_on": date(2026, 1, 1)}],
        registrations=[
            {"person_key": "a", "household_no": "1", "street_code": "330108002", "started_on": date(2000, 1, 1)},
            {"person_key": "a", "household_no": "2", "street_code": "330108003", "started_on": date(2010, 1, 1)},
        ],
        allowances=[
            {
                "person_key": "a",
                "allowance_kind": "old_age",
                "month": date(2026, 3, 1),
                "paid_on": date(2026, 3, 10),
                "amount_fen": 10_000,
                "payment_status": "paid",
            }
        ],
    ).row(0, named=True)
    assert (found["family_id"], found["street_code"]) == ("P:a", "330108003")
