"""One case: how it stands, its questions, who came, and all that happened.

What belongs here: reading a single case for those who may.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime

from sqlalchemy import Connection, Engine, select

from registry.casework.questions import Question, questions_of, questions_of_round
from registry.casework.queue import CaseRow, filled, row_columns
from registry.casework.rights import permit
from registry.casework.sealed import objects_of
from registry.casework.store import is_current, visible_case
from registry.casework.transitions import CaseState
from registry.models import CaseAnswer, CaseEvent, CaseFile, CaseVisit
from registry.roles import Actor

__all__ = ["CaseHistory", "FamilyVisit", "Happened", "Visited", "case_history", "visits_of_cases"]


@dataclass(frozen=True, slots=True)
class Happened:
    """One event of a case."""

    version: int
    kind: str
    at: datetime
    actor: str
    role: str
    reason: str | None
    subject_id: str | None
    state: str
    outcome: str | None
    assignee: str | None
    due_on: date | None


@dataclass(frozen=True, slots=True)
class Visited:
    """One visit with its answers (by warning id); `objects` are id and kind of what is sealed."""

    visit_id: str
    round: int
    visited_on: date
    means: str
    contact: str
    visited_by: str
    channel: str
    recorded_by: str
    recorded_at: datetime
    answers: dict[str, str]
    objects: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class CaseHistory:
    """One case: how it stands, what was ever asked, what is open now, who came, and all that happened."""

    case: CaseRow
    questions: tuple[Question, ...]
    open_questions: tuple[Question, ...]
    visits: tuple[Visited, ...]
    events: tuple[Happened, ...]


def case_history(engine: Engine, case_id: str, *, actor: Actor) -> CaseHistory:
    """One case with its questions, visits and events; raises `CaseNotFoundError`, `NotPermittedError`."""
    permit(actor, "case.read")
    with engine.connect() as connection:
        state = visible_case(connection, actor, case_id)
        row = connection.execute(
            select(*row_columns())
            .join(CaseFile, CaseFile.case_id == CaseEvent.case_id)
            .where(CaseEvent.case_id == case_id, is_current())
        ).one()
        names = [each.name for each in fields(Happened)]
        events = connection.execute(
            select(*[getattr(CaseEvent, name) for name in names])
            .where(CaseEvent.case_id == case_id)
            .order_by(CaseEvent.version)
        )
        return CaseHistory(
            case=filled(connection, [CaseRow(*row)])[0],
            questions=tuple(questions_of(connection, case_id)),
            open_questions=_open(connection, state),
            visits=_visits(connection, case_id),
            events=tuple(Happened(*each) for each in events),
        )


@dataclass(frozen=True, slots=True)
class FamilyVisit:
    """One visit to a family, and the case in which it was made."""

    case_id: str
    visited_on: date
    means: str
    contact: str
    visited_by: str


def visits_of_cases(engine: Engine, cases: Sequence[CaseRow], *, actor: Actor) -> list[FamilyVisit]:
    """The visits of cases that the actor was shown (`registry.casework.queue`), the latest first."""
    permit(actor, "case.read")
    names = [each.name for each in fields(FamilyVisit)]
    query = (
        select(*[getattr(CaseVisit, name) for name in names])
        .where(CaseVisit.case_id.in_([each.case_id for each in cases]))
        .order_by(CaseVisit.visited_on.desc(), CaseVisit.recorded_at.desc())
    )
    with engine.connect() as connection:
        return [FamilyVisit(*row) for row in connection.execute(query)]


def _open(connection: Connection, state: CaseState) -> tuple[Question, ...]:
    return () if state.state == "closed" else tuple(questions_of_round(connection, state))


def _visits(connection: Connection, case_id: str) -> tuple[Visited, ...]:
    names = [each.name for each in fields(Visited) if each.name not in {"answers", "objects"}]
    rows = connection.execute(
        select(*[getattr(CaseVisit, name) for name in names])
        .where(CaseVisit.case_id == case_id)
        .order_by(CaseVisit.version)
    ).fetchall()
    given: dict[str, dict[str, str]] = defaultdict(dict)
    for visit_id, warning, answer in connection.execute(
        select(CaseAnswer.visit_id, CaseAnswer.warning_id, CaseAnswer.answer)
        .join(CaseVisit, CaseVisit.visit_id == CaseAnswer.visit_id)
        .where(CaseVisit.case_id == case_id)
    ):
        given[visit_id][warning] = answer
    kept = objects_of(connection, [row[0] for row in rows])
    return tuple(
        Visited(
            **dict(zip(names, row, strict=True)),
            answers=given[row[0]],
            objects=tuple(kept.get(row[0], ())),
        )
        for row in rows
    )
