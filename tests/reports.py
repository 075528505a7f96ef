"""The report of a model on made-up households: figures by the real functions, for whoever looks at its page."""

from dataclasses import replace
from functools import cache

import numpy as np
import polars as pl
from sqlalchemy import Engine

from registry.evaluations import EVALUATION, evaluation_hash, keep_evaluation
from registry.kept_reports import keep_report
from registry.model_report import ModelReport, measured
from registry.need_models import keep_model
from rules.parameters import load_parameters
from schemas.settings import Settings
from scoring.additive import AdditiveModel
from scoring.evaluated import Evaluation, evaluated
from scoring.evaluation import SCORERS, CutOff
from scoring.features import MODEL_FEATURES
from scoring.spec import spec_hash
from scoring.training import fit
from tests.unit.rules.tables import AS_OF

__all__ = ["NOTE", "keep_told", "method", "model_report"]

ROWS = 3000
NOTE = "模拟数据：本文件由样例辖区生成，不涉及任何真实个人"
_USED = [each for each in MODEL_FEATURES if each.name in {"income_per_head", "severe_illnesses", "minors"}]


def _rows(seed: int) -> pl.DataFrame:
    random = np.random.default_rng(seed)
    income, ill = random.integers(0, 60, ROWS), random.integers(0, 2, ROWS)
    needed = random.random(ROWS) < 1 / (1 + np.exp(0.1 * income - 1.5 * ill + 0.5))
    table = pl.DataFrame(
        {
            "family_id": [f"H:{each}" for each in range(ROWS)],
            "income_per_head": income * 1000,
            "severe_illnesses": ill,
            "needed": needed,
            "triggers": ill,
        }
    ).with_columns(as_of=pl.lit(AS_OF))
    missing = [each.name for each in MODEL_FEATURES if each.name not in table.columns]
    return table.with_columns(pl.lit(0, pl.Int64).alias(name) for name in missing)


@cache
def model_report() -> ModelReport:
    """A model of some made-up households on others; those who are not ill are found less, surely beyond the limit."""
    learnt, rows = _rows(1), _rows(2)
    data: dict[str, str | int] = {"last_as_of": "2025-03-31", "cases": 900, "cases_by_visit": 37}
    model = fit(learnt, learnt["needed"], _USED, name="additive-test", target="need", data=data)
    groups = rows.select("family_id", "as_of").with_columns(
        sex=pl.when(pl.int_range(pl.len()) % 2 == 0).then(pl.lit("female")).otherwise(pl.lit("male")),
        age_group=pl.when(rows["severe_illnesses"] > 0).then(pl.lit("60-79")).otherwise(pl.lit("35-59")),
        street_code=pl.lit("330108001"),
        household_type=pl.when(pl.int_range(pl.len()) < 40).then(pl.lit("one_parent")).otherwise(pl.lit("other")),
        disability=pl.lit("no"),
    )
    found = measured(model, rows, groups, load_parameters().as_of(AS_OF))
    return replace(found, model_id="0123456789abcdef", note=NOTE)


def method() -> Evaluation:
    """An evaluation at two dates, as a model is kept with."""
    scored = _rows(3).select("family_id", "needed", *(pl.col("severe_illnesses").alias(each) for each in SCORERS))
    return evaluated(
        [CutOff(f"2025-0{month}-30", 1234, 56, scored, "family_id", tuple(SCORERS)) for month in (4, 6)], rounds=5
    )


def keep_told(engine: Engine, settings: Settings) -> str:
    """Keep that model with its evaluation and its report for the newest edition; its id."""
    found, evaluation = model_report(), method()
    assert isinstance(found.model, AdditiveModel)
    named = {"feature_spec": spec_hash(MODEL_FEATURES), EVALUATION: evaluation_hash(evaluation)}
    model = found.model.model_copy(update={"data": found.model.data | named})
    model_id = keep_model(engine, settings, model, actor="analyst", purpose="第一次训练")
    keep_evaluation(settings, model_id, evaluation)
    told = replace(found, model_id=model_id, model=model, method=evaluation)
    keep_report(engine, settings, load_parameters(settings.parameters_dir), told)
    return model_id
