"""Rows of a frame into a table of the registry, as fast as the database takes them.

What belongs here: one insertion for SQLite (`executemany`) and one for PostgreSQL (`COPY`), and reading a query into a
frame. Callers hold the transaction.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any

import polars as pl
from sqlalchemy import Connection, Integer, Select, String, Table, type_coerce
from sqlalchemy.orm import DeclarativeBase

__all__ = ["insert_frame", "read_frame"]

_CHUNK = 20_000
_NULL = "\\N"
_AS_DRIVEN = {pl.String(), pl.Int64(), pl.Float64()}


def insert_frame(connection: Connection, model: type[DeclarativeBase], frame: pl.DataFrame) -> int:
    """Insert all rows of `frame`, whose columns are columns of `model`; returns their number."""
    table = model.__table__
    assert isinstance(table, Table)  # noqa: S101  # for the type checker: our models are plain tables
    if frame.is_empty():
        return 0
    preparer = connection.dialect.identifier_preparer
    target = f"{preparer.format_table(table)} ({', '.join(preparer.quote(each) for each in frame.columns)})"
    if connection.dialect.name == "postgresql":
        _copy(connection, target, frame)
    else:
        _execute_many(connection, target, frame)
    return frame.height


def read_frame(
    connection: Connection, query: Select[*tuple[Any, ...]], schema: Mapping[str, pl.DataType]
) -> pl.DataFrame:
    """The rows of `query`, whose columns come in the order of `schema`.

    They are turned into columns piece by piece, so that a million rows are never all in memory as Python's objects.
    """
    columns = list(query.selected_columns)
    plain = {name: _as_sent(connection, dtype) for name, dtype in schema.items()}
    sent = [
        column if plain[name] == dtype else type_coerce(column, String() if dtype == pl.Date else Integer())
        for column, (name, dtype) in zip(columns, schema.items(), strict=True)
    ]
    streamed = query.with_only_columns(*sent, maintain_column_froms=True)
    pieces = [pl.DataFrame(rows, schema=plain, orient="row") for rows in _parts(connection, streamed, plain)]
    if not pieces:
        return pl.DataFrame(schema=dict(schema))
    return pl.concat(pieces).with_columns(
        pl.col(name).str.to_date("%Y-%m-%d") if dtype == pl.Date else pl.col(name).cast(dtype)
        for name, dtype in schema.items()
        if plain[name] != dtype
    )


def _parts(
    connection: Connection, query: Select[*tuple[Any, ...]], schema: Mapping[str, pl.DataType]
) -> Iterator[Sequence[Any]]:
    """The rows piece by piece; texts and numbers of SQLite as its driver has them, which takes half the time."""
    if connection.dialect.name == "sqlite" and set(schema.values()) <= _AS_DRIVEN:
        with closing(connection.execute(query)) as result:
            while rows := result.cursor.fetchmany(_CHUNK):
                yield rows
        return
    for part in connection.execute(query, execution_options={"yield_per": _CHUNK}).partitions():
        yield [tuple(row) for row in part]


def _as_sent(connection: Connection, dtype: pl.DataType) -> pl.DataType:
    """As what a column comes from the database; SQLite knows no dates and no truths, and Polars reads them faster."""
    if connection.dialect.name == "sqlite" and dtype == pl.Date:
        return pl.String()
    return pl.Int64() if connection.dialect.name == "sqlite" and dtype == pl.Boolean else dtype


def _execute_many(connection: Connection, target: str, frame: pl.DataFrame) -> None:
    plain = frame.with_columns(pl.selectors.date().cast(pl.String), pl.selectors.boolean().cast(pl.Int64))
    marks = ", ".join("?" * frame.width)
    for chunk in plain.iter_slices(_CHUNK):
        connection.exec_driver_sql(f"INSERT INTO {target} VALUES ({marks})", chunk.rows())  # noqa: S608  # our own names


def _copy(connection: Connection, target: str, frame: pl.DataFrame) -> None:
    """PostgreSQL's own bulk format; an empty text is quoted, so that it differs from null."""
    cursor = connection.connection.cursor()
    try:
        with cursor.copy(f"COPY {target} FROM STDIN WITH (FORMAT csv, NULL '{_NULL}')") as copy:
            for chunk in frame.iter_slices(_CHUNK):
                text = io.BytesIO()
                chunk.write_csv(text, include_header=False, null_value=_NULL, quote_style="non_numeric")
                copy.write(text.getvalue())
    finally:
        cursor.close()
