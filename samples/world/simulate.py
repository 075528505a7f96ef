"""The simulation from the first day to the last delivered month.

What belongs here: the order of the monthly steps, and what is written once at the end.
"""

from collections.abc import Callable

import numpy as np

from samples.world import aiding, applying, demography, hardship, health, kinship, living, register, work
from samples.world.base import NEVER, month_end, month_index, month_start
from samples.world.declared import state_incomes
from samples.world.founding import found
from samples.world.state import World
from samples.world.study import enrol

__all__ = ["simulate"]

_HISTORY = 60
_YEAR = 12


def simulate(
    *, size: int, months: int, seed: int, first_month: str, report: Callable[[str], None] | None = None
) -> World:
    """A district of about `size` people: five years of history, then the delivered months."""
    world = World(size=size, first=month_index(first_month), months=months, seed=seed, history=_HISTORY)
    found(world)
    health.begin(world)
    work.begin(world)
    hardship.weigh(world)
    applying.begin(world)
    living.begin(world)
    for month in range(world.start, world.last + 1):
        world.month = month
        demography.step(world)
        health.step(world)
        work.step(world)
        hardship.weigh(world)
        register.step(world)
        applying.step(world)
        kinship.end_support(world)
        aiding.step(world)
        living.step(world)
        if world.recording:
            state_incomes(world)
        if report and (month - world.start) % _YEAR == _YEAR - 1:
            report(f"simulated {(month - world.start + 1) // _YEAR} years")
    enrol(world)
    _correct_numbers(world)
    return world


def _correct_numbers(world: World) -> None:
    """The identity numbers of a few people are corrected; theirs are quiet lives without later changes."""
    people = world.people
    quiet = (people["death"] == NEVER) & (people["place"] == 0) & (people["house"] >= 0)
    quiet &= (people["birth"] < month_start(world.start)) & (people["corrected_on"] == NEVER)
    for table, columns in (
        (world.declared, ("person",)),
        (world.spells, ("person",)),
        (world.support, ("obligor", "ward")),
        (world.certificates, ("person",)),
        (world.studies, ("person",)),
        (world.businesses, ("person",)),
        (world.listings, ("person",)),
        (world.custody, ("person",)),
        (world.detoxifications, ("person",)),
        (world.uncounted, ("person",)),
    ):
        for column in columns:
            quiet[table[column]] = False
    on = np.full(len(people), 0, dtype=np.int64)
    on[:] = world.rng.integers(month_start(world.first - 14), month_end(world.last), len(people))
    last = np.zeros(len(people), dtype=np.int64)
    spells = world.registrations
    for column in ("start", "end"):
        known = spells[column] < NEVER
        np.maximum.at(last, spells["person"][known], spells[column][known])
    rows = world.draw(quiet & (last < on) & (world.month_end > on), 0.0012)
    people["corrected_on"][rows] = on[rows]
