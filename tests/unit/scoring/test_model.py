"""One interface for the scorecard and a trained model: points that add up, bytes that stay, a shadow without effect."""

from bisect import bisect_right
from dataclasses import replace
from typing import Any

import narwhals as nw
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editions.compute import STAGES, StageInput
from schemas.tables import MATURED, get_table
from scoring.additive import AdditiveModel, Shape, Steps
from scoring.errors import FeatureSpecError
from scoring.features import MODEL_FEATURES
from scoring.model import BASE, NeedModel, model_bytes, model_hash, read_model, score_reasons, scores
from scoring.reasons import LEAST
from scoring.scorecard import scorecard
from scoring.spec import Feature, spec_hash
from tests.unit.rules.tables import AS_OF, shipped


def _additive(unknown: int = 70) -> AdditiveModel:
    shapes = (
        Shape(
            feature="minors", title="未成年人", direction="more", steps=Steps(at_least=(1,), values=(0, 400)), unknown=0
        ),
        Shape(
            feature="months_since_exit",
            title="退出至今",
            direction="less",
            steps=Steps(at_least=(6, 24), values=(900, 300, -200)),
            unknown=unknown,
        ),
    )
    chance = Steps(at_least=(-1500, -500, 0), values=(3, 40, 300, 2000))
    return AdditiveModel(name="a", target="need", intercept=-1000, shapes=shapes, chance=chance)


def _features(*rows: dict[str, Any]) -> pl.LazyFrame:
    schema = get_table("features").schema
    zero = dict.fromkeys([name for name in schema if name != "family_id"], 0)
    return pl.LazyFrame([zero | {"family_id": f"H:{place}"} | row for place, row in enumerate(rows)], schema=schema)


_FAMILIES = _features(
    {"minors": 2, "months_since_exit": 3}, {"months_since_exit": 30}, {"minors": 1, "months_since_exit": None}
)


@pytest.mark.parametrize("model", [_additive(), scorecard(shipped())], ids=["additive", "scorecard"])
def test_the_points_of_a_family_add_up_exactly(model: NeedModel) -> None:
    """A family would be told reasons that do not make its score."""
    table = nw.from_native(_FAMILIES)
    reasons = score_reasons(table, model).to_native().collect()
    totals = table.select("family_id", model.total().alias("total")).to_native().collect()
    summed = reasons.group_by("family_id").agg(total=pl.col("points").sum())
    assert dict(totals.filter(pl.col("total") != 0).rows()) == dict(summed.rows())


_WHOLE = st.integers(-3000, 3000)


@st.composite
def _steps(draw: st.DrawFn, least: int = -3000, most: int = 3000, *, rising: bool = False) -> Steps:
    bounds = sorted(draw(st.sets(_WHOLE, max_size=6)))
    values = draw(st.lists(st.integers(least, most), min_size=len(bounds) + 1, max_size=len(bounds) + 1))
    return Steps(at_least=tuple(bounds), values=tuple(sorted(values) if rising else values))


@st.composite
def _models(draw: st.DrawFn) -> AdditiveModel:
    shapes = tuple(
        Shape(feature=each, title=each, direction="either", steps=draw(_steps()), unknown=draw(_WHOLE))
        for each in ("minors", "months_since_exit")
    )
    chance = draw(_steps(0, 10_000, rising=True))
    return AdditiveModel(name="a", target="need", intercept=draw(_WHOLE), shapes=shapes, chance=chance)


@settings(max_examples=60, deadline=None)
@given(_models(), st.lists(st.tuples(st.none() | _WHOLE, st.none() | _WHOLE), min_size=1, max_size=5))
def test_any_score_is_read_off_the_sum_of_its_reasons(
    model: AdditiveModel, known: list[tuple[int | None, ...]]
) -> None:
    """Some value at the edge of a step, or one not known, would be told other points than were counted."""
    families = _features(*({"minors": minors, "months_since_exit": months} for minors, months in known))
    table = nw.from_native(families)
    reasons = score_reasons(table, model).to_native().collect()
    found = dict(scores(table, model).to_native().collect().select("family_id", "score").rows())
    for place, values in enumerate(known):
        points = [
            shape.unknown if value is None else shape.steps.values[bisect_right(shape.steps.at_least, value)]
            for shape, value in zip(model.shapes, values, strict=True)
        ]
        told = reasons.filter(pl.col("family_id") == f"H:{place}")["points"].sum()
        assert told == model.intercept + sum(points)
        assert found[f"H:{place}"] == model.chance.values[bisect_right(model.chance.at_least, told)]


