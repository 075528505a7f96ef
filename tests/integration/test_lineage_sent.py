"""A catalogue that hangs: the run ends, the edition stands, and nobody else has to wait for it."""

import socket
import threading
from datetime import date
from pathlib import Path

import pytest

from pipelines.run import RunReport, run
from registry.lock import writer_lock
from samples.generate import generate
from schemas.settings import Settings

pytestmark = pytest.mark.slow


def test_other_writers_do_not_wait_for_a_catalogue(tmp_path: Path) -> None:
    """An address that does not answer would hold up every delivery of the district."""
    generate(people=400, months=1, seed=3, dirt=0.0, out=tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings = Settings(
            home=tmp_path / "home",
            landing=tmp_path / "landing",
            database_url="",
            identity_key="3c" * 32,
            openlineage=f"http://127.0.0.1:{silent.getsockname()[1]}",
        )
        reports: list[RunReport] = []
        thread = threading.Thread(target=lambda: reports.append(run(settings, today=date(2026, 7, 15))))
        thread.start()
        asking, _ = silent.accept()  # the catalogue is being asked, and does not answer
        with asking, writer_lock(settings):
            pass
        thread.join()
    (report,) = reports
    assert (report.good, [each.new for each in report.editions]) == (True, [True])
    (words,) = report.untold
    assert "DOUDI_OPENLINEAGE" in words
