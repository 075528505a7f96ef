"""Whether the chances that a model tells still come true: families of a year ago, and what became of them.

What belongs here: the comparison of chances with outcomes, for all families and for those with the highest chances, and
what follows from it. A gap breaks the limit only when it is above the declared part of what was expected and beyond
chance (the sum of independent outcomes, each with its own chance). Sums are of whole numbers, so that a replay comes to
the same.
"""

from dataclasses import dataclass

import polars as pl

from rules.parameters import ParametersAt

__all__ = ["ALL", "CALIBRATION", "HIGHEST", "MATURED", "CalibrationLimits", "calibration"]

MATURED = pl.Schema({"chance": pl.Int64(), "needed": pl.Boolean()})
"""One row a family off the register a year ago: what the model says of it as it was known then, and what came."""

CALIBRATION = pl.Schema(
    {"part": pl.String(), "rows": pl.Int64(), "expected": pl.Int64(), "cases": pl.Int64(), "breached": pl.Boolean()}
)
ALL, HIGHEST = "all", "highest"
_TEN_THOUSAND = 10_000
_PERCENT = 100


@dataclass(frozen=True, slots=True)
class CalibrationLimits:
    """What is declared: the gap, in percent of what was expected, and in standard deviations, that breaks the limit.

    With fewer than `cases` cases, expected and found, nothing is judged. `share` is the percent of families that stand
    for the highest chances.
    """

    gap: int
    deviations: int
    cases: int
    share: int

    @classmethod
    def of(cls, parameters: ParametersAt) -> "CalibrationLimits":
        """Those in force."""
        return cls(
            gap=parameters.integer("drift.calibration_gap_percent"),
            deviations=parameters.integer("drift.calibration_deviations"),
            cases=parameters.integer("drift.calibration_cases"),
            share=parameters.integer("gate.capacity_percent"),
        )


def calibration(matured: pl.LazyFrame, limits: CalibrationLimits) -> pl.LazyFrame:
    """One row for all families of `matured` and one for those with the highest chances, as `CALIBRATION` says.

    `expected` is the sum of chances, in cases per ten thousand. Without families there is no row.
    """
    wanted = pl.max_horizontal(pl.len() * limits.share // _PERCENT, 1)
    bound = matured.select(bound=pl.col("chance").top_k(wanted).min())
    highest = matured.join(bound, how="cross").filter(pl.col("chance") >= pl.col("bound")).drop("bound")
    parts = [
        matured.select(pl.lit(ALL).alias("part"), pl.all()),
        highest.select(pl.lit(HIGHEST).alias("part"), pl.all()),
    ]
    found = (
        pl.concat(parts)
        .group_by("part")
        .agg(
            rows=pl.len().cast(pl.Int64),
            expected=pl.col("chance").sum(),
            cases=pl.col("needed").cast(pl.Int64).sum(),
            spread=(pl.col("chance") * (_TEN_THOUSAND - pl.col("chance"))).sum(),
        )
    )
    distance = (pl.col("cases") * _TEN_THOUSAND - pl.col("expected")).abs()
    enough = pl.max_horizontal("cases", pl.col("expected") // _TEN_THOUSAND) >= limits.cases
    wide = distance * _PERCENT > pl.col("expected") * limits.gap
    beyond_chance = distance.cast(pl.Float64) ** 2 > limits.deviations**2 * pl.col("spread").cast(pl.Float64)
    return found.with_columns(breached=enough & wide & beyond_chance).select(CALIBRATION.names()).sort("part")
