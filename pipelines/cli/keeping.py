"""`doudi replay` and `prune`: having an edition again, and parting with what may no longer be kept.

What belongs here: options and what is printed. What is recomputed and compared stands in `registry.replay`, what is
destroyed in `registry.retention`.
"""

from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.common import FOUND_WRONG, Json, actor, emit, err, home, out, today

if TYPE_CHECKING:
    from registry.replay import Replay

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(replay)
    app.command()(prune)


def replay(
    edition: Annotated[str, typer.Argument(metavar="EDITION|latest", help="Which published edition.")] = "latest",
    quick: Annotated[bool, typer.Option("--quick", help="Begin with the edition of the month before.")] = False,  # noqa: FBT002
    json: Json = False,  # noqa: FBT002
) -> None:
    """Recompute an edition from the raw archive and its recorded inputs, and compare the hashes of its tables."""
    from assets.inputs import code_version  # noqa: PLC0415
    from assets.workspace import Workspace  # noqa: PLC0415
    from registry.replay import replay as recompute  # noqa: PLC0415
    from registry.replay import replayed_edition  # noqa: PLC0415

    workspace = Workspace(home())
    try:
        wanted = replayed_edition(workspace.engine, edition)
        with err.status("replaying") as status:
            found = recompute(
                workspace.settings,
                workspace.engine,
                wanted,
                code_version=code_version(),
                quick=quick,
                report=status.update,
            )
    finally:
        workspace.close()
    if json:
        emit({"outcome": found.outcome, **asdict(found)})
    else:
        _tell(found)
    if not found.good:
        raise typer.Exit(FOUND_WRONG)


def _tell(found: "Replay") -> None:
    from rich.table import Table  # noqa: PLC0415

    colour = "green" if found.good else "red"
    out.print(f"edition {found.edition_id} as of {found.as_of}: [{colour}]{found.outcome}[/{colour}]", soft_wrap=True)
    out.print(
        f"{found.deliveries} deliveries read again, {found.months} months computed from {found.base}", soft_wrap=True
    )
    if found.code_now != found.code_recorded:
        out.print(f"made by code {found.code_recorded}, replayed by {found.code_now}", soft_wrap=True)
    if found.expired:
        out.print(f"{len(found.expired)} deliveries have reached the end of their term; their bytes are no more")
    if found.changed:
        out.print(f"{len(found.changed)} deliveries are read with other numbers of rows than when they were taken in")
    if found.tables:
        table = Table()
        for heading in ("table", "recorded", "replayed", "only recorded", "only replayed", "explained"):
            table.add_column(heading)
        for each in found.tables:
            counts = (each.recorded, each.replayed, each.only_recorded, each.only_replayed)
            table.add_row(each.table, *map(str, counts), "yes" if each.explained else "no")
        out.print(table)


def prune(
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without it only show.")] = False,  # noqa: FBT002
    by: Annotated[str, typer.Option("--by", help="Who does it; default: the account you are signed in with.")] = "",
    json: Json = False,  # noqa: FBT002
) -> None:
    """Show the deliveries whose term has ended; with --yes destroy their keys. Hash and manifest stay."""
    from assets.workspace import Workspace  # noqa: PLC0415
    from registry.lock import writer_lock  # noqa: PLC0415
    from registry.retention import due  # noqa: PLC0415
    from registry.retention import prune as destroy  # noqa: PLC0415

    workspace = Workspace(home())
    try:
        found = due(workspace.settings, workspace.engine, workspace.parameters, today())
        if yes:
            with writer_lock(workspace.settings):
                act_id = destroy(workspace.settings, workspace.engine, found, by=by or actor())
    finally:
        workspace.close()
    places = Counter((each.feed, each.month) for each in found)
    if json:
        rows = [{"feed": feed, "month": month, "deliveries": number} for (feed, month), number in places.items()]
        emit({"deliveries": len(found), "done": yes, "act": act_id if yes else None, "rows": rows})
        return
    for (feed, month), number in places.items():
        out.print(f"{feed} {month}: {number}")
    done = "their keys are destroyed" if yes else "nothing is destroyed yet: doudi prune --yes"
    out.print(f"{len(found)} deliveries have reached the end of their term" + (f"; {done}" if found else ""))
