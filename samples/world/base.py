"""Days, months and growing tables of integers: the ground that the simulation stands on.

What belongs here: calendar arithmetic over arrays of days (days since 1970-01-01) and `Columns`.
"""

from collections.abc import Mapping
from datetime import date

import numpy as np
import numpy.typing as npt

__all__ = [
    "NEVER",
    "YEAR",
    "Columns",
    "Flags",
    "Ints",
    "add_months",
    "day_of",
    "month_end",
    "month_index",
    "month_name",
    "month_start",
]

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

NEVER = 2**30  # the day of what has not happened
YEAR = 365.25  # days, for ages that decide nothing
_YEAR_ZERO = 1970
_MONTHS = 12


def day_of(on: date) -> int:
    """Days from 1970-01-01 to `on`."""
    return (on - date(_YEAR_ZERO, 1, 1)).days


def month_index(name: str) -> int:
    """Months from 1970-01 to the month written "YYYY-MM"."""
    year, month = name.split("-")
    return (int(year) - _YEAR_ZERO) * _MONTHS + int(month) - 1


def month_name(month: int) -> str:
    """The month written "YYYY-MM"."""
    return f"{_YEAR_ZERO + month // _MONTHS:04d}-{month % _MONTHS + 1:02d}"


def month_start(month: int) -> int:
    """First day of the month."""
    return int(np.datetime64(month, "M").astype("datetime64[D]").astype(np.int64))


def month_end(month: int) -> int:
    """Last day of the month."""
    return month_start(month + 1) - 1


def add_months(days: Ints, months: int) -> Ints:
    """Each day plus calendar months, clamped to the last day of the month; `NEVER` stays."""
    safe = np.where(days >= NEVER, 0, days).astype("datetime64[D]")
    own = safe.astype("datetime64[M]")
    target = own + np.timedelta64(months, "M")
    last = (target + np.timedelta64(1, "M")).astype("datetime64[D]") - np.timedelta64(1, "D")
    moved = np.minimum(target.astype("datetime64[D]") + (safe - own.astype("datetime64[D]")), last)
    result: Ints = np.where(days >= NEVER, NEVER, moved.astype(np.int64))
    return result


class Columns:
    """A table of Int64 columns that grows; `table["x"]` is a view of the rows so far."""

    def __init__(self, **defaults: int) -> None:
        self._defaults = defaults
        self._room = 1024
        self._data = {name: np.full(self._room, value, dtype=np.int64) for name, value in defaults.items()}
        self.rows = 0

    def __getitem__(self, name: str) -> Ints:
        return self._data[name][: self.rows]

    def __len__(self) -> int:
        return self.rows

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in declared order."""
        return tuple(self._defaults)

    def add(self, count: int, **values: Ints | int) -> Ints:
        """Append `count` rows; columns not given have their default. Returns the new row numbers."""
        unknown = set(values) - set(self._defaults)
        if unknown:
            raise KeyError(f"no column {sorted(unknown)}")
        end = self.rows + count
        if end > self._room:
            self._grow(end)
        for name, value in values.items():
            self._data[name][self.rows : end] = value
        new = np.arange(self.rows, end, dtype=np.int64)
        self.rows = end
        return new

    def replace(self, values: Mapping[str, Ints]) -> None:
        """Put other rows in place of all rows."""
        self.rows = 0
        self.add(len(next(iter(values.values()))), **values)

    def _grow(self, needed: int) -> None:
        self._room = max(needed, self._room * 3 // 2)
        for name, default in self._defaults.items():
            grown = np.full(self._room, default, dtype=np.int64)
            grown[: self.rows] = self._data[name][: self.rows]
            self._data[name] = grown
