"""The additive model and its evaluation, on measurements that scikit-learn carries and on made-up households."""

from collections.abc import Sequence
from datetime import date

import narwhals as nw
import numpy as np
import polars as pl
import pytest
from pydantic import ValidationError
from sklearn.datasets import load_breast_cancer

from scoring.additive import AdditiveModel, Steps
from scoring.errors import FeatureSpecError, ForbiddenFeatureError, TrainingError
from scoring.evaluation import split
from scoring.metrics import measure
from scoring.reasons import reasons
from scoring.spec import Feature, check_features
from scoring.training import fit

KEY = "household"


def _public() -> tuple[pl.DataFrame, pl.Series, list[Feature]]:
    """569 real measurements in whole numbers; every seventh value of the first column is not known."""
    data = load_breast_cancer()
    names = [str(each).replace(" ", "_") for each in data.feature_names]
    table = pl.DataFrame((data.data * 1000).astype(np.int64), schema=names).with_row_index(KEY)
    unknown = pl.when(pl.col(KEY) % 7 == 0).then(None).otherwise(pl.col(names[0]))
    features = [Feature(each, each, ("measurements",), direction="either") for each in names]
    return table.with_columns(unknown.alias(names[0])), pl.Series(data.target == 0), features


def _history(rows: int = 3000, *, seed: int = 3) -> pl.DataFrame:
    """Households at two dates a year apart; need falls with income, rises with illness, and luck has no part in it."""
    random = np.random.default_rng(seed)
    income, illness = random.integers(0, 100, rows), random.integers(0, 4, rows)
    chance = 1 / (1 + np.exp(0.08 * income - 1.2 * illness - 0.5))
    return pl.DataFrame(
        {
            KEY: np.arange(rows),
            "as_of": np.where(np.arange(rows) % 2 == 0, np.datetime64("2024-06-30"), np.datetime64("2025-06-30")),
            "income": income,
            "illness": illness,
            "luck": random.integers(0, 50, rows),
            "needed": random.random(rows) < chance,
            "triggers": (illness > 1).astype(np.int64),
        }
    ).with_columns(pl.col("as_of").cast(pl.Date))


SPEC = (
    Feature("income", "收入", ("incomes",), direction="less"),
    Feature("illness", "重病", ("conditions",)),
    Feature("luck", "无关", ("nothing",), direction="either"),
)


def _scored(model: AdditiveModel, table: pl.DataFrame) -> pl.DataFrame:
    frame = nw.from_native(table.lazy())
    return model.scored(frame).select(KEY, model.total().alias("total"), "score").to_native().collect()


@pytest.fixture(scope="module")
def model() -> AdditiveModel:
    """Fitted on the earlier half of the made-up households."""
    table = _history().filter(pl.col("as_of") == date(2024, 6, 30))
    return fit(table, table["needed"], SPEC, name="test", target="need within twelve months")


def test_points_add_up_to_the_sum_exactly(model: AdditiveModel) -> None:
    """A family would be told reasons that do not make its score."""
    table = _history(200, seed=9).with_columns(
        income=pl.when(pl.col(KEY) % 5 == 0).then(None).otherwise(pl.col("income"))
    )
    told = reasons(model.shapes, nw.from_native(table.lazy()), KEY).to_native().collect()
    summed = told.group_by(KEY).agg(pl.col("points").sum() + model.intercept)
    found = table.select(KEY).join(summed, on=KEY, how="left").fill_null(model.intercept).sort(KEY)
    assert found["points"].to_list() == _scored(model, table).sort(KEY)["total"].to_list()


def test_what_nobody_knows_yet_tells_nothing_and_breaks_nothing() -> None:
    """In its first two years, when no change of income is known, no model could be trained at all."""
    table = _history().filter(pl.col("as_of") == date(2024, 6, 30))
    table = table.with_columns(income=pl.lit(None, pl.Int64))
    found = fit(table, table["needed"], SPEC, name="test", target="need within twelve months")
    (shape,) = [each for each in found.shapes if each.feature == "income"]
    assert (shape.steps.values, shape.unknown) == ((0,), 0)


