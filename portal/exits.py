"""Families that are proposed to leave: agreed, approved by a second person, or kept; one by one.

What belongs here: the page and its forms. Families are counted, as on the list and the overview; each form names one
proposal, a family and a ground, and there is none for several at once.
"""

from collections.abc import Callable
from typing import Annotated

from fastapi import Query, Request, Response

from editions.changes import CHANGE_REASONS
from editions.grounds import GROUNDS
from portal.access import Posted, Reader
from portal.forms import desk_of, done, text_of
from portal.page import Nav, Page, render
from portal.people import people_of
from registry.casework.codes import EXIT_EVENTS
from registry.casework.desk import Desk
from registry.casework.exits import ProposedExit, agree_exit, approve_exit, exit_desk, proposed_exits, refuse_exit
from registry.casework.rights import no_case, same_person
from registry.decisions import DECISION_REASONS
from registry.queries import require_edition
from registry.roles import Actor
from schemas.codes import CODE_LISTS

__all__ = ["PAGES", "exit_of"]

_FAMILIES = 50


def _exits(request: Request, reader: Reader, page: Annotated[int, Query(ge=1, le=10_000)] = 1) -> Response:
    return _drawn(request, reader, page=page)


def _drawn(request: Request, reader: Actor, problem: str = "", code: int = 200, *, page: int = 1) -> Response:
    found = exit_desk(desk_of(request), actor=reader)
    families: dict[str, list[ProposedExit]] = {}
    for each in found.waiting:
        families.setdefault(each.family_id, []).append(each)
    shown = dict(list(families.items())[(page - 1) * _FAMILIES : page * _FAMILIES])
    return render(
        request,
        "exits.html",
        code=code,
        title="拟退出",
        problem=problem,
        families=shown,
        found=found,
        as_of=require_edition(request.app.state.engine).as_of,
        heads=people_of(request, reader, "exits page", shown),
        mine={each.exit_id for each in found.waiting if each.agreed_by and same_person(each.agreed_by, reader.name)},
        states=EXIT_EVENTS,
        grounds=GROUNDS,
        why=CHANGE_REASONS,
        reasons=DECISION_REASONS,
        streets=CODE_LISTS["street"],
        page=page,
        back=f"/exits?page={page - 1}" if page > 1 else None,
        on=f"/exits?page={page + 1}" if len(families) > page * _FAMILIES else None,
    )


def exit_of(desk: Desk, reader: Actor, exit_id: str) -> ProposedExit:
    """One that awaits the reader's area; raises `CaseNotFoundError`."""
    for each in proposed_exits(desk, actor=reader):
        if each.exit_id == exit_id:
            return each
    raise no_case("proposed exit", exit_id)


def _done(
    request: Request, reader: Actor, exit_id: str, act: Callable[[Desk, ProposedExit], object], told: str
) -> Response:
    def one(desk: Desk) -> object:
        return act(desk, exit_of(desk, reader, exit_id))

    return done(request, one, to="/exits", drawn=lambda said, code: _drawn(request, reader, said, code), told=told)


def _agree(request: Request, reader: Reader, posted: Posted, exit_id: str) -> Response:
    reason = text_of(posted, "reason")
    return _done(
        request,
        reader,
        exit_id,
        lambda desk, each: agree_exit(desk, each.family_id, each.ground, reason, actor=reader),
        "agreed",
    )


def _approve(request: Request, reader: Reader, exit_id: str) -> Response:
    return _done(
        request,
        reader,
        exit_id,
        lambda desk, each: approve_exit(desk, each.family_id, each.ground, actor=reader),
        "approved",
    )


def _refuse(request: Request, reader: Reader, posted: Posted, exit_id: str) -> Response:
    reason = text_of(posted, "reason")
    return _done(
        request,
        reader,
        exit_id,
        lambda desk, each: refuse_exit(desk, each.family_id, each.ground, reason, actor=reader),
        "kept",
    )


_POST = ("POST",)

PAGES = (
    Page("/exits", _exits, "case.read", nav=Nav("拟退出", 32)),
    Page("/exits/{exit_id}/agree", _agree, "case.assign", methods=_POST),
    Page("/exits/{exit_id}/approve", _approve, "case.approve", methods=_POST),
    Page("/exits/{exit_id}/refuse", _refuse, "case.assign", methods=_POST),
)
