"""`doudi export`: the fixed forms that an office prints, signs and files.

What belongs here: options and what is printed. What stands in a form is decided in `registry.exports.ledgers`.
"""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.common import AsOf, Json, Role, acting, day, emit, home, moment, out

__all__ = ["app"]

app = typer.Typer(help="Fixed forms as XLSX: the ledgers, and the report to the superior office.", no_args_is_help=True)

KnownOn = Annotated[str, typer.Option("--known-on", metavar="DAY", help="As it was published by the end of that day.")]
Output = Annotated[Path | None, typer.Option("-o", "--output", help="Workbook to write; default: among the exports.")]
Street = Annotated[str | None, typer.Option(help="Street: code or name.")]
Unmask = Annotated[bool, typer.Option("--unmask", help="Whole identity numbers; for roles that may, and recorded.")]
Purpose = Annotated[str, typer.Option(help="For which purpose you work; default: the usual one of the role.")]


@app.command("street-ledger")
def street_ledger(  # the choices of a reader
    street: Street = None,
    output: Output = None,
    as_of: AsOf = "",
    known_on: KnownOn = "",
    unmask: Unmask = False,  # noqa: FBT002
    role: Role = "district_staff",
    purpose: Purpose = "",
    json: Json = False,  # noqa: FBT002
) -> None:
    """The ledger of one street (街道台账): a row a family, with a total and room for signatures."""
    _export("street", street, output, as_of, known_on, role, purpose, unmask=unmask, json=json)


@app.command("district-ledger")
def district_ledger(  # the choices of a reader
    output: Output = None,
    as_of: AsOf = "",
    known_on: KnownOn = "",
    unmask: Unmask = False,  # noqa: FBT002
    role: Role = "district_staff",
    purpose: Purpose = "",
    json: Json = False,  # noqa: FBT002
) -> None:
    """The ledger of the district (区台账): all families by street, and the counts."""
    _export("district", None, output, as_of, known_on, role, purpose, unmask=unmask, json=json)


@app.command()
def report(  # the choices of a reader
    street: Street = None,
    output: Output = None,
    as_of: AsOf = "",
    known_on: KnownOn = "",
    role: Role = "district_staff",
    purpose: Purpose = "",
    json: Json = False,  # noqa: FBT002
) -> None:
    """The report to the superior office (上级报表): counts by group, tier and place; nobody is named."""
    _export("report", street, output, as_of, known_on, role, purpose, unmask=False, json=json)


def _export(  # noqa: PLR0913  # the choices of a reader
    ledger: str,
    street: str | None,
    output: Path | None,
    as_of: str,
    known_on: str,
    role: str,
    purpose: str,
    *,
    unmask: bool,
    json: bool,
) -> None:
    from assets.workspace import Workspace  # noqa: PLC0415
    from registry.exports.ledgers import export_ledger  # noqa: PLC0415

    workspace = Workspace(home())
    try:
        made = export_ledger(
            workspace.engine,
            workspace.settings,
            actor=acting(role, purpose),
            ledger=ledger,
            street=street,
            as_of=day(as_of, "--as-of"),
            known_on=moment(known_on, "--known-on"),
            path=output,
            unmask=unmask,
        )
    finally:
        workspace.close()
    if json:
        emit(asdict(made))
        return
    rows = "，".join(f"{name} {count}" for name, count in made.rows.items())
    out.print(f"{made.path} written: as of {made.as_of}, {rows}", soft_wrap=True)
