"""What programs are told of cases: what the queue and the page of a case show, and no key of a person beside."""

from datetime import date, datetime

from pydantic import Field

from portal.api.operation import Rows, Said, Telling

__all__ = ["Case", "CaseLine", "Cases", "Counted", "HeadLine", "Put", "Seen", "Step"]


class HeadLine(Telling):
    """The head of the family, or whom the first question is about; telephone and address by `family.identity`."""

    name: str
    phone: str
    address: str
    members: int = Field(description="0 for a family that is not on the list")


class CaseLine(Telling):
    """One case as the queue shows it; `version` is what an act has to have seen."""

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
    rules: list[str]
    attempts: int
    head_name: str | None = Field(description="First character only without `family.identity`")


class Cases(Rows[CaseLine]):
    """A page of the queue."""


class Put(Telling):
    """One question of a case, and the latest answer of the present round."""

    warning_id: str
    rule_id: str
    title: Said
    question: Said
    evidence_on: date | None
    raised_on: date | None
    open: bool
    answer: str | None


class Seen(Telling):
    """One visit; `objects` are the ids of sealed notes and photos."""

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
    objects: list[str]


class Step(Telling):
    """One event of a case."""

    version: int
    kind: str
    at: datetime
    actor: str
    reason: str | None
    state: str
    outcome: str | None
    assignee: str | None
    due_on: date | None


class Case(Telling):
    """One case: how it stands, what is asked, who came, and all that happened.

    `needs_second_person` says that closing it with the present result takes another person who may approve.
    """

    case: CaseLine
    head: HeadLine | None
    needs_second_person: bool
    questions: list[Put]
    visits: list[Seen]
    events: list[Step]


class Counted(Telling):
    """Cases under one key: a state, street, community, worker or urgency."""

    key: str
    open: int
    overdue: int
    closed: int
