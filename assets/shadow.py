"""What a model on trial would have changed: counts for the metadata of its stage, and for whoever asks.

What belongs here: comparing ranks, since the scores of two models stand on different scales. Nothing depends on it.
"""

from collections.abc import Mapping
from pathlib import Path

import dagster as dg
import polars as pl

from scoring.evaluation import CAPACITIES

__all__ = ["shadow_metadata", "trial"]

_TABLE = "shadow_scores"


def shadow_metadata(made: Mapping[str, Path]) -> dict[str, dg.MetadataValue]:
    """How many households each visiting capacity would hold in the place of others; empty without a model on trial."""
    if _TABLE not in made:
        return {}
    scored = pl.read_parquet(made[_TABLE], columns=["family_id", "score", "current_score", "model"])
    if scored.is_empty():
        return {}
    return {
        "model_on_trial": dg.MetadataValue.text(str(scored["model"][0])),
        **{f"others_in_first_{share:.0%}": dg.MetadataValue.int(number) for share, number in trial(scored).items()},
    }


def trial(scored: pl.DataFrame) -> dict[float, int]:
    """By visiting capacity: households that the model on trial would hold in the place of others."""
    return {share: _others(scored, share) for share in CAPACITIES}


def _others(scored: pl.DataFrame, share: float) -> int:
    """Households among the first `share` by the one score and not by the other; level ones in order of their id."""
    number = max(1, round(share * scored.height))
    first = [set(scored.sort(by, "family_id", descending=[True, False]).head(number)["family_id"]) for by in _SCORES]
    return len(first[0] - first[1])


_SCORES = ("score", "current_score")
