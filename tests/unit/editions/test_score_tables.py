"""A model steps back for families like those that it was trained for, not because others are unlike them."""

import numpy as np
import polars as pl
import pytest

from editions.listing import score_tables
from rules.parameters import load_parameters
from schemas.tables import MATURED
from scoring.additive import AdditiveModel
from scoring.features import MODEL_FEATURES
from scoring.model import model_hash
from scoring.scorecard import scorecard
from scoring.training import fit
from tests.unit.rules.tables import AS_OF

PARAMETERS = load_parameters().as_of(AS_OF)
USED = [each for each in MODEL_FEATURES if each.name in {"income_per_head", "minors"}]


def _features(rows: int, *, income: int, first: int, seed: int) -> pl.DataFrame:
    random = np.random.default_rng(seed)
    drawn = {"income_per_head": random.integers(5_000, 60_000, rows) + income, "minors": random.integers(0, 3, rows)}
    return pl.DataFrame({"family_id": [f"H:{first + each}" for each in range(rows)]}).with_columns(
        pl.Series(each.name, drawn.get(each.name, np.zeros(rows, dtype=np.int64))) for each in MODEL_FEATURES
    )


@pytest.fixture(scope="module")
def model() -> AdditiveModel:
    """Trained on made-up families."""
    learnt = _features(1500, income=0, first=0, seed=1)
    return fit(learnt, learnt["income_per_head"] < 15_000, USED, name="test", target="t")


def test_families_on_the_register_are_not_compared(model: AdditiveModel) -> None:
    """Training leaves them out: a large register alone would send every model back, and a real change could hide."""
    learnt = _features(1500, income=0, first=0, seed=1)
    model = fit(learnt, learnt["income_per_head"] < 15_000, USED, name="test", target="t")
    free = _features(1000, income=0, first=0, seed=2)
    listed = _features(1000, income=90_000, first=5000, seed=3)
    tables = {
        "features": pl.concat([free, listed]).lazy(),
        "matured": MATURED.empty(),
        "members": pl.concat([free, listed]).select("family_id", on_register=pl.col("income_per_head") > 70_000).lazy(),
    }
    found = {name: frame.collect() for name, frame in score_tables(tables, PARAMETERS, model).items()}
    assert not found["score_drift"]["breached"].any()
    assert set(found["score_drift"]["rows"]) == {1000}
    assert found["scores"].height == 2000, "families on the register are scored all the same"
    tables["members"] = tables["members"].with_columns(on_register=pl.lit(value=False))
    assert score_tables(tables, PARAMETERS, model)["score_drift"].collect()["breached"].any()


def test_the_scorecard_scores_where_last_years_chances_did_not_come_true(model: AdditiveModel) -> None:
    """A model that tells the truth no longer would go on deciding who is visited until somebody trains another."""
    free = _features(1000, income=0, first=0, seed=2)
    tables = {
        "features": free.lazy(),
        "members": free.select("family_id", on_register=pl.lit(value=False)).lazy(),
    }
    for came, by in ((300, model_hash(model)), (100, scorecard(PARAMETERS).name)):
        told = pl.LazyFrame({"chance": [3000] * 1000, "needed": [each < came for each in range(1000)]})
        found = score_tables({**tables, "matured": told}, PARAMETERS, model)
        assert found["scores"].select("model").unique().collect()["model"].to_list() == [by]
        assert found["score_reasons"].collect().height > 0
        assert found["score_calibration"].collect()["cases"].to_list()[0] == came