@settings(max_examples=60, deadline=None)
@given(_models(), st.tuples(st.none() | _WHOLE, st.none() | _WHOLE))
def test_features_without_points_complete_few_reasons_and_no_others(
    model: AdditiveModel, known: tuple[int | None, int | None]
) -> None:
    """A family would be told fewer reasons than there are, or what says nothing beside enough that does."""
    family = _features(dict(zip(("minors", "months_since_exit"), known, strict=True)))
    model = model.model_copy(update={"shapes": (*model.shapes, *_QUIET)})
    found = score_reasons(nw.from_native(family), model).to_native().collect().filter(pl.col("feature") != BASE)
    told = found.filter(pl.col("value").is_not_null())
    telling = told.filter(pl.col("points") != 0).height
    assert told.height == max(telling, LEAST)
    assert found.filter(pl.col("value").is_null(), pl.col("points") == 0).is_empty()
    assert told["feature"].is_unique().all()


_QUIET = tuple(
    Shape(feature=each, title=each, direction="more", steps=Steps(at_least=(1,), values=(0, 10)), unknown=0)
    for each in ("leads", "exits", "aged_80")
)


def test_a_trained_model_scores_a_chance() -> None:
    """Need would be told on another scale than the one that was measured."""
    found = scores(nw.from_native(_FAMILIES), _additive()).to_native().collect()
    assert found.rows() == [("H:0", 2000, model_hash(_additive())), ("H:1", 40, model_hash(_additive())),
                            ("H:2", 40, model_hash(_additive()))]  # fmt: skip


@pytest.mark.parametrize("model", [_additive(), scorecard(shipped())], ids=["additive", "scorecard"])
def test_a_model_is_read_as_it_was_written(model: NeedModel) -> None:
    """The points in use would not be those that were kept."""
    assert read_model(model_bytes(model)) == model
    assert model_hash(read_model(model_bytes(model))) == model_hash(model)
    assert model_hash(_additive()) != model_hash(_additive(unknown=71))


@pytest.mark.parametrize("content", [b"{}", b"\x80\x04K\x01.", b'{"kind": "additive"}', b"[]"])
def test_what_is_no_model_is_refused(content: bytes) -> None:
    """A pickle or a torn file would be used as a model."""
    with pytest.raises(FeatureSpecError, match="no model"):
        read_model(content)


def test_a_model_of_unknown_features_is_refused() -> None:
    """A model would score without what it was trained on."""
    model = _additive()
    other = model.model_copy(update={"shapes": (model.shapes[0].model_copy(update={"feature": "bygone"}),)})
    with pytest.raises(FeatureSpecError, match="bygone"):
        scores(nw.from_native(_FAMILIES), other)


def test_the_spec_hash_changes_with_what_is_counted() -> None:
    """A model would serve a feature that is counted in another way since."""
    feature = Feature("minors", "未成年人数", ("minors",))
    assert spec_hash([feature]) == spec_hash([replace(feature, title="未成年")])
    assert spec_hash([feature]) != spec_hash([replace(feature, direction="either")])
    assert spec_hash(MODEL_FEATURES) == spec_hash(reversed(MODEL_FEATURES))


def _stage(name: str, **given: Any) -> dict[str, pl.DataFrame]:
    stage = next(each for each in STAGES if each.name == name)
    made = stage.run(StageInput(as_of=AS_OF, parameters=shipped(), **given).complete())
    return {table: frame.collect() for table, frame in made.items()}


def test_an_edition_is_scored_by_its_model_or_by_the_scorecard() -> None:
    """An approved model would have no effect, or a missing one would leave families without a score."""
    tables = {"features": _FAMILIES, "members": get_table("members").empty()}
    by_card, by_model = (
        _stage("scores", tables=tables),
        _stage("scores", tables=tables, model=_additive(), matured=MATURED.empty()),
    )
    assert by_card["scores"]["model"].unique().to_list() == [shipped().text("scorecard.model")]
    assert by_model["scores"]["model"].unique().to_list() == [model_hash(_additive())]
    assert BASE in by_model["score_reasons"]["feature"].to_list()


def test_a_model_scores_only_beside_what_became_of_its_families() -> None:
    """The state of a month made anew would keep the scores of a model that had stepped back."""
    with pytest.raises(ValueError, match="matured"):
        StageInput(as_of=AS_OF, parameters=shipped(), tables={}, model=_additive()).complete()


def test_a_shadow_has_no_effect() -> None:
    """A model on trial would change what families are told."""
    tables = {"features": _FAMILIES, "members": get_table("members").empty()}
    plain, shadowed = _stage("scores", tables=tables), _stage("scores", tables=tables, shadow=_additive())
    assert all(plain[name].equals(shadowed[name]) for name in plain)
    made = {**tables, "scores": plain["scores"].lazy()}
    beside = _stage("shadow", tables=made, shadow=_additive())["shadow_scores"]
    assert (
        beside.select("family_id", "current_score")
        .sort("family_id")
        .equals(plain["scores"].select("family_id", current_score="score").sort("family_id"))
    )
    assert _stage("shadow", tables=made)["shadow_scores"].is_empty()
    readers = [stage.name for stage in STAGES if "shadow_scores" in stage.needs]
    assert readers == []
