"""Stepping back: where the households have drifted the scorecard scores, whole, and the same again in a replay."""

import narwhals as nw
import numpy as np
import polars as pl
import pytest

from rules.parameters import load_parameters
from scoring.additive import AdditiveModel
from scoring.drift import DriftLimits
from scoring.features import MODEL_FEATURES
from scoring.guard import drift_of, guarded
from scoring.model import model_bytes, model_hash, read_model, scores
from scoring.scorecard import scorecard
from scoring.training import fit
from tests.unit.rules.tables import AS_OF

LIMITS = DriftLimits(feature=50, score=25, rows=100)
CARD = scorecard(load_parameters().as_of(AS_OF))
USED = [each for each in MODEL_FEATURES if each.name in {"income_per_head", "severe_illnesses", "minors"}]


def _features(rows: int = 1500, *, income: int = 0, seed: int = 0) -> pl.DataFrame:
    random = np.random.default_rng(seed)
    drawn = {
        "income_per_head": random.integers(5_000, 60_000, rows) + income,
        "severe_illnesses": random.integers(0, 2, rows),
        "minors": random.integers(0, 3, rows),
    }
    return pl.DataFrame({"family_id": [f"H:{each}" for each in range(rows)]}).with_columns(
        pl.Series(each.name, drawn.get(each.name, np.zeros(rows, dtype=np.int64))) for each in MODEL_FEATURES
    )


@pytest.fixture(scope="module")
def model() -> AdditiveModel:
    """Trained on the made-up households."""
    table = _features()
    needed = (table["income_per_head"] < 15_000) & (table["severe_illnesses"] > 0)
    return fit(table, needed, USED, name="test", target="t")


def _scored(table: pl.DataFrame, model: AdditiveModel | None) -> tuple[pl.DataFrame, pl.DataFrame]:
    found = drift_of(table.lazy(), model, LIMITS)
    return tuple(each.collect() for each in guarded(table.lazy(), model, CARD, found))  # type: ignore[return-value]


def test_what_no_model_could_learn_from_does_not_send_it_back() -> None:
    """A young installation knows no year before: a model of then would step back from each edition that knows one."""
    table = _features().with_columns(minors=pl.lit(None, pl.Int64))
    needed = (table["income_per_head"] < 15_000) & (table["severe_illnesses"] > 0)
    early = fit(table, needed, USED, name="test", target="t")
    found = drift_of(_features(seed=1).lazy(), early, LIMITS).collect()
    assert set(found["feature"]) == {"income_per_head", "severe_illnesses", "score"}
    assert not found["breached"].any()


def test_a_model_scores_households_like_its_own(model: AdditiveModel) -> None:
    """A promoted model would never score."""
    scored, reasons = _scored(_features(seed=1), model)
    assert set(scored["model"]) == {model_hash(model)}
    assert "base" in set(reasons["feature"])


def test_the_scorecard_scores_where_households_have_drifted(model: AdditiveModel) -> None:
    """A model would score families that are unlike any that it has seen."""
    table = _features(income=50_000)
    scored, reasons = _scored(table, model)
    card = scores(nw.from_native(table.lazy()), CARD).to_native().collect()
    assert scored.sort("family_id").equals(card.sort("family_id"))
    assert "base" not in set(reasons["feature"])
    found = drift_of(table.lazy(), model, LIMITS).collect()
    assert "income_per_head" in found.filter("breached")["feature"].to_list()


def test_all_families_are_scored_by_the_same(model: AdditiveModel) -> None:
    """Some families of an edition would be scored by points and others by chances."""
    for income in (0, 20_000, 50_000):
        scored, _ = _scored(_features(income=income, seed=2), model)
        assert scored["model"].n_unique() == 1
        assert scored["family_id"].n_unique() == scored.height == 1500


def test_without_a_model_the_scorecard_scores() -> None:
    """An edition without a model would have no score."""
    scored, _ = _scored(_features(), None)
    assert set(scored["model"]) == {CARD.name}
    assert drift_of(_features().lazy(), None, LIMITS).collect().is_empty()


def test_a_model_read_back_steps_back_alike(model: AdditiveModel) -> None:
    """A replay would score otherwise than the edition did."""
    again = read_model(model_bytes(model))
    table = _features(income=18_000).lazy()
    found = drift_of(table, model, LIMITS).collect()
    assert drift_of(table, again, LIMITS).collect().equals(found)
    assert found["feature"].is_sorted()
    assert set(model.trained) == {*model.features, "score"}
