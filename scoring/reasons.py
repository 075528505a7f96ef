"""The reasons of a score: every feature with points, and known ones without where fewer than three have any.

What belongs here: which rows the table `score_reasons` has. How they are said stands in `registry.score_wording`.
"""

from collections.abc import Sequence
from typing import Any, TypeAlias

import narwhals as nw

from scoring.additive import Shape

__all__ = ["LEAST", "MOST", "reasons"]

Frame: TypeAlias = "nw.LazyFrame[Any]"

LEAST, MOST = 3, 5
"""How many reasons a family is told."""

_TOLD = "known features with points"


def reasons(shapes: Sequence[Shape], frame: Frame, key: str) -> Frame:
    """One row a row of `frame` and feature that says something: `key`, `feature`, `value`, `points`.

    Features with points, known or not; and of the known ones without, as many as bring those with a value to `LEAST`,
    first the ones that could give most: what they say is why the score is not higher.
    """
    ordered = sorted(shapes, key=lambda each: (-max(each.steps.values), each.feature))
    counted = frame.with_columns(each.points().alias(_points(each)) for each in ordered)
    counted = counted.with_columns(nw.sum_horizontal(*(_speaks(each) for each in ordered)).alias(_TOLD))
    parts, before = [], nw.col(_TOLD)
    for each in ordered:
        silent = (nw.col(_points(each)) == 0) & ~nw.col(each.feature).is_null()
        parts.append(
            counted.filter((nw.col(_points(each)) != 0) | (silent & (before < LEAST))).select(
                nw.col(key),
                nw.lit(each.feature).alias("feature"),
                nw.col(each.feature).cast(nw.Int64).alias("value"),
                nw.col(_points(each)).alias("points"),
            )
        )
        before = before + silent.cast(nw.Int64)
    return nw.concat(parts, how="vertical")


def _speaks(shape: Shape) -> nw.Expr:
    """One where the feature is known and has points, else zero."""
    return ((nw.col(_points(shape)) != 0) & ~nw.col(shape.feature).is_null()).cast(nw.Int64)


def _points(shape: Shape) -> str:
    return f"points of {shape.feature}"
