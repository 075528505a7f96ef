"""What is unusual: households far on the side of need, and deliveries unlike those before.

What belongs here: the measures and their explanation. A household is compared with its district, feature by feature, as
a robust deviation (Iglewicz & Hoaglin 1993) of which only the side of need is kept: nobody stands out by being well
off. An isolation forest (Liu, Ting & Zhou 2008) finds those whose deviations lie together as nobody else's; what stands
out is told. A delivery is compared with the other months of its feed, and what comes once a year with that season of
other years. It is a hint to look, never a score.
"""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scoring.errors import TrainingError
from scoring.intervals import Interval, wilson
from scoring.spec import DIRECTIONS, Feature
from scoring.training import matrix

__all__ = ["found_and_true", "unusual_deliveries", "unusual_households"]

Floats: TypeAlias = NDArray[np.float64]

_MAD, _MEAN_DEVIATION = 1.4826, 1.2533  # to the scale of a standard deviation
_LEAST_ROWS = 50
_TREES = 200
_SEED = 0
_LEAST_SHARE, _LEAST_LOG = 0.01, 0.1  # what is never unusual: a hundredth of the rows, a tenth more or fewer of them
_YEAR = 12
_PLACE = ("feed", "month")
_TOLD = {
    "rank": pl.Int64(),
    "feature": pl.String(),
    "value": pl.Int64(),
    "usual": pl.Float64(),
    "deviation": pl.Float64(),
}
_SUBJECT = ("feed", "column", "measure", "bin")


def unusual_households(
    table: pl.DataFrame, features: Sequence[Feature], *, share: float, deviations: float, household: str = "family_id"
) -> pl.DataFrame:
    """One row a feature that stands out of an unusual household: household, `rank`, `feature`, `value`, `usual`,
    `deviation`.

    Args:
        table: one row a household: its name, and each feature as whole numbers, null where not known.
        features: the spec; `more` or `less` says which side is that of need. What is not known stands nowhere.
        share: of households, at most, that are unusual.
        deviations: from how many robust standard deviations on a feature stands out; a household of which none does
            is not unusual.
        household: the column that tells households apart.

    Raises:
        TrainingError: there are too few households, or a feature has no side of need.
    """  # noqa: D205  # the columns belong to the first sentence
    if any(each.direction == "either" for each in features):
        raise TrainingError("a feature of unusual households has no side of need; give it `more` or `less`")
    if table.height < _LEAST_ROWS:
        raise TrainingError(f"{table.height} households: too few to say what is usual; at least {_LEAST_ROWS}")
    values = matrix(table, features)
    usual = np.array([_median(column) for column in values.T])
    sides = np.array([DIRECTIONS[each.direction] for each in features], dtype=np.float64)
    needy = np.clip(np.nan_to_num(_deviations(values) * sides), 0.0, None)
    order = _isolated(needy)
    stand = needy >= deviations
    kept = [place for place in order if stand[place].any()][: max(1, int(share * table.height))]
    rows = [
        {
            household: table[household][place],
            "rank": rank,
            "feature": features[number].name,
            "value": int(values[place, number]),
            "usual": float(usual[number]),
            "deviation": float(needy[place, number]),
        }
        for rank, place in enumerate(kept, start=1)
        for number in sorted(map(int, np.flatnonzero(stand[place])), key=lambda each: (-needy[place, each], each))
    ]
    schema = pl.Schema({household: table.schema[household], **_TOLD})
    return pl.DataFrame(rows, schema=schema)


def _deviations(values: Floats) -> Floats:
    """Robust deviations by column, on the scale of logarithms, since incomes and costs spread by factors."""
    scaled = np.sign(values) * np.log1p(np.abs(values))
    return np.column_stack([_robust(column) for column in scaled.T])


def _robust(column: Floats) -> Floats:
    known = column[~np.isnan(column)]
    if not len(known):
        return column
    apart = np.abs(known - np.median(known))
    scale = _MAD * float(np.median(apart)) or _MEAN_DEVIATION * float(apart.mean())
    return (column - np.median(known)) / scale if scale else column * 0.0


def _median(column: Floats) -> float:
    known = column[~np.isnan(column)]
    return float(np.median(known)) if len(known) else float("nan")


