"""The health of deliveries, and what contradicts itself: asked of the departments, once each."""

from typing import Any

import pytest

from editions.warnings import edition_warnings
from tests.unit.rules.tables import AS_OF, all_tables, member, shipped


def _delivery(feed: str = "vehicles", month: str = "2026-03", **more: Any) -> dict[str, Any]:
    good = {
        "status": "accepted",
        "rows_read": 100,
        "rows_accepted": 100,
        "rows_quarantined": 0,
        "unknown_codes": 0,
        "sha256": "f" * 64,
    }
    return {"feed": feed, "month": month, **good, **more}


def _asked(**given: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    warnings = edition_warnings(all_tables(**given), AS_OF, shipped()).collect()
    return sorted(warnings.select("rule_id", "subject", "basis").rows())


@pytest.mark.parametrize(
    ("delivery", "expected"),
    [
        ({}, None),
        ({"status": "missing", "rows_read": None, "sha256": None}, ("delivery_missing", "not_delivered")),
        ({"status": "refused"}, ("delivery_missing", "delivery_refused")),
        ({"rows_accepted": 95, "rows_quarantined": 5}, None),
        ({"rows_accepted": 94, "rows_quarantined": 6}, ("quarantine_high", "quarantine_over_share")),
        ({"rows_read": 4, "rows_accepted": 0, "rows_quarantined": 4}, None),
        ({"unknown_codes": 1}, ("unknown_codes", "code_of_no_list")),
        ({"duplicate_of": "d1"}, ("same_bytes_again", "known_bytes")),
        ({"month": "2026-01", "unknown_codes": 1}, ("unknown_codes", "code_of_no_list")),
        ({"month": "2025-12", "unknown_codes": 1}, None),
    ],
)
def test_a_delivery_is_asked_about(delivery: dict[str, Any], expected: tuple[str, str] | None) -> None:
    """A department would never hear that its file was late, damaged or an old one."""
    found = _asked(health=[_delivery(**delivery)])
    assert found == ([(expected[0], "vehicles", expected[1])] if expected else [])


@pytest.mark.parametrize(
    ("feed", "rows", "expected"),
    [
        ("vehicles", 150, []),
        ("vehicles", 151, ["much_larger"]),
        ("vehicles", 50, []),
        ("vehicles", 49, ["much_smaller"]),
        ("tax_wages", 10, []),
    ],
)
def test_a_snapshot_that_jumps_is_asked_about(feed: str, rows: int, expected: list[str]) -> None:
    """A halved snapshot would pass for people who no longer own anything."""
    before = _delivery(feed, "2026-02")
    now = _delivery(feed, "2026-03", rows_read=rows, rows_accepted=rows, sha256="e" * 64)
    assert [basis for _, _, basis in _asked(health=[before, now])] == expected


def test_income_that_cannot_be_computed_is_asked_of_each_required_feed() -> None:
    """The tax bureau would not know that its missing month holds up every low-income family."""
    window = {"first_month": None, "last_month": None, "computable": False}
    found = _asked(income_window=[window])
    assert [(rule, feed) for rule, feed, _ in found] == [
        ("income_not_computable", "pensions"),
        ("income_not_computable", "tax_wages"),
    ]


def test_computable_income_is_not_asked_about() -> None:
    """A warning every month would not be read in the month that matters."""
    assert _asked(income_window=[{"first_month": None, "last_month": AS_OF, "computable": True}]) == []


def test_activity_after_death_is_asked_of_the_feed_that_told_the_death() -> None:
    """A living person would stay dead in one department's books."""
    found = _asked(
        members=[member("a", "P:a")], deaths=[{"person_key": "a", "died_on": AS_OF, "source_feed": "cremations"}]
    )
    assert found == [("activity_after_death", "cremations", "living_after_recorded_death")]
