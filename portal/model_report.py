"""The page of a model: one HTML file that needs nothing from outside, with its plots drawn as SVG.

What belongs here: geometry and words. The figures come from `registry.model_report`.
"""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

import jinja2
from markupsafe import Markup
from sqlalchemy import Engine

from editions.fairness_groups import DIMENSIONS
from registry.files import writing
from registry.model_report import SCORERS, ModelReport, report_of
from rules.parameters import Parameters
from schemas.codes import CODE_LISTS
from schemas.settings import Settings
from scoring.fairness import ALL, BY, MEASURES, UNKNOWN
from scoring.intervals import Interval

__all__ = ["page", "write_report"]

_SIZE, _EDGE = 300, 36
_WORDS = {
    ALL: "全部", UNKNOWN: "不详", "female": "女", "male": "男", "yes": "有", "no": "无", "single": "单人",
    "elders": "老年人家庭", "one_parent": "单亲", "with_minors": "有未成年人", "other": "其他",
}  # fmt: skip
_NAMES = {
    "auc": "AUC", "average_precision": "PR-AUC", "recall_1": "发现率(走访1%)", "recall_2": "发现率(走访2%)",
    "recall_5": "发现率(走访5%)", "precision_1": "命中率(走访1%)", "precision_2": "命中率(走访2%)",
    "precision_5": "命中率(走访5%)", "lift_1": "提升(走访1%)", "lift_2": "提升(走访2%)", "lift_5": "提升(走访5%)",
    "brier": "Brier", "ece": "校准误差ECE",
}  # fmt: skip


def write_report(engine: Engine, settings: Settings, parameters: Parameters, model_id: str, path: Path) -> None:
    """Write the page of a kept model; raises what `registry.model_report.report_of` raises."""
    text = page(report_of(engine, settings, parameters, model_id), settings.district_name)
    with writing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def page(report: ModelReport, district: str, *, stylesheet: str = "", back: str = "") -> str:
    """The whole page as text; its style is within it, unless `stylesheet` is where a portal serves it.

    `back` is the address of the page that led here.
    """
    most = max((max(each.chance, each.cases) for each in report.bins), default=0.0) or 1.0
    widest = max(share for points in report.gains.values() for share, _ in points)
    return _template().render(
        report=report,
        stylesheet=stylesheet,
        style=_style(),
        back=back,
        district=district,
        scorers=SCORERS,
        names=_NAMES,
        fairness=MEASURES,
        size=_SIZE,
        edge=_EDGE,
        dots=[(*_place(each.chance / most, each.cases / most), each) for each in report.bins],
        most=most,
        widest=widest,
        lines={name: _line([(x / widest, y) for x, y in points]) for name, points in report.gains.items()},
        bars=_bars(report),
    )


def _place(x: float, y: float) -> tuple[float, float]:
    """Where a point of the unit square stands in the drawing."""
    room = _SIZE - 2 * _EDGE
    return round(_EDGE + room * x, 1), round(_SIZE - _EDGE - room * y, 1)


def _line(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in (_place(*each) for each in points))


def _bars(report: ModelReport) -> list[dict[str, object]]:
    """One row a group: its words, its size, each measure with its interval, and what breaks a limit."""
    return [
        {
            "dimension": " × ".join(DIMENSIONS.get(part, "全部") for part in each.dimension.split(BY)),
            "group": " × ".join(_word(part) for part in each.group.split(BY)),
            "households": each.households,
            "cases": each.cases,
            "reported": each.reported,
            "measures": {name: _told(each.measures[name]) for name in MEASURES} if each.reported else {},
            "bar": _interval_bar(each.measures["recall"]) if each.reported else None,
            "breaches": [MEASURES[name] for name in each.breaches],
        }
        for each in report.groups
    ]


def _word(code: str) -> str:
    streets = CODE_LISTS["street"]
    return streets.title_of(code) if code in streets.labels else _WORDS.get(code, code)


def _told(each: Interval) -> str:
    return f"{each.value:.1%}（{each.low:.1%}–{each.high:.1%}）"


def _interval_bar(each: Interval) -> tuple[float, float, float]:
    """Ends and value of an interval on a bar of a hundred units."""
    low, high, value = (round(100 * min(max(end, 0.0), 1.0), 1) for end in (each.low, each.high, each.value))
    return low, high, value


@cache
def _style() -> Markup:
    return Markup(files("portal").joinpath("static", "model_report.css").read_text(encoding="utf-8"))  # noqa: S704 - our own file


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("portal"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("model_report.html")
