"""Payments of aid: the days on which departments pay, business numbers, reversals.

What belongs here: how a payment is written down, whichever department pays.
"""

import numpy as np

from samples.world.base import NEVER, Ints
from samples.world.state import World, code

__all__ = ["pay", "pay_day", "reverse"]

_DAYS = np.array([3, 8, 12, 15, 18, 22, 25, 28])  # days of the month on which departments pay
_REVERSED, _WHOLE = 0.02, 0.7
_TEMPORARY = code("aid_kind", "temporary")


def pay(world: World, kind: str, persons: Ints, amount: Ints, *, paid: bool = True) -> Ints:
    """Pay each person on one of the month's days; without `paid` only the grant is dated. Returns the rows."""
    rng, count = world.rng, len(persons)
    day = world.today - 1 + rng.choice(_DAYS, count)
    dated = np.full(count, paid) & (world.chance(count, 0.93))
    granted = np.where(dated, day - rng.integers(0, 3, count), day)
    return _write(world, kind, persons, amount, granted, np.where(dated, day, NEVER))


def pay_day(world: World, persons: Ints, granted: Ints, area: Ints) -> None:
    """Temporary assistance that follows a decision of this month."""
    day = world.today - 1 + world.rng.choice(_DAYS[4:], len(persons))
    amount = 100_000 + 50_000 * world.rng.integers(0, 12, len(persons))
    rows = _write(world, "temporary", persons, amount, granted, np.where(day >= granted, day, NEVER))
    world.aid["area"][rows] = area


def _write(world: World, kind: str, persons: Ints, amount: Ints, granted: Ints, paid: Ints) -> Ints:
    count = len(persons)
    numbered = world.chance(count, 0.92)
    number = np.where(numbered, world.payment_number + np.arange(count), -1)
    world.payment_number += count
    known = np.where(paid < NEVER, paid, granted)
    return world.aid.add(
        count,
        person=persons,
        kind=code("aid_kind", kind),
        number=number,
        amount=amount,
        granted=granted,
        paid=paid,
        difficulty=world.rng.integers(0, 8, count),
        known=known,
    )


def reverse(world: World) -> None:
    """Take back some numbered payments of the month before, most of them whole."""
    aid, rng = world.aid, world.rng
    recent = (aid["known"] >= world.today - 40) & (aid["known"] < world.today)
    rows = world.draw(recent & (aid["number"] >= 0) & (aid["amount"] > 0), _REVERSED)
    whole = rng.random(len(rows)) < _WHOLE
    paid = world.today - 1 + rng.choice(_DAYS, len(rows))
    world.aid.add(
        len(rows),
        person=aid["person"][rows],
        kind=aid["kind"][rows],
        number=aid["number"][rows],
        amount=-np.where(whole, aid["amount"][rows], aid["amount"][rows] // 2),
        granted=aid["granted"][rows],
        paid=paid,
        difficulty=aid["difficulty"][rows],
        known=paid,
        area=aid["area"][rows],
    )
