"""Registered households: making them, moving people between them, and who is what to the head.

What belongs here: everything that writes a spell of registration.
"""

import numpy as np

from samples.world.base import NEVER, Flags, Ints
from samples.world.state import World, code

__all__ = [
    "cancel",
    "collective_houses",
    "grandparent_house",
    "leave",
    "luck",
    "members_of",
    "move",
    "new_houses",
    "register",
    "relation_to",
]

_COMMUNITIES = 52
_NUMBER_STEP = 7368787  # coprime to the range: a permutation, so that numbers do not tell the age of a household
_NUMBER_RANGE = 10**8
_LUCK = 0.7  # savings, relatives, pride: what no department knows of a household, in log-odds


def new_houses(world: World, count: int, *, kind: int = 0, community: Ints | None = None) -> Ints:
    """New households without members. Returns their rows."""
    area = world.rng.integers(0, _COMMUNITIES, count) if community is None else community
    rows = world.houses.add(count, kind=kind, community=area)
    world.houses["number"][rows] = (rows + 1) * _NUMBER_STEP % _NUMBER_RANGE
    world.houses["luck"][rows] = luck(world, count)
    return rows


def luck(world: World, count: int) -> Ints:
    """What no department knows of `count` households, in thousandths of log-odds."""
    drawn: Ints = (world.rng.normal(0, _LUCK, count) * 1000).astype(np.int64)
    return drawn


def collective_houses(world: World, count: int) -> Ints:
    """A collective household for each of `count` people."""
    chosen: Ints = world.rng.choice(np.flatnonzero(world.houses["kind"] == 1), count)
    return chosen


def register(world: World, persons: Ints, houses: Ints, on: Ints) -> None:
    """Open a spell of registration; the first registered becomes the head of an ordinary household."""
    people, table = world.people, world.houses
    head = table["head"][houses]
    gone = (head < 0) | (people["house"][head] != houses) | (people["death"][head] < NEVER)
    fresh = gone & (table["kind"][houses] == 0)
    table["head"][houses[fresh][::-1]] = persons[fresh][::-1]
    rows = world.registrations.add(
        len(persons),
        person=persons,
        house=houses,
        start=on,
        relation=relation_to(world, persons, table["head"][houses]),
    )
    people["house"][persons] = houses
    people["registration"][persons] = rows
    people["place"][persons] = 0


def relation_to(world: World, persons: Ints, head: Ints) -> Ints:
    """What each person is to the head of the household or the applicant."""
    people = world.people
    father, mother, spouse = (people[name][persons] for name in ("father", "mother", "spouse"))

    def parent(of: Ints, who: Ints) -> Flags:
        found: Flags = (of >= 0) & ((people["father"][of] == who) | (people["mother"][of] == who))
        return found

    tests = (
        ("non_relative", head < 0),
        ("self", head == persons),
        ("spouse", spouse == head),
        ("child", parent(persons, head)),
        ("parent", parent(head, persons)),
        ("child_in_law", parent(spouse, head)),
        ("grandchild", parent(father, head) | parent(mother, head)),
        ("sibling", (mother >= 0) & (mother == people["mother"][head])),
    )
    return np.select(
        [test for _, test in tests],
        [code("relation", name) for name, _ in tests],
        default=code("relation", "other_relative"),
    ).astype(np.int64)


def _close(world: World, persons: Ints, on: Ints, *, status: str, reason: str | None) -> None:
    rows = world.people["registration"][persons]
    spells = world.registrations
    spells["end"][rows] = on
    spells["status"][rows] = code("registration_status", status)
    spells["reason"][rows] = -1 if reason is None else code("cancel_reason", reason)
    world.touch(persons)


def move(world: World, persons: Ints, houses: Ints, on: Ints) -> None:
    """Move people from their household to another one on the same day."""
    _close(world, persons, on, status="moved_out", reason=None)
    register(world, persons, houses, on)


def leave(world: World, persons: Ints, on: Ints) -> None:
    """Move people out of the district."""
    _close(world, persons, on, status="moved_out", reason=None)
    world.people["house"][persons] = -1
    world.people["place"][persons] = 2


def cancel(world: World, persons: Ints, on: Ints, reason: str | None) -> None:
    """Cancel registrations, for death or another reason or none."""
    _close(world, persons, on, status="cancelled", reason=reason)
    if reason != "death":
        world.people["house"][persons] = -1
        world.people["place"][persons] = 2


def grandparent_house(world: World, persons: Ints) -> Ints:
    """The ordinary household in which the mother, else the father, of each person is registered; -1 for none."""
    people, houses = world.people, world.houses
    result = np.full(len(persons), -1, dtype=np.int64)
    for name in ("father", "mother"):
        parent = people[name][persons]
        house = np.where(parent >= 0, people["house"][parent], -1)
        lives = (house >= 0) & (people["death"][parent] == NEVER) & (houses["kind"][house] == 0)
        result = np.where(lives, house, result)
    return result


def members_of(world: World, houses: Ints) -> Ints:
    """Everybody living who is registered in one of the households."""
    wanted = np.zeros(len(world.houses) + 1, dtype=np.bool_)
    wanted[houses] = True
    wanted[-1] = False
    rows: Ints = np.flatnonzero(world.residents & wanted[world.people["house"]])
    return rows
