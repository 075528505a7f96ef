"""What a file looks like once it is open and before its cells are read: sheets of text.

What belongs here: `RawSheet`, `RawFile` and `Opened`, the common shape of the readers of every format, and nothing
that knows one.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import polars as pl

from schemas.headers import Header

__all__ = [
    "BROKEN",
    "CODES_SHEET",
    "EXAMPLE_SHEET",
    "GARBLED",
    "MERGED",
    "NOTES_SHEET",
    "NUMERIC",
    "SHORT",
    "SURPLUS",
    "Opened",
    "RawFile",
    "RawSheet",
    "place_name",
]

NOTES_SHEET = "填写说明"  # sheets of our own templates beside the data
CODES_SHEET = "代码"
EXAMPLE_SHEET = "填写示例"
NUMERIC = "numeric:"  # prefix: whether the spreadsheet holds the cell as a number
BROKEN = "broken:"  # prefix: the reason for which the cell cannot be taken as it is read
GARBLED = "garbled"  # whether a cell holds a character that could not be decoded
MERGED = "merged"  # whether an amount is one cell merged over several rows
SHORT = "short"  # how many cells a line of text has that ends before the last heading
SURPLUS = "surplus"  # the cells beyond the header as text, "" for open quotes; null for a row that fits


def place_name(place: int) -> str:
    """Name of the delivered column at the 0-based `place`."""
    return f"c{place}"


@dataclass(frozen=True, slots=True)
class RawSheet:
    """A sheet whose header was found.

    `frame` has one row a record below the header, in order: text columns `c0`, `c1`, … of the header's
    width, and optionally the marks above. `above` are the records over the header. `records` counts the
    records below the header by another way than reading them. A large sheet comes in several pieces, of
    which each says how many records of it came `before`; what is over the header comes with the first.
    `caveats` are those that its file shows, by code, where it is one of several in an archive.
    """

    name: str
    header: Header
    frame: pl.DataFrame
    above: pl.DataFrame
    records: int
    before: int = 0
    caveats: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RawFile:
    """A file as delivered: the sheets with the contract's header, and caveats by code."""

    sheets: tuple[RawSheet, ...]
    caveats: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that can be read, with caveats by code.

    `sheets(by_line)` goes through its sheets and their pieces, each time from the start; it raises
    `QuotesInDoubtError` when the quotes of a text cannot be trusted, unless `by_line` is set, and a `DeliveryError`
    for what shows only while it is read.
    """

    sheets: Callable[[bool], Iterator[RawSheet]]
    caveats: Mapping[str, int] = field(default_factory=dict)
