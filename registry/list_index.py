"""The list of a published edition in memory, column by column, so that any narrowing of a million families is quick.

What belongs here: which families a filter means, in which order, and how many they are. Published rows never change, so
that what was read once holds. Their rows are read from the registry by key; keywords, which speak of people, are the
registry's own matter (`registry.queries.list_rows`). Both ways give the same families in the same order.
"""

from collections import OrderedDict
from threading import Lock
from typing import Any, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sqlalchemy import Engine, select

from registry.bulk import read_frame
from registry.filters import TIERS, ListFilter
from registry.models import ListEntry
from registry.queries import LIST_SORTS, current_edition, list_rows_of
from schemas.errors import UnknownNameError

__all__ = ["ListIndex", "ListIndexes", "read_newest"]

_Marks: TypeAlias = NDArray[np.bool_]
_Places: TypeAlias = NDArray[np.int64]
_READ = (
    ListEntry.family_id,
    ListEntry.street_code,
    ListEntry.community_code,
    ListEntry.tier,
    ListEntry.layer,
    ListEntry.groups,
    ListEntry.classes,
    ListEntry.score,
    ListEntry.status,
    ListEntry.proposed_groups,
)
_TYPES = {each.key: pl.Int64() if each.key == "score" else pl.String() for each in _READ}
_MOST_WORDS = 63  # that one number holds
_KEPT_EDITIONS = 3
_KEPT_SETS = 64
_NONE = -1


class ListIndex:
    """One edition's list, the most urgent family first (`registry.queries.list_rows` says what that is)."""

    def __init__(self, engine: Engine, edition_id: str) -> None:
        """Read the edition's list; a million families take some seconds and a hundred megabytes."""
        self._engine = engine
        self._edition_id = edition_id
        with engine.connect() as connection:
            query = select(*_READ).where(ListEntry.edition_id == edition_id)
            rows = read_frame(connection, query, _TYPES)
        urgency = pl.col("tier").replace_strict(
            {code: n for n, code in enumerate(TIERS.codes)}, default=len(TIERS.codes)
        )
        rows = rows.sort(urgency, "score", "family_id", descending=[False, True, False], nulls_last=True)
        self._family_id = rows["family_id"]
        self._coded = {name: _Coded(rows[name]) for name in ("street_code", "community_code", "tier", "layer")}
        self._worded = {name: _Worded(rows[name]) for name in ("groups", "classes")}
        self._score: NDArray[np.int64] = rows["score"].fill_null(_NONE).to_numpy()
        self._proposed: _Marks = (
            rows.select(
                (pl.col("status") == "proposed_exit").fill_null(value=False)
                | (pl.col("proposed_groups").fill_null("") != "")
            )
            .to_series()
            .to_numpy()
        )
        self._orders: dict[str, _Places | None] = {
            "urgency": None,
            "score": _places(rows, ["score", "family_id"], [True, False]),
            "street": _places(rows, ["street_code", "community_code"], [False, False]),
        }
        self._sets: OrderedDict[int, tuple[frozenset[str], _Marks]] = OrderedDict()

    def count(self, wanted: ListFilter) -> int:
        """How many families are meant; raises `ValueError` for a keyword."""
        return int(np.count_nonzero(self._marks(wanted)))

    def rows(self, wanted: ListFilter, *, sort: str, limit: int, offset: int) -> list[dict[str, Any]]:
        """As `registry.queries.list_rows` has them; raises `UnknownNameError`, and `ValueError` for a keyword."""
        if sort not in LIST_SORTS.labels:
            raise UnknownNameError("sort", sort, LIST_SORTS.labels)
        marks, order = self._marks(wanted), self._orders[sort]
        places = np.flatnonzero(marks) if order is None else order[marks[order]]
        return list_rows_of(self._engine, self._edition_id, self._family_id[places[offset : offset + limit]].to_list())

    def _marks(self, wanted: ListFilter) -> _Marks:
        """Which families are meant. Whatever is asked, all are looked at: the time tells nothing of other areas."""
        if wanted.sought is not None:
            raise ValueError("a keyword is answered by the registry")
        area = wanted.scope.area
        found: _Marks = np.ones(len(self._family_id), dtype=np.bool_)
        for name, code in (
            ("street_code", area.street),
            ("community_code", area.community),
            ("street_code", wanted.street),
            ("community_code", wanted.community),
            ("tier", wanted.tier),
            ("layer", wanted.layer),
        ):
            if code is not None:
                found &= self._coded[name].of(code)
        for name, word in (("groups", wanted.group), ("classes", wanted.difficulty)):
            if word is not None:
                found &= self._worded[name].of(word)
        if wanted.least_score is not None:
            found &= (self._score >= wanted.least_score) & (self._score != _NONE)
        if wanted.change == "proposed":
            found &= self._proposed
        if wanted.families is not None:
            found &= self._among(wanted.families)
        return found

    def _among(self, families: frozenset[str]) -> _Marks:
        """Which are of those families; kept as long as the same set is asked for."""
        known = self._sets.get(id(families))
        if known is not None and known[0] is families:
            return known[1]
        marks = self._family_id.is_in(pl.Series(sorted(families), dtype=pl.String).implode()).to_numpy()
        self._sets[id(families)] = (families, marks)
        while len(self._sets) > _KEPT_SETS:
            self._sets.popitem(last=False)
        return marks


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


def read_newest(lists: ListIndexes, engine: Engine) -> None:
    """Read the newest edition before somebody asks for it; nothing while none is published."""
    newest = current_edition(engine)
    if newest is not None:
        lists.of(newest.edition_id)


class _Coded:
    """A column of codes as small numbers; a code that no family has is no family's."""

    def __init__(self, values: pl.Series) -> None:
        words = sorted(values.drop_nulls().unique())
        self._number = {word: number for number, word in enumerate(words, start=1)}
        kind = np.uint8 if len(words) < np.iinfo(np.uint8).max else np.uint32
        numbers = values.replace_strict(self._number, default=0, return_dtype=pl.UInt32)
        self._numbers = numbers.to_numpy().astype(kind)

    def of(self, word: str) -> _Marks:
        if word not in self._number:
            return np.zeros(len(self._numbers), dtype=np.bool_)
        marks: _Marks = self._numbers == self._number[word]
        return marks


class _Worded:
    """A column of several words, separated by ';', as one bit a word."""

    def __init__(self, values: pl.Series) -> None:
        distinct = values.fill_null("").unique().sort()
        words = sorted({word for each in distinct for word in each.split(";") if word})
        assert len(words) <= _MOST_WORDS  # noqa: S101  # groups and classes are a few code lists
        self._bit = {word: 1 << number for number, word in enumerate(words)}
        bits = {each: sum(self._bit[word] for word in set(each.split(";")) if word) for each in distinct}
        self._bits: NDArray[np.int64] = values.fill_null("").replace_strict(bits, return_dtype=pl.Int64).to_numpy()

    def of(self, word: str) -> _Marks:
        marks: _Marks = (self._bits & self._bit.get(word, 0)) != 0
        return marks


def _places(rows: pl.DataFrame, by: list[str], descending: list[bool]) -> _Places:
    """Places of the rows in another order; those that are equal in it keep theirs."""
    sorted_rows = (
        rows.select(*by).with_row_index("place").sort(by, descending=descending, nulls_last=True, maintain_order=True)
    )
    places: _Places = sorted_rows["place"].to_numpy().astype(np.int64)
    return places
