"""A model's scores, and the scorecard's in their place where the model does not hold any more.

What belongs here: what an edition scores with. A model steps back where the households have drifted from those of its
training, or where its chances of a year ago did not come true. It follows from the frames, the model and the declared
limits alone, so that a replay steps back exactly where the edition did. A model that does not say how its training data
lay is taken as it is: there is nothing to compare.
"""

import narwhals as nw
import polars as pl

from scoring.additive import AdditiveModel
from scoring.drift import DriftLimits, breached, drift
from scoring.model import NeedModel, score_reasons, scores
from scoring.scorecard import Scorecard

__all__ = ["DRIFT", "drift_of", "guarded"]

DRIFT = pl.Schema({"feature": pl.String(), "psi": pl.Int64(), "rows": pl.Int64(), "breached": pl.Boolean()})


def drift_of(features: pl.LazyFrame, model: NeedModel | None, limits: DriftLimits) -> pl.LazyFrame:
    """One row a feature in order of name, and one of the score: its index against training, and whether it breaks.

    Without a model, or where it does not say how its training data lay, there is no row. A feature that gives the same
    points whatever is known of it moves no score: it is not compared, so that what was not known yet when the model was
    trained may be known later.
    """
    if not isinstance(model, AdditiveModel) or not model.trained:
        return pl.LazyFrame(schema=DRIFT)
    scored = model.scored(nw.from_native(features)).to_native()
    still = {each.feature for each in model.shapes if len({*each.steps.values, each.unknown}) == 1}
    found = drift({name: each for name, each in model.trained.items() if name not in still}, scored)
    over = breached(found, limits).select("feature", breached=pl.lit(value=True))
    return found.join(over, on="feature", how="left", maintain_order="left").with_columns(
        pl.col("breached").fill_null(value=False)
    )


def guarded(
    features: pl.LazyFrame, model: NeedModel | None, card: Scorecard, *found: pl.LazyFrame
) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    """The tables `scores` and `score_reasons`: by the model, or by the scorecard when any of `found` breaks a limit.

    Args:
        features: the table `features`.
        model: the model in force; None where the scorecard scores.
        card: the scorecard in force.
        found: what `drift_of` and `scoring.calibration.calibration` give.
    """
    table = nw.from_native(features)
    if model is None:
        return scores(table, card).to_native(), score_reasons(table, card).to_native()
    breaches = pl.concat([each.select("breached") for each in found])
    back = breaches.select(back=pl.col("breached").any().fill_null(value=False))
    own, instead = (
        (scores(table, model), score_reasons(table, model)),
        (scores(table, card), score_reasons(table, card)),
    )
    made = [
        pl.concat([_when(one.to_native(), back, stays=False), _when(other.to_native(), back, stays=True)])
        for one, other in zip(own, instead, strict=True)
    ]
    return made[0], made[1]


def _when(rows: pl.LazyFrame, back: pl.LazyFrame, *, stays: bool) -> pl.LazyFrame:
    """All of `rows`, or none, as the model steps back or not."""
    return rows.join(back, how="cross").filter(pl.col("back") == stays).drop("back")
