"""The list of a published edition in memory, column by column, so that any narrowing of a million families is quick.

What belongs here: which families a filter means, in which order, and how many they are. Published rows never change, so
that what was read once holds. Keywords, which speak of people, are the registry's own matter
(`registry.queries.list_rows`). Both ways give the same families in the same order.
"""

from collections import OrderedDict
from collections.abc import Iterable
from threading import Lock
from typing import Any

import numpy as np
import polars as pl
from sqlalchemy import Engine, select

from registry.bits import Bits, Places, count_of, packed, places_of
from registry.bulk import read_frame
from registry.filters import TIERS, ListFilter, leaving
from registry.listed_rows import SHOWN, ListedRows
from registry.models import ListEntry
from registry.queries import BACK, LIST_SORTS
from schemas.errors import UnknownNameError
from schemas.tables import get_table

__all__ = ["ListIndex", "ListIndexes"]

_READ = [ListEntry.__table__.c[name] for name in SHOWN]
_TYPES = {name: get_table("list").schema[name] for name in SHOWN}
_CODED, _WORDED = ("street_code", "community_code", "tier", "layer"), ("groups", "classes")
_KEPT_EDITIONS = 3
_KEPT_SETS = 256  # those that are asked for each area, with room for those of another month
_NO_SCORE = -1
_PROPOSED = "proposed"  # whether something of the family is proposed to leave


class ListIndex:
    """One edition's list, the most urgent family first (`registry.queries.list_rows` says what that is)."""

    def __init__(self, engine: Engine, edition_id: str) -> None:
        """Read the edition's list; a million families take some seconds and two hundred megabytes."""
        with engine.connect() as connection:
            query = select(*_READ).where(ListEntry.edition_id == edition_id)
            rows = read_frame(connection, query, _TYPES)
            going = read_frame(connection, leaving(edition_id).distinct(), {"family_id": pl.String()})["family_id"]
        urgency = pl.col("tier").replace_strict(
            {code: n for n, code in enumerate(TIERS.codes)}, default=len(TIERS.codes)
        )
        rows = rows.sort(urgency, "score", "family_id", descending=[False, True, False], nulls_last=True)
        rows = rows.with_columns(pl.col("family_id").is_in(going.implode()).alias(_PROPOSED))
        self._rows = ListedRows(rows.drop(_PROPOSED))
        self._known = _Known(rows["family_id"])
        self._orders = {
            "urgency": _Order(rows, None),
            "score": _Order(rows, _places(rows, ["score", "family_id"], [True, False])),
            "street": _Order(rows, _places(rows, ["street_code", "community_code"], [False, False])),
        }
        self._sets: OrderedDict[int, tuple[frozenset[str], dict[str, Bits]]] = OrderedDict()

    def count(self, wanted: ListFilter) -> int:
        """How many families are meant; raises `ValueError` for a keyword."""
        return count_of(self._bits(wanted, "urgency"))

    def prepare(self, families: frozenset[str]) -> None:
        """Find those families now, so that the first page that is narrowed to them need not."""
        self._among(families)

    def page(self, wanted: ListFilter, *, sort: str, limit: int, offset: int) -> tuple[list[dict[str, Any]], int]:
        """Rows as `registry.queries.list_rows` has them, of the columns `SHOWN`, and how many there are in all.

        Raises `UnknownNameError`, and `ValueError` for a keyword.
        """
        if sort not in LIST_SORTS.labels:
            raise UnknownNameError("sort", sort, LIST_SORTS.labels)
        bits, order = self._bits(wanted, sort.removesuffix(BACK)), self._orders[sort.removesuffix(BACK)]
        total = count_of(bits)
        if sort.endswith(BACK):
            last = max(total - offset, 0)
            places = places_of(bits, max(last - limit, 0), min(limit, last))[::-1]
        else:
            places = places_of(bits, offset, limit)
        here = places if order.places is None else order.places[places]
        return self._rows.at(here), total

    def _bits(self, wanted: ListFilter, sort: str) -> Bits:
        """Which families are meant. Whatever is asked, all are looked at: the time tells nothing of other areas."""
        if wanted.sought is not None:
            raise ValueError("a keyword is answered by the registry")
        found = self._orders[sort].of(wanted)
        return found if wanted.families is None else found & self._among(wanted.families)[sort]

    def _among(self, families: frozenset[str]) -> dict[str, Bits]:
        """Which are of those families, in each order; kept as long as the same set is asked for."""
        known = self._sets.get(id(families))
        if known is not None and known[0] is families:
            return known[1]
        places = self._known.places_of(families)
        found = {name: order.holding(places) for name, order in self._orders.items()}
        self._sets[id(families)] = (families, found)
        while len(self._sets) > _KEPT_SETS:
            self._sets.popitem(last=False)
        return found


