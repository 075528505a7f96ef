"""Reading and appending how measures and wishes stand.

What belongs here: the list of those that a reader may see, one of them, the rates by street, and the one way in which a
step is written.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Select, and_, case, func, insert, select
from sqlalchemy.orm import aliased

from registry.audit import append_within
from registry.casework.codes import FOLLOW_STATES, FOLLOW_UPS, known
from registry.casework.families import family_name
from registry.casework.rights import no_case, permit, seen_by, within
from registry.engine import Row
from registry.models import FollowUp, FollowUpEvent
from registry.roles import Actor

__all__ = [
    "OPEN_FOLLOW_UPS",
    "Following",
    "Rate",
    "append_follow_up",
    "follow_up_query",
    "follow_ups",
    "held_by",
    "rates",
    "visible_follow_up",
]

OPEN_FOLLOW_UPS = ("open", "accepted")


@dataclass(frozen=True, slots=True)
class Following:
    """One measure or wish as it stands."""

    follow_up_id: str
    kind: str
    what: str
    family_id: str
    case_id: str | None
    receiver_kind: str | None
    receiver: str | None
    street_code: str | None
    community_code: str | None
    recorded_by: str
    recorded_at: datetime
    version: int
    at: datetime
    actor: str
    state: str
    happened_on: date
    due_on: date
    owner: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Rate:
    """How many of a street's measures or wishes there are, are done, and are overdue; cancelled ones do not count."""

    kind: str
    street_code: str | None
    recorded: int
    done: int
    overdue: int

    @property
    def percent(self) -> float | None:
        """Share that is done, in per cent; None of nothing."""
        return 100 * self.done / self.recorded if self.recorded else None


def follow_ups(  # noqa: PLR0913  # the choices of a reader, each by name
    engine: Engine,
    *,
    actor: Actor,
    kind: str | None = None,
    states: Sequence[str] = OPEN_FOLLOW_UPS,
    family_id: str | None = None,
    owner: str | None = None,
    receiver: str | None = None,
    due_before: date | None = None,
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[Following], int]:
    """Measures and wishes of the actor's area, the earliest due first, and how many there are in all.

    `receiver` is kind and code: "station:330108001".
    """
    permit(actor, "measure.work")
    wanted: list[ColumnElement[bool]] = [
        FollowUpEvent.state.in_([known(FOLLOW_STATES, each) for each in states]),
        within(actor, FollowUp.street_code, FollowUp.community_code),
    ]
    for column, value in (
        (FollowUp.kind, known(FOLLOW_UPS, kind) if kind else None),
        (FollowUp.family_id, family_id),
        (FollowUpEvent.owner, owner),
    ):
        if value is not None:
            wanted.append(column == value)
    if receiver is not None:
        kind_of, _, code = receiver.partition(":")
        wanted += [FollowUp.receiver_kind == kind_of, FollowUp.receiver == code]
    if due_before is not None:
        wanted.append(FollowUpEvent.due_on < due_before)
    query = follow_up_query().where(*wanted)
    page = query.order_by(FollowUpEvent.due_on, FollowUp.follow_up_id).limit(limit).offset(offset)
    with engine.connect() as connection:
        total = connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()
        return [Following(*row) for row in connection.execute(page)], int(total)


def rates(engine: Engine, today: date, *, actor: Actor) -> list[Rate]:
    """Rates of measures done and wishes met, a row a kind and street of the actor's area."""
    permit(actor, "case.read")
    late = and_(FollowUpEvent.state.in_(OPEN_FOLLOW_UPS), FollowUpEvent.due_on < today)
    query = (
        _current(
            select(
                FollowUp.kind,
                FollowUp.street_code,
                func.count(),
                func.count(case((FollowUpEvent.state == "done", 1))),
                func.count(case((late, 1))),
            )
        )
        .where(FollowUpEvent.state != "cancelled", within(actor, FollowUp.street_code, FollowUp.community_code))
        .group_by(FollowUp.kind, FollowUp.street_code)
        .order_by(FollowUp.kind, FollowUp.street_code)
    )
    with engine.connect() as connection:
        return [Rate(*row) for row in connection.execute(query)]


def _current(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    later = aliased(FollowUpEvent)
    following = select(later.version).where(
        later.follow_up_id == FollowUpEvent.follow_up_id, later.version == FollowUpEvent.version + 1
    )
    return (
        query.select_from(FollowUpEvent)
        .join(FollowUp, FollowUp.follow_up_id == FollowUpEvent.follow_up_id)
        .where(~following.exists())
    )


def follow_up_query() -> Select[*tuple[Any, ...]]:
    """Every measure and wish as it stands, in the columns of `Following`."""
    columns = FollowUp.__table__.c
    return _current(
        select(
            *[
                columns[each.name] if each.name in columns else getattr(FollowUpEvent, each.name)
                for each in fields(Following)
            ]
        )
    )


def held_by(engine: Engine, follow_up_id: str) -> list[Row | str]:
    """What an act about a measure or wish holds: its row, and its family, which has a measure open once."""
    query = select(FollowUp.family_id).where(FollowUp.follow_up_id == follow_up_id)
    with engine.connect() as connection:  # it never changes
        family_id = connection.execute(query).scalar()
    return [Row(FollowUp.follow_up_id, follow_up_id), family_name(family_id or "")]


def visible_follow_up(connection: Connection, actor: Actor, follow_up_id: str) -> Following:
    """How a measure or wish stands that the actor may see; raises `CaseNotFoundError`."""
    row = connection.execute(follow_up_query().where(FollowUp.follow_up_id == follow_up_id)).one_or_none()
    found = Following(*row) if row else None
    if found is None or not seen_by(actor, "need", found.street_code, found.community_code):
        raise no_case("measure or wish", follow_up_id)
    return found


def append_follow_up(
    connection: Connection, follow_up_id: str, version: int, actor: Actor, now: datetime, **event: Any
) -> Following:
    """Write one step and its link of the audit chain; returns how it stands after it."""
    connection.execute(
        insert(FollowUpEvent).values(
            follow_up_id=follow_up_id, version=version, at=now, actor=actor.name, role=actor.role, **event
        )
    )
    made = Following(*connection.execute(follow_up_query().where(FollowUp.follow_up_id == follow_up_id)).one())
    append_within(
        connection,
        actor=actor.name,
        action=f"{made.kind}_{made.state}",
        purpose=f"{FOLLOW_UPS.title_of(made.kind)}：{FOLLOW_STATES.title_of(made.state)}",
        details={
            "follow_up_id": follow_up_id,
            "version": version,
            "what": made.what,
            "receiver": made.receiver,
            "owner": made.owner,
            "due_on": made.due_on.isoformat(),
            "reason": made.reason,
        },
    )
    return made
