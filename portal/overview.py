"""The overview: families and people by group, tier and street, the months before, the warnings and what is done.

What belongs here: counts only; what moves over the months stands in `portal.trends`.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from fastapi import Request, Response
from sqlalchemy import Engine, func, select

from editions.grounds import VERIFIED
from portal.access import Reader
from portal.charts import Chart, Row, bars
from portal.language import gettext
from portal.list_query import count_of
from portal.page import Nav, Page, render
from portal.published import MONTHS, counted
from portal.trends import coverage_chart, covered, covered_at, flow_chart, flows
from portal.words import rule_title, street_name
from registry.casework.clock import day_at
from registry.casework.codes import AUDIENCE, FOLLOW_UPS
from registry.casework.counting import case_counts
from registry.casework.follow_store import Rate, rates
from registry.casework.rights import audiences
from registry.counts import Cross, Point, cross, timeline
from registry.feed_health import absent_feeds
from registry.filters import LAYERS, LIST_GROUPS, TIERS, WARNING_KINDS, ListFilter
from registry.models import DeliveryRecord
from registry.queries import require_edition
from registry.roles import Actor
from registry.scoring_told import scored_in_words, stepped_back
from registry.visits import VisitFigures, figures_known_at
from rules import Rule, rules_of
from rules.parameters import load_parameters
from schemas.codes import CODE_LISTS, CodeList

__all__ = ["PAGES", "groups", "today", "visited", "worked"]

_VERIFY = "verify"
_ALL = "all"
_COLOURS = {"red": "#b3261e", "orange": "#d9822b", "yellow": "#e8c14a"}
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
    at_once = now.families <= _COUNTED_AT_ONCE
    in_memory = at_once or edition.as_of == known[-1].as_of  # the newest list is, however large
    moved = flows(request, points, reader.scope) if at_once else []
    held = covered(request, edition, reader) if at_once else None
    many = len(reader.area.streets) > 1
    streets = CODE_LISTS["street"].only(reader.area.streets)
    families = cross(engine, edition.edition_id, "families", reader.scope)
    return render(
        request,
        "overview.html",
        title=gettext("监测概览"),
        edition=edition,
        counted=now,
        at_once=at_once,
        proposed=count_of(request, edition, ListFilter.of(reader.scope).proposed()) if in_memory else None,
        flows=moved,
        flow_chart=flow_chart(moved) if moved else None,
        covered=held,
        covered_at=covered_at(held),
        coverage_chart=coverage_chart(held) if held else None,
        allowances=CODE_LISTS["allowance_kind"],
        many=many,
        rule_title=rule_title,
        street_name=street_name,
        absent=absent_feeds(engine, edition),
        stepped_back=scored_in_words(edition) if stepped_back(edition) else "",
        months=[each.as_of for each in reversed(known)],
        trend=_trend(points[-MONTHS:]),
        worked=worked(request, reader),
        verified=worked(request, reader, _VERIFY),
        verifies=_VERIFY in audiences(reader),
        rates=_rated(rates(engine, today(request), actor=reader), streets.codes) if reader.may("case.read") else {},
        follow_ups=FOLLOW_UPS,
        audiences=AUDIENCE,
        visited=visited(request, reader),
        groups=groups(),
        warnings=sorted(rules_of(*reader.scope.kinds), key=lambda rule: WARNING_KINDS.codes.index(rule.kind)),
        families=families,
        people=cross(engine, edition.edition_id, "members", reader.scope),
        lines=_lines(),
        places=[*streets.codes, *([""] if families.at("", street="") else [])] if many else [],
        tier_chart=_tier_chart(families, streets) if many else None,
        warned=cross(engine, edition.edition_id, "warnings", reader.scope),
        streets=streets,
        tiers=TIERS,
        kinds=WARNING_KINDS.only(reader.scope.kinds),
    )


@dataclass(frozen=True, slots=True)
class Line:
    """One line of what the list is made of; `word` is the filter for its families, `about` the page that tells it."""

    title: str
    topic: str = ""
    tier: str | None = None
    part: str | None = None
    word: str = ""
    about: str = ""


def _lines() -> list[Line]:
    """The whole list, its tiers, its layers, its groups, and what a decision has put there."""
    return [
        Line(gettext("名单合计（每户计一次）")),
        *(Line(gettext(TIERS.title_of(each)), tier=each, word=f"tier={each}") for each in TIERS.codes),
        *(Line(gettext(LAYERS.title_of(each)), part=each) for each in LAYERS.codes),
        *(
            Line(rule_title(each), topic=each.id, word=f"group={each.id}", about=f"/rules/{each.id}")
            for each in groups()
        ),
        Line(gettext(LIST_GROUPS.title_of(VERIFIED)), topic=VERIFIED, word=f"group={VERIFIED}"),
    ]


def _tier_chart(families: Cross, streets: CodeList) -> Chart:
    """Families by tier in each street."""
    rows: list[Row] = [
        (street_name(street), gettext(TIERS.title_of(tier)), families.at("", street=street, tier=tier))
        for street in streets.codes
        for tier in TIERS.codes
    ]
    colours = {gettext(TIERS.title_of(each)): colour for each, colour in _COLOURS.items()}
    return bars(gettext("各街道等级（户）"), rows, place=gettext("街道"), colours=colours)


def _rated(found: Collection[Rate], streets: Iterable[str]) -> dict[str, dict[str, Rate]]:
    """Rates by street and kind, of every street once there is one of any; of all together under `_ALL`."""
    told: dict[str, dict[str, Rate]] = {each: {} for each in streets} if found else {}
    for each in found:
        told.setdefault(each.street_code or "", {})[each.kind] = each
        before = told.setdefault(_ALL, {}).get(each.kind, Rate(each.kind, None, 0, 0, 0))
        told[_ALL][each.kind] = Rate(
            each.kind,
            None,
            before.recorded + each.recorded,
            before.done + each.done,
            before.overdue + each.overdue,
        )
    return told


def _trend(points: Sequence[Point]) -> Chart:
    layers = {code: gettext(LAYERS.title_of(code)) for code in ("registered", "extended")}
    rows: list[Row] = [
        (f"{each.as_of:%Y-%m}", layers[layer], number)
        for each in points
        for layer, number in (("registered", each.registered), ("extended", each.extended))
    ]
    return bars(gettext("各月名单（户）"), rows, place=gettext("月份"))


def worked(request: Request, reader: Actor, audience: str = "need") -> dict[str, dict[str, int]]:
    """Open, overdue and closed cases by street; nothing for readers without cases of that kind."""
    if not reader.may("case.read") or audience not in audiences(reader):
        return {}
    return case_counts(request.app.state.engine, today(request), actor=reader, audience=audience, by="street")


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
