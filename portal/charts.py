"""Charts drawn on the server: SVG without scripts, each with the table of what it shows.

What belongs here: the few shapes that the pages use. What is counted stands with the page, the frame in `_chart.html`.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import altair as alt
from markupsafe import Markup

__all__ = ["Chart", "bars", "diverging", "lines"]

_WIDTH = 560
_HEIGHT = 200
_ROW = 26  # height of one horizontal bar, in the units of the drawing
_FONT = "PingFang SC, Microsoft YaHei, Noto Sans CJK SC, sans-serif"
_PALETTE = ("#0b5c7a", "#7fb6c9", "#b85c00", "#8a6d00", "#20744a", "#6b4c9a")
_KEPT = 256
_GAP = 0.45  # between bars, as a share of their step
_ROOM = 1.15  # above the tallest bar, for its figure

Row = tuple[str, str, float]
"""One mark: its place on the axis, its series, its value."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing and its table: the first column is the place, then one column a series; None where there is no mark."""

    title: str
    drawing: Markup
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def bars(
    title: str, rows: Sequence[Row], *, place: str, colours: Mapping[str, str] | None = None, across: bool = False
) -> Chart:
    """Stacked bars with their totals, upright or (`across`) lying, in the order given."""
    totals = _totals(rows)
    value = alt.Y("value:Q", axis=_quiet(), title=None, scale=alt.Scale(domain=[0, max([1, *totals.values()]) * _ROOM]))
    base = alt.Chart(_values(rows))
    at = _places()
    marks = base.mark_bar().encode(x=at, y=value, color=_colour(rows, colours), order="order:Q")
    above = (
        alt.Chart(_values([(name, "", total) for name, total in totals.items()]))
        .mark_text(dy=-3, baseline="bottom", fontWeight="bold")
        .encode(x=at, y="value:Q", text=alt.Text("value:Q", format=",.0f"))
    )
    drawn = alt.layer(marks, above)
    if across:
        drawn = alt.layer(
            _turned(marks), _turned(above).mark_text(dx=5, align="left", baseline="middle", fontWeight="bold")
        )
    height = _ROW * len(totals) if across else _HEIGHT
    return _chart(title, drawn.properties(width=_WIDTH, height=height), rows, place)


def diverging(title: str, rows: Sequence[Row], *, place: str, colours: Mapping[str, str] | None = None) -> Chart:
    """Bars up and down from zero: give what goes down as a negative value; figures are shown without the sign."""
    highest = max([1, *(abs(value) for _, _, value in rows)]) * _ROOM**2
    reach = alt.Scale(domain=[-highest if any(value < 0 for _, _, value in rows) else 0, highest])
    base = alt.Chart(_values(rows)).encode(x=_places(), y=alt.Y("value:Q", axis=_quiet(), title=None, scale=reach))
    marks = base.mark_bar().encode(color=_colour(rows, colours))
    figures = alt.Text("size:Q", format=",.0f")
    up = base.transform_filter("datum.value > 0").mark_text(dy=-3, baseline="bottom").encode(text=figures)
    down = base.transform_filter("datum.value < 0").mark_text(dy=3, baseline="top").encode(text=figures)
    return _chart(title, alt.layer(marks, up, down).properties(width=_WIDTH, height=_HEIGHT), rows, place)


def lines(title: str, rows: Sequence[Row], *, place: str, percent: bool = False) -> Chart:
    """One line a series over the places, in the order given; `percent` for shares between 0 and 1."""
    axis = alt.Axis(format=".0%" if percent else ",.0f", title=None, domain=False, ticks=False, grid=True)
    drawn = (
        alt.Chart(_values(rows))
        .mark_line(point=True, strokeWidth=2)
        .encode(
            x=_places(),
            y=alt.Y("value:Q", axis=axis),
            color=_colour(rows, None),
        )
    )
    return _chart(title, drawn.properties(width=_WIDTH, height=_HEIGHT), rows, place, percent=percent)


def _chart(
    title: str,
    drawn: alt.LayerChart | alt.Chart | alt.FacetChart,
    rows: Sequence[Row],
    place: str,
    *,
    percent: bool = False,
) -> Chart:
    fitted = alt.AutoSizeParams(type="fit-x", contains="padding")
    styled = drawn.configure(font=_FONT, background="transparent", autosize=fitted).configure_view(stroke=None)
    styled = styled.configure_axis(labelFontSize=12, labelColor="#4d5c6a", gridColor="#e4e9ed", domainColor="#aab7c2")
    styled = styled.configure_legend(orient="bottom", title=None, labelFontSize=12, labelColor="#4d5c6a")
    styled = styled.configure_text(font=_FONT, fontSize=12, color="#1b2733")
    series = list(dict.fromkeys(each for _, each, _ in rows))
    found = {(at, each): value for at, each, value in rows}
    shown = "{:.1%}" if percent else "{:,.0f}"
    table = tuple(
        (at, *(shown.format(abs(found[at, each])) if (at, each) in found else "—" for each in series))
        for at in dict.fromkeys(at for at, _, _ in rows)
    )
    return Chart(title, _svg(json.dumps(styled.to_dict(), sort_keys=True)), (place, *series), table)


@lru_cache(_KEPT)
def _svg(specification: str) -> Markup:
    """The drawing, which fills the width it is given."""
    import vl_convert  # noqa: PLC0415  # starts an engine of its own

    text = vl_convert.vegalite_to_svg(specification)
    hidden = r'\1 aria-hidden="true" focusable="false"'  # the frame around it says what it is
    scaled = re.sub(r'(<svg[^>]*?) width="[^"]*" height="[^"]*"', hidden, text, count=1)
    return Markup(scaled)  # noqa: S704  # made by our own drawing, which escapes its labels


def _turned(chart: alt.Chart) -> alt.Chart:
    """The same marks lying down."""
    turned = chart.copy()
    upright: Any = turned.encoding
    length = upright.y.copy() if not isinstance(upright.y, str) else upright.y
    upright.x, upright.y = length, alt.Y("place:N", sort=None, axis=alt.Axis(title=None, ticks=False, labelLimit=240))
    return turned


def _colour(rows: Sequence[Row], colours: Mapping[str, str] | None) -> alt.Color:
    series = list(dict.fromkeys(each for _, each, _ in rows))
    chosen = [(colours or {}).get(each, _PALETTE[number % len(_PALETTE)]) for number, each in enumerate(series)]
    legend: Any = alt.Legend(title=None) if len(series) > 1 else None
    return alt.Color("series:N", scale=alt.Scale(domain=series, range=chosen), sort=series, legend=legend)


def _places() -> alt.X:
    scale = alt.Scale(paddingInner=_GAP, paddingOuter=_GAP / 2)
    axis = alt.Axis(labelAngle=0, labelPadding=6, title=None, ticks=False)
    return alt.X("place:N", sort=None, scale=scale, axis=axis)


def _quiet() -> alt.Axis:
    return alt.Axis(labels=False, ticks=False, domain=False, grid=False, title=None)


def _totals(rows: Sequence[Row]) -> dict[str, float]:
    totals: dict[str, float] = {}
    for at, _, value in rows:
        totals[at] = totals.get(at, 0) + value
    return totals


def _values(rows: Sequence[Row]) -> alt.InlineData:
    series = {each: number for number, each in enumerate(dict.fromkeys(each for _, each, _ in rows))}
    return alt.InlineData(
        values=[
            {"place": at, "series": each, "value": value, "size": abs(value), "order": series[each]}
            for at, each, value in rows
        ]
    )
