"""Rows of a frame into a table of the registry, as fast as the database takes them.

What belongs here: one insertion for SQLite (`executemany`) and one for PostgreSQL (`COPY`), and reading a query into a
frame. Callers hold the transaction.
"""

import io
from collections.abc import Mapping

import polars as pl
from sqlalchemy import Connection, Select, Table
from sqlalchemy.orm import DeclarativeBase

__all__ = ["insert_frame", "read_frame"]

_CHUNK = 20_000
_NULL = "\\N"


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
    connection: Connection, query: Select[*tuple[object, ...]], schema: Mapping[str, pl.DataType]
) -> pl.DataFrame:
    """The rows of `query`, whose columns come in the order of `schema`."""
    rows = connection.execute(query).fetchall()
    return pl.DataFrame([tuple(each) for each in rows], schema=dict(schema), orient="row")


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
