"""The registry's database: its schema, its modes, its private file."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from registry.engine import make_engine, migrate
from registry.models import PUBLISHED, Base
from schemas.settings import Settings
from schemas.tables import EDITION_TABLES, get_table


def test_migrations_give_the_models(engine: Engine) -> None:
    """If this fails, an installation that was upgraded lacks what the code expects."""
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_migrating_twice_is_harmless(engine: Engine) -> None:
    """If this fails, the second command of the day stops at the database."""
    migrate(engine)


@pytest.mark.parametrize("name", EDITION_TABLES)
def test_models_have_the_canonical_columns(name: str) -> None:
    """If this fails, a column that was computed is not published."""
    columns = [each.name for each in PUBLISHED[name].__table__.columns]
    assert [each for each in columns if each not in {"edition_id", "hit_no"}] != []
    assert sorted({*columns} - {"edition_id", "hit_no"}) == sorted(get_table(name).schema)


def test_sqlite_is_set_up_to_keep_the_record(sqlite: Engine) -> None:
    """If this fails, readers block the writer, rows lose their edition, or REPLACE passes the triggers."""
    with sqlite.connect() as connection:
        modes = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "recursive_triggers")
        }
    assert modes == {"journal_mode": "wal", "foreign_keys": 1, "recursive_triggers": 1}
    with pytest.raises(IntegrityError), sqlite.begin() as connection:
        connection.execute(text("INSERT INTO score_reason (edition_id, family_id, feature) VALUES ('x', 'f', 'a')"))


def test_the_database_is_private(settings: Settings) -> None:
    """If this fails, other users of the machine can read the register."""
    engine = make_engine(settings)
    migrate(engine)
    assert engine.url.database == str(settings.home / "registry.db")
    assert settings.home.stat().st_mode & 0o777 == 0o700
    assert all(each.stat().st_mode & 0o777 == 0o600 for each in settings.home.glob("registry.db*"))
    engine.dispose()


def test_a_home_that_was_open_is_closed(tmp_path: Path) -> None:
    """If this fails, a home made by hand stays readable to everybody."""
    home = tmp_path / "open"
    home.mkdir(mode=0o755)
    make_engine(Settings(home=home, database_url="")).dispose()
    assert home.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("act", ["UPDATE erasure SET reason = 'x'", "DELETE FROM erasure"])
def test_what_was_erased_stays_recorded(engine: Engine, act: str) -> None:
    """If this fails, an erasure can be hidden, and a replay calls a change what was an erasure."""
    row = "VALUES (1, 'a', 'delivery', 'd', 'term', '{}', 'x', '2026-06-30T00:00:00+00:00')"
    columns = "(erasure_id, act_id, kind, delivery_id, reason, manifest, erased_by, erased_at)"
    with engine.begin() as connection:
        connection.execute(text(f"INSERT INTO erasure {columns} {row}"))  # our own words
    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(text(act))
    replaced = f"INSERT OR REPLACE INTO erasure {columns} {row}"  # our own words
    own = replaced if engine.dialect.name == "sqlite" else "TRUNCATE erasure"
    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(text(own))
