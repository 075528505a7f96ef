"""The queue of cases, one case with its visit form, and what is done with a case.

What belongs here: pages and forms. What is allowed is decided in `registry.casework`; nothing is added here.
"""

from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query, Request, Response, status
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import FormData, UploadFile

from portal.access import Posted, Reader
from portal.faults import said
from portal.forms import day_of, desk_of, done, number_of, text_of, version_of
from portal.language import gettext
from portal.page import Nav, Page, render
from portal.people import people_of_cases
from registry.casework.acts import assign, assign_all, close, close_all, give_back, needs_second, start, withdraw
from registry.casework.codes import (
    ANSWERS,
    AUDIENCE,
    CASE_EVENTS,
    CASE_STATES,
    CONTACTS,
    FILED_BY,
    MEANS,
    OPEN,
    OUTCOMES,
    REASONS,
)
from registry.casework.counting import case_counts
from registry.casework.desk import Desk, instant
from registry.casework.history import case_history
from registry.casework.queue import SORTS, QueueFilter, queue
from registry.casework.rights import audiences
from registry.casework.visits import VisitForm, record_visit
from registry.casework.workers import able_workers
from registry.errors import CaseError
from registry.filters import TIERS
from registry.roles import Actor
from rules import get_rule
from schemas.codes import CODE_LISTS

__all__ = ["PAGES", "draw_case"]

_ROWS = 50
_PHOTO_KILOBYTES = 32 * 1024
_NEED = "need"
_SORT_TITLES = {"due": "期限", "urgency": "等级", "opened": "立案时间", "street": "街道"}


class _Asked(BaseModel):
    """What a reader of the queue asks for; unknown words are refused by the queue itself."""

    model_config = ConfigDict(extra="forbid")

    state: str = "open"
    audience: str = _NEED
    street: str = ""
    assignee: str = ""
    urgency: str = ""
    sort: str = "due"
    page: int = Field(default=1, ge=1, le=10_000)

    def wanted(self, reader: Actor) -> QueueFilter:
        """The same as the queue takes it."""
        return QueueFilter(
            states=OPEN if self.state == "open" else (self.state,),
            audience=self.audience,
            street=self.street or None,
            assignee=(reader.name if self.assignee == "me" else self.assignee) or None,
            urgency=self.urgency or None,
        )


def _queue(request: Request, reader: Reader, asked: Annotated[_Asked, Query()]) -> Response:
    desk = desk_of(request)
    today = desk.day(instant(None))
    page = asked.page
    audience = asked.audience
    found = queue(
        desk.engine, asked.wanted(reader), actor=reader, sort=asked.sort, limit=_ROWS, offset=(page - 1) * _ROWS
    )
    kept = {key: value for key, value in asked.model_dump(exclude={"page"}).items() if value}

    def address(number: int) -> str:
        return f"/cases?{urlencode({**kept, 'page': number})}"

    return render(
        request,
        "cases.html",
        title="核查任务",
        found=found,
        heads=people_of_cases(request, reader, "cases page", {each.case_id: each.family_id for each in found.rows}),
        asked=asked,
        today=today,
        counts=case_counts(desk.engine, today, actor=reader, audience=audience, by="state"),
        workers=able_workers(desk.engine, actor=reader, audience=audience) if reader.may("case.assign") else {},
        audiences={each: AUDIENCE.title_of(each) for each in audiences(reader)},
        states=CASE_STATES,
        tiers=TIERS,
        streets=CODE_LISTS["street"].only(reader.area.streets),
        reasons=REASONS,
        sorts={each: _SORT_TITLES[each] for each in SORTS},
        rule=get_rule,
        page=page,
        back=address(page - 1) if page > 1 else None,
        on=address(page + 1) if found.total > page * _ROWS else None,
    )


def _case(request: Request, reader: Reader, case_id: str, problem: str = "") -> Response:
    return draw_case(request, reader, case_id, problem=problem)


def draw_case(request: Request, reader: Actor, case_id: str, *, problem: str = "", code: int = 200) -> Response:
    """The page of a case, with the reason why something was not done."""
    desk = desk_of(request)
    found = case_history(desk.engine, case_id, actor=reader)
    now = instant(None)
    latest = {
        warning: answer
        for visit in found.visits
        if visit.round == found.case.round
        for warning, answer in visit.answers.items()
    }
    return render(
        request,
        "case.html",
        code=code,
        title="核查任务",
        found=found,
        case=found.case,
        problem=problem,
        today=desk.day(now),
        latest=latest,
        head=people_of_cases(request, reader, "case page", {case_id: found.case.family_id}).get(case_id),
        two=needs_second(found.case, desk.limits(now)),  # type: ignore[arg-type]
        mine=found.case.assignee == reader.name,
        workers=able_workers(desk.engine, actor=reader, audience=found.case.audience)
        if reader.may("case.assign")
        else {},
        states=CASE_STATES,
        happened=CASE_EVENTS,
        outcomes=OUTCOMES,
        means=MEANS,
        contacts=CONTACTS,
        answers=ANSWERS,
        reasons=REASONS,
        filed_by=FILED_BY,
        tiers=TIERS,
        streets=CODE_LISTS["street"],
        communities=CODE_LISTS["community"],
        rule=get_rule,
    )


