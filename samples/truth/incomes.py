"""Income of each person in twelve months, as line 10 counts it.

What belongs here: which amounts are income, and who has any record.
"""

import numpy as np

from samples.world.base import Flags, Ints
from samples.world.state import World, code

__all__ = ["income_of"]

_WINDOW = 12
_BASIC_EXEMPT_UNTIL = (2025 - 1970) * 12 + 11  # December 2025
_RESIDENT = code("pension_kind", "pension_resident")


def income_of(world: World, month: int) -> tuple[Ints, Flags]:
    """(income in fen, has any record) of each person in the twelve months before `month`."""
    first, last = month - _WINDOW, month - 1
    total = np.zeros(len(world.people), dtype=np.int64)
    known = np.zeros(len(world.people), dtype=np.bool_)

    def inside(months: Ints) -> Ints:
        rows: Ints = np.flatnonzero((months >= first) & (months <= last))
        return rows

    def count(persons: Ints, amount: Ints) -> None:
        total[:] += np.bincount(persons, weights=amount, minlength=len(total)).astype(np.int64)
        known[persons] = True

    for table in (world.wages, world.benefits, world.other_income):
        rows = inside(table["month"])
        count(table["person"][rows], table["amount"][rows])
    pensions = world.pensions
    rows = inside(pensions["month"])
    exempt = (pensions["kind"][rows] == _RESIDENT) & (pensions["month"][rows] <= _BASIC_EXEMPT_UNTIL)
    basic = np.where(exempt, pensions["basic"][rows], 0)
    count(pensions["person"][rows], pensions["amount"][rows] - basic)
    stated = world.stated_income
    rows = inside(stated["month"])
    speaks = _spoken_for(world, rows, last)
    count(stated["person"][rows], np.where(speaks, 0, stated["amount"][rows]))
    for table in (world.contributions, world.deposits):
        known[table["person"][inside(table["month"])]] = True
    return total, known


def _spoken_for(world: World, rows: Ints, last: int) -> Flags:
    """Declared rows for which the department of record has a row of that month or year."""
    stated, other = world.stated_income, world.other_income
    person, kind, month = (stated[name][rows] for name in ("person", "kind", "month"))

    def key(persons: Ints, months: Ints) -> Ints:
        return persons * 4096 + months

    asked = np.zeros(len(world.people), dtype=np.bool_)
    asked[person] = True
    waged = asked[world.wages["person"]] & (world.wages["month"] <= last)
    wages = np.isin(key(person, month), key(world.wages["person"][waged], world.wages["month"][waged]))
    business = (other["kind"] == code("tax_income_kind", "business")) & (other["month"] <= last)
    monthly, annual = business & (other["annual"] == 0), business & (other["annual"] == 1)
    traded = np.isin(key(person, month), key(other["person"][monthly], other["month"][monthly]))
    traded |= np.isin(key(person, month // 12), key(other["person"][annual], other["month"][annual] // 12))
    by_kind: Flags = np.where(
        kind == code("income_kind", "wages"), wages, (kind == code("income_kind", "business")) & traded
    )
    return by_kind
