"""A second, independent look at a workbook: what its own records say beside the cells that a library reads.

What belongs here: what such a look tells, and which reader gives it for which format. The cells' reader shows formula
errors as empty cells and knows no merged or hidden ones; the second look does, and counts rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

__all__ = ["Look", "Looker", "NoLook"]


@dataclass(frozen=True, slots=True)
class Look:
    """What a sheet says of itself; rows and columns are 0-based.

    `last_row` is the 1-based number of the last row with a value, None when the format does not tell. `errors` are rows
    of cells with a formula error or without its result, by column. `merges` are ranges (first row, last row, first
    column, last column). `serials_1904` says that bare numbers of days count from 1904.
    """

    last_row: int | None = None
    errors: Mapping[int, Sequence[int]] = field(default_factory=dict)
    merges: Sequence[tuple[int, int, int, int]] = ()
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    serials_1904: bool = False


class Looker(Protocol):
    """Looks at the sheets of one workbook."""

    def look(self, place: int) -> Look:
        """What the sheet at the 0-based `place` says."""


class NoLook:
    """For formats whose records are not read here (XLSB, XLS before 1997)."""

    def look(self, place: int) -> Look:  # noqa: ARG002 - the same for every sheet
        """Nothing is known."""
        return Look()
