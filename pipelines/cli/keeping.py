"""`doudi replay`, `prune` and `erase`: having an edition again, and parting with what may no longer be kept.

What belongs here: options and what is printed. What is recomputed and compared stands in `registry.replay`, what is
destroyed in `registry.retention` and `registry.erasing`.
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
    app.command()(erase)


def replay(
    edition: Annotated[str, typer.Argument(metavar="EDITION|latest", help="Which published edition.")] = "latest",
    quick: Annotated[bool, typer.Option("--quick", help="Begin with the edition of the month before.")] = False,  # noqa: FBT002
    json: Json = False,  # noqa: FBT002
) -> None:
    """Recompute an edition from the raw archive and its recorded inputs, and compare the hashes of its tables."""
    from assets.workspace import Workspace  # noqa: PLC0415
    from registry.replay import replay as recompute  # noqa: PLC0415
    from registry.replay import replayed_edition  # noqa: PLC0415
    from registry.versions import code_version  # noqa: PLC0415

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
    if found.expired:
        gone = f"{len(found.expired)} of {found.deliveries} deliveries have reached the end of their term"
        out.print(f"{gone}; their bytes are no more, and nothing was computed", soft_wrap=True)
    else:
        out.print(
            f"{found.deliveries} deliveries read again, {found.months} months computed from {found.base}",
            soft_wrap=True,
        )
    if found.code_now != found.code_recorded:
        out.print(f"made by code {found.code_recorded}, replayed by {found.code_now}", soft_wrap=True)
    if found.calendar_now != found.calendar_recorded:
        out.print(f"working days by {found.calendar_recorded}, now by {found.calendar_now}", soft_wrap=True)
    if found.parameters_added:
        out.print(f"parameters of later rules, as shipped now: {', '.join(found.parameters_added)}", soft_wrap=True)
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
    """Show deliveries, notes and photos whose term has ended; with --yes destroy their keys. Hash and manifest stay."""
    from assets.workspace import Workspace  # noqa: PLC0415
    from registry.casework.written_terms import due_written, prune_written  # noqa: PLC0415
    from registry.lock import writer_lock  # noqa: PLC0415
    from registry.retention import due  # noqa: PLC0415
    from registry.retention import prune as destroy  # noqa: PLC0415

    workspace = Workspace(home())
    try:
        found = due(workspace.settings, workspace.engine, workspace.parameters, today())
        written = due_written(workspace.settings, workspace.engine, workspace.parameters, today())
        if yes:
            with writer_lock(workspace.settings):
                act_id = destroy(workspace.settings, workspace.engine, found, by=by or actor())
                prune_written(workspace.settings, workspace.engine, written, by=by or actor())
    finally:
        workspace.close()
    places = Counter((each.feed, each.month) for each in found)
    if json:
        rows = [{"feed": feed, "month": month, "deliveries": number} for (feed, month), number in places.items()]
        act = act_id if yes else None
        emit({"deliveries": len(found), "written": len(written), "done": yes, "act": act, "rows": rows})
        return
    for (feed, month), number in places.items():
        out.print(f"{feed} {month}: {number}")
    done = "their keys are destroyed" if yes else "nothing is destroyed yet: doudi prune --yes"
    told = f"{len(found)} deliveries and {len(written)} notes and photos have reached the end of their term"
    out.print(told + (f"; {done}" if found or written else ""), soft_wrap=True)


def erase(  # who, why, by whom and with whose approval
    person: Annotated[str, typer.Argument(metavar="PERSON", help="Identity number or person key.")],
    reason: Annotated[str, typer.Option(help="purpose_met, term_over, consent_withdrawn, unlawful or other_law.")] = "",
    approved_by: Annotated[str, typer.Option("--approved-by", help="The second person, who approves.")] = "",
    by: Annotated[str, typer.Option("--by", help="Who does it; default: the account you are signed in with.")] = "",
    json: Json = False,  # noqa: FBT002
) -> None:
    """Erase a person from everything that is kept of deliveries; published editions keep a key that leads nowhere."""
    from assets.workspace import Workspace  # noqa: PLC0415
    from pipelines.errors import UsageError  # noqa: PLC0415
    from registry.erasing import erase_person  # noqa: PLC0415
    from registry.errors import ErasureError  # noqa: PLC0415
    from registry.explain import person_key_of  # noqa: PLC0415
    from registry.lock import writer_lock  # noqa: PLC0415

    workspace = Workspace(home())
    try:
        key = person_key_of(workspace.settings, person)
        if key is None:
            raise UsageError("PERSON is neither a valid identity number nor a person key")
        with writer_lock(workspace.settings):
            found = erase_person(
                workspace.settings, workspace.engine, key, reason=reason, by=by or actor(), approved_by=approved_by
            )
    except ErasureError as error:
        raise UsageError(str(error)) from None
    finally:
        workspace.close()
    if json:
        emit(asdict(found))
        return
    out.print(f"{found.rows} rows of {found.deliveries} deliveries are erased (act {found.act_id})", soft_wrap=True)
    out.print(f"{found.written} notes and photos of visits, objections and wishes with them", soft_wrap=True)
    if found.refused:
        out.print(f"{found.refused} refused files are kept that could not be searched; see doudi prune", soft_wrap=True)
    out.print("the next doudi run makes an edition without them; files under exports/ and backups are yours to delete")
