"""One case with its visit form, and what is done with it.

What belongs here: pages and forms. What is allowed is decided in `registry.casework`; nothing is added here.
"""

from collections.abc import Callable
from typing import Any

from fastapi import Request, Response
from starlette.datastructures import FormData, UploadFile

from portal.access import Posted, Reader
from portal.family_desk import receivers
from portal.forms import day_of, desk_of, done, text_of, version_of
from portal.page import Page, render
from portal.people import people_of_cases
from registry.casework.acts import assign, close, give_back, needs_second, start, still_raised, withdraw
from registry.casework.codes import ANSWERS, CASE_EVENTS, CASE_STATES, CONTACTS, FILED_BY, MEANS, OUTCOMES, REASONS
from registry.casework.desk import Desk, instant
from registry.casework.families import is_visible
from registry.casework.follow_ups import MEASURES, Referral, suggested_for
from registry.casework.history import case_history
from registry.casework.rights import same_person
from registry.casework.store import SYSTEM
from registry.casework.visits import VisitForm, conclude, outcomes_of, record_visit
from registry.casework.workers import able_workers, has_account
from registry.errors import CaseError
from registry.filters import TIERS
from registry.roles import Actor
from rules import get_rule
from schemas.codes import CODE_LISTS

__all__ = ["PAGES", "draw_case"]

_PHOTO_KILOBYTES = 64 * 1024  # six photos of ten megabytes


def _case(request: Request, reader: Reader, case_id: str, problem: str = "") -> Response:
    return draw_case(request, reader, case_id, problem=problem)


def draw_case(request: Request, reader: Actor, case_id: str, *, problem: str = "", code: int = 200) -> Response:
    """The page of a case, with the reason why something was not done."""
    desk = desk_of(request)
    found = case_history(desk.engine, case_id, actor=reader)
    now = instant(None)
    limits = desk.limits(now)
    refers = (
        reader.may("measure.work") and found.case.audience == "need" and _is_known(desk, reader, found.case.family_id)
    )
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
        two=needs_second(found.case, limits),  # type: ignore[arg-type]
        mine=found.case.assignee == reader.name,
        first=any(each and same_person(each, reader.name) for each in (found.case.concluded_by, found.case.assignee)),
        ended=not still_raised(desk, case_id),
        on_paper=bool(found.case.assignee) and not has_account(desk.engine, str(found.case.assignee)),
        able_outcomes=outcomes_of(found.case.audience),
        asked_by={each.warning_id: each.rule_id for each in found.questions},
        visited=any(each.round == found.case.round for each in found.visits),
        program=SYSTEM[0],
        measures=MEASURES if refers else None,
        receivers=receivers(CODE_LISTS["street"].only(reader.area.streets)) if refers else {},
        suggested=suggested_for(desk.engine, found.case.family_id) if refers else (),
        most_photos=limits.integer("casework.photos_per_visit"),
        photo_megabytes=limits.integer("casework.photo_megabytes"),
        photo_pixels=limits.integer("casework.photo_pixels"),
        note_characters=limits.integer("casework.note_characters"),
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


def _is_known(desk: Desk, reader: Actor, family_id: str) -> bool:
    """Whether anything else can be done for the family; not once it has moved elsewhere."""
    with desk.engine.connect() as connection:
        return is_visible(connection, reader, family_id)


def _done(request: Request, reader: Actor, case_id: str, act: Callable[[Desk], object], told: str) -> Response:
    """Do it and show the case as it is then, or say on the case's page why it was not done."""

    def drawn(problem: str, code: int) -> Response:
        return draw_case(request, reader, case_id, problem=problem, code=code)

    return done(request, act, to=f"/cases/{case_id}", drawn=drawn, told=told)


def _assign(request: Request, reader: Reader, posted: Posted, case_id: str) -> Response:
    to, reason = text_of(posted, "to"), text_of(posted, "reason") or None
    return _done(
        request,
        reader,
        case_id,
        lambda desk: assign(desk, case_id, to, actor=reader, version=version_of(posted), reason=reason),
        "assigned",
    )


def _start(request: Request, reader: Reader, posted: Posted, case_id: str) -> Response:
    def act(desk: Desk) -> object:
        return start(desk, case_id, actor=reader, version=version_of(posted))

    return _done(request, reader, case_id, act, "started")


def _close(request: Request, reader: Reader, posted: Posted, case_id: str) -> Response:
    def act(desk: Desk) -> object:
        return close(desk, case_id, actor=reader, version=version_of(posted))

    return _done(request, reader, case_id, act, "closed")


def _return(request: Request, reader: Reader, posted: Posted, case_id: str) -> Response:
    def act(desk: Desk) -> object:
        return give_back(desk, case_id, text_of(posted, "reason"), actor=reader, version=version_of(posted))

    return _done(request, reader, case_id, act, "returned")


def _withdraw(request: Request, reader: Reader, posted: Posted, case_id: str) -> Response:
    def act(desk: Desk) -> object:
        return withdraw(desk, case_id, actor=reader, version=version_of(posted))

    return _done(request, reader, case_id, act, "withdrawn")


def _conclude(request: Request, reader: Reader, posted: Posted, case_id: str) -> Response:
    """A result of the visits that are recorded already, so that nobody makes one up to give it."""

    def act(desk: Desk) -> object:
        return conclude(desk, case_id, text_of(posted, "result"), actor=reader, version=version_of(posted))

    return _done(request, reader, case_id, act, "concluded")


def _visit(request: Request, reader: Reader, posted: Posted, case_id: str) -> Response:
    outcome = text_of(posted, "outcome") or None

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
            outcome=outcome,
            note=text_of(posted, "note"),
            photos=_photos(posted),
            referral=_referral(desk, reader, case_id, posted),
        )
        return record_visit(desk, case_id, form, actor=reader, version=version_of(posted))

    return _done(request, reader, case_id, act, "concluded" if outcome else "visited")


def _referral(desk: Desk, reader: Actor, case_id: str, posted: FormData) -> Referral | None:
    """The measure that the visit refers, followed by whoever writes it down; None where none was chosen."""
    measure, (kind, _, receiver) = text_of(posted, "measure"), text_of(posted, "receiver").partition(":")
    if not measure and not kind:
        return None
    if not measure or not kind:
        raise CaseError("a measure is referred to somebody: choose both, or neither")
    family = case_history(desk.engine, case_id, actor=reader).case.family_id
    return Referral(family_id=family, measure=measure, receiver_kind=kind, receiver=receiver, owner=reader.name)


def _photos(posted: FormData) -> list[bytes]:
    sent: list[Any] = posted.getlist("photos")
    return [content for each in sent if isinstance(each, UploadFile) if (content := each.file.read())]


_POST = ("POST",)

PAGES = (
    Page("/cases/{case_id}", _case, "case.read"),
    Page("/cases/{case_id}/assign", _assign, "case.assign", methods=_POST),
    Page("/cases/{case_id}/start", _start, "case.work", methods=_POST),
    Page("/cases/{case_id}/visit", _visit, "case.work", methods=_POST, body_kilobytes=_PHOTO_KILOBYTES),
    Page("/cases/{case_id}/conclude", _conclude, "case.work", methods=_POST),
    Page("/cases/{case_id}/close", _close, "case.assign", methods=_POST),
    Page("/cases/{case_id}/return", _return, "case.assign", methods=_POST),
    Page("/cases/{case_id}/withdraw", _withdraw, "case.assign", methods=_POST),
)
