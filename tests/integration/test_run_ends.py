"""A run that is told to end: it ends, publishes nothing with a feed left out, and the next one goes on from there."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.run import run
from registry.engine import make_engine
from registry.queries import current_edition, require_edition
from schemas.settings import Settings
from tests.integration.conftest import TODAY, District, Installation, install, make_district

_PATIENCE_SECONDS = 120
_RUN = """
import signal, sys
from datetime import date
if sys.argv[1] == "background":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # as a shell begins a job in the background
from pipelines.cli import main
sys.argv = ["doudi", "run", "--as-of", "2026-06-30"]
main()
"""


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> District:
    """One month of some families."""
    return make_district(tmp_path_factory.mktemp("ends"), people=800, months=1, seed=5, dirt=0.0)


@pytest.fixture(scope="module")
def undisturbed(district: District, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """A run over the same that nobody ended."""
    return install(tmp_path_factory.mktemp("undisturbed") / "home", district)


def _taken(settings: Settings) -> int:
    """Deliveries that were taken in."""
    return sum(1 for _ in settings.receipts_dir.rglob("*.json"))


def _ended(settings: Settings, how: str, number: signal.Signals) -> tuple[int, str]:
    """Exit code and last words of a run that is told to end while it takes deliveries in."""
    given = {"DOUDI_HOME": f"{settings.home}", "DOUDI_LANDING": f"{settings.landing}", "DOUDI_DATABASE_URL": ""}
    around = {**os.environ, **given, "DOUDI_IDENTITY_KEY": settings.identity_key}
    process = subprocess.Popen(  # noqa: S603 - ourselves
        [sys.executable, "-c", _RUN, how], env=around, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )
    try:
        _wait(lambda: _taken(settings) >= 3 or process.poll() is not None)
        process.send_signal(number)
        _, said = process.communicate(timeout=_PATIENCE_SECONDS)
    finally:
        process.kill()
        process.communicate()
    return process.returncode, said


def _wait(until: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE_SECONDS
    while not until():
        assert time.monotonic() < end, "it has not come to that"
        time.sleep(0.05)


def _tables(settings: Settings) -> dict[str, object]:
    """Rows and hash of each table of the newest edition."""
    engine = make_engine(settings)
    try:
        return dict(require_edition(engine).manifest["tables"])
    finally:
        engine.dispose()


@pytest.mark.parametrize(
    ("how", "number"),
    [("foreground", signal.SIGTERM), ("foreground", signal.SIGINT), ("background", signal.SIGTERM)],
)
def test_a_run_that_is_told_to_end_publishes_nothing(
    district: District, undisturbed: Installation, tmp_path: Path, how: str, number: signal.Signals
) -> None:
    """If this fails, whoever stops a run gets a list from which families are missing: one feed was left out of it."""
    settings = district.settings(tmp_path / "home")
    code, said = _ended(settings, how, number)
    assert (code, "ended before it was done" in said) == (1, True), said
    engine = make_engine(settings)
    assert current_edition(engine, TODAY) is None
    engine.dispose()
    again = run(settings, today=TODAY)
    assert again.good, again.failures
    assert _tables(settings) == _tables(undisturbed.settings) != {}
