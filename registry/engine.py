"""Where the registry lives: the SQLAlchemy engine, its transactions for writing, and its migrations.

What belongs here: SQLite's pragmas and transaction mode, the write transaction of either database, `migrate`.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text

from registry.files import private_dir
from schemas.settings import Settings

__all__ = ["engine_at", "make_engine", "migrate", "write_transaction"]

_MIGRATIONS = Path(__file__).parent / "migrations"
_WRITING = "doudi_writing"
_ADVISORY_LOCK = 0x646F756469  # "doudi": one writer at a time on a shared PostgreSQL
_BUSY_MILLISECONDS = 60_000


def make_engine(settings: Settings) -> Engine:
    """The engine of the installation's registry; an SQLite file is created 0600 in a 0700 home."""
    private_dir(settings.home).chmod(0o700)
    return engine_at(settings.registry_url)


def engine_at(url: str) -> Engine:
    """An engine for an SQLAlchemy URL (SQLite or PostgreSQL through psycopg)."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_pre_ping=True)
    if parsed.database:
        os.close(os.open(parsed.database, os.O_RDWR | os.O_CREAT, 0o600))
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
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


@contextmanager
def write_transaction(engine: Engine) -> Iterator[Connection]:
    """A transaction that no other writer overlaps; committed as a whole or not at all."""
    with engine.connect().execution_options(**{_WRITING: True}) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        yield connection


def migrate(engine: Engine) -> None:
    """Bring the registry to the newest schema; harmless when it is there already."""
    from alembic import command  # noqa: PLC0415  # slow to import
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    with write_transaction(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
