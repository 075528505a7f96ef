"""Spoiling a registry as somebody could who has its database: the triggers are put aside first.

What belongs here: what tests change behind the registry's back.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, text

__all__ = ["without_triggers"]


@contextmanager
def without_triggers(engine: Engine, *tables: str) -> Iterator[Connection]:
    """A transaction in which the triggers of `tables` are gone, and stay so."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            for table in tables:
                connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        else:
            found = connection.execute(text("SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'")).all()
            for name, table in found:
                if table in tables:
                    connection.execute(text(f"DROP TRIGGER {name}"))
        yield connection
