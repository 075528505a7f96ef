"""The rows of a list in memory, a small number for each word, so that a page needs no question to the registry.

What belongs here: keeping rows and giving those at some places. Published rows never change; keys of people stand in
them as in the registry, and people do not.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from registry.bits import Places

__all__ = ["SHOWN", "ListedRows"]

_KEYS = ("family_id", "head_key")
_WORDS = (
    "layer",
    "street_code",
    "community_code",
    "members",
    "groups",
    "tier",
    "classes",
    "score",
    "income_evidence",
    "status",
    "proposed_groups",
)
SHOWN = (*_KEYS, *_WORDS)
"""Columns of `schemas.tables`, list, that a page of it shows or asks about."""


class ListedRows:
    """The rows of a frame with the columns `SHOWN`, in its order."""

    def __init__(self, rows: pl.DataFrame) -> None:
        self._keys = [rows[each] for each in _KEYS]
        self._words = [_numbered(rows[each]) for each in _WORDS]

    def at(self, places: Places) -> list[dict[str, Any]]:
        """The rows at some places, in the order of these."""
        here = pl.Series(places)
        columns: list[Sequence[Any]] = [each.gather(here).to_list() for each in self._keys]
        columns += [[words[number] for number in numbers[places].tolist()] for words, numbers in self._words]
        return [dict(zip(SHOWN, row, strict=True)) for row in zip(*columns, strict=True)]


def _numbered(values: pl.Series) -> tuple[list[Any], NDArray[np.unsignedinteger[Any]]]:
    """The distinct values, and which of them each row has."""
    distinct = values.unique()
    numbers = pl.DataFrame({"value": distinct}).with_row_index("number")
    found = values.to_frame("value").join(numbers, on="value", how="left", nulls_equal=True, maintain_order="left")
    return distinct.to_list(), found["number"].to_numpy().astype(np.min_scalar_type(len(distinct)))
