"""Drift: households unlike those of the training data are noticed, others are not, and always alike."""

import numpy as np
import polars as pl
import pytest
from pydantic import ValidationError

from scoring.distributions import SCORE, Distribution, distributions
from scoring.drift import DriftLimits, breached, drift
from scoring.errors import TrainingError

LIMITS = DriftLimits(feature=25, score=20, rows=200)


def _table(
    rows: int = 5000, *, shift: int = 0, children: float = 0.05, unknown: float = 0.1, seed: int = 0
) -> pl.DataFrame:
    random = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "income": random.integers(0, 60_000, rows) + shift,
            "children": (random.random(rows) < children).astype(np.int64),
            SCORE: (random.beta(1, 9, rows) * 10_000).astype(np.int64),
        }
    ).with_columns(income=pl.when(pl.Series(random.random(rows) >= unknown)).then(pl.col("income")))


TRAINED = distributions(_table(), ["income", "children", SCORE])


def _psi(table: pl.DataFrame) -> dict[str, int]:
    return dict(drift(TRAINED, table.lazy()).select("feature", "psi").collect().rows())


def _breaches(table: pl.DataFrame) -> list[str]:
    return breached(drift(TRAINED, table.lazy()), LIMITS).collect()["feature"].to_list()


def test_households_like_those_of_the_training_do_not_drift() -> None:
    """The model would step back every month for nothing."""
    assert set(_psi(_table(seed=1)).values()) <= {0, 1}
    assert _breaches(_table(seed=1)) == []


@pytest.mark.parametrize(
    ("changed", "feature"),
    [({"shift": 30_000}, "income"), ({"children": 0.6}, "children"), ({"unknown": 0.6}, "income")],
)
def test_other_households_are_noticed(changed: dict[str, float], feature: str) -> None:
    """A model would score what it has never seen: incomes that rose, a rare kind become usual, a feed gone missing."""
    assert _breaches(_table(seed=1, **changed)) == [feature]  # type: ignore[arg-type]


def test_a_score_that_moves_is_noticed() -> None:
    """Everybody's score would rise, and nobody would ask why."""
    assert _breaches(_table(seed=1).with_columns(pl.col(SCORE) + 900)) == [SCORE]


def test_few_households_prove_no_drift() -> None:
    """A test run of a handful of families would put the model aside."""
    assert _breaches(_table(100, shift=90_000)) == []


def test_the_index_does_not_depend_on_the_order_of_rows() -> None:
    """A replay would fall back where the edition did not."""
    table = _table(seed=3, shift=7000)
    first = _psi(table)
    assert all(_psi(table.sample(fraction=1, shuffle=True, seed=each)) == first for each in range(3))


def test_the_index_is_that_of_the_definition() -> None:
    """Limits known from the literature would mean something else here."""
    trained = {"x": Distribution(bounds=(1,), parts=(5000, 5000))}
    now = pl.LazyFrame({"x": [0] * 8000 + [1] * 2000})
    found = drift(trained, now).collect()
    assert found.rows() == [("x", int(100 * (0.3 * np.log(0.8 / 0.5) + -0.3 * np.log(0.2 / 0.5))), 10_000)]


def test_parts_are_those_of_the_rows() -> None:
    """The card would describe other rows than those of the training."""
    described = TRAINED["children"]
    assert described.bounds == (1,)
    assert abs(described.parts[1] - 500) < 60
    assert abs(sum(TRAINED["income"].parts) + TRAINED["income"].unknown - 10_000) <= 10
    assert distributions(pl.DataFrame({"x": [None, 3, 3]}, schema={"x": pl.Int64}), ["x"])["x"].parts == (6667,)
    with pytest.raises(TrainingError, match="no rows"):
        distributions(_table().clear(), ["income"])


@pytest.mark.parametrize("broken", [{"bounds": (1,), "parts": (1,)}, {"bounds": (2, 1), "parts": (1, 1, 1)},
                                    {"bounds": (), "parts": (-1,)}])  # fmt: skip
def test_a_damaged_description_is_refused(broken: dict[str, tuple[int, ...]]) -> None:
    """Drift would be measured against nonsense."""
    with pytest.raises(ValidationError):
        Distribution.model_validate(broken)
