"""An evaluation as it is shown: its tables, its reliability plot, and a page of its own for any table.

What belongs here: geometry and words that the report of a model and the evaluation of a foreign table share. The
figures come from `scoring.evaluated`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import jinja2
from markupsafe import Markup

from registry.files import writing
from scoring.evaluated import Evaluation
from scoring.evaluation import SCORERS
from scoring.intervals import Interval, wilson
from scoring.metrics import Bin

__all__ = ["EDGE", "SIZE", "Shown", "line", "place", "shown", "style", "template", "write_evaluation"]

SIZE, EDGE = 300, 36
_RATIOS = {
    "auc": "AUC", "average_precision": "PR-AUC", "recall_1": "发现率（走访1%）", "recall_2": "发现率（走访2%）",
    "recall_5": "发现率（走访5%）", "precision_1": "命中率（走访1%）", "precision_2": "命中率（走访2%）",
    "precision_5": "命中率（走访5%）", "lift_1": "提升（走访1%）", "lift_2": "提升（走访2%）",
    "lift_5": "提升（走访5%）", "brier": "Brier", "ece": "校准误差ECE",
}  # fmt: skip
_SHARES = ("recall_", "precision_")
_LESS_IS_BETTER = frozenset({"brier", "ece"})


@dataclass(frozen=True, slots=True)
class Shown:
    """What the template `_evaluation.html` needs of one evaluation, in words; `dots` are places with their bins."""

    evaluation: Evaluation
    scorers: Mapping[str, str]
    names: Mapping[str, str]
    less: frozenset[str]
    dots: Mapping[str, Sequence["Dot"]]
    most: float
    size: int = SIZE
    edge: int = EDGE

    def told(self, name: str, each: Interval | None) -> str:
        """A measure with its interval: shares in percent, lift in times, all else as a number."""
        if each is None:
            return "—"
        if name.startswith(_SHARES):
            return f"{each.value:.1%}（{each.low:.1%}–{each.high:.1%}）"
        if name.startswith("lift_"):
            return f"{each.value:.1f}倍（{each.low:.1f}–{each.high:.1f}）"
        return f"{each.value:.3f}（{each.low:.3f}–{each.high:.3f}）"

    def apart(self, name: str, each: Interval | None) -> str:
        """A difference with its interval, in the same units; shares in percentage points."""
        if each is None:
            return "—"
        if name.startswith(_SHARES):
            value, low, high = (f"{100 * end:+.1f}" for end in (each.value, each.low, each.high))
            return f"{value}个百分点（{low} 至 {high}）"
        digits = 1 if name.startswith("lift_") else 3
        return f"{each.value:+.{digits}f}（{each.low:+.{digits}f} 至 {each.high:+.{digits}f}）"

    def surely(self, name: str, each: Interval) -> str:
        """Whether the model is surely better or worse by a difference."""
        better, worse = ("worse", "better") if name in self.less else ("better", "worse")
        return better if each.low > 0 else worse if each.high < 0 else "level"


@dataclass(frozen=True, slots=True)
class Dot:
    """A bin in the drawing: its place, and the ends of the interval of the share of cases."""

    x: float
    y: float
    low: float
    high: float
    bin: Bin


def _sure(each: Bin) -> Interval:
    return wilson(each.cases * each.rows, each.rows)


def _dot(each: Bin, most: float) -> Dot:
    sure = _sure(each)
    x, y = place(each.chance / most, each.cases / most)
    low, high = (place(0, min(end / most, 1.0))[1] for end in (sure.low, sure.high))
    return Dot(x, y, low, high, each)


def shown(evaluation: Evaluation) -> Shown:
    """The evaluation as the template takes it; scorers without a title are shown by name."""
    bins = [each for found in evaluation.bins.values() for each in found]
    most = max((max(each.chance, _sure(each).high) for each in bins if each.rows), default=0.0) or 1.0
    measured = {name: None for part in evaluation.measures.values() for name in part}
    return Shown(
        evaluation=evaluation,
        scorers={each: SCORERS.get(each, each) for each in evaluation.measures},
        names={each: _RATIOS.get(each, each) for each in measured},
        less=_LESS_IS_BETTER,
        dots={scorer: [_dot(each, most) for each in found if each.rows] for scorer, found in evaluation.bins.items()},
        most=most,
    )


def write_evaluation(evaluation: Evaluation, path: Path, *, title: str, told: Sequence[str]) -> None:
    """Write a page of the evaluation alone; `told` are sentences on what was measured."""
    text = template("evaluation.html").render(shown=shown(evaluation), title=title, told=told, style=style())
    with writing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def place(x: float, y: float) -> tuple[float, float]:
    """Where a point of the unit square stands in a drawing."""
    room = SIZE - 2 * EDGE
    return round(EDGE + room * x, 1), round(SIZE - EDGE - room * y, 1)


def line(points: Sequence[tuple[float, float]]) -> str:
    """The points of a polyline."""
    return " ".join(f"{x},{y}" for x, y in (place(*each) for each in points))


@cache
def style() -> Markup:
    """The style of the pages, to stand within them."""
    return Markup(files("portal").joinpath("static", "model_report.css").read_text(encoding="utf-8"))  # noqa: S704 - our own file


@cache
def template(name: str) -> jinja2.Template:
    """A template that stands alone, outside the portal's frame."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("portal"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)
