"""A model steps back for families like those that it was trained for, not because others are unlike them."""

import numpy as np
import polars as pl

from editions.listing import score_tables
from rules.parameters import load_parameters
from scoring.features import MODEL_FEATURES
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


def test_families_on_the_register_are_not_compared() -> None:
    """Training leaves them out: a large register alone would send every model back, and a real change could hide."""
    learnt = _features(1500, income=0, first=0, seed=1)
    model = fit(learnt, learnt["income_per_head"] < 15_000, USED, name="test", target="t")
    free = _features(1000, income=0, first=0, seed=2)
    listed = _features(1000, income=90_000, first=5000, seed=3)
    tables = {
        "features": pl.concat([free, listed]).lazy(),
        "members": pl.concat([free, listed]).select("family_id", on_register=pl.col("income_per_head") > 70_000).lazy(),
    }
    found = {name: frame.collect() for name, frame in score_tables(tables, PARAMETERS, model).items()}
    assert not found["score_drift"]["breached"].any()
    assert set(found["score_drift"]["rows"]) == {1000}
    assert found["scores"].height == 2000, "families on the register are scored all the same"
    tables["members"] = tables["members"].with_columns(on_register=pl.lit(value=False))
    assert score_tables(tables, PARAMETERS, model)["score_drift"].collect()["breached"].any()
