"""Which columns of a delivery are not read, told so that the sender finds them.

What belongs here: the columns of a sheet that no column of its contract reads, and the words for them. When a heading
may be named stands in `schemas.headings`.
"""

from collections import Counter

from pydantic import BaseModel, ConfigDict

from schemas.contract import Feed
from schemas.headers import Header

__all__ = ["MOST_UNREAD", "UnreadColumn", "column_caveats", "unread_columns"]

MOST_UNREAD = 60
"""How many columns of a delivery are named; all are counted."""


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


def column_caveats(header: Header, feed: Feed) -> Counter[str]:
    """How many columns of a sheet are not read, by code, and whether its header takes two rows."""
    found = Counter(each.caveat for each in unread_columns(header, feed))
    return found + Counter(two_row_header=int(header.last > header.first))


def unread_columns(header: Header, feed: Feed) -> list[UnreadColumn]:
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
