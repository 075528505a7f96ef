"""The whole registry from one database to another, row by row, with a digest of every table before and after.

What belongs here: copying and comparing. Files of the installation stay where they are.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, Engine, Table, func, insert, select, text

from registry.audit import append, verify
from registry.engine import WHOLE, migrate, write_transaction
from registry.errors import MoveError
from registry.models import Base, Publication

__all__ = ["digests", "move"]

_CHUNK = 5_000
_DIGEST_BITS = 256


def move(source: Engine, target: Engine, *, actor: str) -> Mapping[str, int]:
    """Copy all tables from `source` to the empty `target`, compare them, and record it there; rows by table.

    Nothing of the source is changed, and of the target all or nothing. Raises `MoveError`.
    """
    if source.url == target.url:
        raise MoveError("source and target are the same database; name another one")
    if not verify(source).holds:
        raise MoveError("the audit chain of the source does not hold; see doudi verify before anything is moved")
    migrate(source)
    migrate(target)
    with source.connect() as reading, write_transaction(target, WHOLE) as writing:
        _check_empty(writing)
        before = digests(reading)
        for table in _in_order():
            for rows in _chunks(reading, table):
                writing.execute(insert(table), rows)
        _advance_sequences(writing)
        after = digests(writing)
        wrong = sorted(name for name in before if before[name] != after[name])
        if wrong:
            raise MoveError(f"the tables {', '.join(wrong)} are not the same after copying; nothing was moved")
    if not verify(target).holds:
        raise MoveError("the audit chain does not hold in the target; go on with the source, and report this")
    moved = {name: count for name, (count, _) in before.items()}
    details = {"from": source.dialect.name, "to": target.dialect.name, "rows": moved}
    append(target, actor=actor, action="move", purpose="数据库迁移", details=details)
    return moved


def digests(connection: Connection) -> dict[str, tuple[int, str]]:
    """Rows and digest of every table; the digest does not depend on the order in which a database gives rows."""
    found = {}
    for table in _in_order():
        count, total = 0, 0
        for rows in _chunks(connection, table):
            for row in rows:
                count += 1
                plain = json.dumps(row, sort_keys=True, ensure_ascii=True, default=str)
                total += int.from_bytes(hashlib.sha256(plain.encode()).digest())
        found[table.name] = (count, f"{total % (1 << _DIGEST_BITS):064x}")
    return found


def _in_order() -> list[Table]:
    """What others refer to first; publications last, since rows of a published edition cannot be added to."""
    tables = list(Base.metadata.sorted_tables)
    return sorted(tables, key=lambda each: each.name == Publication.__tablename__)


def _chunks(connection: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    query = select(table).order_by(*table.primary_key)
    with connection.execution_options(yield_per=_CHUNK).execute(query) as rows:
        for part in rows.mappings().partitions():
            yield [dict(each) for each in part]


def _check_empty(connection: Connection) -> None:
    for table in _in_order():
        if connection.execute(select(func.count()).select_from(table)).scalar():
            raise MoveError(f"the table {table.name} of the target has rows already; name an empty database")


def _advance_sequences(connection: Connection) -> None:
    """PostgreSQL numbers on from what was copied; SQLite does so by itself."""
    if connection.dialect.name != "postgresql":
        return
    for table in _in_order():
        column = table.autoincrement_column
        if column is None:
            continue
        connection.execute(
            text(
                f"SELECT setval(pg_get_serial_sequence('{table.name}', '{column.name}'), "  # noqa: S608  # our names
                f"coalesce(max({column.name}), 1), max({column.name}) IS NOT NULL) FROM {table.name}"
            )
        )
