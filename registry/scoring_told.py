"""What scored an edition, and whether the model in force stepped back: kept in its manifest, told in words.

What belongs here: that record and its words. Why a model steps back stands in `scoring.guard`.
"""

from collections.abc import Mapping
from typing import Any

import polars as pl

from editions.inputs import MODEL, InputSet
from registry.queries import EditionInfo
from scoring.distributions import SCORE
from scoring.features import MODEL_FEATURES

__all__ = ["scored", "scored_in_words", "stepped_back"]

_TITLES = {each.name: each.title for each in MODEL_FEATURES} | {SCORE: "评分"}
_SHOWN = 16  # of a hash, as models are named


def scored(input_set: InputSet, tables: Mapping[str, pl.DataFrame | pl.LazyFrame]) -> dict[str, Any]:
    """What a manifest says of the scoring; nothing where the tables `scores` and `score_drift` are not at hand.

    `model` is the one in force, None without any; `drifted` are the features and the score that broke their limit, in
    whose case the scorecard scored instead.
    """
    if not {"scores", "score_drift"} <= tables.keys():
        return {}
    by = tables["scores"].lazy().select(pl.col("model").unique().sort()).collect()["model"]
    over = tables["score_drift"].lazy().filter("breached").select(pl.col("feature").sort()).collect()["feature"]
    return {
        "scoring": {"model": input_set.extra.get(MODEL), "scored_by": by.to_list(), "drifted": over.to_list()},
    }


def stepped_back(edition: EditionInfo) -> bool:
    """Whether the scorecard scored `edition` in the place of the model in force."""
    return bool(edition.manifest.get("scoring", {}).get("drifted"))


def scored_in_words(edition: EditionInfo) -> str:
    """One sentence for readers; empty where the manifest says nothing, as in editions of earlier versions."""
    told = edition.manifest.get("scoring")
    if not told:
        return ""
    if not told["model"]:
        return "评分卡"
    model = told["model"][:_SHOWN]
    if not told["drifted"]:
        return f"模型 {model}"
    names = "、".join(_TITLES.get(each, each) for each in told["drifted"])
    return f"评分卡：本月家庭情况与模型 {model} 的训练数据相差过大（{names}），模型本月退回，不参与评分"
