"""Training the additive model: boosted trees that may not interact, turned into steps of points, then calibrated.

What belongs here: fitting. A bag of gradient boostings, each monotone where the spec says so and without interactions,
is a sum of one step function a feature (Lou, Caruana & Gehrke 2012, generalised additive models with trees). Since
features are whole numbers, the steps are read off the trees exactly; rounding each to a thousandth of log-odds is all
that is lost. The chance comes from predictions on households that the respective trees have not seen.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import narwhals as nw
import numpy as np
import polars as pl

from scoring.additive import TEN_THOUSAND, AdditiveModel, Shape, Steps
from scoring.distributions import SCORE, distributions
from scoring.errors import TrainingError
from scoring.spec import DIRECTIONS, Feature, check_features

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sklearn.ensemble import HistGradientBoostingClassifier

__all__ = ["LEAST_CASES", "fit", "folds", "matrix"]

Floats: TypeAlias = "NDArray[np.float64]"

POINTS = 1000  # a unit of log-odds
LEAST_CASES = 30
_BAGS = 10
_FOLDS = 5
_STEP_ENDS = tuple(
    sorted({*(each / 100 for each in range(1, 100)), *(1 - each / 1000 for each in range(1, 50))})
)  # of the households, by their sum
_EXACT_FLOAT = 2**53


def fit(
    table: pl.DataFrame,
    needed: pl.Series,
    features: Sequence[Feature],
    *,
    name: str,
    target: str,
    households: pl.Series | None = None,
    seed: int = 0,
    data: Mapping[str, str | int] | None = None,
) -> AdditiveModel:
    """The model of `needed` (true: the case came) given the columns of `table` that `features` declare.

    Args:
        table: one row a household (and date); each feature a column of whole numbers, null where not known.
        needed: the outcome, in the order of the rows.
        features: the spec; forbidden features are refused, and their direction binds the model.
        name: what the model is called.
        target: the outcome in words.
        households: whose row each is; the chance is learnt on households that the trees have not seen in any row.
        seed: of the bags and folds; equal seeds and rows give equal models.
        data: what the model card says of the rows.

    Raises:
        ForbiddenFeatureError: the spec names what no score may know.
        TrainingError: a column is missing or no whole number, or there are too few cases of either kind.
    """
    import sklearn.ensemble  # noqa: F401, PLC0415  # slow to import; before the limit, which binds only what is loaded
    from threadpoolctl import threadpool_limits  # noqa: PLC0415  # comes with it

    x, y = matrix(table, features), _outcome(needed)
    with threadpool_limits(1):  # small trees on a busy machine wait for their threads longer than they grow
        bags = [_boosting(features, seed + number).fit(*_resampled(x, y, seed + number)) for number in range(_BAGS)]
        shapes = tuple(_shape(feature, place, bags, x) for place, feature in enumerate(features))
        intercept = _points(_total(bags, np.zeros((1, x.shape[1])))[0]) - sum(_at(shape, 0) for shape in shapes)
        aside = folds(len(y), households, seed)
        unseen = np.concatenate([_unseen(x, y, features, aside == fold, seed + fold) for fold in range(_FOLDS)])
    model = AdditiveModel(
        name=name,
        target=target,
        intercept=intercept,
        shapes=shapes,
        chance=_chance(unseen[:, 0], unseen[:, 1]),
        data={"rows": len(y), "cases": int(y.sum()), "seed": seed, **(data or {})},
    )
    scored: pl.DataFrame = model.scored(nw.from_native(table.lazy())).to_native().collect()
    trained = distributions(scored, [*model.features, SCORE])
    return model.model_copy(update={"trained": dict(trained)})


def matrix(table: pl.DataFrame, features: Sequence[Feature]) -> Floats:
    """The features as numbers, NaN where not known; raises `TrainingError`, `ForbiddenFeatureError`."""
    check_features(features)
    for feature in features:
        if feature.name not in table.columns or not table.schema[feature.name].is_integer():
            raise TrainingError(f"feature {feature.name!r} is not a column of whole numbers of the table")
    return table.select(pl.col(each.name).cast(pl.Float64).fill_null(float("nan")) for each in features).to_numpy()


def _outcome(needed: pl.Series) -> "NDArray[np.bool_]":
    if needed.dtype != pl.Boolean or needed.null_count():
        raise TrainingError("the outcome is not true or false for every row")
    y = needed.to_numpy()
    if min(int(y.sum()), int((~y).sum())) < LEAST_CASES:
        raise TrainingError(
            f"{int(y.sum())} cases among {len(y)} rows: at least {LEAST_CASES} of either kind are needed; "
            "use the scorecard until there is more history"
        )
    return y


def _boosting(features: Sequence[Feature], seed: int) -> "HistGradientBoostingClassifier":
    """Small trees on few features at a time: level with a random forest, and still a sum."""
    from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415  # slow to import

    return HistGradientBoostingClassifier(
        max_iter=150,
        learning_rate=0.06,
        max_leaf_nodes=4,
        max_features=0.3 if len(features) > 1 else 1.0,
        l2_regularization=5.0,
        min_samples_leaf=20,
        interaction_cst="no_interactions",
        monotonic_cst=[DIRECTIONS[each.direction] for each in features],
        early_stopping=False,
        random_state=seed,
    )


def _resampled(x: Floats, y: "NDArray[np.bool_]", seed: int) -> tuple[Floats, "NDArray[np.bool_]"]:
    """A bootstrap sample with as many cases of either kind as there are."""
    random = np.random.default_rng(seed)
    places = np.concatenate(
        [random.choice(np.flatnonzero(y == kind), int((y == kind).sum())) for kind in (False, True)]
    )
    return known_somewhere(x[places]), y[places]


def known_somewhere(x: Floats) -> Floats:
    """`x` with nought in the columns of which no row knows anything: nothing to tell rows apart by, and no failure."""
    return np.where(np.isnan(x).all(axis=0), 0.0, x)


def _total(bags: "Sequence[HistGradientBoostingClassifier]", x: Floats) -> Floats:
    """The mean log-odds of the bag."""
    return np.asarray(np.mean([each.decision_function(x) for each in bags], axis=0), dtype=np.float64)


def _points(log_odds: float) -> int:
    return round(float(log_odds) * POINTS)


def _at(shape: Shape, value: int) -> int:
    return shape.steps.values[int(np.searchsorted(shape.steps.at_least, value, side="right"))]


def _shape(feature: Feature, place: int, bags: "Sequence[HistGradientBoostingClassifier]", x: Floats) -> Shape:
    """The steps of one feature, read off at every threshold; the average household has zero points."""
    at_least = _thresholds(bags, place)
    probes = np.zeros((len(at_least) + 2, x.shape[1]))
    probes[0, place] = at_least[0] - 1 if at_least else 0
    probes[1:-1, place] = at_least
    probes[-1, place] = np.nan
    found = _total(bags, probes)
    column = x[:, place]
    steps = np.searchsorted(at_least, column[~np.isnan(column)], side="right")
    average = (found[:-1][steps].sum() + found[-1] * np.isnan(column).sum()) / len(column)
    points = [_points(each - average) for each in found]
    return Shape(
        feature=feature.name,
        title=feature.title,
        direction=feature.direction,
        steps=_merged(at_least, points[:-1]),
        unknown=points[-1],
    )


def _thresholds(bags: "Sequence[HistGradientBoostingClassifier]", place: int) -> list[int]:
    """The whole numbers from which a tree of the bag goes the other way."""
    found: set[int] = set()
    for each in bags:
        for (tree,) in each._predictors:  # noqa: SLF001  # the only place where the thresholds stand
            nodes = tree.nodes
            mine = nodes[(nodes["is_leaf"] == 0) & (nodes["feature_idx"] == place)]["num_threshold"]
            found.update(int(np.floor(value)) + 1 for value in mine if abs(value) < _EXACT_FLOAT)
    return sorted(found)


def _merged(at_least: Sequence[int], points: Sequence[int]) -> Steps:
    """Without steps that change nothing."""
    kept, values = [], [points[0]]
    for start, value in zip(at_least, points[1:], strict=True):
        if value != values[-1]:
            kept.append(start)
            values.append(value)
    return Steps(at_least=tuple(kept), values=tuple(values))


def folds(rows: int, households: pl.Series | None, seed: int) -> "NDArray[np.int64]":
    """The fold of each row; rows of one household fall into one."""
    places = np.arange(rows) if households is None else households.rank("dense").to_numpy().astype(np.int64) - 1
    drawn = np.random.default_rng(seed).permutation(int(places.max()) + 1) % _FOLDS
    return np.asarray(drawn[places], dtype=np.int64)


def _unseen(
    x: Floats, y: "NDArray[np.bool_]", features: Sequence[Feature], aside: "NDArray[np.bool_]", seed: int
) -> Floats:
    """Sum of points (in thousandths) and outcome of the rows `aside`, by trees that saw the others."""
    bag = [_boosting(features, seed + 100).fit(known_somewhere(x[~aside]), y[~aside])]
    return np.column_stack([_total(bag, x[aside]) * POINTS, y[aside]])


def _chance(sums: Floats, outcome: Floats) -> Steps:
    """Centred isotonic regression of the outcome on the sum, in steps of whole numbers.

    Isotonic regression (Zadrozny & Elkan 2002) makes large groups of level families; joining the middles of its blocks
    by lines (Oron & Flournoy 2017) keeps their chances and the order of the sums. Steps are finest among the highest
    sums, where it is decided who is visited.
    """
    from sklearn.isotonic import IsotonicRegression  # noqa: PLC0415  # slow to import

    model: Any = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip")
    fitted = np.asarray(model.fit_transform(sums, outcome), dtype=np.float64)
    levels, block = np.unique(fitted, return_inverse=True)
    middle = np.bincount(block, weights=sums) / np.bincount(block)
    at_least = sorted({round(each) for each in np.quantile(sums, _STEP_ENDS)})
    ends = [*at_least[1:], float(sums.max())]
    # the chance of a step is that of its middle, so that no end of it is favoured
    probes = [float(sums.min()), *((start + end) / 2 for start, end in zip(at_least, ends, strict=True))]
    chances = [round(float(each) * TEN_THOUSAND) for each in np.interp(probes, middle, levels)]
    return _merged(at_least, chances)
