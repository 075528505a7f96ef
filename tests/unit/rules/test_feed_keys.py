"""Which fact a warning about a feed is of, and the exact figures from which it is asked about."""

import math
from datetime import date
from typing import Any

import narwhals as nw
import polars as pl
import pytest

from editions.hits import evaluate, rule_context
from rules import get_rule
from rules.warnings._history import before, bins, counted_months
from rules.warnings.distribution_drift import _by_chance
from schemas.tables import HEALTH, PROFILES, get_table
from tests.unit.rules.tables import AS_OF, rows, shipped

Row = dict[str, Any]
SOON = date(2026, 4, 1)
MONTHS = ("2025-11", "2025-12", "2026-01", "2026-02", "2026-03")


def _delivery(month: str = "2026-03", number: int = 100, **more: Any) -> Row:
    good = {"status": "accepted", "rows_read": number, "rows_accepted": number, "rows_quarantined": 0}
    return {"feed": "vehicles", "month": month, **good, "unknown_codes": 0, "sha256": "f1", **more}


def _context(health: list[Row], profiles: list[Row] | None = None, windows: list[Row] | None = None) -> Any:
    tables = {"health": rows(HEALTH, *health), "profiles": rows(PROFILES, *(profiles or []))}
    tables["income_window"] = rows(get_table("income_window"), *(windows or []))
    return rule_context(tables, AS_OF, shipped())


def _asked(rule: str, *health: Row, profiles: list[Row] | None = None, windows: list[Row] | None = None) -> list[Any]:
    found = evaluate([get_rule(rule)], _context(list(health), profiles, windows)).collect()
    assert set(found["evidence_on"]) <= {AS_OF}
    assert found["family_id"].is_null().all()
    assert found["person_key"].is_null().all()
    return sorted(found.select("source_feed", "basis", "evidence_key").rows())


@pytest.mark.parametrize(
    ("rule", "delivery", "basis", "key"),
    [
        ("delivery_late", {"late_days": 1, "month": "2026-02"}, "came_late", "2026-02"),
        ("delivery_missing", {"status": "refused"}, "delivery_refused", "2026-03:refused:f1"),
        ("delivery_missing", {"status": "refused", "asked_from": SOON}, "delivery_refused", "2026-03:refused:f1"),
        ("delivery_missing", {"status": "missing", "sha256": None}, "not_delivered", "2026-03:missing:"),
        ("contract_expired", {"agreed_until": None}, "no_agreement", "none"),
        ("contract_expired", {"agreed_until": date(2026, 3, 30)}, "agreement_expired", "2026-03-30"),
        ("quarantine_high", {"rows_quarantined": 6}, "quarantine_over_share", "2026-03:f1"),
        (
            "quarantine_high",
            {"rows_read": 10_000, "rows_quarantined": 501},
            "quarantine_over_share",
            "2026-03:f1",
        ),
        ("rows_repeated", {"rows_repeated": 21}, "known_keys", "2026-03:f1"),
        ("rows_repeated", {"rows_accepted": 10_000, "rows_repeated": 2_001}, "known_keys", "2026-03:f1"),
        ("same_bytes_again", {"duplicate_of": "d1"}, "known_bytes", "2026-03:d1"),
        ("unknown_codes", {"unknown_codes": 1}, "code_of_no_list", "2026-03:f1"),
    ],
)  # fmt: skip
def test_a_delivery_is_one_fact(rule: str, delivery: Row, basis: str, key: str) -> None:
    """A department would be asked about the same file every month, or not about the next one."""
    assert _asked(rule, _delivery(**delivery)) == [("vehicles", basis, key)]


def test_a_month_without_computable_income_is_one_fact() -> None:
    """The same months would be asked for again and again, or never again."""
    found = _asked("income_not_computable", windows=[{"first_month": None, "last_month": None, "computable": False}])
    assert found == [(feed, "months_not_delivered", "2026-03") for feed in ("pensions", "tax_wages")]


def _snapshots(*numbers: int | None) -> list[Row]:
    months = zip(MONTHS[-len(numbers) :], numbers, strict=True)
    return [_delivery(month, number) for month, number in months if number is not None]


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ((100, 151), [("2026-03", "much_larger")]),
        ((10_000, 15_001), [("2026-03", "much_larger")]),
        ((10_000, 15_000), []),
        ((100, 49, 49), [("2026-02", "much_smaller")]),
        ((100, None, 40), [("2026-03", "much_smaller")]),
        ((1000, 100, 100, 100), []),
        ((0, 1), [("2026-03", "much_larger")]),
        ((0, 0), []),
    ],
)
def test_a_snapshot_beside_the_one_before_it(numbers: tuple[int | None, ...], expected: list[Any]) -> None:
    """A snapshot that lost half of its rows would pass, or one be asked about for what an old one held."""
    found = _asked("volume_jump", *_snapshots(*numbers))
    assert [(key, basis) for _, basis, key in found] == expected