def _done(request: Request, reader: Actor, case_id: str, act: Callable[[Desk], object]) -> Response:
    """Do it and show the case as it is then, or say on the case's page why it was not done."""

    def drawn(problem: str, code: int) -> Response:
        return draw_case(request, reader, case_id, problem=problem, code=code)

    return done(request, act, to=f"/cases/{case_id}", drawn=drawn)


def _assign(request: Request, reader: Reader, posted: Posted, case_id: str) -> Response:
    to, reason = text_of(posted, "to"), text_of(posted, "reason") or None
    return _done(
        request,
        reader,
        case_id,
        lambda desk: assign(desk, case_id, to, actor=reader, version=version_of(posted), reason=reason),
    )


def _start(request: Request, reader: Reader, posted: Posted, case_id: str) -> Response:
    return _done(request, reader, case_id, lambda desk: start(desk, case_id, actor=reader, version=version_of(posted)))


def _close(request: Request, reader: Reader, posted: Posted, case_id: str) -> Response:
    return _done(request, reader, case_id, lambda desk: close(desk, case_id, actor=reader, version=version_of(posted)))


def _return(request: Request, reader: Reader, posted: Posted, case_id: str) -> Response:
    reason = text_of(posted, "reason")
    return _done(
        request,
        reader,
        case_id,
        lambda desk: give_back(desk, case_id, reason, actor=reader, version=version_of(posted)),
    )


def _withdraw(request: Request, reader: Reader, posted: Posted, case_id: str) -> Response:
    return _done(
        request, reader, case_id, lambda desk: withdraw(desk, case_id, actor=reader, version=version_of(posted))
    )


def _visit(request: Request, reader: Reader, posted: Posted, case_id: str) -> Response:
    def act(desk: Desk) -> object:
        form = VisitForm(
            visited_on=day_of(posted, "visited_on"),
            means=text_of(posted, "means"),
            contact=text_of(posted, "contact"),
            answers={
                key.removeprefix("answer."): str(value)
                for key, value in posted.items()
                if key.startswith("answer.") and value
            },
            outcome=text_of(posted, "outcome") or None,
            note=text_of(posted, "note"),
            photos=_photos(posted),
        )
        return record_visit(desk, case_id, form, actor=reader, version=version_of(posted))

    return _done(request, reader, case_id, act)


def _bulk(request: Request, reader: Reader, posted: Posted) -> Response:
    """Dispatch or close the cases that were ticked: all of them, or none with the reason told."""
    desk = desk_of(request)
    try:
        chosen = _chosen(posted)
        if text_of(posted, "act") == "close":
            close_all(desk, chosen, actor=reader)
        else:
            assign_all(desk, chosen, text_of(posted, "to"), actor=reader, reason=text_of(posted, "reason") or None)
    except CaseError as error:
        return render(
            request, "error.html", code=status.HTTP_409_CONFLICT, title=gettext("没有办理"), message=said(error)
        )
    return RedirectResponse("/cases", status.HTTP_303_SEE_OTHER)


def _chosen(posted: FormData) -> dict[str, int]:
    """The cases that were ticked with the version that was seen of each."""
    chosen = dict(_ticked(str(each)) for each in posted.getlist("case"))
    if not chosen:
        raise CaseError("tick the cases that are meant")
    return chosen


def _ticked(value: str) -> tuple[str, int]:
    case_id, _, version = value.partition(":")
    return case_id, number_of(version)


def _photos(posted: FormData) -> list[bytes]:
    sent: list[Any] = posted.getlist("photos")
    return [content for each in sent if isinstance(each, UploadFile) if (content := each.file.read())]


_POST = ("POST",)

PAGES = (
    Page("/cases", _queue, "case.read", nav=Nav("核查任务", 30)),
    Page("/cases/bulk", _bulk, "case.assign", methods=_POST),
    Page("/cases/{case_id}", _case, "case.read"),
    Page("/cases/{case_id}/assign", _assign, "case.assign", methods=_POST),
    Page("/cases/{case_id}/start", _start, "case.work", methods=_POST),
    Page("/cases/{case_id}/visit", _visit, "case.work", methods=_POST, body_kilobytes=_PHOTO_KILOBYTES),
    Page("/cases/{case_id}/close", _close, "case.assign", methods=_POST),
    Page("/cases/{case_id}/return", _return, "case.assign", methods=_POST),
    Page("/cases/{case_id}/withdraw", _withdraw, "case.assign", methods=_POST),
)
