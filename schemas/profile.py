"""How a delivery is filled: empty cells, codes and bands of money by column, never a value of a person.

What belongs here: counting the accepted rows of a delivery, and adding counts of its parts. What a change of
these counts means stands in `rules/`.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Self

import polars as pl
from pydantic import BaseModel, ConfigDict

from schemas.columns import Column, Kind
from schemas.contract import Feed

__all__ = ["MONEY_BANDS_YUAN", "ColumnProfile", "Profile", "profile_of"]

MONEY_BANDS_YUAN = (0, 1, 100, 300, 1_000, 3_000, 5_000, 10_000, 30_000, 100_000, 300_000, 1_000_000)
"""Lower ends of the bands in which amounts are counted; below the first is a band of its own."""

_FEN = 100
_BELOW = "below_0"


class ColumnProfile(BaseModel):
    """Counts of one column: empty cells, cells by code, cells by band of money (named by its lower end in yuan)."""

    model_config = ConfigDict(frozen=True)

    nulls: int = 0
    codes: dict[str, int] = {}
    bands: dict[str, int] = {}

    def merged(self, other: "ColumnProfile") -> "ColumnProfile":
        """The counts of both parts."""
        return ColumnProfile(
            nulls=self.nulls + other.nulls,
            codes=_added(self.codes, other.codes),
            bands=_added(self.bands, other.bands),
        )


class Profile(BaseModel):
    """Counts of the accepted rows of a delivery, or of a part of it."""

    model_config = ConfigDict(frozen=True)

    version: int = 1
    rows: int = 0
    columns: dict[str, ColumnProfile] = {}

    def merged(self, others: Iterable["Profile"]) -> Self:
        """The profile of all parts together, in whatever order they come."""
        rows, columns = self.rows, dict(self.columns)
        for other in others:
            rows += other.rows
            for name, counts in other.columns.items():
                columns[name] = columns[name].merged(counts) if name in columns else counts
        return self.model_copy(update={"rows": rows, "columns": columns})


def profile_of(accepted: pl.DataFrame, feed: Feed) -> Profile:
    """The profile of accepted rows (the contract's columns, typed)."""
    bands = {each.name: _band_counts(each) for each in feed.columns if each.kind is Kind.MONEY}
    counted = accepted.select(
        *(pl.col(each.name).null_count().alias(f"nulls {each.name}") for each in feed.columns),
        *(count for counts in bands.values() for count in counts.values()),
    ).row(0, named=True)
    columns = {
        each.name: ColumnProfile(
            nulls=counted[f"nulls {each.name}"],
            codes=_codes(accepted[each.name]) if each.kind in {Kind.CODE, Kind.BOOLEAN} else {},
            bands={band: held for band in bands.get(each.name, {}) if (held := counted[f"{band} {each.name}"])},
        )
        for each in feed.columns
    }
    return Profile(rows=accepted.height, columns=columns)


def _band_counts(column: Column) -> dict[str, pl.Expr]:
    """How many amounts lie in each band, by the band's name."""
    amount = pl.col(column.name)
    ends = [end * _FEN for end in MONEY_BANDS_YUAN]
    tests = {_BELOW: amount < ends[0]}
    for place, end in enumerate(ends):
        upper = ends[place + 1] if place + 1 < len(ends) else None
        tests[f"{end // _FEN}"] = amount >= end if upper is None else (amount >= end) & (amount < upper)
    return {band: test.sum().alias(f"{band} {column.name}") for band, test in tests.items()}


def _codes(values: pl.Series) -> dict[str, int]:
    counts = values.drop_nulls().value_counts(name="cells")
    return {str(code): int(cells) for code, cells in sorted(counts.iter_rows(), key=lambda each: str(each[0]))}


def _added(one: dict[str, int], other: dict[str, int]) -> dict[str, int]:
    total = Counter(one) + Counter(other)
    return {name: total[name] for name in sorted(total)}
