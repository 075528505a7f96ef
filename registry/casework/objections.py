"""Objections (申诉): filed by or for a family, with a clock, a question to the department of origin, another decider.

What belongs here: what happens to an objection and who may do it. It changes the list by decisions alone: an objection
that is upheld takes back what was decided, opens the case again, or puts the family on the list.
"""

import secrets
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, insert

from registry.casework.clock import (
    correction_due,
    objection_due,
    returned_due,
    working_day_after,
    working_days_between,
)
from registry.casework.codes import AGAINST, DEPARTMENT_ANSWERS, FILED_BY, OBJECTION_STATES, known
from registry.casework.desk import Desk, instant
from registry.casework.families import family_name, visible_family
from registry.casework.objection_facts import deciders_of, disputed_fact, evidence_of, overturn, recomputed_since
from registry.casework.objection_store import Objection, append_step, held_by, visible_objection
from registry.casework.rights import audiences, no_case, permit, same_person
from registry.casework.sealed import REASON, record_kept, sealing, text_object
from registry.casework.store import Act, append_event, case_row, visible_case
from registry.engine import ACTS, Row, write_transaction
from registry.errors import CaseError
from registry.models import ObjectionFile
from registry.roles import Actor
from rules import all_rules
from rules.parameters import ParametersAt
from schemas.contract import DEPARTMENTS, get_feed
from schemas.errors import UnknownNameError

__all__ = ["NewObjection", "answer_for_department", "decide_objection", "file_objection", "route", "take_back"]

_ID_BYTES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class NewObjection:
    """What a family objects to: a case, a fact by rule and evidence key, or its standing. `text` is sealed."""

    family_id: str
    against: str
    filed_by: str
    filed_on: date
    case_id: str | None = None
    rule_id: str | None = None
    evidence_key: str | None = None
    person_key: str | None = None
    text: str = ""

    def __post_init__(self) -> None:
        known(AGAINST, self.against)
        known(FILED_BY, self.filed_by)
        if self.against == "case" and self.case_id is None:
            raise CaseError("an objection against a result names the case")
        if self.against == "fact" and (self.rule_id is None or self.evidence_key is None):
            raise CaseError("an objection against a fact names the rule and the evidence key")


def file_objection(desk: Desk, new: NewObjection, *, actor: Actor, now: datetime | None = None) -> Objection:
    """Record an objection; a closed case that it is against is 申诉中 from then on.

    Raises `CaseError` when the case is still being worked on or the day lies in the future, `CaseNotFoundError`.
    """
    permit(actor, "case.work")
    now = instant(now)
    limits = desk.limits(now)
    if new.filed_on > desk.day(now):
        raise CaseError("the objection of %(day)s lies in the future", day=new.filed_on)
    _bounded(new.text, limits)
    held: list[Row | str] = [family_name(new.family_id), *([case_row(new.case_id)] if new.case_id else [])]
    with (
        sealing(desk.settings, text_object(new.text)) as kept,
        write_transaction(desk.engine, ACTS, only=held) as connection,
    ):
        objection_id = secrets.token_hex(_ID_BYTES)
        _write_file(connection, objection_id, new, actor, now)
        for each in kept:
            record_kept(connection, each, subject="objection", subject_id=objection_id, by=actor.name, at=now)
        if new.case_id is not None and new.against == "case":
            case = visible_case(connection, actor, new.case_id)
            append_event(connection, case, "objected", Act.of(actor, now, subject_id=objection_id))
        due = objection_due(new.filed_on, limits)
        return append_step(connection, objection_id, "filed", "filed", actor, now, due_on=due)


def _bounded(text: str, limits: ParametersAt) -> None:
    most = limits.integer("casework.note_characters")
    if len(text.strip()) > most:
        raise CaseError("at most %(most)s characters of text are kept", most=most)


def _write_file(connection: Connection, objection_id: str, new: NewObjection, actor: Actor, now: datetime) -> None:
    place = visible_family(connection, actor, new.family_id)
    audience, feed, person = "need", None, new.person_key
    if new.case_id is not None:
        case = visible_case(connection, actor, new.case_id)
        audience = case.audience
        feed = evidence_of(connection, new.case_id, new.rule_id, new.evidence_key)
    if new.rule_id is not None:
        kind = all_rules()[known_rule(new.rule_id)].kind
        audience = "verify" if kind == "verify" else audience
        if new.against == "fact":
            found = disputed_fact(connection, new.family_id, new.rule_id, str(new.evidence_key))
            if found is None or audience not in audiences(actor):
                raise no_case("such fact of family", new.family_id)
            person, feed = found
    connection.execute(
        insert(ObjectionFile).values(
            objection_id=objection_id,
            family_id=new.family_id,
            case_id=new.case_id,
            against=new.against,
            rule_id=new.rule_id,
            person_key=person,
            evidence_key=new.evidence_key,
            source_feed=feed,
            filed_by=new.filed_by,
            filed_on=new.filed_on,
            audience=audience,
            street_code=place.street_code,
            community_code=place.community_code,
            recorded_by=actor.name,
            recorded_at=now,
        )
    )


def known_rule(rule_id: str) -> str:
    """The id of a rule; raises `UnknownNameError`."""
    if rule_id not in all_rules():
        raise UnknownNameError("rule", rule_id, all_rules())
    return rule_id


