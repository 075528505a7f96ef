"""The additive model: steps of points a feature, their sum, and the chance that the sum stands for.

What belongs here: the model as it is kept and used. It is a table of whole numbers, not a trained object: anybody can
read it, it is written as JSON (nothing is unpickled), it scores a family by itself, and it gives the same points on any
engine. Training it stands in `scoring.training`.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Any, Literal, TypeAlias

import narwhals as nw
from pydantic import BaseModel, ConfigDict, Field, model_validator

from scoring.distributions import SCORE, Distribution
from scoring.spec import Direction

__all__ = ["AdditiveModel", "Shape", "Steps", "summed"]

Frame: TypeAlias = "nw.LazyFrame[Any]"

TEN_THOUSAND = 10_000
_TOTAL = "total of points"


class Steps(BaseModel):
    """A step function of a whole number: `values[0]` below `at_least[0]`, `values[i + 1]` from `at_least[i]`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at_least: tuple[int, ...]
    values: Annotated[tuple[int, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _whole(self) -> "Steps":
        if len(self.values) != len(self.at_least) + 1:
            raise ValueError(f"{len(self.at_least)} steps need {len(self.at_least) + 1} values, not {len(self.values)}")
        if any(later <= earlier for earlier, later in pairwise(self.at_least)):
            raise ValueError("steps are not in ascending order")
        return self

    def expression(self, value: nw.Expr) -> nw.Expr:
        """The value of the step in which `value` lies; `value` is not null.

        Steps are halved again and again: hundreds of them one within the other take minutes to plan.
        """
        return self._between(value, 0, len(self.values)).cast(nw.Int64)

    def _between(self, value: nw.Expr, first: int, end: int) -> nw.Expr:
        """The step among those from `first` to before `end`."""
        if end - first == 1:
            return nw.lit(self.values[first])
        middle = (first + end) // 2
        below, above = self._between(value, first, middle), self._between(value, middle, end)
        return nw.when(value < self.at_least[middle - 1]).then(below).otherwise(above)


class Shape(BaseModel):
    """What one feature adds: points by step, and for a value that is not known.

    Points are thousandths of a unit of log-odds against the average household of the training data.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    feature: str
    title: str
    direction: Direction
    steps: Steps
    unknown: int

    def points(self) -> nw.Expr:
        """The points of the column called like the feature."""
        value = nw.col(self.feature)
        known = self.steps.expression(nw.when(~value.is_null()).then(value).otherwise(nw.lit(0)))
        return nw.when(value.is_null()).then(nw.lit(self.unknown)).otherwise(known).cast(nw.Int64)


class AdditiveModel(BaseModel):
    """A model whose points add up to its sum, exactly; `chance` turns the sum into cases per ten thousand.

    `data` says what it was trained on (window, rows, cases, hashes), `metrics` how it did on later months, `trained`
    how its features and scores lay then, so that drift can be seen.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["additive"] = "additive"
    name: str
    target: str
    intercept: int
    shapes: Annotated[tuple[Shape, ...], Field(min_length=1)]
    chance: Steps
    data: dict[str, str | int] = Field(default_factory=dict)
    metrics: dict[str, float] = Field(default_factory=dict)
    trained: dict[str, Distribution] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _chances(self) -> "AdditiveModel":
        values = self.chance.values
        if not all(0 <= each <= TEN_THOUSAND for each in values):
            raise ValueError("a chance is not between 0 and 10000 per ten thousand")
        if any(later < earlier for earlier, later in pairwise(values)):
            raise ValueError("the chance falls where the sum of points rises")
        return self

    @property
    def features(self) -> tuple[str, ...]:
        """The columns that the model reads."""
        return tuple(each.feature for each in self.shapes)

    def total(self) -> nw.Expr:
        """The sum of the intercept and the points of all features."""
        return summed(self.shapes) + self.intercept

    def scored(self, frame: Frame, name: str = SCORE) -> Frame:
        """`frame` with the expected cases per ten thousand households like this one as the column `name`.

        The total is computed once, as a column: within the steps of the chance it would be computed at every step.
        """
        whole = frame.with_columns(self.total().alias(_TOTAL))
        return whole.with_columns(self.chance.expression(nw.col(_TOTAL)).alias(name)).drop(_TOTAL)


def summed(shapes: Sequence[Shape]) -> nw.Expr:
    """The points of all of `shapes`."""
    total = shapes[0].points()
    for each in shapes[1:]:
        total = total + each.points()
    return total
