"""Fixtures that several rooms share: a PostgreSQL server of their own. What one room needs stands with that room."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# How long an example takes says how busy the machine is, not whether it is right.
settings.register_profile("doudi", deadline=None)
settings.load_profile("doudi")

_SERVER_OPTIONS = "-c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off -c shared_buffers=32MB"


def _postgres_binaries() -> Path | None:
    """The folder of the newest installed server's programs."""
    found = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(found, key=lambda each: int(each.parent.parent.name), default=None)
    return newest.parent if newest else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _as_server_user() -> tuple[str, ...]:
    """PostgreSQL refuses to run as root: root becomes the user `postgres`."""
    return ("runuser", "-u", "postgres", "--") if os.geteuid() == 0 else ()


def _run(*command: str | Path) -> None:
    subprocess.run(  # noqa: S603 - fixed programs of the PostgreSQL package
        [*_as_server_user(), *map(str, command)], check=True, cwd="/", stdout=subprocess.DEVNULL
    )


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """SQLAlchemy URL of a temporary PostgreSQL server on the loopback address, without a password."""
    binaries = _postgres_binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server programs under /usr/lib/postgresql")
    folder = Path(tempfile.mkdtemp(prefix="doudi-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    cluster, port = folder / "cluster", _free_port()
    try:
        _run(binaries / "initdb", "--no-sync", "-A", "trust", "-U", "doudi", "-E", "UTF8", "--locale=C", "-D", cluster)
        options = f"{_SERVER_OPTIONS} -c port={port} -c unix_socket_directories={folder}"
        _run(binaries / "pg_ctl", "-D", cluster, "-w", "-l", folder / "log", "-o", options, "start")
        try:
            yield f"postgresql+psycopg://doudi@127.0.0.1:{port}/postgres"
        finally:
            _run(binaries / "pg_ctl", "-D", cluster, "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)
