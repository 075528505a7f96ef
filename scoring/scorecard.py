"""The first risk score: a transparent points scorecard over the declared features.

What belongs here: points by bands of `rules/parameters/scorecard.yaml`, as a model like any other. A family's score
depends on nobody else, is an integer per ten thousand, and equals the sum of its reasons up to the maximum. A feature
that is not known has no points: no record is not zero income.
"""

from typing import Annotated, Any, Literal, TypeAlias

import narwhals as nw
from pydantic import BaseModel, ConfigDict, Field

from rules.parameters import ParametersAt
from scoring.additive import Shape, Steps, summed
from scoring.distributions import SCORE
from scoring.features import FEATURES

__all__ = ["Scorecard", "scorecard"]

Frame: TypeAlias = "nw.LazyFrame[Any]"


class Scorecard(BaseModel):
    """Points by bands that people have set, and their sum up to a maximum; for where history is short."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["scorecard"] = "scorecard"
    name: str
    target: str
    maximum: int
    shapes: Annotated[tuple[Shape, ...], Field(min_length=1)]
    data: dict[str, str | int] = Field(default_factory=dict)
    metrics: dict[str, float] = Field(default_factory=dict)

    @property
    def intercept(self) -> int:
        """A scorecard starts at zero."""
        return 0

    @property
    def features(self) -> tuple[str, ...]:
        """The columns that the scorecard reads."""
        return tuple(each.feature for each in self.shapes)

    def total(self) -> nw.Expr:
        """The points of all features."""
        return summed(self.shapes)

    def scored(self, frame: Frame, name: str = SCORE) -> Frame:
        """`frame` with the points, up to the maximum, as the column `name`."""
        whole = frame.with_columns(self.total().alias(name))
        above = nw.when(nw.col(name) > self.maximum).then(nw.lit(self.maximum)).otherwise(nw.col(name))
        return whole.with_columns(above.cast(nw.Int64).alias(name))


def scorecard(parameters: ParametersAt) -> Scorecard:
    """The scorecard in force."""
    return Scorecard(
        name=parameters.text("scorecard.model"),
        target="按经验赋分，非概率",
        maximum=parameters.integer("scorecard.maximum"),
        shapes=tuple(
            Shape(
                feature=each.name,
                title=each.title,
                direction=each.direction,
                steps=_steps(parameters, each.name),
                unknown=0,
            )
            for each in FEATURES
        ),
    )


def _steps(parameters: ParametersAt, feature: str) -> Steps:
    """Below the first band the points of the first; of bands that begin alike the last one counts."""
    first, *bands = parameters.bands(f"scorecard.{feature}")
    starts = {each.at_least: each.points for each in bands}
    return Steps(at_least=tuple(starts), values=(first.points, *starts.values()))
