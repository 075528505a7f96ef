"""Evaluation forward in time: trained on what was known at a date, measured on the months after it.

What belongs here: the split by date, the peers that a model is always shown beside, and their measures. A household
whose outcome was not yet known at the date is not learnt from: with outcomes within twelve months, training ends twelve
months before the date.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any, TypeAlias

import narwhals as nw
import numpy as np
import polars as pl
from numpy.typing import NDArray

from scoring.errors import TrainingError
from scoring.intervals import ROUNDS, Interval, bootstrap
from scoring.metrics import Measures, Ranking
from scoring.spec import Feature
from scoring.training import fit, matrix

__all__ = [
    "BOOSTING",
    "CAPACITIES",
    "CHANCES",
    "LOGISTIC",
    "MODEL",
    "PEERS",
    "RANDOM",
    "TRIGGERS",
    "CutOff",
    "differences",
    "evaluate",
    "intervals",
    "split",
]

Floats: TypeAlias = NDArray[np.float64]

CAPACITIES = (0.01, 0.02, 0.05)
"""Shares of households that can be visited; what staff can do, not a matter of policy."""

MODEL, LOGISTIC, BOOSTING, TRIGGERS, RANDOM = "additive", "logistic", "boosting", "triggers", "random"
PEERS: Mapping[str, str] = {
    MODEL: "本系统的可加模型",
    TRIGGERS: "单项触发规则",
    LOGISTIC: "逻辑回归",
    BOOSTING: "不受约束的梯度提升",
    RANDOM: "随机走访",
}
_TEN_THOUSAND = 10_000
CHANCES = frozenset({MODEL, LOGISTIC, BOOSTING})
"""The scorers whose score is a chance, per ten thousand."""


@dataclass(frozen=True, slots=True)
class CutOff:
    """One date: how many rows were learnt from, and what each scorer found on the households of that date.

    `scored` holds a row a household of the date: the household, `needed`, and a column of scores for each scorer.
    """

    on: date
    trained_rows: int
    trained_cases: int
    measures: Mapping[str, Measures]
    scored: pl.DataFrame
    household: str
    capacities: tuple[float, ...]

    def ranking(self, scorer: str) -> Ranking:
        """The scores of `scorer` with the outcomes."""
        scores = self.scored[scorer].to_numpy().astype(np.float64)
        return Ranking(scores, self.scored["needed"].to_numpy(), chance=scorer in CHANCES)


def evaluate(  # what an evaluation is made of
    table: pl.DataFrame,
    features: Sequence[Feature],
    cut_offs: Sequence[date],
    *,
    household: str = "family_id",
    horizon: str = "12mo",
    triggers: str | None = None,
    capacities: Sequence[float] = CAPACITIES,
    seed: int = 0,
) -> list[CutOff]:
    """The measures at each of `cut_offs`, of the model and of its peers.

    Args:
        table: one row a household and date: the household, `as_of`, `needed` (within `horizon` after as_of), features.
        features: the spec.
        cut_offs: dates of `as_of` to test on.
        household: the column that tells households apart; rows of one household are never drawn apart.
        horizon: how long after `as_of` the outcome is waited for, as Polars writes durations.
        triggers: a column with the number of single-trigger rules that a household meets, if there is one.
        capacities: shares of households visited.
        seed: of everything random.

    Raises:
        TrainingError: a column is missing, or a cut-off has no rows, or too little history before it.
    """
    wanted = [household, "as_of", "needed", *([triggers] if triggers else [])]
    if missing := [each for each in wanted if each not in table.columns]:
        raise TrainingError(f"the table has no column {', '.join(map(repr, missing))}; name it or add it")
    return [_cut_off(table, features, on, household, horizon, triggers, tuple(capacities), seed) for on in cut_offs]


def _cut_off(  # as `evaluate`
    table: pl.DataFrame,
    features: Sequence[Feature],
    on: date,
    household: str,
    horizon: str,
    triggers: str | None,
    capacities: tuple[float, ...],
    seed: int,
) -> CutOff:
    train, test = split(table, on, horizon)
    scorers = _scorers(triggers, household)
    scores = {name: pl.Series(name, score(train, test, features, seed)) for name, score in scorers.items()}
    scored = test.select(household, "needed").with_columns(**scores)
    cut = CutOff(on, train.height, int(train["needed"].sum()), {}, scored, household, capacities)
    return replace(cut, measures={name: cut.ranking(name).measure(capacities) for name in scorers})


def intervals(cut_offs: Sequence[CutOff], *, rounds: int = ROUNDS, seed: int = 0) -> dict[str, dict[str, Interval]]:
    """Per scorer and measure, the mean over the cut-offs with its interval by bootstrap over households."""
    return {scorer: _intervals_of(cut_offs, scorer, rounds, seed) for scorer in cut_offs[0].measures}


def _intervals_of(cut_offs: Sequence[CutOff], scorer: str, rounds: int, seed: int) -> dict[str, Interval]:
    rankings = [cut.ranking(scorer) for cut in cut_offs]
    return bootstrap(
        lambda weights: _mean(rankings, cut_offs, weights), _households(cut_offs), rounds=rounds, seed=seed
    )


def differences(
    cut_offs: Sequence[CutOff], scorer: str, against: str, *, rounds: int = ROUNDS, seed: int = 0
) -> dict[str, Interval]:
    """How far `scorer` is above `against` in each measure that both have, on the same drawn households."""
    ones = [cut.ranking(scorer) for cut in cut_offs]
    others = [cut.ranking(against) for cut in cut_offs]

    def above(weights: list[Floats] | None) -> dict[str, float]:
        one, other = (_mean(each, cut_offs, weights) for each in (ones, others))
        return {name: one[name] - other[name] for name in one if name in other}

    return bootstrap(above, _households(cut_offs), rounds=rounds, seed=seed)


def _households(cut_offs: Sequence[CutOff]) -> list[pl.Series]:
    return [cut.scored[cut.household] for cut in cut_offs]


def _mean(rankings: Sequence[Ranking], cut_offs: Sequence[CutOff], weights: list[Floats] | None) -> dict[str, float]:
    found = [
        ranking.measure(cut.capacities, None if weights is None else weights[place]).named()
        for place, (ranking, cut) in enumerate(zip(rankings, cut_offs, strict=True))
    ]
    return {name: sum(each[name] for each in found) / len(found) for name in found[0]}


def split(table: pl.DataFrame, on: date, horizon: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows whose outcome was known at `on`, and the rows of `on` itself; raises `TrainingError` without either."""
    known = pl.col("as_of").dt.offset_by(horizon) <= on
    train, test = table.filter(known), table.filter(pl.col("as_of") == on)
    if train.is_empty() or test.is_empty():
        raise TrainingError(f"{on}: {train.height} rows to learn from and {test.height} to measure on; choose another")
    return train, test