def test_files_of_a_month_count_together_and_refused_ones_not() -> None:
    """A feed of several senders would seem to jump whenever one of them sends in two parts."""
    parts = [_delivery("2026-03", 60), _delivery("2026-03", 60, status="partial", sha256="f2")]
    refused = [_delivery("2026-03", 900, status="refused", sha256="f3")]
    before_it = [_delivery("2026-02", 100)]
    assert _asked("volume_jump", *before_it, *parts, *refused) == []
    assert _asked("volume_jump", *before_it, *parts, _delivery("2026-03", 31, sha256="f4")) != []


def _aid(*numbers: int) -> list[Row]:
    return [
        _delivery(month, number, feed="temporary_assistance", sha256=f"f{month}")
        for month, number in zip(_last(len(numbers)), numbers, strict=True)
    ]


def _last(number: int) -> list[str]:
    """The last months up to 2026-03."""
    return [f"{2025 + (each // 12)}-{each % 12 + 1:02d}" for each in range(15 - number, 15)]


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ((100, 100, 100, 39), ["2026-03"]),
        ((100, 100, 39), []),
        ((100, 100, 39, 100), []),
        ((100, 100, 100, 39, 39), ["2026-02", "2026-03"]),
        ((100, 100, 100, 39, 100, 100, 100), []),
        ((100, 101, 101, 40), ["2026-03"]),
        ((100, 101, 101, 41), []),
        ((99, 100, 101, 102, 39), ["2026-03"]),
        ((99, 100, 101, 102, 40), []),
        ((99, 99, 100, 100, 10), []),
        ((99, 100, 100, 100, 10), ["2026-03"]),
    ],
)
def test_events_beside_the_usual_month(numbers: tuple[int, ...], expected: list[str]) -> None:
    """A month of payments that was lost would pass, or a small feed be asked about by chance."""
    found = _asked("volume_jump", *_aid(*numbers))
    assert [key for _, _, key in found] == expected


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ((500, *[100] * 11, 500), []),
        ((500, *[100] * 11, 800), []),
        ((500, *[100] * 11, 801), [("2026-03", "much_larger")]),
        ((300, *[100] * 11, 500), [("2026-03", "much_larger")]),
        (([100] * 12 + [500]), [("2026-03", "much_larger")]),
        ((500, 100, *[100] * 10, 39), [("2026-03", "much_smaller")]),
        ((39, *[100] * 11, 39), [("2026-03", "much_smaller")]),
    ],
)
def test_what_comes_once_a_year_is_not_too_much(numbers: tuple[int, ...], expected: list[Any]) -> None:
    """A department would be asked every year about the month in which it reports the whole year."""
    found = _asked("volume_jump", *_aid(*numbers))
    assert [(key, basis) for _, basis, key in found] == expected


def test_the_history_reaches_back_so_far_and_no_further() -> None:
    """What a feed held years ago would count as usual, or too little of what it held lately."""
    read = shipped()
    number = read.integer("feed_health.recent_months") + read.integer("feed_health.history_months")
    months = _last(number + 1)
    context = _context([_delivery(month) for month in months])
    held = counted_months(context)
    assert sorted(held.to_native().collect()["month"]) == months[1:]
    pairs = before(context, held).to_native().collect()
    assert pairs.columns == ["feed", "month", "rows", "month_before", "rows_before"]
    assert pairs.height == sum(range(number - 3, number))


def _profile(month: str, cells: dict[str, int], number: int = 200, **more: Any) -> list[Row]:
    told = {"feed": "vehicles", "month": month, "column": "kind", "measure": "code", "rows": number, **more}
    return [{**told, "bin": name, "cells": each} for name, each in cells.items()]


def _bins(*months: list[Row], measures: tuple[str, ...] = ("code",)) -> list[Any]:
    made = bins(_context([], [row for month in months for row in month]), *measures).to_native().collect()
    return sorted(made.select("month", "bin", "cells", "total", "cells_before", "total_before").rows())


