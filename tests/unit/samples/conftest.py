"""A small district, simulated once for all tests of the room."""

import pytest

from samples.world import World, simulate


@pytest.fixture(scope="session")
def world() -> World:
    """Five years and six months of a district of eight thousand people."""
    return simulate(size=8000, months=6, seed=3, first_month="2026-01")
