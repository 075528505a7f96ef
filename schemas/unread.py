"""Which columns of a delivery are not read, told so that the sender finds them.

What belongs here: when a heading may be named, and the words for it. A receipt never shows the content of a cell, and
what stands in the row of the headings need not be one: what does not look like a heading is named by its place alone.
"""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING
from unicodedata import normalize

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from schemas.contract import Feed
    from schemas.headers import Header

__all__ = ["MOST_UNREAD", "UnreadColumn", "column_caveats", "headings_shown", "unread_columns"]

MOST_UNREAD = 60
"""How many columns of a delivery are named; all are counted."""

_LONGEST = 20  # characters of a heading
_DATA = re.compile(r"[0-9]{5}|[0-9]{4}[-./年][0-9]|^[\s0-9.,%+-]*[0-9][\s0-9.,%+-]*$")  # numbers, days, amounts
_TOLD = re.compile(r"[:=].*\S|@|[\x00-\x1f\x7f]")  # what follows a colon is told of someone


class UnreadColumn(BaseModel):
    """A column that is not read: why (the code of the caveat), its letter as a spreadsheet shows it, its heading.

    `heading` is "" where what stands there does not look like one; `column` is "" for a column of the contract that
    the file does not have.
    """

    model_config = ConfigDict(frozen=True)

    caveat: str
    column: str
    heading: str

    @property
    def told(self) -> str:
        """The column in Chinese words."""
        named = f"“{self.heading}”" if self.heading else ""
        return f"第{self.column}列{named}" if self.column else named


def headings_shown(
    rows: Sequence[Sequence[str | None]], width: int, *, declared: Collection[int] = ()
) -> tuple[str, ...]:
    """By place what the rows of a header may be quoted as; "" where it does not look like a heading.

    At `declared` places stand words of the contract, which are always quoted. Where any cell of two rows looks like
    data, a row of people may have been taken for the lower half of the header: then nothing else of them is quoted.
    """
    doubtful = len(rows) > 1 and any(_is_data(cell or "") for row in rows for cell in row)
    lowest: list[str] = [""] * width
    for row in rows:
        for place, cell in enumerate(row[:width]):
            lowest[place] = " ".join((cell or "").split()) or lowest[place]
    quoted = (place in declared or (not doubtful and _is_heading(text)) for place, text in enumerate(lowest))
    return tuple(text if shown else "" for text, shown in zip(lowest, quoted, strict=True))


def _is_data(text: str) -> bool:
    return _DATA.search(normalize("NFKC", text)) is not None


def _is_heading(text: str) -> bool:
    return len(text) <= _LONGEST and not _is_data(text) and not _TOLD.search(normalize("NFKC", text))


def column_caveats(header: "Header", feed: "Feed") -> Counter[str]:
    """How many columns of a sheet are not read, by code, and whether its header takes two rows."""
    found = Counter(each.caveat for each in unread_columns(header, feed))
    return found + Counter(two_row_header=int(header.last > header.first))


def unread_columns(header: "Header", feed: "Feed") -> list[UnreadColumn]:
    """The columns of a sheet that are not read, and those of the contract that it does not have."""
    from xlsxwriter.utility import xl_col_to_name  # type: ignore[import-untyped]  # noqa: PLC0415

    places = {
        "unknown_columns": header.unknown,
        "dropped_columns": header.dropped,
        "doubled_columns": header.doubled,
    }
    beside = [
        UnreadColumn(caveat=code, column=xl_col_to_name(place), heading=header.headings[place])
        for code, found in places.items()
        for place in sorted(found)
    ]
    absent = [
        UnreadColumn(caveat="optional_columns_absent", column="", heading=each.title)
        for each in feed.columns
        if each.name not in header.places
    ]
    return beside + absent
