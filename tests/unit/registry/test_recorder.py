"""Events of many readers at once: each is recorded before its reader sees anything, and few transactions do it."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, event, func, select

from registry.audit import verify
from registry.errors import AuditError
from registry.models import AuditEvent
from registry.recorder import append_soon, recording_together


def _append(engine: Engine, serial: int) -> int:
    return append_soon(engine, actor="reader", action="view", purpose="查阅", details={"rows": serial})


def _count(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(AuditEvent)).scalar_one())


def test_readers_at_once_are_recorded_each_and_together(engine: Engine) -> None:
    """If this fails, a view leaves no trace, the chain breaks, or each page waits for every other one's disk."""
    commits: list[object] = []
    event.listen(engine, "commit", commits.append)
    with recording_together(engine), ThreadPoolExecutor(16) as readers:
        numbers = list(readers.map(lambda serial: _append(engine, serial), range(200)))
        assert _count(engine) == 200
    assert sorted(numbers) == list(range(1, 201))
    assert len(commits) < 150
    assert verify(engine).holds


def test_one_that_cannot_be_recorded_is_refused_alone(engine: Engine) -> None:
    """If this fails, one reader's identity number in a filter stops everybody's page, or is recorded."""
    with recording_together(engine):
        with pytest.raises(AuditError):
            append_soon(engine, actor="r", action="view", purpose="查阅", details={"asked": "330108199001011234"})
        assert _append(engine, 1) == 1
    assert _append(engine, 2) == 2
    assert verify(engine).holds


def test_a_database_that_fails_shows_nothing_and_recovers(engine: Engine) -> None:
    """If this fails, pages are shown unrecorded, or wait for ever after one failure."""

    def refuse(*_: object) -> None:
        raise RuntimeError("the disk is full")

    with recording_together(engine):
        event.listen(engine, "commit", refuse)
        with pytest.raises(AuditError):
            _append(engine, 1)
        event.remove(engine, "commit", refuse)
        assert _append(engine, 2) == 1
