"""A portal over an empty registry, and a reader who has entered it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from portal.access import Gate
from portal.app import create_app
from registry.engine import make_engine, migrate
from schemas.settings import Settings
from tests.served import served


@pytest.fixture(scope="session")
def empty_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose registry exists and is empty, to be copied."""
    home = tmp_path_factory.mktemp("empty") / "home"
    engine = make_engine(Settings(home=home, database_url=""))
    migrate(engine)
    engine.dispose()
    return home


@pytest.fixture
def settings(tmp_path: Path, empty_home: Path) -> Settings:
    """An installation whose registry exists and is empty."""
    home = tmp_path / "home"
    shutil.copytree(empty_home, home)
    return Settings(home=home, database_url="", identity_key="5e" * 32)


@pytest.fixture
def gate() -> Gate:
    """The gate of the portal under test."""
    return Gate()


@pytest.fixture
def app(settings: Settings, gate: Gate) -> FastAPI:
    """The portal over the empty registry."""
    return create_app(settings, gate)


@pytest.fixture
def stranger(app: FastAPI) -> Iterator[httpx.Client]:
    """A reader at the machine who has not entered."""
    with served(app) as address, httpx.Client(base_url=address, trust_env=False) as client:
        yield client


@pytest.fixture
def reader(stranger: httpx.Client, gate: Gate) -> httpx.Client:
    """A browser that came in by the one-time address."""
    answer = stranger.get("/enter", params={"token": gate.token})
    assert answer.status_code == 303
    return stranger
