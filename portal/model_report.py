"""The page of a model: one HTML file that needs nothing from outside, with its plots drawn as SVG.

What belongs here: geometry and words. The figures come from `registry.model_report`.
"""

from pathlib import Path

from sqlalchemy import Engine

from editions.fairness_groups import DIMENSIONS, GROUPS
from portal.evaluation_page import EDGE, SIZE, line, shown, style, template
from registry.files import writing
from registry.kept_reports import kept_report
from registry.model_report import ModelReport
from rules.parameters import Parameters
from schemas.codes import CODE_LISTS
from schemas.settings import Settings
from scoring.evaluation import SCORERS
from scoring.fairness import ALL, BY, MEASURES
from scoring.intervals import Interval

__all__ = ["page", "write_report"]

_WORDS = {ALL: "全部", **GROUPS}


def write_report(engine: Engine, settings: Settings, parameters: Parameters, model_id: str, path: Path) -> None:
    """Write the page of a kept model; raises what `registry.kept_reports.kept_report` raises."""
    text = page(kept_report(engine, settings, parameters, model_id), settings.district_name)
    with writing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def page(report: ModelReport, district: str, *, stylesheet: str = "", icon: str = "", back: str = "") -> str:
    """The whole page as text; its style is within it, unless `stylesheet` is where a portal serves it, with its `icon`.

    `back` is the address of the page that led here.
    """
    widest = max(share for points in report.gains.values() for share, _ in points)
    return template("model_report.html").render(
        report=report,
        later=shown(report.later),
        method=shown(report.method) if report.method else None,
        stylesheet=stylesheet,
        icon=icon,
        style=style(),
        back=back,
        district=district,
        scorers=SCORERS,
        fairness=MEASURES,
        size=SIZE,
        edge=EDGE,
        widest=widest,
        lines={name: line([(x / widest, y) for x, y in points]) for name, points in report.gains.items()},
        bars=_bars(report),
    )


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
            "worsened": [MEASURES[name] for name in each.worsened],
            "inherited": [MEASURES[name] for name in each.breaches if name not in each.worsened],
        }
        for each in report.groups
    ]


def _word(code: str) -> str:
    streets = CODE_LISTS["street"]
    return streets.title_of(code) if code in streets.labels else _WORDS.get(code, code)


def _told(each: Interval) -> str:
    value, low, high = (f"{round(end, 3) + 0.0:.1%}" for end in (each.value, each.low, each.high))  # no -0.0
    return f"{value}（{low}–{high}）"


def _interval_bar(each: Interval) -> tuple[float, float, float]:
    """Ends and value of an interval on a bar of a hundred units."""
    low, high, value = (round(100 * min(max(end, 0.0), 1.0), 1) for end in (each.low, each.high, each.value))
    return low, high, value
