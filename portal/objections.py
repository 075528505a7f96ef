"""Objections (申诉): the list with its clock, one objection, and what is done with it.

What belongs here: pages and forms. An objection is filed on the page of its family or case.
"""

from collections.abc import Callable
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from portal.access import Posted, Reader
from portal.cases import draw_case
from portal.family_desk import fact_told
from portal.forms import day_of, desk_of, done, text_of, version_of
from portal.page import Nav, Page, render
from portal.people import people_of
from registry.casework.codes import AGAINST, DEPARTMENT_ANSWERS, FILED_BY, OBJECTION_STATES
from registry.casework.desk import Desk, instant
from registry.casework.families import is_visible
from registry.casework.history import case_history
from registry.casework.objection_facts import deciders_of, disputable_facts, recomputed_since
from registry.casework.objection_store import OPEN_OBJECTIONS, Objection, objections, visible_objection
from registry.casework.objection_trail import source_rows, steps_of
from registry.casework.objections import (
    NewObjection,
    answer_for_department,
    decide_objection,
    file_objection,
    route,
    take_back,
)
from registry.casework.rights import no_case, same_person
from registry.casework.sealed import REASON, objects_of
from registry.errors import CaseError
from registry.roles import Actor
from rules import all_rules
from schemas.codes import CODE_LISTS
from schemas.contract import DEPARTMENTS, get_feed

__all__ = ["PAGES"]

_ROWS = 50
_VERDICTS = {"upheld": True, "dismissed": False}
_UPHOLDING = {
    "case": "撤销原核查结果，任务由他人重新核查。",
    "fact": "撤销依据该数据作出的决定（如有）；数据本身须由来源部门更正后重新报送。",
    "standing": "作出属实纳入的决定，自下一期名单起列入。",
}


class _Asked(BaseModel):
    """What a reader of the list asks for; unknown words are refused by the list itself."""

    model_config = ConfigDict(extra="forbid")

    state: str = "open"
    page: int = Field(default=1, ge=1, le=10_000)


def _list(request: Request, reader: Reader, asked: Annotated[_Asked, Query()]) -> Response:
    desk = desk_of(request)
    page = asked.page
    rows, total = objections(
        desk.engine,
        actor=reader,
        states=OPEN_OBJECTIONS if asked.state == "open" else (asked.state,),
        limit=_ROWS,
        offset=(page - 1) * _ROWS,
    )

    def address(number: int) -> str:
        return f"/objections?{urlencode({'state': asked.state, 'page': number})}"

    return render(
        request,
        "objections.html",
        title="异议",
        asked=asked,
        rows=rows,
        total=total,
        today=desk.day(instant(None)),
        heads=people_of(request, reader, "objections page", [each.family_id for each in rows]),
        states=OBJECTION_STATES,
        open_states=OPEN_OBJECTIONS,
        against=AGAINST,
        departments=DEPARTMENTS,
        streets=CODE_LISTS["street"],
        page=page,
        back=address(page - 1) if page > 1 else None,
        on=address(page + 1) if total > page * _ROWS else None,
    )


def _one(request: Request, reader: Reader, objection_id: str) -> Response:
    return _drawn(request, reader, objection_id)


def _drawn(request: Request, reader: Actor, objection_id: str, problem: str = "", code: int = 200) -> Response:
    desk = desk_of(request)
    with desk.engine.connect() as connection:
        found = visible_objection(connection, reader, objection_id)
        deciders = deciders_of(connection, found)
        objects = objects_of(connection, [objection_id]).get(objection_id, [])
        steps = steps_of(connection, objection_id)
        corrected = found.state == "answered" and found.answer == "corrected"
        about = _about(connection, reader, found) if found.against == "fact" else ""
        anew = recomputed_since(connection, found) is not None if corrected else False
    return render(
        request,
        "objection.html",
        code=code,
        title="异议",
        problem=problem,
        found=found,
        words=[each for each in objects if each[1] != REASON],
        reasons=[each for each in objects if each[1] == REASON],
        note_characters=desk.limits(instant(None)).integer("casework.note_characters"),
        steps=steps,
        corrected=corrected,
        anew=anew,
        head=people_of(request, reader, "objection page", [found.family_id]).get(found.family_id),
        today=desk.day(instant(None)),
        decided_before=any(same_person(reader.name, each) for each in deciders),
        source=get_feed(found.source_feed) if found.source_feed else None,
        rule=all_rules().get(found.rule_id or ""),
        about=about,
        upholding=_UPHOLDING[found.against],
        states=OBJECTION_STATES,
        open_states=OPEN_OBJECTIONS,
        against=AGAINST,
        filed_by=FILED_BY,
        answers=DEPARTMENT_ANSWERS,
        departments=DEPARTMENTS,
        streets=CODE_LISTS["street"],
    )


