"""Which edition answers, and which months there are: looked up once for each publication.

What belongs here: keeping what does not change until something is published.
"""

from datetime import date

from fastapi import Request
from sqlalchemy import Engine, func, select

from registry.asked import Question
from registry.counts import timeline
from registry.models import Publication
from registry.queries import EditionInfo, previous_edition, require_edition
from registry.roles import Actor
from registry.scope import Scope
from registry.summary import EditionSummary, summary

__all__ = ["MONTHS", "counted", "edition_before", "edition_for", "months_for"]

MONTHS = 12
"""So many months, at most, stand on pages."""

_MOST_KEPT = 200
_LATEST = Question(select(func.max(Publication.publication_id).label("latest")))


def edition_for(request: Request, as_of: date | None) -> EditionInfo:
    """The edition that answers (`registry.queries.require_edition`), kept until another one is published."""
    kept: dict[tuple[int | None, date | None], EditionInfo] = request.app.state.editions
    key = (_publications(request), as_of)
    if key not in kept:
        if len(kept) >= _MOST_KEPT:
            kept.clear()
        kept[key] = require_edition(request.app.state.engine, as_of)
    return kept[key]


def edition_before(request: Request, edition: EditionInfo) -> EditionInfo | None:
    """The edition that answers for the time before this one's (`registry.queries.previous_edition`), kept likewise."""
    kept: dict[tuple[int | None, str], EditionInfo | None] = request.app.state.editions_before
    key = (_publications(request), edition.edition_id)
    if key not in kept:
        if len(kept) >= _MOST_KEPT:
            kept.clear()
        kept[key] = previous_edition(request.app.state.engine, edition)
    return kept[key]


def months_for(request: Request, reader: Actor) -> list[date]:
    """The latest published months, the newest first, kept until another one is published."""
    kept: dict[tuple[int | None, Scope], list[date]] = request.app.state.months
    key = (_publications(request), reader.scope)
    if key not in kept:
        if len(kept) >= _MOST_KEPT:
            kept.clear()
        kept[key] = [each.as_of for each in reversed(timeline(request.app.state.engine, MONTHS, reader.scope))]
    return kept[key]


def _publications(request: Request) -> int | None:
    """The number of the latest publication: while it is the same, the same editions answer. Asked once a request."""
    if not hasattr(request.state, "publications"):
        request.state.publications = _LATEST.rows(request.app.state.engine)[0]["latest"]
    latest: int | None = request.state.publications
    return latest


def counted(request: Request, edition: EditionInfo, scope: Scope) -> EditionSummary:
    """The summary of a published edition, kept: what is published does not change, nor does what it follows."""
    engine: Engine = request.app.state.engine
    before = edition_before(request, edition)
    key = (edition.edition_id, before.edition_id if before else "", scope)
    kept: dict[tuple[str, str, Scope], EditionSummary] = request.app.state.summaries
    if key not in kept:
        kept[key] = summary(engine, edition.edition_id, scope)
    return kept[key]
