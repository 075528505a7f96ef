"""The health of deliveries, and what contradicts itself: asked of the departments, once each."""

from datetime import date
from typing import Any

import pytest

from editions.hits import evaluate, rule_context
from rules import rules_of
from tests.unit.rules.tables import AS_OF, all_tables, member, shipped


def _delivery(feed: str = "vehicles", month: str = "2026-03", **more: Any) -> dict[str, Any]:
    good = {
        "status": "accepted",
        "rows_read": 100,
        "rows_accepted": 100,
        "rows_quarantined": 0,
        "unknown_codes": 0,
        "sha256": "f" * 64,
        "agreed_until": date(2026, 12, 31),
    }
    return {"feed": feed, "month": month, **good, **more}


def _asked(**given: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    context = rule_context(all_tables(**given), AS_OF, shipped())
    found = evaluate(rules_of("feed"), context).collect()
    return sorted(found.select("rule_id", "source_feed", "basis").unique().rows())


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
        ({"rows_repeated": 20}, None),
        ({"rows_repeated": 21}, ("rows_repeated", "known_keys")),
        ({"rows_accepted": 20, "rows_repeated": 9}, None),
        ({"rows_accepted": 20, "rows_repeated": 10}, ("rows_repeated", "known_keys")),
        ({"status": "missing", "rows_read": None, "sha256": None, "asked_from": date(2026, 4, 1)}, None),
        (
            {"status": "missing", "rows_read": None, "sha256": None, "asked_from": date(2026, 3, 31)},
            ("delivery_missing", "not_delivered"),
        ),
        ({"late_days": 0}, None),
        ({"late_days": 1}, ("delivery_late", "came_late")),
        ({"late_days": 1, "month": "2025-12"}, None),
        ({"agreed_until": None}, ("contract_expired", "no_agreement")),
        ({"agreed_until": date(2026, 3, 30)}, ("contract_expired", "agreement_expired")),
        ({"agreed_until": date(2026, 3, 31)}, None),
        ({"agreed_until": None, "month": "2026-02"}, None),
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


MONTHS = ("2025-11", "2025-12", "2026-01", "2026-02", "2026-03")


def _months(feed: str, rows: list[int]) -> list[dict[str, Any]]:
    return [
        _delivery(feed, month, rows_read=each, rows_accepted=each, sha256=f"{feed}{month}")
        for month, each in zip(MONTHS[-len(rows) :], rows, strict=True)
    ]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([100, 100, 100, 100, 161], ["much_larger"]),
        ([100, 100, 100, 100, 160], []),
        ([100, 100, 100, 100, 40], []),
        ([100, 100, 100, 100, 39], ["much_smaller"]),
        ([1500, 100, 100, 100, 100], []),
        ([99, 99, 99, 99, 10], []),
        ([100, 100, 10], []),
        ([100, 100, 100, 100, 0], ["much_smaller"]),
    ],
    ids=["more", "most that is usual", "least that is usual", "fewer", "first brings history", "few", "young", "none"],
)
def test_events_are_compared_with_the_usual_month(rows: list[int], expected: list[str]) -> None:
    """A feed that lost most of its payments would only show as families that lost their aid."""
    assert [basis for _, _, basis in _asked(health=_months("temporary_assistance", rows))] == expected


def _profiled(column: str, measure: str, months: list[dict[str, int]], rows: int = 200) -> list[dict[str, Any]]:
    return [
        {"feed": "vehicles", "month": month, "column": column, "measure": measure, "bin": name, "cells": cells,
         "rows": rows}
        for month, bins in zip(MONTHS[-len(months) :], months, strict=True)
        for name, cells in bins.items()
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("months", "expected"),
    [
        ([{"": 20}] * 4 + [{"": 59}], []),
        ([{"": 20}] * 4 + [{"": 60}], ["much_emptier"]),
        ([{"": 60}] * 4 + [{"": 20}], ["much_fuller"]),
        ([{"": 0}] * 2 + [{"": 200}], []),
    ],
    ids=["nearly", "emptier", "fuller", "young"],
)
def test_a_column_that_empties_is_asked_about(months: list[dict[str, int]], expected: list[str]) -> None:
    """A department's changed export would silently take a column away from the rules."""
    assert [basis for _, _, basis in _asked(profiles=_profiled("detail", "empty", months))] == expected


@pytest.mark.parametrize(
    ("months", "rows", "expected"),
    [
        ([{"car": 100, "van": 100}] * 5, 200, []),
        ([{"car": 100, "van": 100}] * 4 + [{"car": 132, "van": 68}], 200, ["shifted"]),
        ([{"car": 100, "van": 100}] * 4 + [{"car": 160, "van": 40}], 200, ["much_shifted"]),
        ([{"car": 200}] * 4 + [{"car": 100, "bus": 100}], 200, ["much_shifted"]),
        ([{"car": 200}] * 4 + [{"car": 196, "bus": 4}], 200, []),
        ([{"car": 40, "van": 40}] * 4 + [{"car": 70, "van": 10}], 80, []),
        ([{"car": 90, "van": 10}] * 4 + [{"car": 79, "van": 18, "bus": 3}], 100, []),
        ([{"car": 100}] * 4 + [{"car": 96, "van": 4}], 100, ["shifted"]),
        ([{"car": 90, "van": 10}] * 4 + [{"car": 71, "van": 29}], 100, ["shifted"]),
        ([{"car": 90, "van": 10}] * 4 + [{"car": 75, "van": 21, "bus": 4}], 100, ["much_shifted"]),
    ],
    ids=[
        "equal",
        "shifted",
        "much",
        "a new code",
        "a rare new code",
        "few rows",
        "within chance",
        "beyond chance",
        "nearly much",
        "just much",
    ],
)
def test_a_column_that_is_spread_otherwise_is_asked_about(
    months: list[dict[str, int]], rows: int, expected: list[str]
) -> None:
    """A changed scope or a changed meaning of a code would pass for a change in people's lives."""
    for measure in ("code", "band"):
        assert [basis for _, _, basis in _asked(profiles=_profiled("detail", measure, months, rows))] == expected


def test_months_before_profiles_are_not_compared() -> None:
    """A registry that took in deliveries before there were profiles would warn of everything or break."""
    before = _months("temporary_assistance", [100] * 5)
    assert _asked(health=before, profiles=_profiled("detail", "code", [{"car": 200}])) == []


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
