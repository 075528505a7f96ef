"""The audit chain as its readers ask for it: by action, actor and day, the newest first.

What belongs here: reading events in pages. Proving that they are as they were written stands in `registry.audit`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Engine, select

from registry.auditing.sampling import AUDIT
from registry.models import AuditEvent
from registry.roles import Actor, require
from schemas.errors import UnknownNameError
from schemas.settings import Settings

__all__ = ["Event", "EventFilter", "Trail", "actions_and_actors", "trail"]


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events are asked for; empty means all. `since` and `until` are days at the bureau, both included."""

    action: str = ""
    actor: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One event of the chain; `details` hold counts, ids and filters, never an identity."""

    seq: int
    at: datetime
    actor: str
    action: str
    purpose: str
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Trail:
    """Some events, the newest first; `before` is the number from which older ones go on, None at the end."""

    events: Sequence[Event]
    before: int | None


def actions_and_actors(engine: Engine) -> tuple[list[str], list[str]]:
    """The actions and the actors that the chain knows."""
    with engine.connect() as connection:
        actions = connection.scalars(select(AuditEvent.action).distinct()).all()
        actors = connection.scalars(select(AuditEvent.actor).distinct()).all()
    return sorted(actions), sorted(actors)


def trail(
    engine: Engine, settings: Settings, wanted: EventFilter, *, actor: Actor, limit: int, before: int | None = None
) -> Trail:
    """Up to `limit` events older than the number `before`.

    Raises `NotPermittedError`, and `UnknownNameError` for an action or actor that the chain does not know: a slip of
    the pen must not read as "nobody did this".
    """
    require(actor, AUDIT)
    conditions = _conditions(engine, settings, wanted)
    if before is not None:
        conditions.append(AuditEvent.seq < before)
    event = AuditEvent
    query = select(event.seq, event.at, event.actor, event.action, event.purpose, event.details)
    with engine.connect() as connection:
        rows = connection.execute(query.where(*conditions).order_by(event.seq.desc()).limit(limit + 1)).all()
    shown = [Event(row.seq, datetime.fromisoformat(row.at), *row[2:]) for row in rows[:limit]]
    return Trail(shown, shown[-1].seq if len(rows) > limit else None)


def _conditions(engine: Engine, settings: Settings, wanted: EventFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    for name, column in (("action", AuditEvent.action), ("actor", AuditEvent.actor)):
        asked = getattr(wanted, name)
        if asked:
            _check(engine, name, asked)
            found.append(column == asked)
    if wanted.since is not None:
        found.append(AuditEvent.at >= _beginning(settings, wanted.since))
    if wanted.until is not None:
        found.append(AuditEvent.at < _beginning(settings, wanted.until + timedelta(days=1)))
    return found


def _check(engine: Engine, name: str, asked: str) -> None:
    known = dict(zip(("action", "actor"), actions_and_actors(engine), strict=True))[name]
    if asked not in known:
        raise UnknownNameError(name, asked, known)


def _beginning(settings: Settings, day: date) -> str:
    """The first instant of a day at the bureau, written as events write theirs."""
    begun = datetime.combine(day, time(), ZoneInfo(settings.timezone))
    return begun.astimezone(UTC).isoformat(timespec="microseconds")
