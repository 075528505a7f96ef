"""Questions that are asked with each page, made ready once: their text, and how values go in and come out.

What belongs here: asking the driver of the database itself. What SQLAlchemy does for each execution of a statement
costs many times what such a question costs the database; what it knows of texts and types is used, once a database.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from typing import Any, TypeAlias

from sqlalchemy import Connection, Engine
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import Insert
from sqlalchemy.sql.selectable import Select

__all__ = ["Question"]

_Values: TypeAlias = Mapping[str, Any]
_Convert: TypeAlias = Callable[[Any], Any]


class Question:
    """A statement without lists among its parameters."""

    def __init__(self, statement: Select[*tuple[Any, ...]] | Insert) -> None:
        self._statement = statement
        self._ready: dict[str, _Ready] = {}

    def rows(self, engine: Engine, values: _Values | None = None) -> list[dict[str, Any]]:
        """The rows that the statement selects, by the names of its columns; outside of any transaction."""
        with closing(engine.raw_connection()) as connection:
            return self._answer(engine.dialect, connection, values)

    def within(self, connection: Connection, values: _Values | None = None) -> list[dict[str, Any]]:
        """As `rows`, in the transaction that was begun on the connection; an insertion gives none."""
        return self._answer(connection.dialect, connection.connection, values)

    def _answer(self, dialect: Dialect, connection: Any, values: _Values | None) -> list[dict[str, Any]]:
        ready = self._ready.get(dialect.name)
        if ready is None:
            ready = self._ready[dialect.name] = _Ready(self._statement, dialect)
        cursor = connection.cursor()
        try:
            cursor.execute(ready.text, ready.sent(values or {}))
            return ready.told(cursor.fetchall()) if ready.names else []
        finally:
            cursor.close()


class _Ready:
    """The statement as the driver of one database takes it."""

    def __init__(self, statement: Select[*tuple[Any, ...]] | Insert, dialect: Dialect) -> None:
        selected = list(statement.selected_columns) if isinstance(statement, Select) else []
        keys = [each.key for each in statement.table.columns] if isinstance(statement, Insert) else None
        made = statement.compile(dialect=dialect, column_keys=keys)
        assert isinstance(made, SQLCompiler)  # noqa: S101  # for the type checker: that is what statements become
        self._made = made
        self.text = made.string
        self.names = [each.name for each in selected]
        self._sending = _conversions(
            (name, each.type.dialect_impl(dialect).bind_processor(dialect)) for each, name in made.bind_names.items()
        )
        self._telling = _conversions(
            (each.name, each.type.dialect_impl(dialect).result_processor(dialect, None)) for each in selected
        )

    def sent(self, values: _Values) -> Sequence[Any] | _Values:
        """The values of the parameters, as the driver wants them; raises for one that is missing."""
        told = self._made.construct_params(dict(values))
        for name, convert in self._sending.items():
            told[name] = convert(told[name])
        order = self._made.positiontup
        return told if order is None else [told[name] for name in order]

    def told(self, rows: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
        """The rows by name, with values as the statement's types have them."""
        found = [dict(zip(self.names, row, strict=True)) for row in rows]
        for name, convert in self._telling.items():
            for row in found:
                row[name] = convert(row[name])
        return found


def _conversions(processors: Iterable[tuple[str, _Convert | None]]) -> dict[str, _Convert]:
    """Those that are needed, by name."""
    return {name: each for name, each in processors if each is not None}
