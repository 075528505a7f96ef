"""One delivery month of the world, and the ways of cutting a table to it.

What belongs here: which rows a feed of each delivery mode carries in a folder, and turning numbers into
the typed columns of a contract.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from samples.identities import COMMUNITIES, Identities
from samples.world.applying import area_of
from samples.world.base import NEVER, Columns, Flags, Ints, month_end, month_start
from samples.world.state import CODES, World

__all__ = ["Builder", "Slice", "take"]

_STREETS = tuple(each[:9] for each in COMMUNITIES)
_EVER = -(10**9)


@dataclass(frozen=True)
class Slice:
    """The world as one folder month sees it."""

    world: World
    identities: Identities
    month: int

    @property
    def first(self) -> bool:
        """Whether this is the first delivery, which carries the history."""
        return self.month == self.world.first

    @property
    def until(self) -> int:
        """Last day that the folder knows."""
        return month_end(self.month)

    def since(self, history_months: int) -> int:
        """First day that the folder reports, given how far back the first delivery reaches."""
        return month_start(self.month - history_months if self.first else self.month)

    def events(self, on: Ints, history_months: int) -> Ints:
        """Rows of what happened in the folder's time."""
        rows: Ints = np.flatnonzero((on >= self.since(history_months)) & (on <= self.until))
        return rows

    def periods(self, months: Ints, lag: int, history_months: int = 15) -> Ints:
        """Rows of monthly amounts: one month, or the history in the first folder."""
        last = self.month - lag
        low = self.month - history_months if self.first else last
        rows: Ints = np.flatnonzero((months >= low) & (months <= last))
        return rows

    def changes(self, start: Ints, *changed: Ints) -> Ints:
        """Rows of new and changed records; everything so far in the first folder."""
        since = _EVER if self.first else month_start(self.month)
        moved: Flags = start >= since
        for each in changed:
            moved = moved | ((each >= since) & (each <= self.until))
        rows: Ints = np.flatnonzero(moved & (start <= self.until))
        return rows

    def known(self, on: Ints) -> Ints:
        """Days that have come by the end of the folder's month; later ones are `NEVER`."""
        return np.where(on > self.until, NEVER, on)

    def person(self, persons: Ints, on: Ints | int | None = None, *, of: str = "person") -> dict[str, pl.Series]:
        """The identity columns of a person."""
        return {
            f"{of}_id": self.identities.ids(persons, self.until if on is None else on),
            f"{of}_name": self.identities.names.gather(_rows(persons)),
        }

    def area(self, community: Ints) -> dict[str, pl.Series]:
        """Street and community."""
        return {
            "street_code": pl.Series(_STREETS).gather(pl.Series(community)),
            "community_code": pl.Series(COMMUNITIES).gather(pl.Series(community)),
        }

    def area_of(self, persons: Ints) -> dict[str, pl.Series]:
        """Street and community in which people live."""
        return self.area(area_of(self.world, persons))

    @staticmethod
    def code(codes: str, values: Ints) -> pl.Series:
        """Codes by number; null for -1."""
        return pl.Series(CODES[codes]).gather(_rows(values))

    @staticmethod
    def day(values: Ints) -> pl.Series:
        """Days as dates; null for `NEVER`."""
        series = pl.Series(values, dtype=pl.Int64)
        return series.set(series >= NEVER, None).cast(pl.Int32).cast(pl.Date)

    @staticmethod
    def first_of(months: Ints) -> pl.Series:
        """Months as the date of their first day."""
        return pl.Series(months.astype("datetime64[M]").astype("datetime64[D]")).cast(pl.Date)

    @staticmethod
    def number(values: Ints, prefix: str = "", width: int = 10) -> pl.Series:
        """Business numbers: a prefix and digits; null for -1."""
        return prefix + _rows(values).cast(pl.String).str.zfill(width)

    @staticmethod
    def fen(values: Ints) -> pl.Series:
        """Money; null for -1 and `NEVER`."""
        series = pl.Series(values, dtype=pl.Int64)
        return series.set((series == -1) | (series >= NEVER), None)


def _rows(values: Ints) -> pl.Series:
    series = pl.Series(values, dtype=pl.Int64)
    return series.set(series < 0, None)


Builder = Callable[[Slice], pl.DataFrame]


def take(table: Columns, rows: Ints, *names: str) -> tuple[Ints, ...]:
    """Columns of some rows."""
    return tuple(table[name][rows] for name in names)
