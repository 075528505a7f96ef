"""Feed rows become facts by the contracts alone."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from editions.facts import DATED_BY, build_facts
from schemas.contract import all_feeds, get_feed
from schemas.tables import FACTS

AS_OF = date(2026, 3, 31)


def feed_rows(feed: str, *rows: dict[str, Any]) -> pl.LazyFrame:
    source = {"source_feed": feed, "source_delivery": "d1", "source_sheet": ""}
    given = [source | {"source_row": place} | row for place, row in enumerate(rows, start=2)]
    return pl.LazyFrame(given, schema=get_feed(feed).keyed_schema)


def facts(as_of: date = AS_OF, **feeds: list[dict[str, Any]]) -> dict[str, pl.DataFrame]:
    tables = {name: feed_rows(name, *feeds.get(name, [])) for name in all_feeds()}
    built = build_facts(tables, FACTS["identities"].empty(), as_of)
    return {name: frame.collect() for name, frame in built.items()}


def test_every_fact_table_has_its_schema() -> None:
    """A column of another type or order breaks every later stage and the archive's readers."""
    built = facts()
    assert set(built) == set(FACTS)
    assert all(frame.schema == FACTS[name].schema for name, frame in built.items())


def test_every_fact_table_but_identities_is_dated() -> None:
    """A fact table without a date would let the future into an edition."""
    assert set(DATED_BY) == set(FACTS) - {"identities"}


def test_cancellation_without_death_is_no_death() -> None:
    """People who emigrate or join the army must not be struck off as dead."""
    row = {"person_key": "a", "ended_on": date(2026, 1, 5), "registered_on": date(2010, 1, 1)}
    built = facts(
        household_registration=[
            row | {"registration_status": "cancelled", "cancel_reason": "death"},
            row | {"person_key": "b", "registration_status": "cancelled", "cancel_reason": "military"},
            row | {"person_key": "c", "registration_status": "cancelled"},
            row | {"person_key": "d", "registration_status": "moved_out", "cancel_reason": "death"},
        ]
    )
    assert built["deaths"].select("person_key", "died_on").rows() == [("a", date(2026, 1, 5))]
    assert built["registrations"].height == 4


@pytest.mark.parametrize(("day", "known"), [(date(2026, 3, 31), 1), (date(2026, 4, 1), 0)])
def test_facts_dated_later_are_ignored(day: date, known: int) -> None:
    """A payment booked ahead must not put a family on the list before its day."""
    built = facts(
        charity_aid=[{"person_key": "a", "granted_on": date(2026, 1, 1), "paid_on": day, "amount_fen": 1}],
        enrolments=[{"person_key": "a", "enrolled_on": day}],
    )
    assert built["aid"].height == known
    assert built["conditions"].height == known


def test_an_end_after_as_of_is_kept() -> None:
    """A residence permit that runs out next year is valid now."""
    built = facts(residence_permits=[{"person_key": "a", "started_on": date(2025, 1, 1), "ended_on": date(2027, 1, 1)}])
    assert built["residences"]["ended_on"].to_list() == [date(2027, 1, 1)]


def test_equal_events_are_one_and_the_first_is_named() -> None:
    """The same row delivered twice must not double a payment or a wage."""
    wage = {"person_key": "a", "employer_no": "e", "period_month": date(2026, 1, 1), "gross_fen": 5}
    built = facts(tax_wages=[wage, wage, wage | {"employer_no": "f"}])
    assert built["incomes"].select("amount_fen", "source_row").rows() == [(5, 2), (5, 4)]


def test_equal_rows_of_changes_are_left_to_the_business_key() -> None:
    """Only events are made distinct by all columns."""
    row = {"person_key": "a", "plate_no": "1", "registered_on": date(2020, 1, 1)}
    assert facts(vehicles=[row, row])["holdings"].height == 2


def test_months_and_years_of_income() -> None:
    """An annual figure must keep its year and never get a month (no averaging)."""
    built = facts(
        tax_other_income=[
            {"person_key": "a", "tax_income_kind": "business", "period": "2025", "amount_fen": 1},
            {"person_key": "a", "tax_income_kind": "business", "period": "2025-07", "amount_fen": 2},
            {"person_key": "a", "tax_income_kind": "business", "period": "2027", "amount_fen": 3},
        ],
        pensions=[
            {"person_key": "b", "pension_kind": "pension_resident", "period_month": date(2026, 1, 1), "amount_fen": 4}
        ],
        declared_incomes=[
            {"person_key": "c", "income_kind": "wages", "period_month": date(2026, 2, 1), "amount_fen": 5}
        ],
    )
    rows = built["incomes"].sort("amount_fen").select("income_kind", "month", "period", "declared").rows()
    assert rows == [
        ("business", None, "2025", False),
        ("business", date(2025, 7, 1), "2025-07", False),
        ("pension_resident", date(2026, 1, 1), "2026-01", False),
        ("wages", date(2026, 2, 1), "2026-02", True),
    ]


def test_corrected_numbers_in_every_role() -> None:
    """A mother whose number was corrected is still the mother of her children."""
    built = facts(
        id_corrections=[
            {"old_key": "x", "person_key": "y", "corrected_on": date(2026, 1, 1)},
            {"old_key": "y", "person_key": "z", "corrected_on": date(2026, 5, 1)},
        ],
        household_registration=[{"person_key": "a", "mother_key": "x", "registered_on": date(2020, 1, 1)}],
        marriages=[{"spouse_a_key": "b", "spouse_b_key": "x", "registered_on": date(2020, 1, 1)}],
    )
    assert built["registrations"]["mother_key"].to_list() == ["y"]
    assert built["marriages"]["spouse_b_key"].to_list() == ["y"]
    assert built["aliases"].select("old_key", "person_key").rows() == [("x", "y")]


def test_order_of_rows_does_not_matter() -> None:
    """Two runs that read the files in another order must give the same facts."""
    wages = [
        {"person_key": f"p{n % 3}", "employer_no": "e", "period_month": date(2026, 1, 1), "gross_fen": n % 4}
        for n in range(12)
    ]
    told = ["person_key", "amount_fen"]
    one = facts(tax_wages=wages)["incomes"].select(told).sort(told)
    other = facts(tax_wages=wages[::-1])["incomes"].select(told).sort(told)
    assert one.equals(other)
