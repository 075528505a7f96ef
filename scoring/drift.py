"""Whether the households of a month are still those that a model was trained for.

What belongs here: the population stability index of each feature and of the score against the model's training data
(Yurdakul & Naranjo 2020), and what follows from it. It depends on the frames and the declared limits alone, so that a
replay comes to the same result: parts of the index are rounded to a millionth each and added as whole numbers.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from rules.parameters import ParametersAt
from scoring.distributions import SCORE, Distribution

__all__ = ["DriftLimits", "breached", "drift"]

_MILLION = 1_000_000
_PER_HUNDREDTH = _MILLION // 100


@dataclass(frozen=True, slots=True)
class DriftLimits:
    """What is declared, in hundredths: the index of a feature and of the score from which a model steps back.

    Below `rows` households nothing is compared, and nothing steps back.
    """

    feature: int
    score: int
    rows: int

    @classmethod
    def of(cls, parameters: ParametersAt) -> "DriftLimits":
        """Those in force."""
        return cls(
            feature=parameters.integer("drift.feature_psi"),
            score=parameters.integer("drift.score_psi"),
            rows=parameters.integer("drift.minimum_rows"),
        )


def drift(trained: Mapping[str, Distribution], now: pl.LazyFrame) -> pl.LazyFrame:
    """The index of each column of `trained` that `now` has: `feature`, `psi` (hundredths), `rows` of `now`.

    Each bin counts one more on both sides, so that a bin that one of them lacks has a share.
    """
    parts = [_index(name, each, now) for name, each in sorted(trained.items())]
    return pl.concat(parts)


def breached(found: pl.LazyFrame, limits: DriftLimits) -> pl.LazyFrame:
    """The rows of `drift` at or above their limit, where there are enough households."""
    limit = pl.when(pl.col("feature") == SCORE).then(limits.score).otherwise(limits.feature)
    return found.filter(pl.col("rows") >= limits.rows, pl.col("psi") >= limit)


def _index(name: str, trained: Distribution, now: pl.LazyFrame) -> pl.LazyFrame:
    unknown, bins = len(trained.parts), len(trained.parts) + 1
    place = pl.sum_horizontal(pl.lit(0), *((pl.col(name) >= bound).cast(pl.Int64) for bound in trained.bounds))
    counted = (
        now.select(bin=pl.when(pl.col(name).is_null()).then(unknown).otherwise(place).cast(pl.Int64))
        .group_by("bin")
        .agg(cells=pl.len().cast(pl.Int64))
    )
    before = pl.LazyFrame({"bin": range(bins), "part": [*trained.parts, trained.unknown]})
    rows = pl.col("cells").sum()
    p = (pl.col("cells") + 1) / (rows + bins)
    q = (pl.col("part") + 1) / (pl.col("part").sum() + bins)
    return (
        before.join(counted, on="bin", how="left")
        .sort("bin")
        .with_columns(pl.col("cells").fill_null(0))
        .select(
            feature=pl.lit(name),
            psi=((p - q) * (p / q).log() * _MILLION).round().cast(pl.Int64).sum() // _PER_HUNDREDTH,
            rows=rows,
        )
    )
