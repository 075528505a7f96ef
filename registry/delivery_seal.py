"""What the record says of each delivery, sealed in the audit chain when it is taken in or refused.

What belongs here: the digest of a delivery's record, the event that carries it, and holding the one against the other.
"""

import json
from collections.abc import Mapping
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Engine, select

from registry.audit import append_within
from registry.keeping import KeepingCheck
from registry.models import AuditEvent, DeliveryRecord

__all__ = ["ACTION", "check_deliveries", "seal_delivery"]

ACTION = "deliver"
_FETCHED = 1_000
_SEALED = (
    "delivery_id", "feed", "month", "sender", "revision", "file_name", "sha256", "size_bytes", "status",
    "duplicate_of", "rows_read", "rows_accepted", "rows_quarantined", "receipt", "message", "received_at", "taken_on",
)  # fmt: skip
"""Columns of the record, in this order for ever: another list would be another digest."""


def seal_delivery(connection: Connection, values: Mapping[str, Any]) -> None:
    """Append the event of a delivery whose record is written in the same transaction; `values` are its columns."""
    counts = {name: values[name] for name in ("rows_read", "rows_accepted", "rows_quarantined")}
    append_within(
        connection,
        actor="system",
        action=ACTION,
        purpose="接收报送",
        details={"delivery": values["delivery_id"], "state": values["status"], **counts, "record": _digest(values)},
    )


def check_deliveries(engine: Engine) -> KeepingCheck:
    """Every delivery's record is the one that was sealed last, and none that was sealed is gone.

    Those that came before the first such event are counted apart.
    """
    columns, event = DeliveryRecord.__table__.c, AuditEvent
    told = select(event.seq, event.at, event.details).where(event.action == ACTION).order_by(event.seq)
    with engine.connect() as connection:
        events = connection.execute(told).all()
        kept = select(*[columns[name] for name in _SEALED]).order_by(columns.delivery_id)
        rows = connection.execution_options(yield_per=_FETCHED).execute(kept).mappings()
        held = {row["delivery_id"]: (row["received_at"], _digest(dict(row))) for row in rows}
    sealed = {each.details["delivery"]: (each.seq, each.details["record"]) for each in events}
    since = datetime.fromisoformat(events[0].at) if events else None
    faults, unsealed = [], 0
    for name, (received_at, digest) in held.items():
        seq, record = sealed.get(name, (0, ""))
        if not seq and (since is None or received_at < since):
            unsealed += 1
        elif not seq:
            faults.append(f"delivery {name}: no event sealed its record, as it has been done since {since}")
        elif record != digest:
            faults.append(f"delivery {name}: its record is not the one that event {seq} sealed")
    gone = [(name, seq) for name, (seq, _) in sealed.items() if name not in held]
    faults += [f"delivery {name}: its record is gone; event {seq} sealed it" for name, seq in gone]
    return KeepingCheck(len(held), tuple(faults), unsealed=unsealed)


def _digest(values: Mapping[str, Any]) -> str:
    text = json.dumps([values[name] for name in _SEALED], sort_keys=True, ensure_ascii=True, default=_told)
    return sha256(text.encode()).hexdigest()


def _told(value: date) -> str:
    return value.isoformat(timespec="microseconds") if isinstance(value, datetime) else value.isoformat()
