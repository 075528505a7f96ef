"""The overview: families by group, tier and street, the months before, and the warnings. Counts only."""

from datetime import date

from fastapi import Request, Response
from sqlalchemy import Engine

from portal.access import Reader
from portal.chart import HEIGHT, WIDTH, bars
from portal.page import Nav, Page, render
from registry.counts import cross, timeline
from registry.feed_health import absent_feeds
from registry.filters import TIERS, WARNING_KINDS
from registry.queries import EditionInfo, EditionSummary, previous_edition, require_edition, summary
from registry.scope import Scope
from rules import Rule, rules_of
from schemas.codes import CODE_LISTS

__all__ = ["MONTHS", "PAGES", "groups"]

MONTHS = 12


def groups() -> list[Rule]:
    """The six groups in the order of their definitions."""
    return sorted(rules_of("group"), key=lambda rule: (rule.lines, rule.id))


def _summary(request: Request, edition: EditionInfo, scope: Scope) -> EditionSummary:
    """The summary of a published edition, kept: what is published does not change, nor does what it follows."""
    engine: Engine = request.app.state.engine
    before = previous_edition(engine, edition)
    key = (edition.edition_id, before.edition_id if before else "", scope)
    kept: dict[tuple[str, str, Scope], EditionSummary] = request.app.state.summaries
    if key not in kept:
        kept[key] = summary(engine, edition.edition_id, scope)
    return kept[key]


def _overview(request: Request, reader: Reader, as_of: date | None = None) -> Response:
    engine: Engine = request.app.state.engine
    edition = require_edition(engine, as_of)
    points = timeline(engine, MONTHS, reader.scope)
    return render(
        request,
        "overview.html",
        title="监测概览",
        edition=edition,
        counted=_summary(request, edition, reader.scope),
        absent=absent_feeds(engine, edition),
        months=[each.as_of for each in reversed(points)],
        bars=bars([each for each in points if each.as_of <= edition.as_of]),
        width=WIDTH,
        height=HEIGHT,
        groups=groups(),
        warnings=sorted(rules_of(*reader.scope.kinds), key=lambda rule: WARNING_KINDS.codes.index(rule.kind)),
        families=cross(engine, edition.edition_id, "families", reader.scope),
        warned=cross(engine, edition.edition_id, "warnings", reader.scope),
        streets=CODE_LISTS["street"].only(reader.area.streets),
        tiers=TIERS,
        kinds=WARNING_KINDS.only(reader.scope.kinds),
    )


PAGES = (Page("/", _overview, "overview.read", nav=Nav("监测概览", 10)),)
