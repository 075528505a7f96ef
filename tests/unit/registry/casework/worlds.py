"""Small worlds for casework: editions with tasks, the people who work on them, and the acts of an ordinary case."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Engine, select

from registry.casework.acts import assign, close, start
from registry.casework.desk import Desk
from registry.casework.follow import follow
from registry.casework.queue import QueueFilter, queue
from registry.casework.transitions import CaseState
from registry.casework.visits import VisitForm, record_visit
from registry.models import CaseQuestion
from registry.queries import require_edition
from registry.roles import Actor
from registry.scope import Area
from rules.parameters import load_parameters
from schemas.settings import Settings
from tests.unit.registry.examples import JUNE, edition, family, key, member, published, warning

NOON = datetime(2026, 7, 6, 4, tzinfo=UTC)
"""A Monday, noon at the bureau."""
TODAY = date(2026, 7, 6)
XIXING, CHANGHE = "330108001", "330108002"


def staff(name: str = "dispatcher") -> Actor:
    """Somebody who dispatches."""
    return Actor(name, "supervisor")


def worker(name: str = "worker") -> Actor:
    """Somebody who visits."""
    return Actor(name, "street_staff", Area(XIXING))


def boss(name: str = "boss") -> Actor:
    """Somebody who approves."""
    return Actor(name, "supervisor")


def task(number: int, family_id: str, **changes: Any) -> dict[str, Any]:
    """A row of the tasks."""
    return {
        "task_id": f"{number:024x}",
        "family_id": family_id,
        "audience": "need",
        "street_code": XIXING,
        "community_code": f"{XIXING}001",
        "urgency": "yellow",
        "warnings": 1,
        "rules": "high_inpatient_cost",
        "raised_on": JUNE,
        "due_on": date(2026, 7, 14),
    } | changes


def asked(number: int, family_id: str, person: int, **changes: Any) -> dict[str, Any]:
    """A row of the warnings, as an edition raises it."""
    return (
        warning(
            number,
            family_id=family_id,
            person_key=key(person),
            evidence_key=f"e{number}",
            raised_on=JUNE,
            due_on=date(2026, 7, 14),
        )
        | changes
    )


def one_family(*warnings: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """An edition with one family of one, its task (number 1) and the warnings given."""
    return edition(
        listed=[family("H:100", 1)],
        members=[member("H:100", 1)],
        warnings=warnings or [asked(1, "H:100", 1)],
        tasks=[task(1, "H:100", **changes)],
    )


def with_suspicion() -> dict[str, Any]:
    """The family of `one_family`, of which something is to be verified besides."""
    return edition(
        listed=[family("H:100", 1)],
        members=[member("H:100", 1)],
        warnings=[asked(1, "H:100", 1), asked(2, "H:100", 1, kind="verify", rule_id="vehicle_on_register")],
        tasks=[task(1, "H:100"), task(2, "H:100", audience="verify", rules="vehicle_on_register")],
    )


@dataclass(slots=True)
class World:
    """A registry with a desk, and shorthand for what happens there."""

    desk: Desk
    months: int = 0

    @property
    def engine(self) -> Engine:
        """The registry."""
        return self.desk.engine

    def publish(self, tables: Mapping[str, Any], as_of: date = JUNE, now: datetime = NOON) -> dict[str, int]:
        """Publish an edition and let the cases follow."""
        self.months += 1
        published(self.engine, tables, as_of, revision=self.months)
        return follow(self.desk, require_edition(self.engine), now=now)

    def only(self, **wanted: Any) -> str:
        """The id of the only case there is."""
        found = queue(self.engine, QueueFilter(**wanted), actor=boss()).rows
        assert len(found) == 1
        return found[0].case_id

    def case_ids(self) -> list[str]:
        """The ids of all cases."""
        return sorted(each.case_id for each in queue(self.engine, QueueFilter(), actor=boss()).rows)

    def warnings_of(self, case_id: str) -> list[str]:
        """The questions of a case."""
        with self.engine.connect() as connection:
            query = select(CaseQuestion.warning_id).where(CaseQuestion.case_id == case_id)
            return sorted(connection.scalars(query.order_by(CaseQuestion.warning_id)))

    def dispatched(self, case_id: str, to: str = "worker") -> CaseState:
        """Give the case to a worker."""
        return assign(self.desk, case_id, to, actor=staff(), now=NOON)

    def begun(self, case_id: str, by: str = "worker") -> CaseState:
        """Give it and begin."""
        self.dispatched(case_id, by)
        return start(self.desk, case_id, actor=worker(by), now=NOON)

    def visit(self, case_id: str, outcome: str | None = None, by: str = "worker", **changes: Any) -> CaseState:
        """A visit at which all questions were answered with the answer that the outcome needs."""
        answer = "no" if outcome == "not_true" else "yes"
        given: dict[str, Any] = {
            "visited_on": TODAY,
            "means": "home",
            "contact": "reached",
            "answers": dict.fromkeys(self.warnings_of(case_id), answer),
            "outcome": outcome,
        }
        return record_visit(self.desk, case_id, VisitForm(**(given | changes)), actor=worker(by), now=NOON)

    def visit_as(self, case_id: str, actor: Actor, outcome: str) -> CaseState:
        """The desk checks what is to be verified."""
        form = VisitForm(
            visited_on=TODAY,
            means="desk",
            contact="reached",
            answers=dict.fromkeys(self.warnings_of(case_id), "yes"),
            outcome=outcome,
        )
        return record_visit(self.desk, case_id, form, actor=actor, now=NOON)

    def concluded(self, case_id: str, outcome: str) -> CaseState:
        """Given, visited, with a result."""
        self.dispatched(case_id)
        return self.visit(case_id, outcome)

    def closed(self, case_id: str, outcome: str) -> CaseState:
        """Closed with the result by a second person."""
        self.concluded(case_id, outcome)
        return close(self.desk, case_id, actor=boss(), now=NOON)


def world(engine: Engine, settings: Settings) -> World:
    """A world on a registry."""
    return World(Desk(engine, settings, load_parameters()))


def many(numbers: Sequence[int], more: Sequence[Mapping[str, Any]] = (), **changes: Any) -> dict[str, Any]:
    """An edition with a family, task and warning of each number."""
    return edition(
        listed=[family(f"H:{each}", each) for each in numbers],
        members=[member(f"H:{each}", each) for each in numbers],
        warnings=[*[asked(each, f"H:{each}", each) for each in numbers], *more],
        tasks=[task(each, f"H:{each}", **changes) for each in numbers],
    )
