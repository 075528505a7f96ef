"""The installation that the commands of these tests find."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.settings import Settings
from schemas.settings import settings as current_settings


@pytest.fixture
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """An empty installation, which the environment names."""
    given = Settings(home=tmp_path / "home", database_url="", identity_key="5e" * 32)
    monkeypatch.setenv("DOUDI_HOME", str(given.home))
    monkeypatch.setenv("DOUDI_IDENTITY_KEY", given.identity_key)
    current_settings.cache_clear()
    yield given
    current_settings.cache_clear()
