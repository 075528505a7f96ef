"""Where the registry lives: the SQLAlchemy engine, its transactions for writing, and its migrations.

What belongs here: SQLite's pragmas and transaction mode, the write transaction of either database, `migrate`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, create_engine, event, func, make_url, select
from sqlalchemy.orm import InstrumentedAttribute

from registry.files import private_dir, private_file
from schemas.settings import Settings

__all__ = [
    "ACCOUNTS",
    "ACTS",
    "MODELS",
    "WHOLE",
    "Row",
    "engine_at",
    "lock",
    "make_engine",
    "migrate",
    "schema_revisions",
    "write_transaction",
]

_MIGRATIONS = Path(__file__).parent / "migrations"
_WRITING = "doudi_writing"
WHOLE = "whole"
"""The thing of a writer that no other may overlap: a migration, a move, an erasure."""
ACTS, ACCOUNTS, MODELS = "acts", "accounts", "models"
"""Things of writers: cases and decisions, which follow from cases in one transaction; accounts and sessions; models."""
_EVERYTHING = "everything"
_SERVER = "postgresql"
_LOCK_BYTES = 8
_BUSY_MILLISECONDS = 60_000


class Row(NamedTuple):
    """A row that an act is about: the column that finds it, and its value there."""

    column: InstrumentedAttribute[Any]
    key: str


def make_engine(settings: Settings) -> Engine:
    """The engine of the installation's registry; an SQLite file is created 0600 in a 0700 home."""
    private_dir(settings.home).chmod(0o700)
    return engine_at(settings.registry_url)


def engine_at(url: str) -> Engine:
    """An engine for an SQLAlchemy URL (SQLite or PostgreSQL through psycopg)."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        # whoever waited for a lock has to see what was written meanwhile, whatever the server's default is
        return create_engine(parsed, pool_pre_ping=True, isolation_level="READ COMMITTED")
    if parsed.database:
        private_file(Path(parsed.database))
    engine = create_engine(parsed)
    event.listen(engine, "connect", _configure_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _configure_sqlite(connection: Any, _record: object) -> None:
    """Hand transactions to SQLAlchemy and switch on what keeps the record whole."""
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={_BUSY_MILLISECONDS}",
        "journal_mode=WAL",
        "foreign_keys=ON",
        "recursive_triggers=ON",  # without it INSERT OR REPLACE passes the triggers that forbid deletion
        "synchronous=FULL",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get(_WRITING, False)
    driven = connection.connection.driver_connection
    assert driven is not None  # noqa: S101  # for the type checker: a transaction begins on an open connection
    driven.execute("BEGIN IMMEDIATE" if writing else "BEGIN")  # beside SQLAlchemy, which a page would pay six times


@contextmanager
def write_transaction(engine: Engine, of: str, *, only: Iterable[Row | str] | None = None) -> Iterator[Connection]:
    """A transaction that no other writer `of` the same thing overlaps; committed as a whole or not at all.

    With `only`, it is a writer of those objects of the thing alone: rows that are there, and names of what has no row
    (a worker's load, a family that something new is made for). Writers of other objects do not wait, those of one of
    the same and of the whole thing do. A row that is not there holds up nobody.

    On PostgreSQL writers of different things do not wait for each other; one of `WHOLE` waits for all, and all wait
    for it. SQLite has one writer at a time. The order of locks is: everything, the thing, its names by their keys, its
    rows by table and key, the audit chain (`registry.audit`); whoever keeps to it never waits in a circle.
    """
    with engine.connect().execution_options(**{_WRITING: True}) as connection, connection.begin():
        lock(connection, _EVERYTHING, shared=of != WHOLE)
        if of != WHOLE:
            lock(connection, of, shared=only is not None)
        if only is not None and connection.dialect.name == _SERVER:
            _hold(connection, of, list(only))
        yield connection


def lock(connection: Connection, thing: str, *, shared: bool = False) -> None:
    """Hold `thing` until the transaction ends; on SQLite the transaction itself does."""
    if connection.dialect.name == _SERVER:
        _hold_key(connection, _key(thing), shared=shared)


def _hold(connection: Connection, of: str, only: Iterable[Row | str]) -> None:
    """Names first, then rows, each in one order for all: by key, and by table and key."""
    rows: dict[InstrumentedAttribute[Any], set[str]] = defaultdict(set)
    names: set[int] = set()
    for each in only:
        if isinstance(each, Row):
            rows[each.column].add(each.key)
        else:
            names.add(_key(f"{of} {each}"))
    for key in sorted(names):
        _hold_key(connection, key)
    for column in sorted(rows, key=str):
        query = select(column).where(column.in_(sorted(rows[column]))).order_by(column)
        connection.execute(query.with_for_update(key_share=True)).all()  # rows that refer to them can still be written


def _hold_key(connection: Connection, key: int, *, shared: bool = False) -> None:
    held = func.pg_advisory_xact_lock_shared(key) if shared else func.pg_advisory_xact_lock(key)
    connection.execute(select(held))


def _key(thing: str) -> int:
    return int.from_bytes(blake2b(f"doudi {thing}".encode(), digest_size=_LOCK_BYTES).digest(), signed=True)


def migrate(engine: Engine) -> None:
    """Bring the registry to the newest schema; harmless when it is there already."""
    from alembic import command  # noqa: PLC0415  # slow to import
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    with write_transaction(engine, WHOLE) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def schema_revisions(engine: Engine) -> tuple[str, str]:
    """The schema that the database has, and the one that the program needs; "" for none."""
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415  # slow to import
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    with engine.connect() as connection:
        held = MigrationContext.configure(connection).get_current_revision()
    return held or "", ScriptDirectory(str(_MIGRATIONS)).get_current_head() or ""
