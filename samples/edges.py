"""Sharp edges: families of three whose income is the threshold itself, and one fen more.

What belongs here: small changes to the simulated pay that put families on a boundary.
"""

import numpy as np

from samples.truth import Truth
from samples.world.base import Ints
from samples.world.state import World

__all__ = ["sharpen"]

_LINE = 100_000 * 100
_NEAR = 12_000 * 100
_THREE = 3
_FAMILIES = 6


def sharpen(world: World, truth: Truth) -> None:
    """At the first and the last month end put some families exactly on the line, and some just above."""
    for month in sorted({world.first, world.last}):
        moment = truth.at(month)
        families, members, income, _ = truth.family_incomes(moment)
        near = np.flatnonzero((members == _THREE) & (np.abs(income - _LINE) < _NEAR))
        rows = _pay_rows(world, month - 1)
        family = moment.family[world.wages["person"][rows]]
        for place, chosen in enumerate(near[: 2 * _FAMILIES]):
            own = rows[(family == families[chosen]) & moment.counted[world.wages["person"][rows]]]
            if len(own):
                amount = world.wages["amount"]
                wanted = amount[own[0]] + _LINE - income[chosen] + place % 2
                amount[own[0]] = max(int(wanted), 0)


def _pay_rows(world: World, month: int) -> Ints:
    rows: Ints = np.flatnonzero((world.wages["month"] == month) & (world.wages["amount"] > 0))
    return rows
