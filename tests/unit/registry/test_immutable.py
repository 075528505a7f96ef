"""Nothing that is recorded changes: every table, every way of changing it, after every migration, on both databases.

The tables are read from the database itself, so one that is added without its triggers fails here.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, MetaData, Table, text
from sqlalchemy.exc import DBAPIError

import registry.migrations
from registry.engine import WHOLE, engine_at, write_transaction

_SCRIPTS = str(Path(registry.migrations.__file__).parent)
_REFUSED = "never changes|append-only|still referenced"
_CHANGES = {
    "sqlite": ("UPDATE {0} SET {1} = {1}", "DELETE FROM {0}", "INSERT OR REPLACE INTO {0} SELECT * FROM {0}"),
    "postgresql": ("UPDATE {0} SET {1} = {1}", "DELETE FROM {0}", "TRUNCATE {0}", "TRUNCATE {0} CASCADE"),
}
_ALEMBIC = "alembic_version"
_PASSING = {  # what comes and goes; the chain holds what was done
    "staff_session",
    "api_token",
    "sign_in_throttle",
    "saved_view",
    "edition_comparison",
    "family_change",
}


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", _SCRIPTS.replace("%", "%%"))
    return config


REVISIONS = [each.revision for each in reversed(list(ScriptDirectory.from_config(_config()).walk_revisions()))]


@pytest.fixture(params=["sqlite", "postgresql"])
def blank(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database without any table, on each kind in turn."""
    if request.param == "sqlite":
        engine = engine_at(f"sqlite:///{tmp_path / 'registry.db'}")
    else:
        engine = engine_at(request.getfixturevalue("postgres_url"))
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
    yield engine
    engine.dispose()


def _upgrade(engine: Engine, revision: str) -> None:
    config = _config()
    with write_transaction(engine, WHOLE) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def _tables(engine: Engine) -> list[Table]:
    """All tables as the database has them, the publication last: rows come before it or not at all."""
    metadata = MetaData()
    metadata.reflect(engine)
    found = [each for each in metadata.sorted_tables if each.name not in {_ALEMBIC, *_PASSING}]
    return sorted(found, key=lambda each: each.name == "publication")


def _value(column: sa.Column[Any]) -> object:
    """Any value that the column takes; keys that are referred to are the same everywhere."""
    kind = column.type
    if isinstance(kind, sa.Boolean):
        return True
    if isinstance(kind, sa.Integer):
        return 1
    if isinstance(kind, sa.DateTime):
        return datetime(2026, 6, 30, tzinfo=UTC)
    if isinstance(kind, sa.Date):
        return date(2026, 6, 30)
    return {} if isinstance(kind, sa.JSON) else "x"


def _fill(engine: Engine, tables: list[Table]) -> None:
    """One row in every table: an edition with all that belongs to it, published."""
    with engine.begin() as connection:
        for table in tables:
            if connection.execute(sa.select(sa.func.count()).select_from(table)).scalar() == 0:
                connection.execute(table.insert().values({each.name: _value(each) for each in table.columns}))


def _unprotected(engine: Engine, tables: list[Table]) -> list[str]:
    """The ways to change a recorded row that the database did not refuse; each is taken back."""
    passed = []
    for table in tables:
        column = next(iter(table.columns)).name
        for way in _CHANGES[engine.dialect.name]:
            statement = way.format(table.name, column)
            with engine.connect() as connection:
                try:
                    connection.execute(text(statement))
                    passed.append(statement)
                except DBAPIError as error:
                    if not any(each in str(error) for each in (*_REFUSED.split("|"), "referenced in a foreign key")):
                        passed.append(f"{statement}: refused for another reason")
                connection.rollback()
    return passed


@pytest.mark.parametrize("revision", REVISIONS)
def test_every_table_is_protected_after_each_migration(blank: Engine, revision: str) -> None:
    """If this fails, an installation of that version can alter what it has published or recorded."""
    _upgrade(blank, revision)
    tables = _tables(blank)
    _fill(blank, tables)
    assert _unprotected(blank, tables) == []


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_later_migration_takes_no_protection_away(blank: Engine, revision: str) -> None:
    """If this fails, an upgrade (such as a batch change of a table) drops triggers of what is recorded already."""
    _upgrade(blank, revision)
    _fill(blank, _tables(blank))
    _upgrade(blank, "head")
    with blank.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM list_entry")).scalar() == 1
    tables = _tables(blank)
    filled = [each for each in tables if _rows(blank, each)]
    assert _unprotected(blank, filled) == []


def _rows(engine: Engine, table: Table) -> int:
    with engine.connect() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def test_no_row_joins_a_published_edition(blank: Engine) -> None:
    """If this fails, a family, hit or task can be slipped into a list after its publication."""
    _upgrade(blank, "head")
    tables = _tables(blank)
    _fill(blank, tables)
    rows_of_editions = [each for each in tables if "edition_id" in each.primary_key.columns and each.name != "edition"]
    assert {"list_entry", "hit", "standing", "list_exit", "task"} <= {each.name for each in rows_of_editions}
    for table in rows_of_editions:
        row = {each.name: _value(each) for each in table.columns}
        for column in table.primary_key.columns:
            if column.name != "edition_id":
                row[column.name] = 2 if isinstance(column.type, sa.Integer) else "y"
        with pytest.raises(DBAPIError, match=_REFUSED), blank.begin() as connection:
            connection.execute(table.insert().values(row))


def test_a_table_without_triggers_would_be_found(blank: Engine) -> None:
    """If this fails, the tests above pass whatever the migrations forget."""
    _upgrade(blank, "head")
    with blank.begin() as connection:
        connection.execute(text("CREATE TABLE forgotten (name VARCHAR)"))
    tables = _tables(blank)
    _fill(blank, tables)
    assert {each.split()[-1] if each.startswith("DELETE") else "" for each in _unprotected(blank, tables)} >= {
        "forgotten"
    }
