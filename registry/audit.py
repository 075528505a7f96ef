"""The audit chain: who did what, when and why, each event sealed with the one before it.

What belongs here: appending and verifying. Details are counts, ids of editions and filters; what looks
like an identity number is refused.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, insert, select

from registry.anchors import ChainFile, exporting
from registry.asked import Question
from registry.engine import lock, write_transaction
from registry.errors import AuditError
from registry.models import AuditEvent
from registry.seal import GENESIS, Anchor, ChainCheck, check_chain, seal

__all__ = ["CHAIN", "ChainCheck", "append", "append_within", "verify"]

CHAIN = "audit chain"
"""What every writer holds from its first event to the end of its transaction."""

_LAST = Question(select(AuditEvent.seq, AuditEvent.event_hash).order_by(AuditEvent.seq.desc()).limit(1))
_INSERTED = Question(insert(AuditEvent))  # both are asked with each page
_FETCHED = 5_000
_ID_NUMBER = re.compile(r"(?<![0-9a-fA-F])[0-9]{17}[0-9Xx](?![0-9a-fA-F])")


def append(engine: Engine, *, actor: str, action: str, purpose: str, details: Mapping[str, Any]) -> int:
    """Append one event in a transaction of its own and return its number."""
    with write_transaction(engine, CHAIN) as connection:
        return append_within(connection, actor=actor, action=action, purpose=purpose, details=details)


def append_within(connection: Connection, *, actor: str, action: str, purpose: str, details: Mapping[str, Any]) -> int:
    """Append one event in the write transaction of what it records; raises `AuditError`.

    From here on other writers wait for the transaction to end: the next event is sealed with this one.
    """
    lock(connection, CHAIN)
    last = next(iter(_LAST.within(connection)), None)
    event: dict[str, Any] = {
        "seq": last["seq"] + 1 if last else 1,
        "at": datetime.now(UTC).isoformat(timespec="microseconds"),
        "actor": actor,
        "action": action,
        "purpose": purpose,
        "details": dict(details),
        "previous_hash": last["event_hash"] if last else GENESIS,
    }
    if _ID_NUMBER.search(json.dumps(dict(details), ensure_ascii=True, default=str)):
        raise AuditError(f"details of {action} hold what looks like an identity number; record counts and ids")
    _INSERTED.within(connection, event | {"event_hash": seal(event)})
    return int(event["seq"])


def verify(engine: Engine, anchors: Sequence[Anchor] = (), *, export: Path | None = None) -> ChainCheck:
    """Recompute the chain from its first event and hold it against anchors; `export` is the file to copy it to."""
    with ExitStack() as stack:
        target = stack.enter_context(exporting(export)) if export is not None else None
        return check_chain(_events(engine, target), anchors)


def _events(engine: Engine, target: ChainFile | None) -> Iterator[dict[str, Any]]:
    """The events in their order, with as many in memory as one fetch brings."""
    table = AuditEvent.__table__
    names = tuple(each.name for each in table.columns)
    with engine.connect() as connection:
        rows = connection.execution_options(yield_per=_FETCHED).execute(select(*table.columns).order_by(AuditEvent.seq))
        for row in rows:
            event = dict(zip(names, row, strict=True))
            if target is not None:
                target.put(event)
            yield event
