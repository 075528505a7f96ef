"""`doudi ui` and `serve`: running the installation.

What belongs here: starting the two web servers, both on the loopback address.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.common import home, out

if TYPE_CHECKING:
    from schemas.settings import Settings

__all__ = ["register"]

_HOST = "127.0.0.1"
_CODE = "pipelines.definitions"
_ROOT = Path(__file__).resolve().parents[2]
_POLL_SECONDS = 0.5
_PATIENCE_SECONDS = 20

Port = Annotated[int, typer.Option(min=1, max=65535, help="Port on 127.0.0.1.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(ui)
    app.command()(serve)


def ui(port: Port = 3000) -> None:
    """Open Dagster: every feed, stage, check, schedule and the landing sensor. Ends with Ctrl-C."""
    from pipelines.instance import prepare_instance  # noqa: PLC0415

    settings = home()
    environment = _environment(settings, prepare_instance(settings))
    out.print(f"http://{_HOST}:{port}  (a few seconds to start; Ctrl-C to end)")
    servers = [
        subprocess.Popen([sys.executable, "-m", *command], env=environment, cwd=settings.home)  # noqa: S603
        for command in (
            ["dagster_webserver", "-m", _CODE, "-h", _HOST, "-p", str(port), "--log-level", "warning"],
            ["dagster._daemon", "run", "-m", _CODE, "--log-level", "warning"],
        )
    ]
    raise typer.Exit(_serve_until_one_ends(servers))


def _environment(settings: "Settings", dagster_home: Path) -> dict[str, str]:
    """That of this process, with the installation spelt out, since the servers run in its folder."""
    environment = {
        **os.environ,
        "DAGSTER_HOME": str(dagster_home),
        "DAGSTER_REDACT_USER_CODE_ERRORS": "1",
        "DOUDI_HOME": str(settings.home.absolute()),
        "PYTHONPATH": os.pathsep.join([str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]),
    }
    if settings.landing is not None:
        environment["DOUDI_LANDING"] = str(settings.landing.absolute())
    return environment


def _serve_until_one_ends(servers: Sequence["subprocess.Popen[bytes]"]) -> int:
    """Wait for Ctrl-C (or SIGTERM) or the end of either server, then end the other; the exit code."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        while all(each.poll() is None for each in servers):
            time.sleep(_POLL_SECONDS)
        code = next(each.returncode for each in servers if each.returncode is not None)
    except KeyboardInterrupt:
        code = 0
    for each in servers:
        if each.poll() is None:
            each.terminate()
    for each in servers:
        try:
            each.wait(timeout=_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            each.kill()
    return code


def serve(port: Port = 8000) -> None:
    """Open the staff pages: list, deliveries, rule book. Ends with Ctrl-C."""
    from portal.app import serve as serve_portal  # noqa: PLC0415

    serve_portal(home(), port)