_Score: TypeAlias = Callable[[pl.DataFrame, pl.DataFrame, Sequence[Feature], int], Floats]


def _scorers(triggers: str | None, household: str) -> dict[str, _Score]:
    additive = partial(_additive, household=household)
    scorers: dict[str, _Score] = {MODEL: additive, LOGISTIC: _logistic, BOOSTING: _boosting, RANDOM: _random}
    if triggers is not None:
        scorers[TRIGGERS] = lambda _train, test, _features, _seed: test[triggers].cast(pl.Float64).to_numpy()
    return scorers


def _additive(
    train: pl.DataFrame, test: pl.DataFrame, features: Sequence[Feature], seed: int, *, household: str
) -> Floats:
    model = fit(
        train, train["needed"], features, name="evaluation", target="needed", households=train[household], seed=seed
    )
    scored = nw.from_native(test.lazy()).select(model.score().alias("score")).to_native().collect()
    return np.asarray(scored["score"].cast(pl.Float64).to_numpy())


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
        model.fit(matrix(train, features), train["needed"].to_numpy())
        return np.asarray(model.predict_proba(matrix(test, features))[:, 1] * _TEN_THOUSAND)


def _random(_train: pl.DataFrame, test: pl.DataFrame, _features: Sequence[Feature], seed: int) -> Floats:
    return np.random.default_rng(seed).random(test.height)