class _Known:
    """The families by id, so that some thousands of them are found without looking at all."""

    def __init__(self, family_id: pl.Series) -> None:
        self._places = family_id.arg_sort()
        self._sorted = family_id.gather(self._places)

    def places_of(self, families: Iterable[str]) -> Places:
        """The places of those that are there."""
        if self._sorted.is_empty():
            return np.empty(0, dtype=np.int32)
        wanted = pl.Series(list(families), dtype=pl.String)
        found = self._sorted.search_sorted(wanted).clip(upper_bound=len(self._sorted) - 1)
        there = found.filter(self._sorted.gather(found) == wanted)
        return self._places.gather(there).to_numpy().astype(np.int32)


class _Order:
    """The columns that filters ask about, in one order of the families, a bit a family."""

    def __init__(self, rows: pl.DataFrame, places: Places | None) -> None:
        """`places` are those of the families in `rows`; without it they stand in this order."""
        self.places = places
        self._ranks = None if places is None else _turned(places)
        self._height = rows.height
        sorted_rows = rows if places is None else rows[places]
        self._all = packed(np.ones(rows.height, dtype=np.bool_))
        self._none = packed(np.zeros(rows.height, dtype=np.bool_))
        self._coded = {name: _coded(sorted_rows[name]) for name in _CODED}
        self._worded = {name: _worded(sorted_rows[name]) for name in _WORDED}
        self._score = sorted_rows["score"].fill_null(_NO_SCORE).cast(pl.Int32).to_numpy()
        self._proposed = packed(sorted_rows[_PROPOSED].to_numpy())

    def holding(self, places: Places) -> Bits:
        """The families at those places of the rows."""
        marks = np.zeros(self._height, dtype=np.bool_)
        marks[places if self._ranks is None else self._ranks[places]] = True
        return packed(marks)

    def of(self, wanted: ListFilter) -> Bits:
        """Those that are meant, but for the set of families that a filter may name."""
        area, found = wanted.scope.area, self._all
        asked = {
            "street_code": [area.street, wanted.street],
            "community_code": [area.community, wanted.community],
            "tier": [wanted.tier],
            "layer": [wanted.layer],
        }
        for name, codes in asked.items():
            for code in codes:
                if code is not None:
                    found = found & self._coded[name].get(code, self._none)
        for name, word in (("groups", wanted.group), ("classes", wanted.difficulty)):
            if word is not None:
                found = found & self._worded[name].get(word, self._none)
        if wanted.least_score is not None:
            found = found & packed((self._score >= wanted.least_score) & (self._score != _NO_SCORE))
        return found & self._proposed if wanted.change == "proposed" else found


class ListIndexes:
    """The indexes of the editions that were asked for last; each is read once, whoever asks meanwhile waits."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._kept: OrderedDict[str, ListIndex] = OrderedDict()
        self._lock = Lock()

    def of(self, edition_id: str) -> ListIndex:
        """The index of a published edition."""
        found = self._kept.get(edition_id)
        if found is not None:
            return found
        with self._lock:
            if edition_id not in self._kept:
                self._kept[edition_id] = ListIndex(self._engine, edition_id)
                while len(self._kept) > _KEPT_EDITIONS:
                    self._kept.popitem(last=False)
            return self._kept[edition_id]


def _turned(places: Places) -> Places:
    """Where each row stands in an order, from which row stands where."""
    ranks = np.empty_like(places)
    ranks[places] = np.arange(len(places), dtype=places.dtype)
    return ranks


def _coded(values: pl.Series) -> dict[str, Bits]:
    """Which families have a code, by code."""
    return {code: packed((values == code).fill_null(value=False).to_numpy()) for code in values.drop_nulls().unique()}


def _worded(values: pl.Series) -> dict[str, Bits]:
    """Which families have a word, by word, of a column of several words separated by ';'."""
    distinct = values.fill_null("").unique().sort()
    words = sorted({word for each in distinct for word in each.split(";") if word})
    number = values.fill_null("").replace_strict(distinct, list(range(len(distinct))), return_dtype=pl.UInt32)
    numbers = number.to_numpy()
    holding = {word: np.array([word in each.split(";") for each in distinct]) for word in words}
    return {word: packed(holds[numbers]) for word, holds in holding.items()}


def _places(rows: pl.DataFrame, by: list[str], descending: list[bool]) -> Places:
    """Places of the rows in another order; those that are equal in it keep theirs."""
    sorted_rows = (
        rows.select(*by).with_row_index("place").sort(by, descending=descending, nulls_last=True, maintain_order=True)
    )
    places: Places = sorted_rows["place"].to_numpy().astype(np.int32)
    return places