def _about(connection: Connection, reader: Actor, found: Objection) -> str:
    """The disputed fact as it was called when the objection was filed; "" for one of an earlier list, or that moved."""
    known = is_visible(connection, reader, found.family_id)
    for each in disputable_facts(connection, reader, found.family_id) if known else ():
        if (each.rule_id, each.evidence_key) == (found.rule_id, found.evidence_key):
            return fact_told(each)
    return ""


def _slip(request: Request, reader: Reader, objection_id: str) -> Response:
    """What goes to the department that is asked: which rows of its files to look up, and no person."""
    desk = desk_of(request)
    with desk.engine.connect() as connection:
        found = visible_objection(connection, reader, objection_id)
        if found.state != "correcting" or found.department is None:
            raise no_case("question to a department", objection_id)
        rows = source_rows(connection, found, found.department)
    return render(
        request,
        "objection_slip.html",
        title="数据核对单",
        found=found,
        rows=rows,
        feeds={each.feed: get_feed(each.feed) for each in rows},
        answers=DEPARTMENT_ANSWERS,
        departments=DEPARTMENTS,
    )


def _done(request: Request, reader: Actor, objection_id: str, act: Callable[[Desk], object], told: str) -> Response:
    return done(
        request,
        act,
        to=f"/objections/{objection_id}",
        drawn=lambda said, code: _drawn(request, reader, objection_id, said, code),
        told=told,
    )


def _file(request: Request, reader: Reader, posted: Posted, case_id: str) -> Response:
    """Against the result of a case."""

    def act(desk: Desk) -> object:
        new = NewObjection(
            family_id=case_history(desk.engine, case_id, actor=reader).case.family_id,
            against="case",
            case_id=case_id,
            filed_by=text_of(posted, "filed_by"),
            filed_on=day_of(posted, "filed_on"),
            text=text_of(posted, "text"),
        )
        return file_objection(desk, new, actor=reader)

    return done(
        request,
        act,
        to=f"/cases/{case_id}",
        drawn=lambda said, code: draw_case(request, reader, case_id, problem=said, code=code),
        told="objected",
    )


def _route(request: Request, reader: Reader, posted: Posted, objection_id: str) -> Response:
    asked = text_of(posted, "department") or None
    return _done(
        request,
        reader,
        objection_id,
        lambda desk: route(desk, objection_id, actor=reader, department=asked, version=version_of(posted)),
        "routed",
    )


def _answer(request: Request, reader: Reader, posted: Posted, objection_id: str) -> Response:
    said = text_of(posted, "answer")
    return _done(
        request,
        reader,
        objection_id,
        lambda desk: answer_for_department(desk, objection_id, said, actor=reader, version=version_of(posted)),
        "answered",
    )


def _decide(request: Request, reader: Reader, posted: Posted, objection_id: str) -> Response:
    said, reason = text_of(posted, "verdict"), text_of(posted, "reason")

    def act(desk: Desk) -> object:
        verdict = _VERDICTS.get(said)
        if verdict is None:
            raise CaseError("say whether the objection is upheld or dismissed")
        return decide_objection(
            desk, objection_id, upheld=verdict, reason=reason, actor=reader, version=version_of(posted)
        )

    return _done(request, reader, objection_id, act, said)


def _take_back(request: Request, reader: Reader, posted: Posted, objection_id: str) -> Response:
    return _done(
        request,
        reader,
        objection_id,
        lambda desk: take_back(desk, objection_id, actor=reader, version=version_of(posted)),
        "taken_back",
    )


_POST = ("POST",)

PAGES = (
    Page("/objections", _list, "case.read", nav=Nav("异议", 36)),
    Page("/objections/{objection_id}", _one, "case.read"),
    Page("/objections/{objection_id}/slip", _slip, "case.assign"),
    Page("/objections/{objection_id}/route", _route, "case.assign", methods=_POST),
    Page("/objections/{objection_id}/answer", _answer, "case.assign", methods=_POST),
    Page("/objections/{objection_id}/decide", _decide, "case.approve", methods=_POST),
    Page("/objections/{objection_id}/take-back", _take_back, "case.assign", methods=_POST),
    Page("/cases/{case_id}/objections", _file, "case.work", methods=_POST),
)
