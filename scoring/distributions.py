"""How the values of a column lay when a model was trained: bounds, and the part of rows in each bin.

What belongs here: the summary that a model's card keeps of its training data, so that later months can be compared with
it. It holds parts per ten thousand of all rows and nothing of single households.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Annotated

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, model_validator

from scoring.errors import TrainingError

__all__ = ["SCORE", "Distribution", "distributions"]

SCORE = "score"
_TEN_THOUSAND = 10_000
_BINS = 10


class Distribution(BaseModel):
    """`parts[0]` of the rows lie below `bounds[0]`, `parts[i + 1]` from `bounds[i]`; `unknown` are not known."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bounds: tuple[int, ...]
    parts: Annotated[tuple[int, ...], Field(min_length=1)]
    unknown: Annotated[int, Field(ge=0, le=_TEN_THOUSAND)] = 0

    @model_validator(mode="after")
    def _whole(self) -> "Distribution":
        if len(self.parts) != len(self.bounds) + 1:
            raise ValueError(f"{len(self.bounds)} bounds need {len(self.bounds) + 1} parts, not {len(self.parts)}")
        if any(later <= earlier for earlier, later in pairwise(self.bounds)):
            raise ValueError("bounds are not in ascending order")
        if any(each < 0 for each in self.parts):
            raise ValueError("a part is below zero")
        return self


def distributions(table: pl.DataFrame, columns: Iterable[str]) -> Mapping[str, Distribution]:
    """The distribution of each of `columns` (whole numbers), by tenths of the known rows.

    Raises:
        TrainingError: there are no rows.
    """
    if table.is_empty():
        raise TrainingError("there are no rows to describe")
    return {name: _of(table[name]) for name in columns}


def _of(values: pl.Series) -> Distribution:
    known = values.drop_nulls().cast(pl.Int64).sort()
    bounds = _bounds(known)
    ends = [0, *(int(known.search_sorted(each, side="left")) for each in bounds), len(known)]
    parts = [round((later - earlier) * _TEN_THOUSAND / len(values)) for earlier, later in pairwise(ends)]
    return Distribution(
        bounds=tuple(bounds),
        parts=tuple(parts),
        unknown=round(values.null_count() * _TEN_THOUSAND / len(values)),
    )


def _bounds(known: pl.Series) -> Sequence[int]:
    """Where each tenth begins; the least value has a bin of its own where it fills a tenth and more."""
    if known.is_empty() or known[0] == known[-1]:
        return []
    starts = {int(known[len(known) * each // _BINS]) for each in range(1, _BINS)}
    lumped = {int(known[0]) + 1} if int(known[0]) in starts else set()
    return sorted({each for each in starts | lumped if each > known[0]})
