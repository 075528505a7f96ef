"""Worlds on SQLite and, where a server is there, on PostgreSQL."""

import pytest
from sqlalchemy import Engine

from schemas.settings import Settings
from tests.unit.registry.casework.worlds import World, world


@pytest.fixture
def here(engine: Engine, settings: Settings) -> World:
    """A world on SQLite."""
    return world(engine, settings)


@pytest.fixture
def anywhere(either: Engine, settings: Settings) -> World:
    """A world on each database in turn."""
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    return world(either, settings)
