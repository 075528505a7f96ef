"""The same district on a PostgreSQL server: the same editions, and the same answers."""

from pathlib import Path

import pytest
from sqlalchemy import create_engine, select, text

from pipelines.run import run
from registry.audit import verify
from registry.models import Edition, Publication
from registry.replay import replay, replayed_edition
from registry.versions import code_version
from schemas.settings import Settings

from .conftest import TODAY, make_district

pytestmark = pytest.mark.usefixtures("postgres_url")


def _published(settings: Settings) -> list[tuple[str, str]]:
    engine = create_engine(settings.registry_url)
    query = select(Edition.edition_id, Edition.content_hash).join(Publication).order_by(Edition.as_of)
    with engine.connect() as connection:
        found = [(each.edition_id, each.content_hash) for each in connection.execute(query)]
    engine.dispose()
    return found


def test_a_district_on_a_server_is_published_alike(tmp_path: Path, postgres_url: str) -> None:
    """An installation that outgrows one file would be told that nothing can be checked, or get another list."""
    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    district = make_district(tmp_path / "district", people=800, months=2, seed=5, dirt=0.02)
    on_file = district.settings(tmp_path / "file")
    on_server = district.settings(tmp_path / "server").model_copy(update={"database_url": postgres_url})

    assert run(on_file, today=TODAY).failures == []
    assert run(on_server, today=TODAY).failures == []

    assert len(_published(on_server)) == 2
    assert _published(on_server) == _published(on_file)
    assert verify(engine).holds
    found = replay(on_server, engine, replayed_edition(engine, "latest"), code_version=code_version(), quick=True)
    assert found.outcome == "identical"
    engine.dispose()
