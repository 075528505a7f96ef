"""One family (一户一档): members, reasons, timeline, what it receives, what is open; and its letter.

What belongs here: the page and the letter. What a reader may know is decided in `registry.dossier`.
"""

from base64 import b64encode
from collections.abc import Sequence
from datetime import date
from hashlib import sha256
from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy import Engine

from editions.changes import CHANGE_REASONS
from editions.standing import STATUSES
from portal.access import Reader
from portal.family_desk import desk_section
from portal.page import Page, render
from registry.casework.codes import AUDIENCE, CASE_STATES, CONTACTS, MEANS, OUTCOMES
from registry.casework.history import FamilyVisit, visits_of_cases
from registry.casework.queue import CaseRow, cases_of_family
from registry.dossier import Dossier, dossier
from registry.errors import CaseNotFoundError
from registry.filters import WARNING_KINDS
from registry.letters import as_html, letter_to
from registry.roles import Actor
from registry.timeline import TimelineEvent
from rules import all_rules
from schemas.settings import Settings

__all__ = ["PAGES", "letter_page"]

_RECENT = 40
_CLOSED = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def _family(request: Request, reader: Reader, family_id: str, as_of: date | None = None) -> Response:
    engine: Engine = request.app.state.engine
    settings: Settings = request.app.state.settings
    found = dossier(engine, settings, family_id, actor=reader, as_of=as_of)
    cases = _cases(engine, family_id, reader)
    visits = visits_of_cases(engine, cases, actor=reader) if reader.may("case.read") else []
    return render(
        request,
        "family.html",
        title="一户一档",
        found=found,
        told=found.explanation,
        cases=cases,
        visits=visits,
        delivered=_delivered(found, visits),
        case_states=CASE_STATES,
        audiences=AUDIENCE,
        outcomes=OUTCOMES,
        means=MEANS,
        contacts=CONTACTS,
        desk=_desk(request, reader, family_id),
        suggested={each.measure for each in found.explanation.measures},
        recent=_RECENT,
        kinds=WARNING_KINDS,
        rules_known=all_rules(),
        statuses=STATUSES,
        left_reasons=CHANGE_REASONS,
    )


def _cases(engine: Engine, family_id: str, reader: Actor) -> list[CaseRow]:
    return cases_of_family(engine, family_id, actor=reader) if reader.may("case.read") else []


def _delivered(found: Dossier, visits: Sequence[FamilyVisit]) -> list[TimelineEvent]:
    """Visits that departments delivered, one a day and outcome; those that stand in a case here are left out."""
    here = {each.visited_on for each in visits}
    told = {
        (each.happened_on, each.sentence): each
        for each in found.events
        if each.table == "visits" and each.happened_on not in here
    }
    return list(told.values())


def _desk(request: Request, reader: Actor, family_id: str) -> dict[str, Any]:
    """The section of casework; none of a family that an earlier list alone shows to the reader."""
    try:
        return desk_section(request, reader, family_id)
    except CaseNotFoundError:
        return {}


def _letter(request: Request, reader: Reader, family_id: str, as_of: date | None = None) -> Response:
    """The letter to the head of the family; it stands alone, so that it prints as it is."""
    return letter_page(request, reader, family_id, as_of)


def letter_page(request: Request, reader: Actor, family_id: str, as_of: date | None) -> Response:
    """The letter, with a policy that allows the one style that it carries within it, and nothing else."""
    letter = letter_to(request.app.state.engine, request.app.state.settings, family_id, actor=reader, as_of=as_of)
    text = as_html(letter)
    style = text.partition("<style>")[2].partition("</style>")[0]
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; {_CLOSED}"
    return HTMLResponse(text, headers={"Content-Security-Policy": policy})


PAGES = (
    Page("/families/{family_id}", _family, "family.read"),
    Page("/families/{family_id}/letter", _letter, "family.read"),
)
