"""Finding the header row of a sheet by its contract.

What belongs here: how headings are compared (full-width, spaces, marks, units), which row of a sheet
is the header, which delivered column is which declared one, and in which unit it gives money.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from unicodedata import normalize

from schemas.columns import Column, Kind
from schemas.contract import Feed, contract_of
from schemas.headings import headings_shown
from schemas.values import UNITS

__all__ = ["COLUMNS_ADVICE", "Header", "Search", "find_header", "plain_heading"]

COLUMNS_ADVICE = "按模板补齐或改正列名后重报"
"""What to do about columns that are not found."""

HEAD_ROWS = 40  # how far down a header is looked for
_MARKS = re.compile(r"[\s*:;、,。'\"_\u200b-\u200f\u2060\ufeff]|\((?:必填|选填)\)|\[(?:必填|选填)\]")
_UNIT = re.compile(r"\((?:单位)?(?:人民币)?({})\)$".format("|".join(sorted(UNITS, key=len, reverse=True))))


@dataclass(frozen=True, slots=True)
class Header:
    """The header of a sheet.

    `first` and `last` are its 1-based rows (two when headings stand in two merged rows), `places` the
    0-based delivered column of each declared one, `factors` the unit of money columns in fen,
    `dropped`, `unknown` and `doubled` the delivered columns that are not read, `headings` by place what the file calls
    its columns where that may be quoted.
    """

    first: int
    last: int
    width: int
    places: Mapping[str, int]
    factors: Mapping[str, int]
    dropped: tuple[int, ...] = ()
    unknown: tuple[int, ...] = ()
    doubled: tuple[int, ...] = ()
    headings: tuple[str, ...] = ()

    @property
    def unheaded(self) -> tuple[int, ...]:
        """The delivered columns without a heading."""
        headed = {*self.places.values(), *self.dropped, *self.unknown, *self.doubled}
        return tuple(place for place in range(self.width) if place not in headed)

    @property
    def reach(self) -> int:
        """How many cells a row must have to stand under every heading."""
        return max((*self.places.values(), *self.dropped, *self.unknown, *self.doubled), default=0) + 1


@dataclass(frozen=True, slots=True)
class Search:
    """Outcome of a search: the header, or the required titles that the best row lacks."""

    header: Header | None
    missing: tuple[str, ...] = ()
    recognised: int = 0
    row: int = 0


@dataclass(frozen=True, slots=True)
class _Lookup:
    by_heading: Mapping[str, tuple[str, int]]  # plain heading → column name, rank among its headings
    by_stem: Mapping[str, tuple[str, int]]  # money headings without their unit
    dropped: frozenset[str]
    factors: Mapping[str, int]


def plain_heading(heading: str | None) -> str:
    """A heading as it is compared: half-width, without spaces, marks, and "required" notes."""
    return _MARKS.sub("", normalize("NFKC", heading or "")).casefold()


def _stem(plain: str) -> str:
    return _UNIT.sub("", plain)


def _factor(plain: str, default: int) -> int:
    match = _UNIT.search(plain)
    return UNITS[match.group(1)] if match else default


@cache
def _lookup(feed_name: str) -> _Lookup:
    feed = contract_of(feed_name)
    by_heading: dict[str, tuple[str, int]] = {}
    by_stem: dict[str, tuple[str, int]] = {}
    factors: dict[str, int] = {}
    for column in feed.columns:
        for rank, heading in enumerate(column.headings):
            plain = plain_heading(heading)
            by_heading.setdefault(plain, (column.name, rank))
            if column.kind is Kind.MONEY:
                by_stem.setdefault(_stem(plain), (column.name, rank))
        if column.kind is Kind.MONEY:
            factors[column.name] = _factor(plain_heading(column.title), UNITS["元"])
    return _Lookup(by_heading, by_stem, frozenset(map(plain_heading, feed.dropped)), factors)


def _match(lookup: _Lookup, plain: str) -> tuple[str, int] | None:
    return lookup.by_heading.get(plain) or (lookup.by_stem.get(_stem(plain)) if plain else None)


def find_header(rows: Sequence[Sequence[str | None]], feed: Feed) -> Search:
    """Look for the header among the first rows of a sheet.

    The first row that has every required heading is it, together with the row below it where that has more of the
    headings; failing that, the first pair of rows that has them together (merged cells). Where several delivered
    columns fit one declared column, the one whose heading stands first in the contract is read.
    """
    search = _searched(rows, feed)
    if search.header is None:
        return search
    header = search.header
    declared = {*header.places.values(), *header.dropped, *header.doubled}
    named = headings_shown(rows[header.first - 1 : header.last], header.width, declared=declared)
    return replace(search, header=replace(header, headings=named))


def _searched(rows: Sequence[Sequence[str | None]], feed: Feed) -> Search:
    lookup = _lookup(feed.name)
    plain = [[plain_heading(cell) for cell in row] for row in rows[:HEAD_ROWS]]
    best = Search(None, tuple(each.title for each in feed.required))
    for number, row in enumerate(plain, start=1):
        search = _try(row, number, number, lookup, feed)
        if search.header:
            return _with_lower(search, plain[number - 1 : number + 1], lookup, feed)
        if search.recognised > best.recognised:
            best = search
    for number, (upper, lower) in enumerate(pairwise(plain), start=1):
        search = _try(_merged(upper, lower), number, number + 1, lookup, feed)
        if search.header:
            return search
    return best


def _with_lower(search: Search, rows: Sequence[Sequence[str]], lookup: _Lookup, feed: Feed) -> Search:
    """A header whose headings stand in part under those of groups; of a row of data the headings would not be more."""
    if len(rows) == 1:
        return search
    both = _try(_merged(*rows), search.row, search.row + 1, lookup, feed)
    return both if both.header and both.recognised > search.recognised else search


def _merged(upper: Sequence[str], lower: Sequence[str]) -> list[str]:
    width = max(len(upper), len(lower))
    above = [*upper, *[""] * (width - len(upper))]
    below = [*lower, *[""] * (width - len(lower))]
    return [under or over for over, under in zip(above, below, strict=True)]


def _try(row: Sequence[str], first: int, last: int, lookup: _Lookup, feed: Feed) -> Search:
    found: dict[str, tuple[int, int]] = {}
    dropped: list[int] = []
    unknown: list[int] = []
    doubled: list[int] = []
    for place, plain in enumerate(row):
        match = _match(lookup, plain)
        if plain in lookup.dropped:
            dropped.append(place)
        elif match is None:
            unknown.extend([place] if plain else [])
        elif match[0] not in found:
            found[match[0]] = (match[1], place)
        elif match[1] < found[match[0]][0]:
            doubled.append(found[match[0]][1])
            found[match[0]] = (match[1], place)
        else:
            doubled.append(place)
    missing = _missing(feed.required, found)
    if missing:
        return Search(None, missing, len(found), first)
    places = {name: place for name, (_, place) in found.items()}
    factors = {name: _factor(row[places[name]], default) for name, default in lookup.factors.items() if name in places}
    header = Header(first, last, len(row), places, factors, tuple(dropped), tuple(unknown), tuple(doubled))
    return Search(header, (), len(found), first)


def _missing(required: Iterable[Column], found: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(each.title for each in required if each.name not in found)
