"""A second, independent look at a workbook: what its own records say beside the cells that a library reads.

What belongs here: what such a look tells, and which reader gives it for which format. The cells' reader shows formula
errors as empty cells and knows no merged or hidden ones and no formats; the second look does, and counts rows.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

__all__ = ["PERCENT_FORMATS", "Look", "Looker", "is_percent"]

PERCENT_FORMATS = frozenset({9, 10})
"""Numbers of the built-in formats of per cent."""

_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\[[^\]]*\]')  # of a number format: text, an escaped sign, a space, a condition


def is_percent(number_format: str) -> bool:
    """Whether a number format shows a hundred times the number, with a sign of per cent."""
    return "%" in _LITERAL.sub("", number_format)


@dataclass(frozen=True, slots=True)
class Look:
    """What a sheet says of itself; rows and columns are 0-based.

    `last_row` is the 1-based number of the last row with a value, None when the format does not tell. `errors` are rows
    of cells with a formula error or without its result, by column, `percents` of numbers that are shown as per cent.
    `merges` are ranges (first row, last row, first column, last column). `serials_1904` says that bare numbers of days
    count from 1904.
    """

    last_row: int | None = None
    errors: Mapping[int, Sequence[int]] = field(default_factory=dict)
    percents: Mapping[int, Sequence[int]] = field(default_factory=dict)
    merges: Sequence[tuple[int, int, int, int]] = ()
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    serials_1904: bool = False


class Looker(Protocol):
    """Looks at the sheets of one workbook."""

    @property
    def links(self) -> int:
        """How many other files its formulas refer to: their results are as old as the last opening of both."""

    @property
    def charts(self) -> frozenset[int]:
        """The 0-based places of sheets without cells on which the cells' reader would stumble."""

    def look(self, place: int) -> Look:
        """What the sheet at the 0-based `place` says; `Look()` when it says nothing."""