def route(
    desk: Desk, objection_id: str, *, actor: Actor, department: str | None = None, version: int | None = None,
    now: datetime | None = None,
) -> Objection:  # fmt: skip
    """Ask the department of origin whether its row is right: that of the feed of the evidence, unless one is named.

    The clock of the objection stands still until it has answered.
    """
    permit(actor, "case.assign")
    now = instant(now)
    with write_transaction(desk.engine, ACTS, only=held_by(desk.engine, objection_id)) as connection:
        now_at = visible_objection(connection, actor, objection_id, version)
        _in(now_at, "filed")
        asked = department or (get_feed(now_at.source_feed).department if now_at.source_feed else None)
        if asked is None:
            raise CaseError("the evidence of this objection has no single source; name the department")
        if asked not in DEPARTMENTS:
            raise UnknownNameError("department", asked, DEPARTMENTS)
        due = correction_due(desk.day(now), desk.limits(now))
        return append_step(
            connection, objection_id, "routed", "correcting", actor, now, due_on=due, department=asked
        )  # fmt: skip


def answer_for_department(
    desk: Desk, objection_id: str, answer: str, *, actor: Actor, version: int | None = None, now: datetime | None = None
) -> Objection:
    """Record what the department of origin answered (`codes.DEPARTMENT_ANSWERS`); the clock goes on."""
    permit(actor, "case.assign")
    now = instant(now)
    with write_transaction(desk.engine, ACTS, only=held_by(desk.engine, objection_id)) as connection:
        before = visible_objection(connection, actor, objection_id, version)
        _in(before, "correcting")
        waited = working_days_between(desk.day(before.at), desk.day(now))
        due = working_day_after(before.first_due_on, waited) if waited else before.first_due_on
        return append_step(
            connection, objection_id, "answered", "answered", actor, now, due_on=due,
            department=before.department, answer=known(DEPARTMENT_ANSWERS, answer),
        )  # fmt: skip


def decide_objection(
    desk: Desk,
    objection_id: str,
    *,
    upheld: bool,
    reason: str,
    actor: Actor,
    version: int | None = None,
    now: datetime | None = None,
) -> Objection:
    """Decide: by somebody who may approve and who neither gave nor approved what the objection is against.

    Upheld, it takes back the decisions about the fact, opens the case again for others to check, or puts the family on
    the list. The `reason` is kept sealed. Raises `CaseError` where there is none, and when the department has corrected
    its row and no edition was computed since.
    """
    permit(actor, "case.approve")
    now = instant(now)
    if not reason.strip():
        raise CaseError("say why the objection is decided so")
    _bounded(reason, desk.limits(now))
    with (
        sealing(desk.settings, text_object(reason, REASON)) as kept,
        write_transaction(desk.engine, ACTS, only=held_by(desk.engine, objection_id)) as connection,
    ):
        before = visible_objection(connection, actor, objection_id, version)
        _in(before, "filed", "answered")
        if any(same_person(actor.name, each) for each in deciders_of(connection, before)):
            raise CaseError("whoever decided first does not decide the objection; somebody else has to")
        edition = recomputed_since(connection, before) if before.answer == "corrected" else None
        if before.answer == "corrected" and edition is None:
            raise CaseError(
                "the department has corrected its row; run `doudi run` first, so that the result is computed"
            )
        kind = "upheld" if upheld else "dismissed"
        _follow(desk, connection, before, kind, actor, now)
        for each in kept:
            record_kept(connection, each, subject="objection", subject_id=objection_id, by=actor.name, at=now)
        return append_step(
            connection, objection_id, kind, kind, actor, now, due_on=before.due_on, department=before.department,
            answer=before.answer, edition_id=edition,
        )  # fmt: skip


def _follow(desk: Desk, connection: Connection, before: Objection, kind: str, actor: Actor, now: datetime) -> None:
    """What the decision does to the case, and by decisions to the list."""
    today = desk.day(now)
    if kind == "upheld":
        overturn(connection, before, actor.name, desk.parameters, today)
    if before.against == "case" and before.case_id is not None:
        case = visible_case(connection, actor, before.case_id)
        act = Act.of(actor, now, subject_id=before.objection_id)
        if kind == "upheld":
            append_event(connection, case, "upheld", act, due_on=returned_due(today, desk.limits(now)))
        else:
            append_event(connection, case, "dismissed", act)


def take_back(
    desk: Desk, objection_id: str, *, actor: Actor, version: int | None = None, now: datetime | None = None
) -> Objection:
    """Record that the family has taken its objection back; the result stands."""
    permit(actor, "case.assign")
    now = instant(now)
    with write_transaction(desk.engine, ACTS, only=held_by(desk.engine, objection_id)) as connection:
        before = visible_objection(connection, actor, objection_id, version)
        _in(before, "filed", "correcting", "answered")
        _follow(desk, connection, before, "dismissed", actor, now)
        return append_step(
            connection, objection_id, "taken_back", "taken_back", actor, now, due_on=before.due_on,
            department=before.department, answer=before.answer,
        )  # fmt: skip


def _in(objection: Objection, *states: str) -> None:
    if objection.state not in states:
        able = "、".join(OBJECTION_STATES.title_of(each) for each in states)
        raise CaseError(
            "the objection is %(state)s; possible in: %(able)s",
            state=OBJECTION_STATES.title_of(objection.state),
            able=able,
        )
