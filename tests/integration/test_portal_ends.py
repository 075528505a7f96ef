"""A portal that is told to end while it is at work: it answers what was asked, keeps no door open, and records all."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from registry.engine import make_engine, migrate
from registry.models import AuditEvent
from schemas.settings import Settings
from tests.portal import signed_in
from tests.unit.registry.examples import published, two_families

_PATIENCE_SECONDS = 60
_AT_ONCE = 6
_HALF_A_FORM = (
    b"POST /login HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 99\r\n\r\nname="
)
_SERVE = """
import sys
from portal import app
from schemas.settings import Settings
app._LEAVE_SECONDS = 1
app.serve(Settings(), int(sys.argv[1]))
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An installation with two families on its list."""
    made = Settings(home=tmp_path / "home", database_url="", identity_key="5e" * 32)
    engine = make_engine(made)
    migrate(engine)
    published(engine, two_families())
    engine.dispose()
    return made


@contextmanager
def _process(settings: Settings) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A portal in a process of its own, and its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    around = {**os.environ, "DOUDI_HOME": str(settings.home), "DOUDI_IDENTITY_KEY": settings.identity_key}
    process = subprocess.Popen(  # noqa: S603 - ourselves
        [sys.executable, "-c", _SERVE, str(port)], env=around, stderr=subprocess.PIPE, text=True
    )
    address = f"http://127.0.0.1:{port}"
    until = time.monotonic() + _PATIENCE_SECONDS
    try:
        while time.monotonic() < until:
            try:
                httpx.get(f"{address}/login", trust_env=False)
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield process, address
    finally:
        process.kill()
        process.communicate()


def _reads(address: str, cookies: dict[str, str], statuses: list[int]) -> None:
    """Read the list until nobody answers any more."""
    with httpx.Client(base_url=address, cookies=cookies, trust_env=False, timeout=_PATIENCE_SECONDS) as client:
        while True:
            try:
                statuses.append(client.get("/list").status_code)
            except httpx.TransportError:
                return


def test_what_was_asked_is_answered_and_recorded_when_the_portal_is_told_to_end(settings: Settings) -> None:
    """If this fails, a restart shows somebody an error, or a family that nobody can see was looked at; or never ends.

    One who sends a form without end is there as well.
    """
    cookies = signed_in(settings, "supervisor")
    statuses: list[int] = []
    with _process(settings) as (process, address), socket.create_connection(("127.0.0.1", int(address[17:]))) as slow:
        slow.sendall(_HALF_A_FORM)
        readers = [threading.Thread(target=_reads, args=(address, cookies, statuses)) for _ in range(_AT_ONCE)]
        for each in readers:
            each.start()
        until = time.monotonic() + _PATIENCE_SECONDS
        while len(statuses) < _AT_ONCE * 5 and time.monotonic() < until:
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=_PATIENCE_SECONDS)[1]
        for each in readers:
            each.join(_PATIENCE_SECONDS)
    engine = make_engine(settings)
    with engine.connect() as connection:
        seen = connection.scalars(select(AuditEvent.action).where(AuditEvent.action == "view")).all()
    engine.dispose()
    assert set(statuses) == {200}
    assert len(seen) == len(statuses) >= _AT_ONCE * 5
    assert "incident" not in said
