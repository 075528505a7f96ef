"""A query as it was asked: with its values in it, so that a second auditor can ask it again.

What belongs here: the text of a statement for the database that it was put to. It runs as it stands in `sqlite3` or
`psql`, and has no place-holder to be guessed.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ClauseElement, Engine

__all__ = ["as_asked", "told_values"]


def as_asked(engine: Engine, query: ClauseElement) -> str:
    """The statement in the words of the engine's database, each value in its place."""
    # another style doubles each per cent sign
    dialect = type(engine.dialect)(paramstyle="named")  # type: ignore[call-arg]  # all that SQLAlchemy ships take it
    return str(query.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))


def told_values(values: Mapping[str, Any], sources: Mapping[str, str]) -> str:
    """A line of comment for each value: what stood in its place, its value, and the parameter that it is from."""
    return "\n".join(
        f"-- :{word} = {value}" + (f" ({sources[word]})" if word in sources else "") for word, value in values.items()
    )
