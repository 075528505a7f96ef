"""`doudi ui`, `serve` and `verify`: running and checking the installation.

What belongs here: starting the two web servers, both on the loopback address, and what is printed of checks.
"""

import os
import subprocess
import sys
from typing import Annotated

import typer

from pipelines.cli.common import FOUND_WRONG, Json, emit, home, out

__all__ = ["register"]

_HOST = "127.0.0.1"
_ROOT_MODULE = "pipelines.definitions"

Port = Annotated[int, typer.Option(min=1, max=65535, help="Port on 127.0.0.1.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(ui)
    app.command()(serve)
    app.command()(verify)


def ui(port: Port = 3000) -> None:
    """Open Dagster: every feed, stage, check, schedule and the landing sensor. Ends with Ctrl-C."""
    from pipelines.instance import prepare_instance  # noqa: PLC0415

    settings = home()
    dagster_home = prepare_instance(settings)
    out.print(f"http://{_HOST}:{port}  (Ctrl-C to end)")
    command = [sys.executable, "-m", "dagster", "dev", "-m", _ROOT_MODULE, "-h", _HOST, "-p", str(port)]
    environment = {
        **os.environ,
        "DAGSTER_HOME": str(dagster_home),
        "DAGSTER_REDACT_USER_CODE_ERRORS": "1",
        "DOUDI_HOME": str(settings.home.absolute()),
    }
    if settings.landing is not None:
        environment["DOUDI_LANDING"] = str(settings.landing.absolute())
    try:
        code = subprocess.run([*command, "--log-level", "warning"], env=environment, check=False).returncode  # noqa: S603
    except KeyboardInterrupt:
        code = 0
    raise typer.Exit(code)


def serve(port: Port = 8000) -> None:
    """Open the staff pages: list, deliveries, rule book. Ends with Ctrl-C."""
    from portal.app import serve as serve_portal  # noqa: PLC0415

    serve_portal(home(), port)


def verify(json: Json = False) -> None:  # noqa: FBT002
    """Whether the audit chain is as it was written."""
    from assets.workspace import Workspace  # noqa: PLC0415
    from registry.audit import verify as verify_chain  # noqa: PLC0415

    workspace = Workspace(home())
    try:
        chain = verify_chain(workspace.engine)
    finally:
        workspace.close()
    if json:
        emit({"holds": chain.holds, "events": chain.events, "reason": chain.reason})
    elif chain.holds:
        out.print(f"the audit chain holds: {chain.events} events")
    else:
        out.print(f"[red]the audit chain is broken[/red]: {chain.reason}")
    if not chain.holds:
        raise typer.Exit(FOUND_WRONG)
