"""The first risk score: a transparent points scorecard over the declared features.

What belongs here: points by bands of `rules/parameters/scorecard.yaml`, their sum, and the reasons. A
family's score depends on nobody else, is an integer per ten thousand, and equals the sum of its
reasons up to the maximum. A feature that is not known has no points: no record is not zero income.
"""

import narwhals as nw

from rules.base import Frame, RuleContext
from rules.frames import banded
from scoring.features import FEATURES, feature_table

__all__ = ["score_reasons", "scores"]


def score_reasons(context: RuleContext) -> Frame:
    """One row a family and feature with points: `family_id`, `feature`, `value`, `points`."""
    table = feature_table(context)
    parts = [
        table.select(
            "family_id",
            nw.lit(feature.name).alias("feature"),
            nw.col(feature.name).alias("value"),
            banded(nw.col(feature.name), context.parameters.bands(f"scorecard.{feature.name}")).alias("points"),
        ).filter(nw.col("points") > 0)
        for feature in FEATURES
    ]
    return nw.concat(parts, how="vertical")


def scores(context: RuleContext, reasons: Frame) -> Frame:
    """One row a family at as_of: `family_id`, `score`, `model`; `reasons` are those of `score_reasons`."""
    maximum = context.parameters.integer("scorecard.maximum")
    summed = reasons.group_by("family_id").agg(nw.col("points").sum().cast(nw.Int64).alias("total"))
    total = nw.col("total").fill_null(0)
    score = nw.when(total > maximum).then(nw.lit(maximum)).otherwise(total).cast(nw.Int64)
    return (
        context.table("families")
        .select("family_id")
        .join(summed, on="family_id", how="left")
        .select("family_id", score.alias("score"), nw.lit(context.parameters.text("scorecard.model")).alias("model"))
    )
