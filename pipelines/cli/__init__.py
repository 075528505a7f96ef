"""The command line `doudi`.

What belongs here: the application and what all commands share, exit codes among it (0 good, 1 found
something wrong, 2 bad usage). Commands stand in the modules beside this one; they import what they need
when they are called, so that `--help` answers at once.
"""

import json
import sys

import typer

from pipelines.cli import (
    agreements,
    anomalies,
    api,
    audit,
    auditing,
    cases,
    corrections,
    decisions,
    departments,
    difference,
    district,
    evaluation,
    exporting,
    keeping,
    letters,
    lineage,
    model,
    operations,
    promotion,
    protect,
    reading,
    rulebook,
    sources,
    storage,
    users,
    visits,
    whatif,
)
from schemas.errors import DoudiError, UnknownNameError

__all__ = ["app", "main"]

app = typer.Typer(
    name="doudi",
    help="Many departments' files in; one monitoring list and its warnings out, each entry provable to its row.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for _room in (
    district,
    reading,
    letters,
    difference,
    corrections,
    decisions,
    departments,
    agreements,
    sources,
    whatif,
    visits,
    anomalies,
    keeping,
    lineage,
    auditing,
    operations,
    storage,
):
    _room.register(app)
app.add_typer(rulebook.app, name="rules")
app.add_typer(audit.app, name="audit")
app.add_typer(users.app, name="user")
promotion.register(model.app)
evaluation.register(model.app)
app.add_typer(model.app, name="model")
app.add_typer(cases.app, name="cases")
app.add_typer(api.app, name="api")
app.add_typer(exporting.app, name="export")
app.add_typer(protect.app, name="protect")


def main() -> None:
    """Run a command; errors raised on purpose are shown without a traceback."""
    try:
        app()
    except DoudiError as error:
        _show(error)
        sys.exit(_exit_code(error))
    except BrokenPipeError:
        sys.exit(1)


def _exit_code(error: DoudiError) -> int:
    from pipelines.errors import UsageError  # noqa: PLC0415
    from registry.errors import WhatIfError  # noqa: PLC0415

    return 2 if isinstance(error, UnknownNameError | UsageError | WhatIfError) else 1


def _show(error: DoudiError) -> None:
    if "--json" in sys.argv:
        sys.stdout.write(json.dumps({"error": type(error).__name__, "message": str(error)}, ensure_ascii=False) + "\n")
    else:
        sys.stderr.write(f"doudi: {error}\n")
