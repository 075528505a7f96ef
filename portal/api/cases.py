"""Cases for programs: the queue, one case, and what is done with it, by the same rules as on the pages.

What belongs here: addresses. What is allowed, two persons among it, is decided in `registry.casework`.
"""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import Query, Request
from pydantic import Base64Bytes, Field

from portal.access import Reader
from portal.api.case_shapes import Case, CaseLine, Cases, Counted, Put, Seen, Step
from portal.api.operation import Asking, Paged, Text, Word, next_page, operation, told
from portal.forms import desk_of
from portal.people import people_of_cases
from portal.words import rule_name
from registry.casework.acts import assign, assign_all, close, close_all, give_back, needs_second, start, withdraw
from registry.casework.codes import CASE_STATES, OPEN
from registry.casework.counting import case_counts
from registry.casework.desk import Desk, instant
from registry.casework.history import CaseHistory, case_history
from registry.casework.queue import SORTS, QueueFilter, queue
from registry.casework.visits import VisitForm, conclude, record_visit
from registry.errors import CaseError
from registry.roles import Actor
from rules import get_rule

__all__ = ["OPERATIONS"]

_TAG = "cases"
_OPEN = "open"
_PHOTO_KILOBYTES = 48 * 1024  # three bytes of a photo are four of the request
_MOST_PHOTOS = 20
_MOST_CASES = 500


class _Asked(Paged):
    state: str = Field(default=_OPEN, json_schema_extra={"enum": [_OPEN, *CASE_STATES.codes]})
    audience: str = Field(default="need", json_schema_extra={"enum": ["need", "verify"]})
    street: Word = ""
    community: Word = ""
    assignee: Word = Field(default="", description="Name of an account; `me` for the token's own")
    urgency: Word = ""
    outcome: Word = ""
    rule: Word = ""
    due_before: date | None = None
    sort: str = Field(default="due", json_schema_extra={"enum": [*SORTS]})

    def wanted(self, reader: Actor) -> QueueFilter:
        """The same as the queue takes it."""
        return QueueFilter(
            states=OPEN if self.state == _OPEN else (self.state,),
            audience=self.audience,
            street=self.street or None,
            community=self.community or None,
            assignee=(reader.name if self.assignee == "me" else self.assignee) or None,
            urgency=self.urgency or None,
            outcome=self.outcome or None,
            rule=get_rule(self.rule).id if self.rule else None,
            due_before=self.due_before,
        )


class _Counting(Asking):
    audience: str = Field(default="need", json_schema_extra={"enum": ["need", "verify"]})
    by: Literal["state", "street", "community", "assignee", "urgency"] = "state"


class SeenVersion(Asking):
    """An act on what was read: when somebody else was faster it is refused (409)."""

    version: int = Field(ge=1, le=1_000_000, description="Version of the case that was read")


class Assignment(SeenVersion):
    """To whom the case goes; with a reason when it leaves somebody."""

    to: Word = Field(min_length=1)
    reason: Word | None = None


class Concluding(SeenVersion):
    """The result of the visits that are recorded already."""

    result: Word = Field(min_length=1)


class Returning(SeenVersion):
    """Why a result is sent back."""

    reason: Word = Field(min_length=1)


class Visit(SeenVersion):
    """What a visit brought; with an outcome, the result that is proposed. The note and the photos are sealed."""

    visited_on: date
    means: Word
    contact: Word
    answers: dict[Word, Word] = Field(default={}, max_length=200, description="By warning id: yes, no or unclear")
    outcome: Word | None = None
    note: Text = ""
    photos: list[Base64Bytes] = Field(default=[], max_length=_MOST_PHOTOS, description="JPEG or PNG, in Base64")


class Bulk(Asking):
    """Several cases at once, all or none; those that need a second person are closed one by one."""

    act: Literal["assign", "close"]
    cases: dict[Word, int] = Field(min_length=1, max_length=_MOST_CASES, description="Id and version seen of each")
    to: Word = ""
    reason: Word | None = None


class Done(Asking):
    """How many cases were dispatched or closed."""

    cases: int


def list_cases(request: Request, reader: Reader, asked: Annotated[_Asked, Query()]) -> Any:
    """The queue: cases of the reader's area and of the kinds of questions that the reader may see."""
    desk = desk_of(request)
    found = queue(
        desk.engine, asked.wanted(reader), actor=reader, sort=asked.sort, limit=asked.size, offset=asked.offset
    )
    heads = people_of_cases(request, reader, "cases API", {each.case_id: each.family_id for each in found.rows})
    items = [
        told(CaseLine, each, head_name=heads[each.case_id].name if each.case_id in heads else None)
        for each in found.rows
    ]
    on = next_page(request, asked.page, asked.size, found.total)
    return {"total": found.total, "page": asked.page, "size": asked.size, "next": on, "items": items}


def count_cases(request: Request, reader: Reader, asked: Annotated[_Counting, Query()]) -> Any:
    """Open, overdue and closed cases by state, street, community, worker or urgency."""
    desk = desk_of(request)
    today = desk.day(instant(None))
    counts = case_counts(desk.engine, today, actor=reader, audience=asked.audience, by=asked.by)
    return [{"key": key, **numbers} for key, numbers in sorted(counts.items())]


def get_case(request: Request, reader: Reader, case_id: str) -> Any:
    """One case with its questions, visits and events; one that the reader may not see does not exist."""
    return _told(request, reader, case_id)