def _isolated(needy: Floats) -> Sequence[int]:
    """The places of households, the most isolated first; of equally isolated ones the neediest."""
    from sklearn.ensemble import IsolationForest  # noqa: PLC0415  # slow to import

    forest = IsolationForest(n_estimators=_TREES, random_state=_SEED).fit(needy)
    return [int(each) for each in np.lexsort((np.arange(len(needy)), -needy.sum(axis=1), forest.score_samples(needy)))]


def unusual_deliveries(profiles: pl.LazyFrame, *, deviations: float, least_months: int) -> pl.LazyFrame:
    """One row a feed, month and count that stands out: `feed`, `month`, `column`, `measure`, `bin`, `part`, `usual`,
    `deviation`.

    Args:
        profiles: the table `profiles`: cells by feed, month, column, measure and bin.
        deviations: from how many robust standard deviations on it stands out. The deviation of a share is never taken
            for smaller than chance in as many rows would make it, and a hundredth besides; that of a size likewise.
            A delivery without rows has no shares; that it is empty is compared as its size. What stands out to the same
            side in the same season of another year, and alike, is the way of the feed and not told.
        least_months: other months below which nothing is said.
    """  # noqa: D205  # the columns belong to the first sentence
    rows = pl.col("rows")
    months = profiles.group_by(_PLACE).agg(rows.max())
    volumes = months.with_columns(column=pl.lit(""), measure=pl.lit("rows"), bin=pl.lit(""), part=rows.log1p())
    cells = profiles.select(*_SUBJECT).unique().join(months, on="feed")
    counted = cells.join(profiles.select(*_SUBJECT, "month", "cells"), on=[*_SUBJECT, "month"], how="left")
    shares = counted.filter(rows > 0).with_columns(part=pl.col("cells").fill_null(0) / rows).drop("cells")
    told = pl.concat([volumes.select(shares.collect_schema().names()), shares])
    usual, part = pl.col("part").median().over(_SUBJECT), pl.col("part")
    spread = _MAD * (part - usual).abs().median().over(_SUBJECT)
    outstanding = (
        told.with_columns(usual=usual, spread=spread, others=pl.len().over(_SUBJECT) - 1)
        .filter(pl.col("others") >= least_months)
        .with_columns(deviation=(part - pl.col("usual")).abs() / pl.max_horizontal("spread", _by_chance("usual")))
        .filter(pl.col("deviation") >= deviations)
    )
    return (
        outstanding.join(_seasonal(outstanding, deviations), on=[*_SUBJECT, "month"], how="anti")
        .select(*_PLACE, "column", "measure", "bin", "part", "usual", "deviation")
        .sort("deviation", *_PLACE, "column", "measure", "bin", descending=[True, *([False] * 5)])
    )


def _by_chance(usual: str) -> pl.Expr:
    """How far the part of a delivery may lie from the column `usual` without a meaning."""
    rows = pl.col("rows")
    rate = (pl.col(usual) * rows + 1) / (rows + 2)  # what was never seen in a few rows may still come by chance
    chance = (rate * (1 - rate) / rows).clip(lower_bound=0).sqrt()
    size = pl.max_horizontal(_LEAST_LOG, pl.col(usual).exp().sqrt().pow(-1))  # counts vary by about their root
    return pl.when(pl.col("measure") == "rows").then(size).otherwise(chance + _LEAST_SHARE)


def _seasonal(outstanding: pl.LazyFrame, deviations: float) -> pl.LazyFrame:
    """What stands out to the same side a year or years away, up to a month more or less, and to about the same part."""
    day = pl.col("month").str.to_date("%Y-%m")
    counted = outstanding.with_columns(
        number=day.dt.year() * _YEAR + day.dt.month(), above=pl.col("part") > pl.col("usual")
    )
    others = counted.select(*_SUBJECT, "above", number_then="number", part_then="part")
    apart = (pl.col("number") - pl.col("number_then")).abs()
    again = (apart >= _YEAR - 1) & (apart % _YEAR).is_in([0, 1, _YEAR - 1])
    alike = (pl.col("part") - pl.col("part_then")).abs() < deviations * _by_chance("part_then")
    pairs = counted.join(others, on=[*_SUBJECT, "above"])
    return pairs.filter(again & alike).select(*_SUBJECT, "month").unique()


def found_and_true(found: pl.Series, true: pl.Series) -> tuple[Interval, Interval]:
    """Precision and recall of what was `found` against what is `true`, each with its interval."""
    told, real = found.unique(), true.unique()
    hits = int(told.is_in(real.implode()).sum())
    return wilson(hits, len(told)), wilson(hits, len(real))
