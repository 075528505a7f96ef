"""People as they come into the world: rows, names as numbers, marriages and divorces.

What belongs here: adding people and recording what the marriage office records.
"""

import numpy as np

from samples.world.base import Ints
from samples.world.state import World

__all__ = ["add_people", "divorce", "marry"]


def add_people(world: World, *, birth: Ints, sex: Ints | int, **values: Ints | int) -> Ints:
    """New people; those without a surname, prefix or place get one. Returns their rows."""
    rng, count = world.rng, len(birth)
    filled: dict[str, Ints | int] = {
        "surname": rng.integers(0, 1 << 20, count),
        "given": rng.integers(0, 1 << 30, count),
        "prefix": np.where(world.chance(count, 0.25), rng.integers(1, 1 << 20, count), 0),
        "schooling": rng.choice([1, 2, 3, 4, 5], count, p=[0.07, 0.28, 0.27, 0.33, 0.05]),
    }
    return world.people.add(count, birth=birth, sex=sex, **(filled | values))


def marry(world: World, men: Ints, women: Ints, on: Ints) -> None:
    """Record the marriages. `free_on` keeps the day of the wedding while it lasts."""
    people = world.people
    world.marriages.add(len(on), a=men, b=women, event=0, on=on)
    people["spouse"][men] = women
    people["spouse"][women] = men
    people["free_on"][men] = on
    people["free_on"][women] = on


def divorce(world: World, men: Ints, women: Ints, on: Ints) -> None:
    """Record the divorces; both stay single for some time."""
    people = world.people
    world.marriages.add(len(on), a=men, b=women, event=1, on=on)
    for one in (men, women):
        people["spouse"][one] = -1
        people["free_on"][one] = on + 1000
