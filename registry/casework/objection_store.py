"""Reading and appending the steps of objections.

What belongs here: how an objection stands, the list of those that a reader may see, and the one way in which a step is
written.
"""

from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Select, func, insert, select
from sqlalchemy.orm import aliased

from registry.audit import append_within
from registry.casework.codes import OBJECTION_STATES, known
from registry.casework.rights import audiences, no_case, permit, seen_by, within
from registry.casework.store import case_row
from registry.engine import Row
from registry.errors import CaseConflictError
from registry.models import ObjectionEvent, ObjectionFile
from registry.roles import Actor

__all__ = ["OPEN_OBJECTIONS", "Objection", "append_step", "held_by", "objections", "visible_objection"]

OPEN_OBJECTIONS = ("filed", "correcting", "answered")


@dataclass(frozen=True, slots=True)
class Objection:
    """One objection as it stands; `due_on` is the day of the present step, `first_due_on` that given on filing."""

    objection_id: str
    family_id: str
    case_id: str | None
    against: str
    rule_id: str | None
    person_key: str | None
    evidence_key: str | None
    source_feed: str | None
    filed_by: str
    filed_on: date
    audience: str
    street_code: str | None
    community_code: str | None
    recorded_by: str
    version: int
    kind: str
    at: datetime
    actor: str
    state: str
    due_on: date
    department: str | None
    answer: str | None
    edition_id: str | None
    first_due_on: date


_OF_EVENT = ("version", "kind", "at", "actor", "state", "due_on", "department", "answer", "edition_id")
_NAMES = tuple(each.name for each in fields(Objection))


def _query() -> Select[*tuple[Any, ...]]:
    first, later = aliased(ObjectionEvent), aliased(ObjectionEvent)
    following = select(later.version).where(
        later.objection_id == ObjectionEvent.objection_id, later.version == ObjectionEvent.version + 1
    )
    columns = [
        first.due_on
        if name == "first_due_on"
        else getattr(ObjectionEvent if name in _OF_EVENT else ObjectionFile, name)
        for name in _NAMES
    ]
    return (
        select(*columns)
        .join(ObjectionFile, ObjectionFile.objection_id == ObjectionEvent.objection_id)
        .join(first, (first.objection_id == ObjectionEvent.objection_id) & (first.version == 1))
        .where(~following.exists())
    )


def held_by(engine: Engine, objection_id: str) -> list[Row]:
    """What an act about an objection holds: its row, and that of the case that it changes or is judged by."""
    query = select(ObjectionFile.case_id).where(ObjectionFile.objection_id == objection_id)
    with engine.connect() as connection:  # neither of the two ever changes
        case_id = connection.execute(query).scalar()
    objection = Row(ObjectionFile.objection_id, objection_id)
    return [objection, case_row(case_id)] if case_id else [objection]


def visible_objection(connection: Connection, actor: Actor, objection_id: str, version: int | None = None) -> Objection:
    """How an objection stands that the actor may see; raises `CaseNotFoundError`, `CaseConflictError`."""
    row = connection.execute(_query().where(ObjectionEvent.objection_id == objection_id)).one_or_none()
    found = Objection(*row) if row else None
    if found is None or not seen_by(actor, found.audience, found.street_code, found.community_code):
        raise no_case("objection", objection_id)
    if version is not None and version != found.version:
        raise CaseConflictError(
            "the objection is at version %(held)s, you have seen %(seen)s; read it again",
            held=found.version,
            seen=version,
        )
    return found


def objections(  # the choices of a reader, each by name
    engine: Engine,
    *,
    actor: Actor,
    states: tuple[str, ...] = OPEN_OBJECTIONS,
    family_id: str | None = None,
    due_before: date | None = None,
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[Objection], int]:
    """Objections that the actor may see, the earliest due first, and how many there are in all."""
    permit(actor, "case.read")
    wanted: list[ColumnElement[bool]] = [
        ObjectionEvent.state.in_([known(OBJECTION_STATES, each) for each in states]),
        ObjectionFile.audience.in_(audiences(actor)),
        within(actor, ObjectionFile.street_code, ObjectionFile.community_code),
    ]
    if family_id is not None:
        wanted.append(ObjectionFile.family_id == family_id)
    if due_before is not None:
        wanted.append(ObjectionEvent.due_on < due_before)
    query = _query().where(*wanted)
    page = query.order_by(ObjectionEvent.due_on, ObjectionEvent.objection_id).limit(limit).offset(offset)
    with engine.connect() as connection:
        total = connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()
        return [Objection(*row) for row in connection.execute(page)], int(total)


def append_step(
    connection: Connection, objection_id: str, kind: str, state: str, actor: Actor, now: datetime, **values: Any
) -> Objection:
    """Write one step and its link of the audit chain; returns the objection as it stands after it."""
    last = connection.execute(
        select(func.max(ObjectionEvent.version)).where(ObjectionEvent.objection_id == objection_id)
    ).scalar()
    version = int(last or 0) + 1
    connection.execute(
        insert(ObjectionEvent).values(
            objection_id=objection_id,
            version=version,
            kind=kind,
            at=now,
            actor=actor.name,
            role=actor.role,
            state=known(OBJECTION_STATES, state),
            **values,
        )
    )
    append_within(
        connection,
        actor=actor.name,
        action=f"objection_{kind}",
        purpose=f"异议：{OBJECTION_STATES.title_of(state)}",
        details={
            "objection_id": objection_id,
            "version": version,
            "state": state,
            "department": values.get("department"),
            "answer": values.get("answer"),
            "edition_id": values.get("edition_id"),
        },
    )
    return Objection(*connection.execute(_query().where(ObjectionEvent.objection_id == objection_id)).one())