def test_bins_of_a_month_beside_its_history() -> None:
    """Shares would be of other months than they are told for."""
    months = [_profile(month, {"car": 50, "van": 150}) for month in MONTHS[:3]]
    now = _profile("2026-02", {"car": 30, "bus": 170})
    last = _profile("2026-03", {"car": 10})
    expected_now = [("2026-02", "bus", 170, 200, 0, 600), ("2026-02", "car", 30, 200, 150, 600),
                    ("2026-02", "van", 0, 200, 450, 600)]  # fmt: skip
    expected_last = [("2026-03", "bus", 0, 200, 170, 800), ("2026-03", "car", 10, 200, 180, 800),
                     ("2026-03", "van", 0, 200, 450, 800)]  # fmt: skip
    assert _bins(*months, now, last) == expected_now + expected_last
    other = [_profile(month, {"x": 5}, measure="empty") for month in MONTHS[:3]]
    assert _bins(*months, *other, now) == expected_now
    assert len(_bins(*months, *other, now, measures=("code", "empty"))) == len(expected_now) + 1


@pytest.mark.parametrize(
    ("number", "earlier", "expected"),
    [
        (100, [100, 100, 100], 1),
        (99, [100, 100, 100], 0),
        (100, [34, 33, 33], 1),
        (100, [33, 33, 33], 0),
        (100, [100, 100], 0),
    ],
)
def test_enough_rows_and_months_to_compare(number: int, earlier: list[int], expected: int) -> None:
    """A file of a few rows would be asked about whatever chance gives."""
    months = _last(len(earlier) + 1)
    told = [_profile(month, {"car": 5}, each) for month, each in zip(months, [*earlier, number], strict=True)]
    assert len(_bins(*told)) == expected


@pytest.mark.parametrize(("now", "expected"), [(299, 0), (300, 1)])
def test_a_large_file_empties_by_so_many_points(now: int, expected: int) -> None:
    """In a large file a tenth of a point is many people."""
    told = [_profile(month, {"": 100}, 1_000, measure="empty") for month in MONTHS[:4]]
    told.append(_profile("2026-03", {"": now}, 1_000, measure="empty"))
    assert len(_asked("null_rate_drift", profiles=[row for each in told for row in each])) == expected


@pytest.mark.parametrize(
    ("earlier", "now", "expected"),
    [
        (20, 60, [("vehicles", "much_emptier", "2026-03:kind")]),
        (20, 59, []),
        (60, 20, [("vehicles", "much_fuller", "2026-03:kind")]),
        (60, 21, []),
    ],
)
def test_a_column_that_empties_is_one_fact(earlier: int, now: int, expected: list[Any]) -> None:
    """A department would be asked every month about the change of one."""
    told = [_profile(month, {"": earlier}, measure="empty") for month in MONTHS[:4]]
    told.append(_profile("2026-03", {"": now}, measure="empty"))
    assert _asked("null_rate_drift", profiles=[row for each in told for row in each]) == expected


def test_a_column_that_is_spread_otherwise_is_one_fact() -> None:
    """A department would be asked every month about the change of one."""
    told = [_profile(month, {"car": 100, "van": 100}) for month in MONTHS[:4]]
    for cells, basis in ((132, "shifted"), (149, "much_shifted")):
        now = _profile("2026-03", {"car": cells, "van": 200 - cells})
        profiles = [row for each in (*told, now) for row in each]
        assert _asked("distribution_drift", profiles=profiles) == [("vehicles", basis, "2026-03:kind")]


@pytest.mark.parametrize(("filled", "expected"), [(99, 0), (100, 1)])
def test_enough_filled_cells_to_compare(filled: int, expected: int) -> None:
    """A column that is nearly always empty would be asked about whatever chance gives."""
    told = [_profile(month, {"car": 100}) for month in MONTHS[:4]]
    now = _profile("2026-03", {"van": filled})
    assert len(_asked("distribution_drift", profiles=[row for each in (*told, now) for row in each])) == expected
    short = [
        _profile(month, {"car": filled // 4 if month != "2026-02" else filled - 3 * (filled // 4)}, 200)
        for month in MONTHS[:4]
    ]
    full = _profile("2026-03", {"van": 200})
    assert len(_asked("distribution_drift", profiles=[row for each in (*short, full) for row in each])) == expected


@pytest.mark.parametrize(
    ("kinds", "filled", "earlier", "deviations"), [(2, 100, 400, 3), (5, 150, 900, 2), (12, 1000, 300, 4)]
)
def test_what_chance_gives(kinds: int, filled: int, earlier: int, deviations: int) -> None:
    """Small files would be asked about for nothing, or large shifts pass for chance (Wilson and Hilferty)."""
    frame = nw.from_native(pl.LazyFrame({"bins": [kinds, 1], "filled": [filled] * 2, "filled_before": [earlier] * 2}))
    bounds = frame.select(bound=_by_chance(deviations)).to_native().collect()["bound"].to_list()
    freedom = kinds - 1
    quantile = freedom * (1 - 2 / (9 * freedom) + deviations * math.sqrt(2 / (9 * freedom))) ** 3
    assert bounds == pytest.approx([quantile * (1 / filled + 1 / earlier), 0.0])
