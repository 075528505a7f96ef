"""One interface for whatever scores need: the scorecard and the trained additive model.

What belongs here: what a model is to those who use it, its bytes and hash, and the tables `scores` and `score_reasons`.
A model is a table of points (JSON); scoring reads it and never fits anything.
"""

import json
from hashlib import blake2b
from typing import Annotated, Any, Protocol, TypeAlias

import narwhals as nw
import polars as pl
from pydantic import Field, TypeAdapter, ValidationError

from rules.base import Frame
from scoring.additive import AdditiveModel, Shape
from scoring.distributions import SCORE
from scoring.errors import FeatureSpecError
from scoring.reasons import reasons
from scoring.scorecard import Scorecard

__all__ = ["BASE", "NeedModel", "model_bytes", "model_hash", "read_model", "score_reasons", "scored_by", "scores"]

BASE = "base"
"""The reason that holds a model's intercept: what an average household has before anything is known of it."""

_DIGEST_BYTES = 16


class NeedModel(Protocol):
    """Points a feature whose sum with the intercept is the total, exactly; the score is read off the total."""

    @property
    def kind(self) -> str:
        """`scorecard` or `additive`."""

    @property
    def name(self) -> str:
        """What the model is called."""

    @property
    def target(self) -> str:
        """What it scores, in words."""

    @property
    def intercept(self) -> int:
        """Where the total starts."""

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """The points of each feature."""

    @property
    def features(self) -> tuple[str, ...]:
        """The columns that it reads."""

    @property
    def data(self) -> dict[str, str | int]:
        """What it was trained on."""

    @property
    def metrics(self) -> dict[str, float]:
        """How it did on later months."""

    def total(self) -> nw.Expr:
        """The sum of the intercept and all points."""

    def scored(self, frame: "nw.LazyFrame[Any]", name: str = SCORE) -> "nw.LazyFrame[Any]":
        """`frame` with need, per ten thousand, as the column `name`."""


_Kept: TypeAlias = Annotated[AdditiveModel | Scorecard, Field(discriminator="kind")]
_ADAPTER: TypeAdapter[AdditiveModel | Scorecard] = TypeAdapter(_Kept)


def model_bytes(model: NeedModel) -> bytes:
    """The model as it is kept: the same bytes for the same model."""
    text = json.dumps(
        _ADAPTER.dump_python(model, mode="json"),  # type: ignore[arg-type]  # either kind, by its field
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )
    return text.encode()


def model_hash(model: NeedModel) -> str:
    """Equal for equal models; the name under which a model is kept and an edition names it."""
    return blake2b(model_bytes(model), digest_size=_DIGEST_BYTES).hexdigest()


def read_model(content: bytes) -> NeedModel:
    """The model of `model_bytes`; raises `FeatureSpecError` when the bytes are none."""
    try:
        return _ADAPTER.validate_json(content)
    except ValidationError as error:
        raise FeatureSpecError(f"this is no model of need: {error.error_count()} mistakes in its file") from None


def score_reasons(table: Frame, model: NeedModel) -> Frame:
    """One row a family of `table` (features) and telling feature: `family_id`, `feature`, `value`, `points`.

    An intercept is a reason of its own (`BASE`), so that the points of a family add up to its total.
    """
    found = reasons(model.shapes, _fitting(table, model), "family_id")
    if not model.intercept:
        return found
    base = table.select(
        "family_id",
        nw.lit(BASE).alias("feature"),
        nw.lit(None).cast(nw.Int64).alias("value"),
        nw.lit(model.intercept).cast(nw.Int64).alias("points"),
    )
    return nw.concat([base, found], how="vertical")


def scores(table: Frame, model: NeedModel) -> Frame:
    """One row a family of `table` (features): `family_id`, `score`, `model`: its hash, or the scorecard's name."""
    named = model.name if isinstance(model, Scorecard) else model_hash(model)
    return model.scored(_fitting(table, model)).select("family_id", SCORE, nw.lit(named).alias("model"))


def scored_by(model: NeedModel, rows: pl.DataFrame) -> pl.Series:
    """The score of each row, in their order."""
    found: pl.DataFrame = model.scored(nw.from_native(rows.lazy())).select(SCORE).to_native().collect()
    return found[SCORE]


def _fitting(table: Frame, model: NeedModel) -> Frame:
    if unknown := sorted({*model.features} - {*table.collect_schema().names()}):
        raise FeatureSpecError(f"the model reads {', '.join(unknown)}, which no feature is called; train it again")
    return table
