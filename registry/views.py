"""What the audit chain holds beside exports and decisions: rows that were shown, and parameters that were changed.

What belongs here: those two events. Counts and filters are recorded, never whom a row is about.
"""

from collections.abc import Mapping
from concurrent.futures import Future

from sqlalchemy import Engine, select

from registry.audit import CHAIN, append_within
from registry.engine import write_transaction
from registry.models import AuditEvent
from registry.recorder import append_later
from registry.roles import Actor

__all__ = ["record_overlays", "record_view", "view_recorded"]

_PARAMETERS = "parameters"


def record_view(  # who, what, of which edition, how much
    engine: Engine, actor: Actor, what: str, *, edition_id: str, rows: int, filters: Mapping[str, str | None]
) -> None:
    """That somebody was shown rows of a list, the warnings or a plan, on the terminal or a page.

    It is recorded when this returns, so that nothing is shown unrecorded.
    """
    view_recorded(engine, actor, what, edition_id=edition_id, rows=rows, filters=filters).result()


def view_recorded(
    engine: Engine, actor: Actor, what: str, *, edition_id: str, rows: int, filters: Mapping[str, str | None]
) -> "Future[int]":
    """As `record_view`, for whoever makes the rows ready meanwhile and shows none before this has its result."""
    return append_later(
        engine,
        actor=actor.name,
        action="view",
        purpose="查阅",
        details={
            "what": what,
            **actor.recorded,
            "edition_id": edition_id,
            "rows": rows,
            "filters": {name: each for name, each in filters.items() if each},
        },
    )


def record_overlays(engine: Engine, overlays: Mapping[str, str], *, actor: str = "system") -> bool:
    """Record the local parameters when they are others than at the last event about them; whether they were.

    `overlays` are the names of the files and their SHA-256, as an input set has them.
    """
    event = AuditEvent
    query = select(event.details).where(event.action == _PARAMETERS).order_by(event.seq.desc()).limit(1)
    with write_transaction(engine, CHAIN) as connection:
        last = connection.execute(query).scalar()
        before = dict(last["overlays"]) if last else {}
        if before == dict(overlays):
            return False
        changed = sorted({name for name, _ in {*before.items()} ^ {*overlays.items()}})
        append_within(
            connection,
            actor=actor,
            action=_PARAMETERS,
            purpose="参数变更",
            details={"overlays": dict(overlays), "changed": changed},
        )
    return True