def test_more_income_never_means_more_need(model: AdditiveModel) -> None:
    """A family would be passed over because it is poorer."""
    shape = {each.feature: each.steps.values for each in model.shapes}
    assert list(shape["income"]) == sorted(shape["income"], reverse=True)
    assert list(shape["illness"]) == sorted(shape["illness"])
    assert list(model.chance.values) == sorted(model.chance.values)


def test_a_score_depends_on_nobody_else(model: AdditiveModel) -> None:
    """The same family would be urgent in one file and not in another."""
    table = _history(300, seed=4)
    alone = _scored(model, table.slice(17, 1))
    among = _scored(model, table.sample(fraction=1, shuffle=True, seed=1)).filter(pl.col(KEY) == 17)
    assert alone.rows() == among.rows()


def test_the_model_is_kept_as_plain_text(model: AdditiveModel) -> None:
    """A model read back would score otherwise, or reading it would run foreign code."""
    again = AdditiveModel.model_validate_json(model.model_dump_json())
    assert again == model


def test_equal_rows_and_seed_give_an_equal_model() -> None:
    """Nobody could show afterwards how a model came about."""
    table = _history(600)
    first, second = (fit(table, table["needed"], SPEC, name="test", target="t", seed=5) for _ in range(2))
    assert first == second


def test_steps_say_what_the_trees_say() -> None:
    """The published table of points would not be the model that was evaluated: on real measurements."""
    table, needed, features = _public()
    model = fit(table, needed, features, name="public", target="malignant")
    scored = _scored(model, table)
    found = measure(scored["score"].cast(pl.Float64).to_numpy(), needed.to_numpy(), capacities=[0.05], chance=True)
    assert found.auc > 0.98
    assert found.ece is not None
    assert found.ece < 0.05


def test_training_ends_a_year_before_the_date() -> None:
    """A model would be praised for knowing what nobody could know at the time."""
    table = _history()
    train, test = split(table, date(2025, 6, 30), "12mo")
    assert set(train["as_of"]) == {date(2024, 6, 30)}
    assert set(test["as_of"]) == {date(2025, 6, 30)}
    with pytest.raises(TrainingError, match="0 rows to learn from"):
        split(table, date(2024, 6, 30), "12mo")


def test_outcomes_after_the_date_change_nothing() -> None:
    """Outcomes that came later would leak into the score of the date."""
    table = _history(1200)
    later = pl.col("as_of") == date(2025, 6, 30)
    turned = table.with_columns(needed=pl.when(later).then(~pl.col("needed")).otherwise(pl.col("needed")))
    one, other = (
        fit(train, train["needed"], SPEC, name="test", target="t")
        for train in (split(each, date(2025, 6, 30), "12mo")[0] for each in (table, turned))
    )
    assert one == other


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"needed": pl.Series([True] * 200)}, "cases among 200 rows"),
        ({"needed": pl.Series([None] * 200, dtype=pl.Boolean)}, "true or false"),
        ({"income": pl.Series([1.5] * 200)}, "'income' is not a column of whole numbers"),
    ],
)
def test_too_little_to_learn_from_is_refused(change: dict[str, pl.Series], message: str) -> None:
    """A model of three cases, or of a wrong column, would score families."""
    table = _history(200).with_columns(**change)
    with pytest.raises(TrainingError, match=message):
        fit(table, table["needed"], SPEC, name="test", target="t")


def test_forbidden_features_are_never_fitted() -> None:
    """A score would know a person's sex or street."""
    table = _history(200)
    with pytest.raises(ForbiddenFeatureError, match="sex"):
        fit(table, table["needed"], [Feature("sex", "性别", ("identities",))], name="test", target="t")
    with pytest.raises(FeatureSpecError, match="direction"):
        check_features([Feature("income", "收入", ("incomes",), direction="up")])  # type: ignore[arg-type]


@pytest.mark.parametrize(("at_least", "values"), [((1,), (0,)), ((2, 1), (0, 1, 2)), ((), ())])
def test_steps_that_are_not_whole_are_refused(at_least: Sequence[int], values: Sequence[int]) -> None:
    """A damaged model file would give points from the wrong step."""
    with pytest.raises(ValidationError):
        Steps(at_least=tuple(at_least), values=tuple(values))
