"""An installation in a temporary folder, on SQLite and, where a server is there, on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from registry.engine import engine_at, make_engine, migrate
from schemas.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of an installation whose home does not exist yet."""
    return Settings(home=tmp_path / "home", database_url="", identity_key="5e" * 32)


@pytest.fixture
def sqlite(settings: Settings) -> Iterator[Engine]:
    """Its registry on SQLite, migrated."""
    engine = make_engine(settings)
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def engine(sqlite: Engine) -> Engine:
    """The registry where one database is enough; modules that need both put `either` in its place."""
    return sqlite


@pytest.fixture
def postgres(postgres_url: str) -> Iterator[Engine]:
    """An empty registry on PostgreSQL, migrated."""
    engine = engine_at(postgres_url)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def either(request: pytest.FixtureRequest) -> Engine:
    """The registry on each database in turn."""
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Engine)
    return found
