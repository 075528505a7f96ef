"""Evaluation forward in time: trained on what was known at a date, measured on the months after it.

What belongs here: the split by date, the peers that a model is always shown beside, and their measures. A household
whose outcome was not yet known at the date is not learnt from: with outcomes within twelve months, training ends twelve
months before the date. A table without dates is measured on households kept apart (`held_out`). What is made of the
measures, intervals above all, stands in `scoring.evaluated`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scoring.errors import TrainingError
from scoring.metrics import Measures, Ranking
from scoring.model import scored_by
from scoring.spec import Feature
from scoring.training import fit, folds, known_somewhere, matrix

__all__ = [
    "BOOSTING",
    "CAPACITIES",
    "CARD",
    "CHANCES",
    "LOGISTIC",
    "MODEL",
    "RANDOM",
    "SCORERS",
    "TRIGGERS",
    "CutOff",
    "evaluate",
    "held_out",
    "split",
]

Floats: TypeAlias = NDArray[np.float64]

CAPACITIES = (0.01, 0.02, 0.05)
"""Shares of households that can be visited; what staff can do, not a matter of policy."""

MODEL, LOGISTIC, BOOSTING, TRIGGERS, RANDOM = "additive", "logistic", "boosting", "triggers", "random"
CARD = "scorecard"
SCORERS: Mapping[str, str] = {
    MODEL: "可加模型",
    LOGISTIC: "逻辑回归",
    BOOSTING: "不受约束的梯度提升",
    CARD: "评分卡",
    TRIGGERS: "单项触发规则",
    RANDOM: "随机走访",
}
"""Whatever scores, in words, in the order in which they are shown."""

_TEN_THOUSAND = 10_000
CHANCES = frozenset({MODEL, LOGISTIC, BOOSTING})
"""The scorers whose score is a chance, per ten thousand."""


@dataclass(frozen=True, slots=True)
class CutOff:
    """One date: how many rows were learnt from, and what each scorer said of the households of that date.

    `scored` holds a row a household of the date: the household, `needed`, and a column of scores for each of `scorers`.
    Where a table has no dates, `on` names the part of its households that was kept apart.
    """

    on: date | str
    trained_rows: int
    trained_cases: int
    scored: pl.DataFrame
    household: str
    scorers: tuple[str, ...]
    capacities: tuple[float, ...] = CAPACITIES
    _rankings: dict[str, Ranking] = field(default_factory=dict, compare=False, repr=False)

    def ranking(self, scorer: str) -> Ranking:
        """The scores of `scorer` with the outcomes."""
        if scorer not in self._rankings:
            scores = self.scored[scorer].to_numpy().astype(np.float64)
            self._rankings[scorer] = Ranking(scores, self.scored["needed"].to_numpy(), chance=scorer in CHANCES)
        return self._rankings[scorer]

    @property
    def measures(self) -> Mapping[str, Measures]:
        """What each scorer found."""
        return {each: self.ranking(each).measure(self.capacities) for each in self.scorers}


def evaluate(
    table: pl.DataFrame,
    features: Sequence[Feature],
    cut_offs: Sequence[date],
    *,
    household: str = "family_id",
    horizon: str = "12mo",
    given: Mapping[str, str] = MappingProxyType({}),
    capacities: Sequence[float] = CAPACITIES,
    seed: int = 0,
) -> list[CutOff]:
    """What the model and its peers say at each of `cut_offs`.

    Args:
        table: one row a household and date: the household, `as_of`, `needed` (within `horizon` after as_of), features.
        features: the spec.
        cut_offs: dates of `as_of` to test on.
        household: the column that tells households apart; rows of one household are never drawn apart.
        horizon: how long after `as_of` the outcome is waited for, as Polars writes durations.
        given: scorers that learn nothing, each with its column of the table (such as `triggers`: the number of
            single-trigger rules that a household meets); greater is more need.
        capacities: shares of households visited.
        seed: of everything random.

    Raises:
        TrainingError: a column is missing, or a cut-off has no rows, or too little history before it.
    """
    _require(table, [household, "as_of", "needed", *given.values()])
    scorers = _scorers(given, household)
    return [
        _cut_off(on, split(table, on, horizon), features, scorers, household, tuple(capacities), seed)
        for on in cut_offs
    ]


def held_out(
    table: pl.DataFrame,
    features: Sequence[Feature],
    *,
    household: str,
    given: Mapping[str, str] = MappingProxyType({}),
    capacities: Sequence[float] = CAPACITIES,
    seed: int = 0,
) -> list[CutOff]:
    """As `evaluate`, for a table without dates: each fifth of the households is scored by what learnt from the others.

    Raises:
        TrainingError: a column is missing, or there is too little to learn from.
    """
    _require(table, [household, "needed", *given.values()])
    scorers = _scorers(given, household)
    fold = pl.Series(folds(table.height, table[household], seed))
    names = sorted(fold.unique())
    return [
        _cut_off(
            f"{place + 1}/{len(names)}",
            (table.filter(fold != place), table.filter(fold == place)),
            features,
            scorers,
            household,
            tuple(capacities),
            seed,
        )
        for place in names
    ]


def _require(table: pl.DataFrame, wanted: Sequence[str]) -> None:
    if missing := [each for each in wanted if each not in table.columns]:
        raise TrainingError(f"the table has no column {', '.join(map(repr, missing))}; name it or add it")


def _cut_off(  # as `evaluate`
    on: date | str,
    parts: tuple[pl.DataFrame, pl.DataFrame],
    features: Sequence[Feature],
    scorers: "Mapping[str, _Score]",
    household: str,
    capacities: tuple[float, ...],
    seed: int,
) -> CutOff:
    train, test = parts
    scores = {name: pl.Series(name, score(train, test, features, seed)) for name, score in scorers.items()}
    scored = test.select(household, "needed").with_columns(**scores)
    return CutOff(on, train.height, int(train["needed"].sum()), scored, household, tuple(scorers), capacities)


def split(table: pl.DataFrame, on: date, horizon: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows whose outcome was known at `on`, and the rows of `on` itself; raises `TrainingError` without either."""
    known = pl.col("as_of").dt.offset_by(horizon) <= on
    train, test = table.filter(known), table.filter(pl.col("as_of") == on)
    if train.is_empty() or test.is_empty():
        raise TrainingError(f"{on}: {train.height} rows to learn from and {test.height} to measure on; choose another")
    return train, test


