"""Protected families (地址保护): whose address is hidden, and ending it by two persons.

What belongs here: the page and its forms. What a protection hides stands in `registry.reader_vault`.
"""

from collections.abc import Callable
from typing import Annotated

from fastapi import Query, Request, Response
from pydantic import BaseModel, ConfigDict

from portal.access import Posted, Reader
from portal.forms import desk_of, done, optional_day_of, text_of, version_of
from portal.page import Nav, Page, render
from portal.people import people_of
from registry.casework.codes import PROTECTION_EVENTS, PROTECTION_REASONS
from registry.casework.desk import Desk, instant
from registry.casework.families import visible_family
from registry.casework.protection import end, keep, propose_end, protect, protections
from registry.roles import Actor

__all__ = ["PAGES"]


class _Asked(BaseModel):
    """The family that is meant, from its own page."""

    model_config = ConfigDict(extra="forbid")

    family: str = ""


def _list(request: Request, reader: Reader, asked: Annotated[_Asked, Query()]) -> Response:
    return _drawn(request, reader, asked.family)


def _drawn(request: Request, reader: Actor, family_id: str = "", problem: str = "", code: int = 200) -> Response:
    desk = desk_of(request)
    if family_id:
        with desk.engine.connect() as connection:
            visible_family(connection, reader, family_id)
    today = desk.day(instant(None))
    rows = protections(desk.engine, today, actor=reader)
    named = {*(each.family_id for each in rows), *([family_id] if family_id else [])}
    return render(
        request,
        "protections.html",
        code=code,
        title="地址保护",
        problem=problem,
        rows=rows,
        family_id=family_id,
        protected=any(each.family_id == family_id for each in rows),
        heads=people_of(request, reader, "protections page", sorted(named)),
        today=today,
        reasons=PROTECTION_REASONS,
        events=PROTECTION_EVENTS,
    )


def _set(request: Request, reader: Reader, posted: Posted, family_id: str) -> Response:
    def act(desk: Desk) -> object:
        until = optional_day_of(posted, "until")
        return protect(desk, family_id, text_of(posted, "reason"), actor=reader, until=until)

    return _done(request, reader, act, "protected", family_id)


def _propose(request: Request, reader: Reader, posted: Posted, protection_id: str) -> Response:
    def act(desk: Desk) -> None:
        propose_end(desk, protection_id, actor=reader, version=version_of(posted))

    return _done(request, reader, act, "end_proposed")


def _end(request: Request, reader: Reader, posted: Posted, protection_id: str) -> Response:
    def act(desk: Desk) -> None:
        end(desk, protection_id, actor=reader, version=version_of(posted))

    return _done(request, reader, act, "ended")


def _keep(request: Request, reader: Reader, posted: Posted, protection_id: str) -> Response:
    def act(desk: Desk) -> None:
        keep(desk, protection_id, actor=reader, version=version_of(posted))

    return _done(request, reader, act, "kept_protected")


def _done(request: Request, reader: Actor, act: Callable[[Desk], object], told: str, family_id: str = "") -> Response:
    def drawn(problem: str, code: int) -> Response:
        return _drawn(request, reader, family_id, problem, code)

    return done(request, act, to="/protections", drawn=drawn, told=told)


_POST = ("POST",)

PAGES = (
    Page("/protections", _list, "family.protect", nav=Nav("地址保护", 38)),
    Page("/families/{family_id}/protection", _set, "family.protect", methods=_POST),
    Page("/protections/{protection_id}/propose", _propose, "family.protect", methods=_POST),
    Page("/protections/{protection_id}/end", _end, "family.protect", methods=_POST),
    Page("/protections/{protection_id}/keep", _keep, "family.protect", methods=_POST),
)
