"""Aid from the departments and their hardship lists.

What belongs here: who receives medical, housing, education, employment, disaster, legal and temporary
aid, what is no aid in the sense of the definitions (merit, talent, defence, charity), and listings.
"""

import numpy as np

from samples.world.applying import area_of
from samples.world.base import NEVER, YEAR, Flags, Ints
from samples.world.hardship import chance_by, of_people
from samples.world.paying import pay, reverse
from samples.world.state import ELSEWHERE, RESIDENT_PENSION, World, code
from samples.world.study import in_full_time_study

__all__ = ["step"]

_YUAN = 100
_SCHOOL_MONTHS = (2, 9)  # March and October
_COLLEGE_AGE = 18 * YEAR
_MODEST, _GOOD = 600_000, 800_000  # wages in fen
_DEGREE = code("school_stage", "bachelor")
_TEMPORARY = 0.00016  # temporary assistance a month where hardship is nought
_SEEKING = (code("job", "informal"), code("job", "unemployed"))


def step(world: World) -> None:
    """The payments of the month. Temporary assistance has the history of a register, other aid a short one."""
    _temporary(world)
    _listings(world)
    if not world.recording:
        return
    _medical(world)
    _monthly(world)
    _education(world)
    _events(world)
    reverse(world)


def _round(world: World, count: int, low: int, high: int) -> Ints:
    amount: Ints = world.rng.integers(low, high, count) * 100 * _YUAN
    return amount


def _temporary(world: World) -> None:
    people = world.people
    adult = world.ages > 19 * YEAR
    here = np.flatnonzero(adult & world.present)
    rows = world.draw(here, chance_by(of_people(world, here), _TEMPORARY))
    first = pay(world, "temporary", rows, _round(world, len(rows), 5, 60))
    world.aid["area"][first] = area_of(world, rows)
    outside = world.draw(world.living & (people["place"] == ELSEWHERE) & adult, 0.0006)
    second = pay(world, "temporary", outside, _round(world, len(outside), 3, 20))
    world.aid["area"][second] = area_of(world, outside)
    both = np.concatenate([first, second])
    world.aid["difficulty"][both] = world.rng.integers(0, 8, len(both))


def _listings(world: World) -> None:
    people, table = world.people, world.listings
    worker = world.residents & (people["job"] > 0) & (world.ages > 25 * YEAR)
    for kind, who, rate in (
        (0, worker, 0.00018),
        (1, world.residents & (people["pension"] == RESIDENT_PENSION), 0.0006),
    ):
        rows = world.draw(who, rate)
        table.add(len(rows), person=rows, kind=kind, start=world.days(len(rows)))
    ending = world.draw((table["end"] == NEVER) & (table["start"] < world.today), 0.04)
    table["end"][ending] = world.days(len(ending))


def _medical(world: World) -> None:
    """Paid out after a hospital stay, to the poor most of the time."""
    bills = world.settlements
    stays = (bills["kind"] == 0) & (bills["on"] >= world.today) & (bills["on"] <= world.month_end)
    persons = np.unique(bills["person"][stays])
    poor = world.people["family"][persons] >= 0
    rows = persons[world.rng.random(len(persons)) < np.where(poor, 0.6, 0.06)]
    amount = (np.exp(world.rng.normal(np.log(2500), 0.6, len(rows))) * _YUAN).astype(np.int64)
    pay(world, "medical", rows, amount)


def _steady(world: World, who: Flags, share: int, offset: int) -> Ints:
    """The same people month after month: one in `share` of `who`, for as long as they are among them."""
    rows: Ints = np.flatnonzero(who & ((world.people["given"] + offset) % share == 0))
    return rows


def _monthly(world: World) -> None:
    """Housing and employment aid, paid every month while it lasts."""
    people = world.people
    modest = world.residents & (people["wage"] < _MODEST) & (world.ages > 24 * YEAR) & (people["pension"] == 0)
    for kind, who, share, amount in (
        ("public_rental", modest, 97, 30_000),
        ("rent_subsidy", modest, 89, 54_000),
        (
            "talent_rent_subsidy",
            world.present & (people["schooling"] >= _DEGREE) & (people["wage"] > _GOOD),
            61,
            83_300,
        ),
    ):
        rows = _steady(world, who, share, amount)
        pay(world, kind, rows, np.full(len(rows), amount, dtype=np.int64))
    seeking = world.residents & np.isin(people["job"], _SEEKING) & (world.ages > 42 * YEAR)
    rows = _steady(world, seeking, 9, world.month // 6)
    pay(world, "employment", rows, np.full(len(rows), 48_120, dtype=np.int64))


def _education(world: World) -> None:
    """Need-based aid and merit scholarships, twice a year."""
    if world.month % 12 not in _SCHOOL_MONTHS:
        return
    people = world.people
    pupils = np.flatnonzero(world.residents & (world.ages < 24 * YEAR) & (world.ages > 6 * YEAR))
    pupils = pupils[in_full_time_study(world, pupils)]
    parent = np.where(people["mother"][pupils] >= 0, people["mother"][pupils], people["father"][pupils])
    poor = (people["family"][pupils] >= 0) | (people["wage"][parent] == 0)
    rows = pupils[world.rng.random(len(pupils)) < np.where(poor, 0.09, 0.008)]
    pay(world, "education_need", rows, _round(world, len(rows), 5, 25))
    college = pupils[world.ages[pupils] > _COLLEGE_AGE]
    rows = world.draw(college, 0.03)
    pay(world, "education_merit", rows, _round(world, len(rows), 20, 80))


def _events(world: World) -> None:
    """Fires and floods, law suits, charity."""
    adult = world.residents & (world.ages > 20 * YEAR)
    storm = 5 if world.month % 12 in (6, 7, 8) else 1
    rows = world.draw(adult, 0.00006 * storm)
    pay(world, "disaster", rows, _round(world, len(rows), 10, 90))
    for kind, rate in (("legal", 0.00016), ("appointed_defence", 0.00005)):
        rows = world.draw(world.present & (world.ages > 20 * YEAR), rate)
        pay(world, kind, rows, np.full(len(rows), NEVER, dtype=np.int64), paid=False)
    rows = world.draw(world.present & adult, np.where(world.people["ill_on"] < world.today, 0.003, 0.0001))
    pay(world, "charity", rows, _round(world, len(rows), 5, 100))