def _told(request: Request, reader: Actor, case_id: str) -> dict[str, Any]:
    desk = desk_of(request)
    found = case_history(desk.engine, case_id, actor=reader)
    head = people_of_cases(request, reader, "case API", {case_id: found.case.family_id}).get(case_id)
    limits = desk.limits(instant(None))
    return {
        "case": told(CaseLine, found.case, head_name=head.name if head else None),
        "head": head,
        "needs_second_person": needs_second(found.case, limits),  # type: ignore[arg-type]  # a row has what it asks
        "questions": _questions(found),
        "visits": [told(Seen, each, objects=[kept[0] for kept in each.objects]) for each in found.visits],
        "events": [told(Step, each) for each in found.events],
    }


def _questions(found: CaseHistory) -> list[dict[str, object]]:
    latest = {
        warning: answer
        for visit in found.visits
        if visit.round == found.case.round
        for warning, answer in visit.answers.items()
    }
    return [
        told(
            Put,
            each,
            title=rule_name(each.rule_id),
            question=get_rule(each.rule_id).question,
            open=each in found.open_questions,
            answer=latest.get(each.warning_id),
        )
        for each in found.questions
    ]


def _done(request: Request, reader: Actor, case_id: str, act: Callable[[Desk], object]) -> dict[str, Any]:
    """Do it, and tell how the case stands then; why it was not done is answered for the whole application."""
    act(desk_of(request))
    return _told(request, reader, case_id)


def assign_case(request: Request, reader: Reader, case_id: str, asked: Assignment) -> Any:
    """Give the case to a worker; one that has been given already goes over with a reason (改派)."""
    return _done(
        request,
        reader,
        case_id,
        lambda desk: assign(desk, case_id, asked.to, actor=reader, version=asked.version, reason=asked.reason),
    )


def start_case(request: Request, reader: Reader, case_id: str, asked: SeenVersion) -> Any:
    """Begin to check; by the worker to whom the case was given."""
    return _done(request, reader, case_id, lambda desk: start(desk, case_id, actor=reader, version=asked.version))


def record_case_visit(request: Request, reader: Reader, case_id: str, asked: Visit) -> Any:
    """Record a visit and, with an outcome, propose the result; closing it is another act, often another person's."""
    form = VisitForm(**{name: value for name, value in asked if name != "version"})
    return _done(
        request, reader, case_id, lambda desk: record_visit(desk, case_id, form, actor=reader, version=asked.version)
    )


def conclude_case(request: Request, reader: Reader, case_id: str, asked: Concluding) -> Any:
    """Propose the result of the visits that are recorded already; closing it is another act."""
    return _done(
        request,
        reader,
        case_id,
        lambda desk: conclude(desk, case_id, asked.result, actor=reader, version=asked.version),
    )


def close_case(request: Request, reader: Reader, case_id: str, asked: SeenVersion) -> Any:
    """Close with the result that was given. One that goes against the family needs a second person who may approve."""
    return _done(request, reader, case_id, lambda desk: close(desk, case_id, actor=reader, version=asked.version))


def return_case(request: Request, reader: Reader, case_id: str, asked: Returning) -> Any:
    """Send a result back to be checked again (退回补查); by another person than the one who gave it."""
    return _done(
        request,
        reader,
        case_id,
        lambda desk: give_back(desk, case_id, asked.reason, actor=reader, version=asked.version),
    )


def withdraw_case(request: Request, reader: Reader, case_id: str, asked: SeenVersion) -> Any:
    """Close a case none of whose questions the newest edition still raises."""
    return _done(request, reader, case_id, lambda desk: withdraw(desk, case_id, actor=reader, version=asked.version))


def act_on_cases(request: Request, reader: Reader, asked: Bulk) -> Any:
    """Dispatch or close several cases: all of them, or none with the reason told."""
    desk = desk_of(request)
    cases: dict[str, int | None] = {**asked.cases}
    if asked.act == "close":
        close_all(desk, cases, actor=reader)
    elif not asked.to:
        raise CaseError("say to whom the cases go")
    else:
        assign_all(desk, cases, asked.to, actor=reader, reason=asked.reason)
    return {"cases": len(cases)}


def _act(path: str, endpoint: Callable[..., object], permission: str, summary: str, **more: Any) -> Any:
    return operation(
        f"/cases/{{case_id}}/{path}", endpoint, permission, summary, tag=_TAG, answer=Case, method="POST", **more
    )


OPERATIONS = (
    operation("/cases", list_cases, "case.read", "核查任务", tag=_TAG, answer=Cases),
    operation("/cases/counts", count_cases, "case.read", "任务统计", tag=_TAG, answer=list[Counted]),
    operation("/cases/bulk", act_on_cases, "case.assign", "批量派发或办结", tag=_TAG, answer=Done, method="POST"),
    operation("/cases/{case_id}", get_case, "case.read", "一件核查任务", tag=_TAG, answer=Case),
    _act("assign", assign_case, "case.assign", "派发或改派"),
    _act("start", start_case, "case.work", "开始核查"),
    _act("visits", record_case_visit, "case.work", "记录走访", body_kilobytes=_PHOTO_KILOBYTES),
    _act("close", close_case, "case.assign", "办结"),
    _act("conclude", conclude_case, "case.work", "提出结果"),
    _act("return", return_case, "case.assign", "退回补查"),
    _act("withdraw", withdraw_case, "case.assign", "问题不再提出，结束任务"),
)
