"""Recorded duties of support towards people on the register.

What belongs here: what the street writes down about relatives. Kinship itself stands with the people.
"""

import numpy as np

from samples.world.base import NEVER, YEAR, Flags, Ints
from samples.world.state import ELSEWHERE, World, code

__all__ = ["end_support", "record_support"]


def record_support(world: World, wards: Ints) -> None:
    """Record some of the relatives of new recipients: children, spouses, siblings, grandchildren, in-laws."""
    people = world.people
    if not len(wards):
        return
    mark = np.zeros(len(people) + 1, dtype=np.bool_)
    mark[wards] = True
    adult = world.living & (world.ages > 18.2 * YEAR)
    for name in ("father", "mother"):
        parent = people[name]
        child = np.flatnonzero(adult & mark[parent] & (parent >= 0))
        outside = people["place"][child] == ELSEWHERE
        child = child[world.rng.random(len(child)) < np.where(outside, 0.9, 0.4)]
        _add(world, child, parent[child], "child")
        spouse = people["spouse"][child]
        _add(world, *_some(world, spouse, parent[child], 0.3), "in_law")
    _spouses_and_parents(world, wards)
    _siblings(world, wards)
    _grandchildren(world, mark)


def _add(world: World, obligors: Ints, wards: Ints, relation: str) -> None:
    """Record each pair once."""
    table = world.support
    kind = code("support_relation", relation)
    known = table["obligor"] * (1 << 32) + table["ward"] * 8 + table["relation"]
    new = obligors * (1 << 32) + wards * 8 + kind
    _, first = np.unique(new, return_index=True)
    keep = first[(obligors[first] >= 0) & (obligors[first] != wards[first]) & ~np.isin(new[first], known)]
    on = world.days(len(keep))
    table.add(len(keep), obligor=obligors[keep], ward=wards[keep], relation=kind, on=on)


def _some(world: World, obligors: Ints, wards: Ints, rate: float) -> tuple[Ints, Ints]:
    kept = (obligors >= 0) & (world.rng.random(len(obligors)) < rate)
    kept &= world.living[obligors]
    return obligors[kept], wards[kept]


def _spouses_and_parents(world: World, wards: Ints) -> None:
    people = world.people
    _add(world, *_some(world, people["spouse"][wards], wards, 0.3), "spouse")
    for name in ("father", "mother"):
        _add(world, *_some(world, people[name][wards], wards, 0.3), "parent")


def _siblings(world: World, wards: Ints) -> None:
    """An adult with the same mother, for some of the wards."""
    people = world.people
    adult = np.flatnonzero(world.living & (world.ages > 18.2 * YEAR) & (people["mother"] >= 0))
    of_mother = np.full(len(people) + 1, -1, dtype=np.int64)
    of_mother[people["mother"][adult]] = adult
    mother = people["mother"][wards]
    sibling = np.where(mother >= 0, of_mother[mother], -1)
    _add(world, *_some(world, sibling, wards, 0.25), "sibling")


def _grandchildren(world: World, mark: Flags) -> None:
    """Adults whose mother's or father's mother is a ward."""
    people = world.people
    adult = np.flatnonzero(world.living & (world.ages > 18.2 * YEAR))
    for name in ("father", "mother"):
        parent = people[name][adult]
        elder = np.where(parent >= 0, people["mother"][parent], -1)
        hit = (elder >= 0) & mark[elder]
        _add(world, *_some(world, adult[hit], elder[hit], 0.15), "grandchild")


def end_support(world: World) -> None:
    """A few recorded duties are struck out."""
    table = world.support
    rows = world.draw((table["end"] == NEVER) & (table["on"] < world.today), 0.003)
    table["end"][rows] = world.days(len(rows))
