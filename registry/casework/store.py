"""Reading and appending the events of cases.

What belongs here: the current state of a case (the event with the greatest version), what happened to it, and the one
way in which an event is written: with its version, so that of two who act at once the second is told, and in the audit
chain in the same transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, insert, select
from sqlalchemy.orm import aliased

from registry.audit import append_within
from registry.casework.codes import CASE_EVENTS, CASE_STATES
from registry.casework.rights import no_case, seen_by
from registry.casework.transitions import CaseState, refold, step
from registry.engine import Row
from registry.errors import CaseConflictError
from registry.models import CaseEvent, CaseFile
from registry.roles import Actor

__all__ = [
    "SYSTEM",
    "Act",
    "append_event",
    "case_row",
    "check_case",
    "check_version",
    "current_of",
    "is_current",
    "row_values",
    "state_columns",
    "visible_case",
]

SYSTEM = ("doudi", "system")
"""Name and role of what the program does by itself: following the editions."""

_OF_STATE = tuple(name for name in CaseState.__dataclass_fields__ if name not in {"case_id", "audience"})


@dataclass(frozen=True, slots=True)
class Act:
    """Who does something, when, and for which reason (`codes.REASONS`) or about which visit or objection."""

    actor: str
    role: str
    at: datetime
    reason: str | None = None
    subject_id: str | None = None

    @classmethod
    def of(cls, actor: Actor, at: datetime, *, reason: str | None = None, subject_id: str | None = None) -> "Act":
        """An act of somebody who is signed in."""
        return cls(actor.name, actor.role, at, reason, subject_id)


def is_current() -> ColumnElement[bool]:
    """That an event is the last one of its case."""
    later = aliased(CaseEvent)
    return ~(
        select(later.version)
        .where(and_(later.case_id == CaseEvent.case_id, later.version == CaseEvent.version + 1))
        .exists()
    )


def state_columns() -> list[Any]:
    """The columns of a `CaseState`, in its order."""
    return [CaseFile.case_id, CaseFile.audience, *[getattr(CaseEvent, name) for name in _OF_STATE]]


def _states() -> Select[*tuple[Any, ...]]:
    return select(*state_columns()).join(CaseFile, CaseFile.case_id == CaseEvent.case_id)


def case_row(case_id: str) -> Row:
    """What an act about this case holds (`registry.engine.write_transaction`)."""
    return Row(CaseFile.case_id, case_id)


def current_of(connection: Connection, case_id: str) -> CaseState | None:
    """How a case stands; None when there is none."""
    row = connection.execute(_states().where(CaseEvent.case_id == case_id, is_current())).one_or_none()
    return CaseState(*row) if row else None


def visible_case(connection: Connection, actor: Actor, case_id: str) -> CaseState:
    """How a case stands that the actor may see; raises `CaseNotFoundError`."""
    found = current_of(connection, case_id)
    if found is None or not seen_by(actor, found.audience, found.street_code, found.community_code):
        raise no_case("case", case_id)
    return found


def append_event(connection: Connection, before: CaseState, kind: str, act: Act, **changes: Any) -> CaseState:
    """Write one event, and its link of the audit chain; returns the state after it. Raises `CaseError`.

    The caller holds a write transaction in which it read `before`.
    """
    after = step(before, kind, **changes)
    connection.execute(insert(CaseEvent).values(row_values(after, kind, act)))
    append_within(
        connection,
        actor=act.actor,
        action=f"case_{kind}",
        purpose=f"核查任务：{CASE_EVENTS.title_of(kind)}",
        details={
            "case_id": after.case_id,
            "version": after.version,
            "state": after.state,
            "outcome": after.outcome,
            "assignee": after.assignee,
            "reason": act.reason,
            "subject_id": act.subject_id,
            "role": act.role,
        },
    )
    return after


def row_values(after: CaseState, kind: str, act: Act) -> dict[str, Any]:
    """An event as a row of `case_event`."""
    return {
        "case_id": after.case_id,
        "kind": kind,
        "at": act.at,
        "actor": act.actor,
        "role": act.role,
        "reason": act.reason,
        "subject_id": act.subject_id,
        **{name: getattr(after, name) for name in _OF_STATE},
    }


def check_version(case: CaseState, version: int | None) -> None:
    """Let pass who has seen the case as it stands; raises `CaseConflictError`."""
    if version is not None and version != case.version:
        raise CaseConflictError(
            "the case was changed since you read it: it is at version %(held)s (%(state)s), "
            "you have seen %(seen)s; read it again",
            held=case.version,
            state=CASE_STATES.title_of(case.state),
            seen=version,
        )


def check_case(connection: Connection, case_id: str) -> CaseState:
    """Fold all events of a case anew and return the state; raises `CaseError` where they do not follow."""
    rows = connection.execute(
        select(CaseEvent.kind, *state_columns())
        .join(CaseFile, CaseFile.case_id == CaseEvent.case_id)
        .where(CaseEvent.case_id == case_id)
        .order_by(CaseEvent.version)
    ).fetchall()
    events: Sequence[tuple[str, CaseState]] = [(row[0], CaseState(*row[1:])) for row in rows]
    if not events:
        raise no_case("case", case_id)
    first = events[0][1]
    return refold(CaseState(first.case_id, first.audience), events)
