"""A portal over an empty registry, and readers of it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from portal.app import create_app
from registry.engine import make_engine, migrate
from schemas.settings import Settings
from tests.portal import browser, signed_in
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
def app(settings: Settings) -> FastAPI:
    """The portal over the empty registry."""
    return create_app(settings)


@pytest.fixture
def stranger(app: FastAPI) -> Iterator[httpx.Client]:
    """A browser that has not signed in."""
    with served(app) as address, browser(address) as client:
        yield client


@pytest.fixture
def reader(stranger: httpx.Client, settings: Settings) -> httpx.Client:
    """A browser of somebody who works for the whole district."""
    stranger.cookies.update(signed_in(settings, "district_staff"))
    return stranger
