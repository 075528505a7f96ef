"""A process that dies at the worst moment leaves the record whole."""

import subprocess
import sys
from pathlib import Path

from sqlalchemy import func, select

from registry.engine import make_engine
from registry.models import Edition, Hit
from registry.queries import require_edition
from schemas.settings import Settings

_SCRIPT = """
import os
import signal
import sys
from pathlib import Path

from sqlalchemy import event

from registry.engine import make_engine, migrate
from registry.publish import publish, write_candidate
from schemas.settings import Settings
from tests.unit.registry.examples import edition, family, hit, input_set, two_families

home, moment = Path(sys.argv[1]), sys.argv[2]
engine = make_engine(Settings(home=home, database_url=""))
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
candidate = write_candidate(engine, input_set(revision=2), two_families())
if moment == "before publishing":
    die()
if moment == "while publishing":
    event.listen(engine, "commit", die)
publish(engine, candidate)
"""


def _run(home: Path, moment: str) -> int:
    return subprocess.run([sys.executable, "-c", _SCRIPT, str(home), moment], check=False).returncode  # noqa: S603


def test_the_edition_before_stays_current(tmp_path: Path) -> None:
    """If this fails, a power cut leaves half a list as the current one, or blocks the next run."""
    home = tmp_path / "home"
    assert _run(home, "never") == 0
    engine = make_engine(Settings(home=home, database_url=""))
    first = require_edition(engine).edition_id
    expected = {"while writing the candidate": 1, "before publishing": 2, "while publishing": 2}
    for moment, editions in expected.items():
        assert _run(home, moment) < 0, moment
        assert require_edition(engine).edition_id == first, moment
        with engine.connect() as connection:
            assert connection.execute(select(func.count()).select_from(Edition)).scalar() == editions, moment
            assert connection.execute(select(func.count()).select_from(Hit)).scalar() == editions, moment
    assert _run(home, "not at all") == 0
    assert require_edition(engine).edition_id != first
    engine.dispose()
