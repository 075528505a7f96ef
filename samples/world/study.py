"""School: everybody's way through the stages, from the day of birth.

What belongs here: enrolments. They follow from birth and schooling alone, so they are written once the
lives are known, cut where a life or a registration ends.
"""

import numpy as np

from samples.world.base import NEVER, YEAR, Flags, Ints, month_end, month_index, month_start
from samples.world.state import World

__all__ = ["enrol", "in_full_time_study"]

_AGES = (6, 12, 15, 18, 18, 22)
_LENGTHS = (6, 3, 3, 3, 4, 3)
_JUNIOR_COLLEGE, _BACHELOR = 3, 4
_EIGHTEEN, _TWENTY_FOUR = 18 * YEAR, 24 * YEAR
_SEPTEMBER, _JULY, _MARCH = 8, 6, 2  # months counted from January = 0


def _first_year(birth: Ints) -> Ints:
    """The calendar year in which a child born on that day starts school."""
    months = birth.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    year: Ints = 1970 + months // 12 + (months % 12 >= _SEPTEMBER) + _AGES[0]
    return year


def _year_day(years: Ints, month: int) -> Ints:
    starts = ((years - 1970) * 12 + month).astype("datetime64[M]").astype("datetime64[D]")
    return starts.astype(np.int64)


def _attends(schooling: Ints, stage: int) -> Flags:
    attends: Flags = schooling == stage if stage == _JUNIOR_COLLEGE else schooling >= stage
    return attends


def in_full_time_study(world: World, rows: Ints) -> Flags:
    """Whether each of `rows` is at school at the start of the month."""
    people = world.people
    first = _first_year(people["birth"][rows])
    age = (world.today - _year_day(first, _SEPTEMBER)) / YEAR + _AGES[0]
    end = np.array([12.0, 15.0, 18.0, 21.0, 22.0, 25.0])[people["schooling"][rows]]
    studying: Flags = (age >= _AGES[0]) & (age < end)
    return studying


def enrol(world: World) -> None:
    """Write the enrolments of all stages that reach into the simulated time."""
    people, rng = world.people, world.rng
    horizon = month_end(world.last)
    here = np.flatnonzero(people["place"] <= 1)
    registered = np.full(len(people), NEVER, dtype=np.int64)
    spells = world.registrations
    np.minimum.at(registered, spells["person"], spells["start"])
    for stage, (age, length) in enumerate(zip(_AGES, _LENGTHS, strict=True)):
        rows = here[_attends(people["schooling"][here], stage)]
        first = _first_year(people["birth"][rows]) + age - _AGES[0]
        start, end = _year_day(first, _SEPTEMBER), _year_day(first + length, _JULY)
        death = people["death"][rows]
        inside = (end > month_start(world.start)) & (start <= horizon) & (start < death) & (start >= registered[rows])
        rows, start, end, death = rows[inside], start[inside], end[inside], death[inside]
        school = stage * 1000 + rng.integers(0, 30, len(rows))
        cut = (end > death) & (world.chance(len(rows), 0.5))
        end = np.where(end > death, np.where(cut, death, NEVER), end)
        world.studies.add(len(rows), person=rows, school=school, stage=stage, start=start, end=end)
    _part_time(world, here)
    _spring(world)


def _part_time(world: World, here: Ints) -> None:
    people = world.people
    rows = here[(people["birth"][here] < _day_of_year(1998)) & (people["birth"][here] > _day_of_year(1980))]
    rows = world.draw(rows, 0.01)
    start = _year_day(2021 + people["given"][rows] % 5, _SEPTEMBER)
    fits = (start < people["death"][rows]) & (start <= month_end(world.last))
    rows, start = rows[fits], start[fits]
    world.studies.add(len(rows), person=rows, school=9000, stage=_JUNIOR_COLLEGE, mode=1, start=start)


def _day_of_year(year: int) -> int:
    """First day of a calendar year."""
    return month_start(month_index(f"{year}-01"))


def _spring(world: World) -> None:
    """Young members of families on the register who enter college in spring."""
    people, spells, studies = world.people, world.spells, world.studies
    for month in range(world.start, world.last + 1):
        if month % 12 != _MARCH:
            continue
        day = month_start(month)
        young = (day - people["birth"] > _EIGHTEEN) & (day - people["birth"] < _TWENTY_FOUR)
        young &= (people["death"] > day) & (people["place"] <= 1)
        open_now = (spells["start"] < day) & (spells["end"] > day)
        rows = np.unique(spells["person"][open_now])
        busy = np.unique(studies["person"][(studies["stage"] >= _JUNIOR_COLLEGE) & (studies["end"] > day)])
        rows = np.setdiff1d(rows[young[rows]], busy)
        studies.add(len(rows), person=rows, school=8000, stage=_JUNIOR_COLLEGE, start=day)