_Score: TypeAlias = Callable[[pl.DataFrame, pl.DataFrame, Sequence[Feature], int], Floats]


def _scorers(given: Mapping[str, str], household: str) -> dict[str, _Score]:
    made: dict[str, _Score] = {
        MODEL: partial(_additive, household=household),
        LOGISTIC: _logistic,
        BOOSTING: _boosting,
        RANDOM: _random,
        **{name: partial(_given, column=column) for name, column in given.items()},
    }
    return {name: made[name] for name in [*SCORERS, *(each for each in made if each not in SCORERS)] if name in made}


def _given(
    _train: pl.DataFrame, test: pl.DataFrame, _features: Sequence[Feature], _seed: int, *, column: str
) -> Floats:
    return np.asarray(test[column].cast(pl.Float64).to_numpy())


def _additive(
    train: pl.DataFrame, test: pl.DataFrame, features: Sequence[Feature], seed: int, *, household: str
) -> Floats:
    model = fit(
        train, train["needed"], features, name="evaluation", target="needed", households=train[household], seed=seed
    )
    return np.asarray(scored_by(model, test).cast(pl.Float64).to_numpy())


def _logistic(train: pl.DataFrame, test: pl.DataFrame, features: Sequence[Feature], seed: int) -> Floats:
    from sklearn.impute import SimpleImputer  # noqa: PLC0415  # slow to import
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415

    model = make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True),
        StandardScaler(),
        LogisticRegression(max_iter=1000, random_state=seed),
    )
    return _chances(model, train, test, features)


def _boosting(train: pl.DataFrame, test: pl.DataFrame, features: Sequence[Feature], seed: int) -> Floats:
    from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415  # slow to import

    return _chances(HistGradientBoostingClassifier(random_state=seed), train, test, features)


def _chances(model: Any, train: pl.DataFrame, test: pl.DataFrame, features: Sequence[Feature]) -> Floats:
    from threadpoolctl import threadpool_limits  # noqa: PLC0415  # as in training

    with threadpool_limits(1):
        model.fit(known_somewhere(matrix(train, features)), train["needed"].to_numpy())
        return np.asarray(model.predict_proba(matrix(test, features))[:, 1] * _TEN_THOUSAND)


def _random(_train: pl.DataFrame, test: pl.DataFrame, _features: Sequence[Feature], seed: int) -> Floats:
    return np.random.default_rng(seed).random(test.height)
