"""The twelve months and the records that enter the sum (domain line 10)."""

from datetime import date
from typing import Any

import pytest

from tests.unit.editions.stages import stage_tables
from tests.unit.linkage.world import World

REQUIRED = ("tax_wages", "pensions")


def month(text: str) -> date:
    return date.fromisoformat(f"{text}-01")


def months(first: str, count: int) -> list[date]:
    start = month(first)
    return [date(start.year + (start.month - 1 + n) // 12, (start.month - 1 + n) % 12 + 1, 1) for n in range(count)]


def delivered(world: World, *spans: tuple[str, int], feeds: tuple[str, ...] = REQUIRED) -> World:
    """Rows of somebody else in each required feed for the months of `spans`."""
    for feed in feeds:
        for first, count in spans:
            for each in months(first, count):
                income(world, "x", each, 1, source_feed=feed)
    return world


def income(world: World, key: str, when: date | None, fen: int, **more: Any) -> World:
    given = {
        "person_key": key,
        "income_kind": "wages",
        "month": when,
        "period": f"{when:%Y-%m}" if when else None,
        "amount_fen": fen,
        "declared": False,
        "source_feed": "tax_wages",
    }
    return world.add("incomes", **given | more)


def window(world: World) -> tuple[Any, ...]:
    return stage_tables(world)["income_window"].row(0)


def counted(world: World, key: str = "a") -> list[tuple[str, int, bool]]:
    rows = stage_tables(world)["income_rows"]
    return sorted(rows.filter(person_key=key).select("period", "counted_fen", "counted").rows())


def standard() -> World:
    """A person, and both feeds delivered for March 2025 to February 2026."""
    return delivered(World().person("a"), ("2025-03", 12))


def test_latest_twelve_months() -> None:
    """The months are the latest whole year that all required feeds have delivered."""
    assert window(delivered(World(), ("2024-09", 18))) == (month("2025-03"), month("2026-02"), True)


def test_a_gap_moves_the_window_back_or_ends_it() -> None:
    """A month that one feed missed must not be read as a month without income."""
    world = delivered(World(), ("2024-01", 24), ("2026-02", 1))
    assert window(world) == (month("2025-01"), month("2025-12"), True)
    assert window(delivered(World(), ("2025-01", 3), ("2025-05", 11))) == (None, None, False)


@pytest.mark.parametrize(("last", "computable"), [("2025-12", True), ("2025-11", False)])
def test_last_month_at_most_three_months_back(last: str, *, computable: bool) -> None:
    """Figures that are too old are no figures."""
    first = "2025-01" if last == "2025-12" else "2024-12"
    assert window(delivered(World(), (first, 12)))[2] is computable


def test_every_required_feed_has_to_deliver() -> None:
    """Wages alone do not tell what a pensioner has."""
    assert window(delivered(World(), ("2025-01", 15), feeds=("tax_wages",)))[2] is False
    assert counted(income(delivered(World(), ("2025-01", 15), feeds=("tax_wages",)), "a", month("2025-06"), 9)) == []


def test_months_outside_do_not_count() -> None:
    """Income of the thirteenth month back must not push a family over the threshold."""
    world = standard()
    for text in ("2025-02", "2025-03", "2026-02", "2026-03"):
        income(world, "a", month(text), 7)
    assert counted(world) == [("2025-03", 7, True), ("2026-02", 7, True)]


@pytest.mark.parametrize(("year", "row"), [("2025", [("2025", 9, True)]), ("2026", [("2026", 0, False)]), ("2024", [])])
def test_annual_figure_counts_whole_when_its_year_ends_inside(year: str, row: list[tuple[str, int, bool]]) -> None:
    """An annual figure is never divided into months."""
    assert counted(income(standard(), "a", None, 9, period=year, income_kind="business")) == row


def test_declared_income_counts_only_where_no_feed_speaks() -> None:
    """A recorded zero overrules what the family declared; another kind or month does not."""
    world = income(standard(), "a", month("2025-06"), 0)
    for text, kind in (("2025-06", "wages"), ("2025-07", "wages"), ("2025-06", "support_received")):
        income(world, "a", month(text), 5, declared=True, income_kind=kind, source_feed="declared_incomes")
    assert counted(world) == [("2025-06", 0, False), ("2025-06", 0, True), ("2025-06", 5, True), ("2025-07", 5, True)]


def test_annual_record_overrules_declared_months_of_its_year() -> None:
    """Business income of a whole year speaks for each of its months."""
    world = income(standard(), "a", None, 50, period="2025", income_kind="business")
    for text in ("2025-12", "2026-01"):
        income(world, "a", month(text), 5, declared=True, income_kind="business")
    assert counted(world) == [("2025", 50, True), ("2025-12", 0, False), ("2026-01", 5, True)]


def test_basic_part_of_the_resident_pension_is_exempt_to_its_date() -> None:
    """The exemption ended with 2025; the part that was earned always counts."""
    world = standard()
    for text in ("2025-12", "2026-01"):
        income(world, "a", month(text), 30, basic_fen=20, income_kind="pension_resident", source_feed="pensions")
    income(world, "a", month("2025-12"), 30, basic_fen=20, income_kind="pension_employee", source_feed="pensions")
    assert counted(world) == [("2025-12", 10, True), ("2025-12", 30, True), ("2026-01", 30, True)]


def test_contributions_are_evidence_never_income() -> None:
    """A contribution base says that somebody works, not what is earned."""
    world = standard()
    for text in ("2025-02", "2025-03"):
        world.add("work_evidence", person_key="a", kind="contribution", month=month(text), amount_fen=999)
    assert counted(world) == [("2025-03", 0, False)]
