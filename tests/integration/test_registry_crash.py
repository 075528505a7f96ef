"""A process that dies at the worst moment leaves the record whole."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from registry.engine import engine_at, make_engine
from registry.models import AuditEvent, Edition, Hit, Publication
from registry.queries import require_edition
from schemas.settings import Settings

_SCRIPT = """
import os
import signal
import sys
from pathlib import Path

from sqlalchemy import event

from registry import audit
from registry.engine import make_engine, migrate
from registry.publish import publish, write_candidate
from schemas.settings import Settings
from tests.unit.registry.examples import edition, family, hit, input_set, two_families

home, moment, url = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
engine = make_engine(Settings(home=home, database_url=url))
migrate(engine)


def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)


if moment == "never":
    publish(engine, write_candidate(engine, input_set(), two_families()))
    sys.exit()
if moment == "while writing the candidate":
    @event.listens_for(engine, "before_cursor_execute")
    def watch(connection, cursor, statement, parameters, context, executemany):
        if statement.startswith("INSERT INTO warning"):
            die()
    event.listen(engine, "commit", die)  # PostgreSQL copies rows without a statement: it dies with all of them sent
candidate = write_candidate(engine, input_set(revision=2), two_families())
if moment == "before publishing":
    die()
if moment == "between the publication and its audit record":
    audit._INSERTED.within = die  # the record is asked of the driver without SQLAlchemy between
if moment == "while publishing":
    event.listen(engine, "commit", die)
publish(engine, candidate)
"""


def _run(home: Path, moment: str, url: str) -> int:
    command = [sys.executable, "-c", _SCRIPT, str(home), moment, url]
    return subprocess.run(command, check=False).returncode  # noqa: S603


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """An empty registry, on each database in turn."""
    if request.param == "sqlite":
        return ""
    found = str(request.getfixturevalue("postgres_url"))
    engine = engine_at(found)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    return found


def test_the_edition_before_stays_current(tmp_path: Path, url: str) -> None:
    """If this fails, a power cut leaves half a list as the current one, or blocks the next run."""
    home = tmp_path / "home"
    assert _run(home, "never", url) == 0
    engine = make_engine(Settings(home=home, database_url=url))
    first = require_edition(engine).edition_id
    expected = {
        "while writing the candidate": 1,
        "before publishing": 2,
        "between the publication and its audit record": 2,
        "while publishing": 2,
    }
    for moment, editions in expected.items():
        assert _run(home, moment, url) < 0, moment
        assert require_edition(engine).edition_id == first, moment
        with engine.connect() as connection:
            assert connection.execute(select(func.count()).select_from(Edition)).scalar() == editions, moment
            assert connection.execute(select(func.count()).select_from(Hit)).scalar() == editions, moment
            assert connection.execute(select(func.count()).select_from(Publication)).scalar() == 1, moment
            assert connection.execute(select(func.count()).select_from(AuditEvent)).scalar() == 1, moment
    assert _run(home, "not at all", url) == 0
    assert require_edition(engine).edition_id != first
    engine.dispose()
