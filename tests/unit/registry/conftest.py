"""An installation in a temporary folder: each test on SQLite and on a PostgreSQL server, unless it says which.

A database is migrated once for all tests and copied for each.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, make_url, text

from registry.engine import engine_at, make_engine, migrate
from registry.files import private_dir
from schemas.settings import Settings

_TEMPLATE, _COPY = "registry_template", "registry"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of an installation whose home does not exist yet."""
    return Settings(home=tmp_path / "home", database_url="", identity_key="5e" * 32)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty registry on SQLite, migrated."""
    path = tmp_path_factory.mktemp("migrated") / "registry.db"
    _migrated(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite(settings: Settings, migrated_file: Path) -> Iterator[Engine]:
    """The registry of the installation, on SQLite."""
    path = private_dir(settings.home) / "registry.db"
    shutil.copyfile(migrated_file, path)
    path.chmod(0o600)
    engine = make_engine(settings)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def server(postgres_url: str) -> Iterator[Engine]:
    """A PostgreSQL server with a template of an empty registry, migrated."""
    engine = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    _make(engine, _TEMPLATE)
    _migrated(_database(postgres_url, _TEMPLATE))
    yield engine
    engine.dispose()


@pytest.fixture
def postgres(postgres_url: str, server: Engine) -> Iterator[Engine]:
    """An empty registry on PostgreSQL."""
    _make(server, _COPY, f"TEMPLATE {_TEMPLATE}")
    engine = engine_at(_database(postgres_url, _COPY))
    yield engine
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest, settings: Settings) -> Engine:
    """The registry on each database in turn."""
    private_dir(settings.home)
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Engine)
    return found


def _migrated(url: str) -> None:
    engine = engine_at(url)
    migrate(engine)
    engine.dispose()


def _make(server: Engine, database: str, how: str = "") -> None:
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE {database} {how}"))


def _database(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)
