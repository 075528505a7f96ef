"""The register of assistance as it changes: exits, transfers, deaths and moves of members, reviews.

What belongs here: what happens to spells that are open.
"""

import numpy as np

from samples.world.base import NEVER, Ints, add_months
from samples.world.declaring import review
from samples.world.hardship import EASY, HARD, of_people
from samples.world.state import World, code

__all__ = ["step"]

_RIGID = code("programme", "rigid_expense")
_GAPS = np.array([0, 0, 0, 1, 15, 30, 31, 31, 32, 33, 60])  # days from an exit to the next programme
_YEAR = 12
_STAY, _LEAVE, _LEAVE_SOON = 0.02, 0.045, 0.1  # a month, the easier life has become
_TRANSFER = 0.35  # of exits lead to another programme


def step(world: World) -> None:
    """Everything that the month does to the register."""
    _expire(world)
    _members_leave(world)
    _families_leave(world)
    _second_programme(world)
    _second_family(world)
    families = world.families
    due = (families["programme"] >= 0) & (families["review"] == world.month % _YEAR) & (families["declared"] >= 0)
    review(world, np.flatnonzero(due))


def _open(world: World) -> Ints:
    spells = world.spells
    rows: Ints = np.flatnonzero((spells["end"] == NEVER) & (spells["start"] < world.today))
    return rows


def _close(world: World, families: Ints) -> None:
    """The families receive nothing any more."""
    world.families["programme"][families] = -1
    closed = np.zeros(len(world.families) + 1, dtype=np.bool_)
    closed[families] = True
    closed[-1] = False
    gone = closed[world.people["family"]]
    world.people["family"][gone] = -1
    world.people["left"][gone] = world.month


def _expire(world: World) -> None:
    """刚性支出 families whose twelve months are over: nobody writes an end."""
    families = world.families
    over = add_months(families["start"], _YEAR) < world.today
    _close(world, np.flatnonzero((families["programme"] == _RIGID) & over))


def _end(world: World, rows: Ints, on: Ints, reason: Ints | int) -> None:
    """End spells; a 刚性支出 spell only before its twelve months are over."""
    spells = world.spells
    limit = np.where(spells["programme"][rows] == _RIGID, add_months(spells["start"][rows], _YEAR), NEVER)
    fits = (on <= limit) & (on > spells["start"][rows])
    spells["end"][rows[fits]] = on[fits]
    spells["reason"][rows[fits]] = np.broadcast_to(np.asarray(reason, dtype=np.int64), (len(rows),))[fits]


def _members_leave(world: World) -> None:
    """Spells of the dead and of those who moved out; some end late, some are forgotten."""
    people, spells = world.people, world.spells
    rows = _open(world)
    person = spells["person"][rows]
    died = (people["death"][person] >= world.today) & (people["death"][person] <= world.month_end)
    dead = rows[died]
    late = np.where(world.chance(len(dead), 0.2), 61, 1)
    _end(world, dead, world.month_end + late, code("exit_reason", "death"))
    moved = (people["place"][person] > 1) & (people["busy"][person] == world.month)
    gone = rows[moved & (world.chance(len(rows), 0.6))]
    _end(world, gone, np.full(len(gone), world.month_end, dtype=np.int64), code("exit_reason", "moved"))
    people["family"][spells["person"][dead]] = -1
    people["family"][spells["person"][gone]] = -1
    open_families = np.unique(spells["family"][_open(world)])
    started = np.flatnonzero((world.families["programme"] >= 0) & (world.families["start"] < world.today))
    _close(world, np.setdiff1d(started, open_families))


def _families_leave(world: World) -> None:
    """Exits and transfers of whole families."""
    rng, families, spells = world.rng, world.families, world.spells
    started = np.flatnonzero((families["programme"] >= 0) & (families["start"] < world.today - 60))
    hard = of_people(world, families["head"][started])
    leaving = world.draw(started, np.select([hard > HARD, hard > EASY], [_STAY, _LEAVE], _LEAVE_SOON))
    position = np.full(len(families) + 1, -1, dtype=np.int64)
    position[leaving] = np.arange(len(leaving))
    on = np.where(world.chance(len(leaving), 0.6), world.month_end + 1, world.days(len(leaving), 28) + 1)
    transfer = world.chance(len(leaving), _TRANSFER)
    reason = np.where(transfer, code("exit_reason", "transfer"), rng.choice([0, 1, 4, 6], len(leaving)))
    gap = rng.choice(_GAPS, len(leaving))
    after = (families["programme"][leaving] + 1 + rng.integers(0, 2, len(leaving))) % 4
    rows = _open(world)
    rows = rows[position[spells["family"][rows]] >= 0]
    index = position[spells["family"][rows]]
    _end(world, rows, on[index], reason[index])
    _close(world, leaving[~transfer])
    ended = (spells["end"][rows] == on[index]) & transfer[index] & world.present[spells["person"][rows]]
    rows, index = rows[ended], index[ended]
    _, first = np.unique(spells["person"][rows], return_index=True)
    rows, index = rows[first], index[first]
    start = on + gap
    spells.add(
        len(rows),
        person=spells["person"][rows],
        family=spells["family"][rows],
        relation=spells["relation"][rows],
        programme=after[index],
        start=start[index],
        amount=np.array([98_000, 210_000, -1, -1])[after[index]],
    )
    moved = np.unique(spells["family"][rows])
    families["programme"][moved] = after[position[moved]]
    families["start"][moved] = start[position[moved]]
    _close(world, np.setdiff1d(leaving[transfer], moved))


def _second_programme(world: World) -> None:
    """A mistake that verification should find: one person in two programmes at once."""
    spells = world.spells
    rows = world.draw(_open(world), 0.0015)
    rows = rows[world.present[spells["person"][rows]] & (spells["programme"][rows] != _RIGID)]
    spells.add(
        len(rows),
        person=spells["person"][rows],
        family=spells["family"][rows],
        relation=spells["relation"][rows],
        programme=(spells["programme"][rows] + 2) % 3,
        start=world.days(len(rows)),
    )


def _second_family(world: World) -> None:
    """Another mistake: a recipient is entered under the number of a family to which the person does not belong."""
    spells, families = world.spells, world.families
    other = np.flatnonzero((families["programme"] >= 0) & (families["start"] < world.today))
    rows = world.draw(_open(world), 0.0008)
    rows = rows[world.present[spells["person"][rows]]]
    if not len(other):
        return
    chosen = other[world.rng.integers(0, len(other), len(rows))]
    apart = (chosen != spells["family"][rows]) & (families["programme"][chosen] != _RIGID)
    rows, chosen = rows[apart], chosen[apart]
    spells.add(
        len(rows),
        person=spells["person"][rows],
        family=chosen,
        relation=code("relation", "other_relative"),
        programme=families["programme"][chosen],
        start=world.days(len(rows)),
    )
