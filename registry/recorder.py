"""Events of the audit chain that many readers cause at once, written together: one transaction for all that wait.

What belongs here: the one thread that writes. Whoever caused an event shows nothing until it is on the disk, and may
make ready meanwhile what is to be shown; while one transaction is being written the next events gather, so that many
readers at once cost a few transactions.
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine

from registry.audit import CHAIN, append, append_within
from registry.engine import write_transaction
from registry.errors import AuditError

__all__ = ["append_later", "append_soon", "recording_together"]

_MOST_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class _Event:
    """What to append, and whom to tell its number."""

    values: Mapping[str, Any]
    number: "Future[int]" = field(default_factory=Future)


class _Recorder:
    """The thread, and the events that wait for it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._waiting: SimpleQueue[_Event] = SimpleQueue()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="audit recorder")

    def append(self, values: Mapping[str, Any]) -> "Future[int]":
        """Let the event be recorded; its number is told when it is on the disk."""
        event = _Event(values)
        self._waiting.put(event)
        self._thread.submit(self._write)
        return event.number

    def end(self) -> None:
        """Write what waits, then end."""
        self._thread.shutdown(wait=True)

    def _gathered(self) -> Iterator[_Event]:
        for _ in range(_MOST_AT_ONCE):
            try:
                yield self._waiting.get_nowait()
            except Empty:
                return

    def _write(self) -> None:
        """All that wait in one transaction. One that cannot be recorded is refused alone; without a commit, all are."""
        events = list(self._gathered())
        if not events:
            return
        outcome: list[int | AuditError] = [AuditError("the event could not be written")] * len(events)
        try:
            with write_transaction(self._engine, CHAIN) as connection:
                numbers = [_appended(connection, each) for each in events]
            outcome = numbers
        finally:
            for event, number in zip(events, outcome, strict=True):
                if isinstance(number, AuditError):
                    event.number.set_exception(number)
                else:
                    event.number.set_result(number)


def _appended(connection: Connection, event: _Event) -> int | AuditError:
    try:
        return append_within(connection, **event.values)
    except AuditError as error:
        return error


_recorders: WeakKeyDictionary[Engine, _Recorder] = WeakKeyDictionary()


@contextmanager
def recording_together(engine: Engine) -> Iterator[None]:
    """While this lasts, events of `append_soon` on the engine are written together."""
    recorder = _recorders[engine] = _Recorder(engine)
    try:
        yield
    finally:
        del _recorders[engine]
        recorder.end()


def append_soon(engine: Engine, *, actor: str, action: str, purpose: str, details: Mapping[str, Any]) -> int:
    """As `registry.audit.append`, together with others that wait; it is recorded when this returns."""
    return append_later(engine, actor=actor, action=action, purpose=purpose, details=details).result()


def append_later(engine: Engine, *, actor: str, action: str, purpose: str, details: Mapping[str, Any]) -> "Future[int]":
    """As `append_soon`, for whoever waits for the outcome before anything is shown; raises from it what that raises."""
    recorder = _recorders.get(engine)
    if recorder is not None:
        return recorder.append({"actor": actor, "action": action, "purpose": purpose, "details": details})
    done: Future[int] = Future()
    done.set_result(append(engine, actor=actor, action=action, purpose=purpose, details=details))
    return done
