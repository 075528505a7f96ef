"""The overview: families by group, tier and street, the months before, and the warnings. Counts only."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

from fastapi import Request, Response
from sqlalchemy import Engine, func, select

from portal.access import Reader
from portal.charts import Chart, Row, bars
from portal.language import gettext
from portal.page import Nav, Page, render
from portal.published import MONTHS, counted
from portal.trends import coverage_chart, covered, flow_chart, flows
from portal.words import rule_title, street_name
from registry.casework.clock import day_at
from registry.casework.codes import FOLLOW_UPS
from registry.casework.counting import case_counts
from registry.casework.follow_store import rates
from registry.counts import Point, cross, timeline
from registry.feed_health import absent_feeds
from registry.filters import LAYERS, TIERS, WARNING_KINDS
from registry.models import DeliveryRecord
from registry.queries import require_edition
from registry.roles import Actor
from registry.scoring_told import scored_in_words, stepped_back
from registry.visits import VisitFigures, figures_known_at
from rules import Rule, rules_of
from rules.parameters import load_parameters
from schemas.codes import CODE_LISTS

__all__ = ["PAGES", "groups", "today", "visited", "worked"]

_COUNTED_AT_ONCE = 50_000  # families; of more, what moves is counted on its own page


def groups() -> list[Rule]:
    """The six groups in the order of their definitions."""
    return sorted(rules_of("group"), key=lambda rule: (rule.lines, rule.id))


def _overview(request: Request, reader: Reader, as_of: date | None = None) -> Response:
    engine: Engine = request.app.state.engine
    edition = require_edition(engine, as_of)
    known = timeline(engine, MONTHS + 1, reader.scope)
    points = [each for each in known if each.as_of <= edition.as_of]
    now = counted(request, edition, reader.scope)
    moved = flows(request, points, reader.scope) if now.families <= _COUNTED_AT_ONCE else []
    held = covered(request, edition, reader) if now.families <= _COUNTED_AT_ONCE else None
    return render(
        request,
        "overview.html",
        title=gettext("监测概览"),
        edition=edition,
        counted=now,
        at_once=now.families <= _COUNTED_AT_ONCE,
        flows=moved,
        flow_chart=flow_chart(moved) if moved else None,
        covered=held,
        coverage_chart=coverage_chart(held) if held else None,
        allowances=CODE_LISTS["allowance_kind"],
        many=len(reader.area.streets) > 1,
        rule_title=rule_title,
        street_name=street_name,
        absent=absent_feeds(engine, edition),
        stepped_back=scored_in_words(edition) if stepped_back(edition) else "",
        months=[each.as_of for each in reversed(known)],
        trend=_trend(points[-MONTHS:]),
        worked=worked(request, reader),
        rates=rates(engine, today(request), actor=reader) if reader.may("case.read") else [],
        follow_ups=FOLLOW_UPS,
        visited=visited(request, reader),
        groups=groups(),
        warnings=sorted(rules_of(*reader.scope.kinds), key=lambda rule: WARNING_KINDS.codes.index(rule.kind)),
        families=cross(engine, edition.edition_id, "families", reader.scope),
        warned=cross(engine, edition.edition_id, "warnings", reader.scope),
        streets=CODE_LISTS["street"].only(reader.area.streets),
        tiers=TIERS,
        kinds=WARNING_KINDS.only(reader.scope.kinds),
    )


def _trend(points: Sequence[Point]) -> Chart:
    layers = {code: gettext(LAYERS.title_of(code)) for code in ("registered", "extended")}
    rows: list[Row] = [
        (f"{each.as_of:%Y-%m}", layers[layer], number)
        for each in points
        for layer, number in (("registered", each.registered), ("extended", each.extended))
    ]
    return bars(gettext("各月名单(户)"), rows, place=gettext("月份"))


def worked(request: Request, reader: Actor) -> dict[str, dict[str, int]]:
    """Open, overdue and closed cases by street; nothing for readers without cases."""
    if not reader.may("case.read"):
        return {}
    return case_counts(request.app.state.engine, today(request), actor=reader, by="street")


def visited(request: Request, reader: Actor) -> VisitFigures | None:
    """What visits confirmed and missed in the whole district; None for readers of less, and without an answer.

    Kept until another delivery comes or the day ends: the visits stand in deliveries.
    """
    if not reader.area.is_district:
        return None
    state, day = request.app.state, today(request)
    with state.engine.connect() as connection:
        key = (day, *connection.execute(select(func.count(), func.max(DeliveryRecord.received_at))).one())
    kept: dict[tuple[object, ...], VisitFigures] = state.missed
    figures = kept.get(key)
    if figures is None:
        figures = figures_known_at(state.engine, state.settings, load_parameters(state.settings.parameters_dir), day)
        kept.clear()
        kept[key] = figures
    return figures if figures.months else None


def today(request: Request) -> date:
    """The day at the bureau."""
    return day_at(request.app.state.settings, datetime.now(UTC))


PAGES = (Page("/", _overview, "overview.read", nav=Nav("监测概览", 10)),)
