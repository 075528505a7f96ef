"""Income that families on the register declare themselves.

What belongs here: declared amounts, where no department speaks and where one does.
"""

import numpy as np

from samples.world.state import World, code

__all__ = ["state_incomes"]

_WAGES, _BUSINESS, _SUPPORT = (code("income_kind", each) for each in ("wages", "business", "support_received"))


def state_incomes(world: World) -> None:
    """One amount a person, kind and month."""
    people, rng = world.people, world.rng
    receiving = world.present & (people["family"] >= 0)
    informal = np.flatnonzero(receiving & (people["job"] == code("job", "informal")))
    earning = world.draw(receiving & (people["wage"] > 0), 0.15)
    owners = world.draw(receiving & (people["job"] == code("job", "owner")), 0.7)
    supported = np.flatnonzero(receiving & (people["given"] % 6 == 0) & (people["job"] != code("job", "employed")))
    for kind, rows, low, high in (
        (_WAGES, np.concatenate([informal, earning]), 15, 50),
        (_BUSINESS, owners, 20, 90),
        (_SUPPORT, supported, 3, 20),
    ):
        amount = rng.integers(low, high, len(rows)) * 10_000
        world.stated_income.add(len(rows), person=rows, kind=kind, month=world.month, amount=amount)
