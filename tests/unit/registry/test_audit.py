"""The audit chain names the event that was touched."""

from typing import Any

import pytest
from sqlalchemy import Engine, text

from registry.audit import append, verify
from registry.errors import AuditError


def _three(engine: Engine) -> None:
    for number in range(3):
        append(engine, actor="a", action="export", purpose="审计", details={"rows": number})


def _tamper(engine: Engine, statement: str) -> None:
    """What someone with the database file can do."""
    drop = (
        "DROP TRIGGER keep_audit_event ON audit_event"
        if engine.dialect.name == "postgresql"
        else "DROP TRIGGER keep_audit_event_{}"
    )
    with engine.begin() as connection:
        for act in ("update", "delete") if "{}" in drop else ("",):
            connection.execute(text(drop.format(act)))
        connection.execute(text(statement))


def test_an_untouched_chain_holds(engine: Engine) -> None:
    """If this fails, every audit ends with a false alarm."""
    _three(engine)
    found = verify(engine)
    assert (found.holds, found.events) == (True, 3)


@pytest.mark.parametrize(
    ("statement", "seq", "reason"),
    [
        ("UPDATE audit_event SET actor = 'b' WHERE seq = 2", 2, "changed"),
        ("UPDATE audit_event SET details = '{\"rows\": 9}' WHERE seq = 1", 1, "changed"),
        ("DELETE FROM audit_event WHERE seq = 2", 2, "missing"),
        ("UPDATE audit_event SET previous_hash = event_hash WHERE seq = 3", 3, "does not follow"),
    ],
)
def test_a_touched_chain_names_the_event(engine: Engine, statement: str, seq: int, reason: str) -> None:
    """If this fails, who took the list can be rewritten."""
    _three(engine)
    _tamper(engine, statement)
    found = verify(engine)
    assert (found.holds, found.broken_seq) == (False, seq)
    assert reason in str(found.reason)


def test_an_empty_chain_holds(engine: Engine) -> None:
    """If this fails, a new installation cannot be verified."""
    assert verify(engine).holds


@pytest.mark.parametrize("details", [{"subject": "330108198001010012"}, {"when": object()}, {"share": float("nan")}])
def test_details_are_plain_and_name_nobody(engine: Engine, details: dict[str, Any]) -> None:
    """If this fails, the chain that nobody may change holds an identity number for ever."""
    with pytest.raises(AuditError):
        append(engine, actor="a", action="export", purpose="x", details=details)
    assert verify(engine).events == 0
