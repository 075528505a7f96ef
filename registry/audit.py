"""The audit chain: who did what, when and why, each event sealed with the one before it.

What belongs here: appending and verifying. Details are counts, ids of editions and filters; what looks
like an identity number is refused.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, insert, select

from registry.engine import write_transaction
from registry.errors import AuditError
from registry.models import AuditEvent

__all__ = ["ChainCheck", "append", "append_within", "verify"]

_GENESIS = "0" * 64
_ID_NUMBER = re.compile(r"(?<![0-9a-fA-F])[0-9]{17}[0-9Xx](?![0-9a-fA-F])")


@dataclass(frozen=True, slots=True)
class ChainCheck:
    """Outcome of verifying the chain: how many events it has, and which is the first that does not hold."""

    events: int
    broken_seq: int | None = None
    reason: str | None = None

    @property
    def holds(self) -> bool:
        """Whether every event is as it was written."""
        return self.broken_seq is None


def append(engine: Engine, *, actor: str, action: str, purpose: str, details: Mapping[str, Any]) -> int:
    """Append one event in a transaction of its own and return its number."""
    with write_transaction(engine) as connection:
        return append_within(connection, actor=actor, action=action, purpose=purpose, details=details)


def append_within(connection: Connection, *, actor: str, action: str, purpose: str, details: Mapping[str, Any]) -> int:
    """Append one event in the write transaction of what it records; raises `AuditError`."""
    last = connection.execute(
        select(AuditEvent.seq, AuditEvent.event_hash).order_by(AuditEvent.seq.desc()).limit(1)
    ).one_or_none()
    event: dict[str, Any] = {
        "seq": last.seq + 1 if last else 1,
        "at": datetime.now(UTC).isoformat(timespec="microseconds"),
        "actor": actor,
        "action": action,
        "purpose": purpose,
        "details": dict(details),
        "previous_hash": last.event_hash if last else _GENESIS,
    }
    if _ID_NUMBER.search(json.dumps(dict(details), ensure_ascii=True, default=str)):
        raise AuditError(f"details of {action} hold what looks like an identity number; record counts and ids")
    connection.execute(insert(AuditEvent).values(**event, event_hash=_seal(event)))
    return int(event["seq"])


def verify(engine: Engine) -> ChainCheck:
    """Recompute the chain from its first event."""
    previous, expected = _GENESIS, 1
    with engine.connect() as connection:
        query = select(*AuditEvent.__table__.columns).order_by(AuditEvent.seq)
        with connection.execution_options(yield_per=10_000).execute(query) as rows:
            for row in rows.mappings():
                event = dict(row)
                sealed = event.pop("event_hash")
                fault = _fault(event, sealed, expected, previous)
                if fault is not None:
                    return ChainCheck(expected - 1, expected, f"event {expected} {fault}")
                previous, expected = sealed, expected + 1
    return ChainCheck(expected - 1)


def _fault(event: Mapping[str, Any], sealed: str, expected: int, previous: str) -> str | None:
    """What is wrong with an event, if anything."""
    if event["seq"] != expected:
        return "is missing"
    if event["previous_hash"] != previous:
        return "does not follow the one before it"
    return None if _seal(event) == sealed else "was changed after it was written"


def _seal(event: Mapping[str, Any]) -> str:
    """SHA-256 over the canonical text of an event, the hash of the one before it included."""
    try:
        text = json.dumps(event, ensure_ascii=True, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise AuditError(f"details of {event['action']} are not plain values: {type(error).__name__}") from None
    return hashlib.sha256(text.encode()).hexdigest()
