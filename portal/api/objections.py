"""Objections (申诉) for programs: filed, routed to the department of origin, answered, decided by somebody else."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import Query, Request
from pydantic import Field

from portal.access import Reader
from portal.api.operation import Asking, Paged, Rows, Telling, Text, Word, next_page, operation, told
from portal.forms import desk_of
from portal.people import people_of
from registry.casework.codes import DEPARTMENT_ANSWERS, FILED_BY, OBJECTION_STATES, known
from registry.casework.desk import Desk
from registry.casework.history import case_history
from registry.casework.objection_store import OPEN_OBJECTIONS, Objection, objections, visible_objection
from registry.casework.objections import (
    NewObjection,
    answer_for_department,
    decide_objection,
    file_objection,
    route,
    take_back,
)
from registry.roles import Actor

__all__ = ["OPERATIONS", "ObjectionLine"]

_TAG = "objections"
_OPEN = "open"


class ObjectionLine(Telling):
    """One objection and how it stands; `first_due_on` is the day by which it has to be decided."""

    objection_id: str
    family_id: str
    case_id: str | None
    against: str
    rule_id: str | None
    source_feed: str | None
    filed_by: str
    filed_on: date
    street_code: str | None
    recorded_by: str
    version: int
    at: datetime
    actor: str
    state: str
    due_on: date
    first_due_on: date
    department: str | None
    answer: str | None
    head_name: str | None = Field(description="First character only without `family.identity`")


class Objections(Rows[ObjectionLine]):
    """A page of objections."""


class _Asked(Paged):
    state: str = Field(default=_OPEN, json_schema_extra={"enum": [_OPEN, *OBJECTION_STATES.codes]})


class Filing(Asking):
    """Who objects, when, and in which words, which are sealed."""

    filed_by: str = Field(json_schema_extra={"enum": [*FILED_BY.codes]})
    filed_on: date
    text: Text = ""


class FamilyFiling(Filing):
    """Against the family's standing; with a rule and evidence key, against that fact (see the family's desk)."""

    rule_id: Word | None = None
    evidence_key: Word | None = None


class _Step(Asking):
    version: int = Field(ge=1, le=1_000_000)


class Routing(_Step):
    """To which department; without one, to that of the fact's feed."""

    department: Word | None = None


class Answer(_Step):
    """What the department said."""

    answer: str = Field(json_schema_extra={"enum": [*DEPARTMENT_ANSWERS.codes]})


class Verdict(_Step):
    """How it is decided, by somebody who decided nothing before."""

    verdict: Literal["upheld", "dismissed"]
    reason: Text = Field(min_length=1, description="Why; kept sealed")


class TakingBack(_Step):
    """The family takes it back."""


def list_objections(request: Request, reader: Reader, asked: Annotated[_Asked, Query()]) -> Any:
    """Objections of the reader's area, the earliest due first."""
    if asked.state != _OPEN:
        known(OBJECTION_STATES, asked.state)
    rows, total = objections(
        request.app.state.engine,
        actor=reader,
        states=OPEN_OBJECTIONS if asked.state == _OPEN else (asked.state,),
        limit=asked.size,
        offset=asked.offset,
    )
    on = next_page(request, asked.page, asked.size, total)
    items = _named(request, reader, "objections API", rows)
    return {"total": total, "page": asked.page, "size": asked.size, "next": on, "items": items}


def _named(request: Request, reader: Actor, what: str, rows: list[Objection]) -> list[dict[str, object]]:
    heads = people_of(request, reader, what, [each.family_id for each in rows])
    return [
        told(ObjectionLine, each, head_name=heads[each.family_id].name if each.family_id in heads else None)
        for each in rows
    ]


def get_objection(request: Request, reader: Reader, objection_id: str) -> Any:
    """One objection; one that the reader may not see does not exist."""
    return _told(request, reader, objection_id)


def _told(request: Request, reader: Actor, objection_id: str) -> dict[str, object]:
    with request.app.state.engine.connect() as connection:
        found = visible_objection(connection, reader, objection_id)
    return _named(request, reader, "objection API", [found])[0]


def _done(request: Request, reader: Actor, objection_id: str, act: Callable[[Desk], object]) -> dict[str, object]:
    act(desk_of(request))
    return _told(request, reader, objection_id)


def object_to_case(request: Request, reader: Reader, case_id: str, asked: Filing) -> Any:
    """File an objection against the result of a closed case; it is opened again when the objection is upheld."""
    desk = desk_of(request)
    family_id = case_history(desk.engine, case_id, actor=reader).case.family_id
    new = NewObjection(family_id=family_id, against="case", case_id=case_id, **dict(asked))
    return _told(request, reader, file_objection(desk, new, actor=reader).objection_id)


def object_for_family(request: Request, reader: Reader, family_id: str, asked: FamilyFiling) -> Any:
    """File an objection against a family's standing, or against a delivered fact about it."""
    new = NewObjection(family_id=family_id, against="fact" if asked.rule_id else "standing", **dict(asked))
    return _told(request, reader, file_objection(desk_of(request), new, actor=reader).objection_id)


def route_objection(request: Request, reader: Reader, objection_id: str, asked: Routing) -> Any:
    """Ask the department of origin to check its data."""
    return _done(
        request,
        reader,
        objection_id,
        lambda desk: route(
            desk, objection_id, actor=reader, department=asked.department or None, version=asked.version
        ),
    )


def answer_objection(request: Request, reader: Reader, objection_id: str, asked: Answer) -> Any:
    """Record what the department answered."""
    return _done(
        request,
        reader,
        objection_id,
        lambda desk: answer_for_department(desk, objection_id, asked.answer, actor=reader, version=asked.version),
    )


def decide(request: Request, reader: Reader, objection_id: str, asked: Verdict) -> Any:
    """Decide an objection; whoever gave or approved the first result may not."""
    return _done(
        request,
        reader,
        objection_id,
        lambda desk: decide_objection(
            desk,
            objection_id,
            upheld=asked.verdict == "upheld",
            reason=asked.reason,
            actor=reader,
            version=asked.version,
        ),
    )


def take_back_objection(request: Request, reader: Reader, objection_id: str, asked: TakingBack) -> Any:
    """Record that the family takes the objection back."""
    return _done(
        request,
        reader,
        objection_id,
        lambda desk: take_back(desk, objection_id, actor=reader, version=asked.version),
    )


def _act(path: str, endpoint: Callable[..., object], permission: str, summary: str) -> Any:
    return operation(path, endpoint, permission, summary, tag=_TAG, answer=ObjectionLine, method="POST")


OPERATIONS = (
    operation("/objections", list_objections, "case.read", "异议", tag=_TAG, answer=Objections),
    operation("/objections/{objection_id}", get_objection, "case.read", "一件异议", tag=_TAG, answer=ObjectionLine),
    _act("/objections/{objection_id}/route", route_objection, "case.assign", "转来源部门核对"),
    _act("/objections/{objection_id}/answer", answer_objection, "case.assign", "登记部门答复"),
    _act("/objections/{objection_id}/decide", decide, "case.approve", "作出决定"),
    _act("/objections/{objection_id}/take-back", take_back_objection, "case.assign", "家庭撤回"),
    _act("/cases/{case_id}/objections", object_to_case, "case.work", "对核查结果提出异议"),
    _act("/families/{family_id}/objections", object_for_family, "case.work", "对名单或事实提出异议"),
)
