"""What is to be done, by whom, until when: the queue.

What belongs here: reading for pages, exports and the command line. Every query carries the reader's area and the kinds
of questions that they may see; nothing else is counted, sorted or paged. Counts stand in `counting`, one case in
`history`.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, and_, case, func, select

from registry.casework.codes import CASE_STATES, OPEN, OUTCOMES, known
from registry.casework.rights import audiences, permit, within
from registry.casework.store import is_current
from registry.filters import TIERS
from registry.models import CaseEvent, CaseFile, CaseQuestion, CaseVisit
from registry.roles import Actor
from schemas.errors import UnknownNameError

__all__ = [
    "SORTS",
    "CaseRow",
    "Queue",
    "QueueFilter",
    "cases_of_family",
    "conditions",
    "filled",
    "queue",
    "row_columns",
]

SORTS = ("due", "urgency", "opened", "street")
_LAST = 99
_MOST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFilter:
    """Which cases are meant; None stands for all that the reader may see. Unknown words raise `UnknownNameError`."""

    states: tuple[str, ...] = OPEN
    audience: str = "need"
    street: str | None = None
    community: str | None = None
    assignee: str | None = None
    urgency: str | None = None
    outcome: str | None = None
    rule: str | None = None
    family_id: str | None = None
    due_before: date | None = None
    cases: frozenset[str] | None = None

    def __post_init__(self) -> None:
        for each in self.states:
            known(CASE_STATES, each)
        if self.outcome is not None:
            known(OUTCOMES, self.outcome)
        if self.urgency is not None and self.urgency not in {*TIERS.codes, "none"}:
            raise UnknownNameError("urgency", self.urgency, [*TIERS.codes, "none"])


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One case as a queue shows it."""

    case_id: str
    audience: str
    family_id: str
    opened_at: datetime
    version: int
    state: str
    round: int
    outcome: str | None
    assignee: str | None
    concluded_by: str | None
    closed_by: str | None
    due_on: date | None
    resume_on: date | None
    urgency: str
    street_code: str | None
    community_code: str | None
    changed_at: datetime
    rules: tuple[str, ...] = ()
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Queue:
    """A page of cases and how many there are in all."""

    rows: tuple[CaseRow, ...]
    total: int
    offset: int


_OF_ROW = tuple(each.name for each in fields(CaseRow) if each.name not in {"rules", "attempts"})


def queue(
    engine: Engine,
    wanted: QueueFilter,
    *,
    actor: Actor,
    sort: str = "due",
    limit: int = 50,
    offset: int = 0,
) -> Queue:
    """A page of the cases that the actor may see, the most pressing first.

    Raises `NotPermittedError` for a reader without cases, `UnknownNameError` for an unknown sort or a kind of questions
    that the reader may not see.
    """
    permit(actor, "case.read")
    if sort not in SORTS:
        raise UnknownNameError("sort of cases", sort, SORTS)
    condition = conditions(actor, wanted)
    rows = (
        select(*row_columns())
        .join(CaseFile, CaseFile.case_id == CaseEvent.case_id)
        .where(condition)
        .order_by(*_order(sort))
        .limit(min(limit, _MOST))
        .offset(offset)
    )
    total = select(func.count()).select_from(CaseEvent).join(CaseFile, CaseFile.case_id == CaseEvent.case_id)
    with engine.connect() as connection:
        found = [CaseRow(*row) for row in connection.execute(rows)]
        counted = int(connection.execute(total.where(condition)).scalar_one())
        return Queue(tuple(filled(connection, found)), counted, offset)


def row_columns() -> list[Any]:
    """The columns of a `CaseRow`, but for what `filled` adds."""
    place = {"case_id": CaseFile, "audience": CaseFile, "family_id": CaseFile, "opened_at": CaseFile}
    return [CaseEvent.at if name == "changed_at" else getattr(place.get(name, CaseEvent), name) for name in _OF_ROW]


def conditions(actor: Actor, wanted: QueueFilter) -> ColumnElement[bool]:
    """The filter within what the actor may see; raises `UnknownNameError` for a kind of cases that it is not."""
    if wanted.audience not in audiences(actor):
        raise UnknownNameError("kind of cases", wanted.audience, audiences(actor))
    parts = [
        is_current(),
        CaseFile.audience == wanted.audience,
        CaseEvent.state.in_(wanted.states),
        within(actor, CaseEvent.street_code, CaseEvent.community_code),
    ]
    for column, value in (
        (CaseEvent.street_code, wanted.street),
        (CaseEvent.community_code, wanted.community),
        (CaseEvent.assignee, wanted.assignee),
        (CaseEvent.urgency, wanted.urgency),
        (CaseEvent.outcome, wanted.outcome),
        (CaseFile.family_id, wanted.family_id),
    ):
        if value is not None:
            parts.append(column == value)
    if wanted.due_before is not None:
        parts.append(CaseEvent.due_on < wanted.due_before)
    if wanted.cases is not None:
        parts.append(CaseEvent.case_id.in_(sorted(wanted.cases)))
    if wanted.rule is not None:
        asked = select(CaseQuestion.case_id).where(CaseQuestion.rule_id == wanted.rule)
        parts.append(CaseEvent.case_id.in_(asked))
    return and_(*parts)


def _urgency() -> ColumnElement[int]:
    return case({code: place for place, code in enumerate(TIERS.codes)}, value=CaseEvent.urgency, else_=_LAST)


def _order(sort: str) -> list[Any]:
    due = [CaseEvent.due_on.is_(None), CaseEvent.due_on]
    first: dict[str, list[Any]] = {
        "due": [*due, _urgency()],
        "urgency": [_urgency(), *due],
        "opened": [CaseFile.opened_at],
        "street": [CaseEvent.street_code, CaseEvent.community_code, *due],
    }
    return [*first[sort], CaseEvent.case_id]


def filled(connection: Connection, rows: Sequence[CaseRow]) -> list[CaseRow]:
    """Rows with the rules that ask, and the attempts of the round."""
    ids = [each.case_id for each in rows]
    rules: dict[str, set[str]] = defaultdict(set)
    for case_id, rule in connection.execute(
        select(CaseQuestion.case_id, CaseQuestion.rule_id).where(CaseQuestion.case_id.in_(ids))
    ):
        rules[case_id].add(rule)
    counted = connection.execute(
        select(CaseVisit.case_id, CaseVisit.round, func.count())
        .where(CaseVisit.case_id.in_(ids))
        .group_by(CaseVisit.case_id, CaseVisit.round)
    )
    attempts = {(case_id, nth): int(number) for case_id, nth, number in counted}
    return [
        replace(
            each,
            rules=tuple(sorted(rules[each.case_id])),
            attempts=attempts.get((each.case_id, each.round), 0),
        )
        for each in rows
    ]


def cases_of_family(engine: Engine, family_id: str, *, actor: Actor) -> list[CaseRow]:
    """The cases of a family that the actor may see, in any state."""
    permit(actor, "case.read")
    found: list[CaseRow] = []
    for audience in audiences(actor):
        wanted = QueueFilter(states=CASE_STATES.codes, audience=audience, family_id=family_id)
        found.extend(queue(engine, wanted, actor=actor).rows)
    return found
