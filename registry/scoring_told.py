"""What scored an edition, and whether the model in force stepped back: kept in its manifest, told in words.

What belongs here: that record and its words. Why a model steps back stands in `scoring.guard`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from editions.inputs import MODEL, InputSet
from registry.queries import EditionInfo
from schemas.told import Listed, Told
from scoring.calibration import ALL, HIGHEST
from scoring.distributions import SCORE
from scoring.features import MODEL_FEATURES
from scoring.metrics import TEN_THOUSAND

__all__ = ["scored", "scored_in_words", "stepped_back"]

_TITLES = {each.name: each.title for each in MODEL_FEATURES} | {SCORE: "评分"}
_PARTS = {ALL: "全部家庭", HIGHEST: "评分最高的家庭"}
_SHOWN = 16  # of a hash, as models are named


def scored(input_set: InputSet, tables: Mapping[str, pl.DataFrame | pl.LazyFrame]) -> dict[str, Any]:
    """What a manifest says of the scoring; nothing where the tables of it are not at hand.

    `model` is the one in force, None without any; `drifted` are the features and the score that broke their limit, and
    `missed` the parts of the families of a year ago whose chances did not come true, with cases expected and found. In
    either case the scorecard scored instead.
    """
    if not {"scores", "score_drift", "score_calibration"} <= tables.keys():
        return {}
    by = tables["scores"].lazy().select(pl.col("model").unique().sort()).collect()["model"]
    over = tables["score_drift"].lazy().filter("breached").select(pl.col("feature").sort()).collect()["feature"]
    untrue = tables["score_calibration"].lazy().filter("breached").select("part", "expected", "cases").collect()
    return {
        "scoring": {
            "model": input_set.extra.get(MODEL),
            "scored_by": by.to_list(),
            "drifted": over.to_list(),
            "missed": untrue.sort("part").to_dicts(),
        },
    }


def stepped_back(edition: EditionInfo) -> bool:
    """Whether the scorecard scored `edition` in the place of the model in force."""
    told = edition.manifest.get("scoring", {})
    return bool(told.get("drifted") or told.get("missed"))


def scored_in_words(edition: EditionInfo) -> str:
    """One sentence for readers; empty where the manifest says nothing, as in editions of earlier versions."""
    told = edition.manifest.get("scoring")
    if not told:
        return ""
    if not told["model"]:
        return "评分卡"
    model = told["model"][:_SHOWN]
    why = [_drifted(model, told["drifted"])] if told["drifted"] else []
    why += [_missed(model, told["missed"])] if told.get("missed") else []
    if not why:
        return Told("模型 %(model)s", model=model)
    return Told("评分卡；启用的模型本月退回，不参与评分：%(why)s", why=Listed(why, "；"))


def _drifted(model: str, names: Sequence[str]) -> str:
    told = Listed((_TITLES.get(each, each) for each in names), "、")
    return Told("本月家庭情况与模型 %(model)s 的训练数据相差过大（%(what)s）", model=model, what=told)


def _missed(model: str, parts: Sequence[Mapping[str, Any]]) -> str:
    told = Listed(
        (
            Told(
                "%(part)s预计%(expected)s户、实际%(cases)s户",
                part=_PARTS[each["part"]],
                expected=f"{each['expected'] / TEN_THOUSAND:.0f}",
                cases=each["cases"],
            )
            for each in parts
        ),
        "、",
    )
    return Told("模型 %(model)s 对一年前家庭所说的可能性与此后实际不符（%(what)s）", model=model, what=told)
