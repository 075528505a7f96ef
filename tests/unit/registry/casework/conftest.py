"""Worlds on each database in turn."""

import pytest
from sqlalchemy import Engine

from schemas.settings import Settings
from tests.unit.registry.casework.worlds import World, world


@pytest.fixture
def here(engine: Engine, settings: Settings) -> World:
    """A world on each database in turn."""
    return world(engine, settings)
