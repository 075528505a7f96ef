"""Dagster's storage on a PostgreSQL server, by a setting."""

from pathlib import Path

import pytest

from pipelines.errors import InstanceConfigError
from pipelines.instance import prepare_instance
from schemas.settings import Settings


@pytest.mark.parametrize("url", ["sqlite:///x.db", "postgresql://doudi@127.0.0.1:1/registry"])
def test_a_database_that_dagster_cannot_have_is_refused(tmp_path: Path, url: str) -> None:
    """Dagster's migrations would be mixed with the registry's, and one of both be lost."""
    settings = Settings(
        home=tmp_path / "home",
        database_url="postgresql+psycopg://doudi@127.0.0.1:1/registry",
        dagster_database_url=url,
    )
    with pytest.raises(InstanceConfigError):
        prepare_instance(settings)


def test_dagster_goes_back_to_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation whose setting was taken back would still ask for a server."""
    monkeypatch.setenv("DOUDI_DAGSTER_DATABASE_URL", "x")
    settings = Settings(home=tmp_path / "home", database_url="", dagster_database_url="postgresql://d@127.0.0.1:1/d")
    config = prepare_instance(settings) / "dagster.yaml"
    assert not config.is_symlink()
    prepare_instance(settings.model_copy(update={"dagster_database_url": ""}))
    assert config.is_symlink()
