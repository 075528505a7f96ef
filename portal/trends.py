"""What moves over the months: families that entered and left, and the coverage of allowances.

What belongs here: parts of the overview that are counted once and kept, since what is published does not change.
"""

from collections.abc import Sequence
from datetime import date

import polars as pl
from fastapi import Request, Response

from portal.access import Reader
from portal.charts import Chart, Row, bars, diverging
from portal.language import gettext
from portal.page import Page, render
from portal.published import MONTHS, counted
from portal.words import street_name
from registry.counts import Point, timeline
from registry.coverage import Covered, coverage, covered_within
from registry.queries import EditionInfo, edition_of, require_edition
from registry.roles import Actor
from registry.scope import Scope
from schemas.codes import CODE_LISTS

__all__ = ["PAGES", "Flow", "coverage_chart", "covered", "covered_at", "flow_chart", "flows"]

_KEPT = 64

Flow = tuple[date, int, int]
"""A month, the families that entered since the month before, and those that left."""


def flows(request: Request, points: Sequence[Point], scope: Scope) -> list[Flow]:
    """Entered and left of each month that has a month before it, the oldest first."""
    found = []
    for point in points[1:]:
        edition = edition_of(request.app.state.engine, point.edition_id)
        seen = None if edition is None else counted(request, edition, scope)
        if seen is not None and seen.entered is not None and seen.left is not None:
            found.append((point.as_of, seen.entered, seen.left))
    return found


def flow_chart(found: Sequence[Flow]) -> Chart:
    """Entered upwards, left downwards."""
    came, went = gettext("新进"), gettext("退出")
    rows: list[Row] = []
    for as_of, entered, left in found:
        rows += [(f"{as_of:%Y-%m}", came, entered), (f"{as_of:%Y-%m}", went, -left)]
    return diverging(gettext("各月进出（户）"), rows, place=gettext("月份"))


def covered(request: Request, edition: EditionInfo, reader: Actor) -> list[Covered] | None:
    """Coverage within the reader's area; None when the facts of the edition are no more."""
    state = request.app.state
    held: dict[str, pl.DataFrame | None] = state.covered
    if edition.edition_id not in held:
        if len(held) >= _KEPT:
            held.clear()
        held[edition.edition_id] = coverage(state.settings, edition)
    rows = held[edition.edition_id]
    return None if rows is None else covered_within(rows, reader.area)


def covered_at(found: Sequence[Covered] | None) -> dict[tuple[str, str | None], Covered]:
    """Coverage by allowance and street; None in the place of the street stands for all of the area."""
    return {(each.kind, each.street): each for each in found or ()}


def coverage_chart(found: Sequence[Covered]) -> Chart:
    """The entitled of each allowance, paid and not."""
    paid, missing = gettext("已领取"), gettext("未领取")
    titles = CODE_LISTS["allowance_kind"]
    rows: list[Row] = []
    for each in found:
        if each.street is None:
            title = gettext(titles.title_of(each.kind))
            rows += [(title, paid, each.paid), (title, missing, each.missing)]
    colours = {paid: "#20744a", missing: "#b85c00"}
    return bars(gettext("津贴应享人数"), rows, place=gettext("津贴"), colours=colours, across=True)


def _page(request: Request, reader: Reader, as_of: date | None = None) -> Response:
    edition = require_edition(request.app.state.engine, as_of)
    known = timeline(request.app.state.engine, MONTHS + 1, reader.scope)
    points = [each for each in known if each.as_of <= edition.as_of]
    found = flows(request, points, reader.scope)
    held = covered(request, edition, reader)
    return render(
        request,
        "trends.html",
        title=gettext("进出和津贴覆盖"),
        edition=edition,
        flows=found,
        flow_chart=flow_chart(found) if found else None,
        covered=held,
        covered_at=covered_at(held),
        coverage_chart=coverage_chart(held) if held else None,
        allowances=CODE_LISTS["allowance_kind"],
        many=len(reader.area.streets) > 1,
        streets=CODE_LISTS["street"].only(reader.area.streets),
        street_name=street_name,
    )


PAGES = (Page("/trends", _page, "overview.read"),)
