"""`doudi letter`: the reasons for an entry as a letter to the person.

What belongs here: options and what is printed. What a letter says stands in `registry.letters`.
"""

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.common import AsOf, Json, Role, acting, day, emit, home, moment, out

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(letter)


def letter(  # the choices of a reader
    subject: Annotated[str, typer.Argument(help="Identity number or person key; of a family its head is written to.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="letter.html or letter.pdf.")],
    as_of: AsOf = "",
    known_on: Annotated[str, typer.Option("--known-on", metavar="DAY", help="As published by then.")] = "",
    unmask: Annotated[bool, typer.Option("--unmask", help="The whole name; for roles that may.")] = False,  # noqa: FBT002
    role: Role = "district_staff",
    json: Json = False,  # noqa: FBT002
) -> None:
    """A one-page letter to a listed person: why, whose data, what would change it, how to object."""
    from assets.workspace import Workspace  # noqa: PLC0415
    from registry.letters import letter_to, write_letter  # noqa: PLC0415

    workspace = Workspace(home())
    try:
        made = letter_to(
            workspace.engine,
            workspace.settings,
            subject,
            actor=acting(role),
            as_of=day(as_of, "--as-of"),
            known_on=moment(known_on, "--known-on"),
            unmask=unmask,
        )
    finally:
        workspace.close()
    written = write_letter(made, output)
    if json:
        emit({"path": written, "reference": made.reference, "edition": made.edition_id, "masked": not unmask})
        return
    out.print(f"{written} written: {made.reference}", soft_wrap=True)
