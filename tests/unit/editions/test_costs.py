"""What allowances would cost: counts and money that add up, by street, and who comes in or goes out."""

from typing import Any

import polars as pl

from editions.costs import COST_SCHEMA, ENTITLED_SCHEMA, EVERYWHERE, TURN_SCHEMA, compare_costs, entitled_persons
from tests.unit.rules.tables import AS_OF, all_tables, member, shipped

WEST, EAST = "330108001", "330108002"


def _entitled(*rows: tuple[str, str, str | None, int]) -> pl.DataFrame:
    told = [(kind, person, f"P:{person}", street, fen) for kind, person, street, fen in rows]
    return pl.DataFrame(told, schema=ENTITLED_SCHEMA, orient="row")


def _row(found: pl.DataFrame, kind: str, street: str | None) -> dict[str, Any]:
    return found.filter(pl.col("allowance_kind") == kind, pl.col("street_code").eq_missing(street)).row(0, named=True)


def test_people_and_money_add_up_by_street() -> None:
    """If this fails, a street's budget is planned on money that belongs to another."""
    before = _entitled(("old_age", "a", WEST, 15_000), ("old_age", "b", EAST, 15_000), ("orphan", "c", WEST, 90_000))
    after = _entitled(("old_age", "a", WEST, 30_000), ("old_age", "d", EAST, 15_000), ("orphan", "c", WEST, 90_000))
    found = compare_costs(before, after)
    assert found.balance.schema == pl.Schema(COST_SCHEMA)
    assert found.touched == ("old_age",)
    assert list(_row(found.balance, "old_age", EVERYWHERE).values())[2:] == [
        2,
        1,
        1,
        2,
        30_000,
        45_000,
        15_000,
        180_000,
    ]
    assert list(_row(found.balance, "old_age", WEST).values())[2:] == [1, 0, 0, 1, 15_000, 30_000, 15_000, 180_000]
    assert list(_row(found.balance, "old_age", EAST).values())[2:] == [1, 1, 1, 1, 15_000, 15_000, 0, 0]
    assert _row(found.balance, "orphan", EVERYWHERE)["yearly_fen_more"] == 0
    assert found.turns.schema == pl.Schema(TURN_SCHEMA)
    assert found.turns.select("turn", "person_key", "monthly_fen_before", "monthly_fen_after").rows() == [
        ("in", "d", None, 15_000),
        ("out", "b", 15_000, None),
        ("rate", "a", 15_000, 30_000),
    ]


def test_a_person_without_a_street_is_counted_apart() -> None:
    """If this fails, people of no known street vanish from the sum."""
    found = compare_costs(_entitled(), _entitled(("old_age", "a", None, 15_000)))
    assert _row(found.balance, "old_age", None)["people_in"] == 1
    assert _row(found.balance, "old_age", EVERYWHERE)["monthly_fen_more"] == 15_000


def test_nobody_differs() -> None:
    """If this fails, an allowance seems to be touched that is not."""
    one = _entitled(("old_age", "a", WEST, 15_000))
    found = compare_costs(one, one)
    assert found.touched == ()
    assert found.turns.is_empty()


def test_the_entitled_are_those_of_the_law() -> None:
    """If this fails, the cost is of other people than those whom the warnings ask about."""
    read = shipped()
    born = AS_OF.replace(year=AS_OF.year - read.integer("allowances.old_age_years") - 1)
    registered = {"person_key": "a", "household_no": "1", "household_type": "ordinary", "started_on": born}
    source = {"source_feed": "f", "source_delivery": "d", "source_sheet": "", "source_row": 1}
    tables = all_tables(
        members=[member("a", "H:1") | {"birth_on": born, "street_code": WEST}], registrations=[registered | source]
    )
    found = entitled_persons(tables, AS_OF, read)
    assert found.schema == pl.Schema(ENTITLED_SCHEMA)
    assert found.select("allowance_kind", "person_key", "family_id", "street_code").rows() == [
        ("old_age", "a", "H:1", WEST)
    ]
    assert found["monthly_fen"].item() == read.bands("allowances.old_age_monthly_yuan")[0].points * 100
