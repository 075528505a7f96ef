"""Acts begun at once on a PostgreSQL server, and what each of them waits for: told by the server, not by the clock."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import sleep
from typing import Any

from sqlalchemy import Connection, Engine, event, func, select, text

from registry.audit import CHAIN
from registry.engine import Row, write_transaction
from schemas.errors import DoudiError

__all__ = ["Act", "Orders", "far_as_the_chain", "orders_of_locks", "outcome_of", "waits"]

Act = Callable[[], object]
_WAITING = text(
    "SELECT pid, :holder = ANY(pg_blocking_pids(pid)) FROM pg_stat_activity "
    "WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
_POLL = 0.005


def waits(engine: Engine, of: str, work: Act, *, only: Row | str | None = None) -> bool:
    """Whether `work` waits while somebody writes `of`, or one object of it; it must end once that has ended."""
    with ThreadPoolExecutor(1) as others:
        with write_transaction(engine, of, only=only and (only,)):
            begun = others.submit(work)
            waiting = _next_waiting(engine, 0, set(), begun) is not None
        begun.result()
    return waiting


def far_as_the_chain(engine: Engine, *acts: Act) -> tuple[list[bool], list[object]]:
    """Begin the acts one after another while the chain is held, so that each stands open with its locks.

    Tells of each whether it got as far as the chain, or waits for one before it; then what became of each.
    """
    reached: list[bool] = []
    seen: set[int] = set()
    with ThreadPoolExecutor(len(acts)) as pool:
        with write_transaction(engine, CHAIN) as holding:
            holder = holding.execute(select(func.pg_backend_pid())).scalar_one()
            begun: list[Future[object]] = []
            for act in acts:
                begun.append(pool.submit(outcome_of, act))
                found = _next_waiting(engine, holder, seen, begun[-1])
                assert found is not None, f"an act ended before it was recorded: {begun[-1].result()!r}"
                seen.add(found[0])
                reached.append(found[1])
        return reached, [each.result() for each in begun]


def outcome_of(act: Act) -> object:
    """What an act gave, or the error of ours that refused it; any other error is one of the program."""
    try:
        return act()
    except DoudiError as error:
        return error


def _next_waiting(engine: Engine, holder: int, seen: set[int], begun: Future[object]) -> tuple[int, bool] | None:
    """The server process that waits beside those `seen`, and whether for `holder`; None when the act has ended."""
    while True:
        ended = begun.done()
        with engine.connect() as connection:
            rows = connection.execute(_WAITING, {"holder": holder}).fetchall()
        new = [(int(pid), bool(chained)) for pid, chained in rows if pid not in seen]
        if new:
            return new[0]
        if ended:
            return None
        sleep(_POLL)


@dataclass(slots=True)
class Orders:
    """The locks of each transaction, in the order in which it took them."""

    open: dict[int, list[str]] = field(default_factory=dict)
    ended: list[tuple[str, ...]] = field(default_factory=list)


@contextmanager
def orders_of_locks(engine: Engine) -> Iterator[Orders]:
    """What every transaction of a block locked: `lock KEY`, `shared KEY`, `row TABLE`, `write TABLE`."""
    orders = Orders()

    def told(connection: Connection, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        taken = _lock_of(statement, parameters)
        if taken:
            orders.open.setdefault(id(connection), []).append(taken)

    def ended(connection: Connection) -> None:
        orders.ended.append(tuple(orders.open.pop(id(connection), ())))

    listeners = (("before_cursor_execute", told), ("commit", ended), ("rollback", ended))
    for name, listener in listeners:
        event.listen(engine, name, listener)
    try:
        yield orders
    finally:
        for name, listener in listeners:
            event.remove(engine, name, listener)


def _lock_of(statement: str, parameters: Any) -> str | None:
    words = statement.split()
    if "pg_advisory_xact_lock" in statement:
        (key,) = parameters.values()
        return f"{'shared' if '_shared' in statement else 'lock'} {key}"
    if statement.rstrip().endswith(("FOR NO KEY UPDATE", "FOR UPDATE")):
        return f"row {words[words.index('FROM') + 1]}"
    if words[0] in {"UPDATE", "DELETE"}:
        return f"write {words[1] if words[0] == 'UPDATE' else words[2]}"
    return None
