"""Spells on the register and their merging (domain lines 1 and 2)."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.editions.stages import stage_tables
from tests.unit.linkage.world import AS_OF, World

START, END = date(2024, 1, 1), date(2025, 1, 31)


def spells(world: World, as_of: date = AS_OF) -> list[tuple[date, date | None, bool]]:
    frame = stage_tables(world, as_of)["register_spells"].sort("person_key", "started_on")
    return frame.select("started_on", "ended_on", "on_register").rows()


@pytest.mark.parametrize(("gap", "count"), [(0, 1), (31, 1), (32, 2)])
def test_a_gap_of_up_to_31_days_is_a_transfer(gap: int, count: int) -> None:
    """低保→低边 within the gap must not look like an exit; a day more is one."""
    world = World().spell("N1", "a", START, END)
    world.spell("N2", "a", END + timedelta(days=gap), None, programme="marginal")
    found = spells(world)
    assert len(found) == count
    assert found[-1][1:] == (None, True)


def test_the_latest_end_so_far_counts() -> None:
    """A short spell inside a long one must not open a gap after it."""
    world = World().spell("N1", "a", date(2023, 1, 1), date(2025, 6, 1)).spell("N2", "a", START, date(2024, 2, 1))
    assert spells(world.spell("N3", "a", date(2025, 6, 20), date(2025, 9, 1))) == [
        (date(2023, 1, 1), date(2025, 9, 1), False)
    ]


@pytest.mark.parametrize(
    ("as_of", "on"), [(START - timedelta(days=1), None), (START, True), (END - timedelta(days=1), True), (END, False)]
)
def test_on_the_register_from_the_start_to_the_day_before_the_end(as_of: date, *, on: bool | None) -> None:
    """The end is the first day without entitlement."""
    found = spells(World().spell("N1", "a", START, END), as_of)
    assert [each[2] for each in found] == ([] if on is None else [on])


def test_open_rigid_expense_ends_after_twelve_months() -> None:
    """A 刚性支出 spell without an end is over after twelve months, also from a leap day."""
    world = World().spell("N1", "a", date(2024, 2, 29), programme="rigid_expense")
    assert spells(world) == [(date(2024, 2, 29), date(2025, 2, 28), False)]
    assert spells(World().spell("N1", "a", date(2025, 4, 1), programme="rigid_expense"))[0][2]


def test_source_is_that_of_the_spell_that_ends_last() -> None:
    """The explanation of an exit points to the row that says so."""
    world = World().spell("N1", "a", START, END).spell("N2", "a", date(2024, 6, 1), date(2024, 7, 1))
    assert stage_tables(world)["register_spells"]["source_row"].to_list() == [0]


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 900), st.integers(1, 120)), min_size=1, max_size=6), st.randoms())
def test_merging_agrees_with_a_plain_loop(pairs: list[tuple[int, int]], shuffler: object) -> None:
    """Whatever the order of the rows, merged spells are those that a person would draw on paper."""
    days = [(START + timedelta(days=at), START + timedelta(days=at + long)) for at, long in pairs]
    expected: list[list[date]] = []
    for start, end in sorted(days):
        if expected and start <= expected[-1][1] + timedelta(days=31):
            expected[-1][1] = max(expected[-1][1], end)
        else:
            expected.append([start, end])
    world = World()
    shuffler.shuffle(days)  # type: ignore[attr-defined]
    for start, end in days:
        world.spell("N1", "a", start, end)
    assert [list(each[:2]) for each in spells(world, date(2030, 1, 1))] == expected
