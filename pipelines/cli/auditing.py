"""`doudi anchor` and `verify`: proving that the record is as it was written.

What belongs here: options and what is printed. The chain stands in `registry.audit` and `registry.seal`.
"""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.common import FOUND_WRONG, Json, actor, emit, home, out
from pipelines.errors import UsageError

if TYPE_CHECKING:
    from registry.keeping import KeepingCheck
    from registry.seal import ChainCheck

__all__ = ["register"]

Anchors = Annotated[
    Path | None, typer.Option("--anchors", help="File of anchors; default DOUDI_ANCHORS, else <home>/anchors.jsonl.")
]

_KEPT = {
    "archive": "archived files",
    "deliveries": "records of deliveries",
    "editions": "published editions",
    "parameters": "sets of parameters",
}


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(anchor)
    app.command()(verify)


def anchor(anchors: Anchors = None, json: Json = False) -> None:  # noqa: FBT002
    """Write the head of the audit chain to the file of anchors, which proves later that nothing was cut off."""
    from assets.workspace import Workspace  # noqa: PLC0415
    from registry.anchors import anchor as write_anchor  # noqa: PLC0415

    settings = home()
    path = anchors or settings.anchors_file
    workspace = Workspace(settings)
    try:
        made = write_anchor(workspace.engine, path)
    finally:
        workspace.close()
    if json:
        emit({"path": path, "anchor": asdict(made) if made else None})
    elif made is None:
        out.print("the audit chain has no event yet; nothing is anchored")
    else:
        out.print(f"{path}: anchor {made.number}, event {made.seq}, {made.head}", soft_wrap=True)


def verify(
    anchors: Anchors = None,
    chain: Annotated[
        Path | None, typer.Option("--chain", help="Check this exported chain instead; needs no installation.")
    ] = None,
    export: Annotated[Path | None, typer.Option("--export", help="Also copy the chain to this file.")] = None,
    json: Json = False,  # noqa: FBT002
) -> None:
    """Whether the audit chain, the archived files, their records and the editions are as they were written."""
    kept: dict[str, KeepingCheck] = {}
    if chain is not None:
        if export is not None:
            raise UsageError("--export copies the chain of the installation; leave it out with --chain")
        from registry.anchors import check_files  # noqa: PLC0415

        found = check_files(chain, anchors)
    else:
        found, kept = _verify_home(anchors, export)
    _tell(found, kept, json=json)
    if not found.holds or not all(each.holds for each in kept.values()):
        raise typer.Exit(FOUND_WRONG)


def _verify_home(anchors: Path | None, export: Path | None) -> tuple["ChainCheck", dict[str, "KeepingCheck"]]:
    from assets.workspace import Workspace  # noqa: PLC0415
    from registry.anchors import read_anchors  # noqa: PLC0415
    from registry.audit import append  # noqa: PLC0415
    from registry.audit import verify as verify_chain  # noqa: PLC0415
    from registry.delivery_seal import check_deliveries  # noqa: PLC0415
    from registry.keeping import check_archive, check_manifests, check_parameters  # noqa: PLC0415

    settings = home()
    default = settings.anchors_file
    path = anchors or (default if settings.anchors is not None or default.exists() else None)
    workspace = Workspace(settings)
    try:
        found = verify_chain(workspace.engine, read_anchors(path) if path is not None else (), export=export)
        if export is not None:
            append(
                workspace.engine,
                actor=actor(),
                action="export_chain",
                purpose="审计",
                details={"events": found.events, "faults": len(found.faults)},
            )
        kept = {
            "archive": check_archive(settings, workspace.engine),
            "deliveries": check_deliveries(workspace.engine),
            "editions": check_manifests(workspace.engine),
            "parameters": check_parameters(settings, workspace.engine),
        }
    finally:
        workspace.close()
    return found, kept


def _tell(found: "ChainCheck", kept: Mapping[str, "KeepingCheck"], *, json: bool) -> None:
    if json:
        emit(
            {
                "holds": found.holds and all(each.holds for each in kept.values()),
                "events": found.events,
                "anchors": found.anchors,
                "reason": found.reason,
                "faults": [{"seq": each.seq, "reason": each.reason} for each in found.faults],
                **{name: {"holds": each.holds, **asdict(each)} for name, each in kept.items()},
            }
        )
        return
    if found.holds:
        out.print(f"the audit chain holds: {found.events} events, {found.anchors} anchors")
        if not found.anchors:
            out.print("without anchors an end that was cut off cannot be seen; see doudi anchor")
    else:
        out.print("[red]the audit chain is broken[/red]:")
        for each in found.faults:
            out.print(f"  {each}", soft_wrap=True, markup=False)
    for name, check in kept.items():
        if check.holds:
            gone = f", {check.erased} of them erased on record" if check.erased else ""
            out.print(f"{_KEPT[name]}: {check.checked - check.unsealed} as recorded{gone}", soft_wrap=True)
        else:
            out.print(f"[red]{_KEPT[name]}: {check.checked} checked, not as recorded[/red]:")
            for fault in check.faults:
                out.print(f"  {fault}", soft_wrap=True, markup=False)
        if check.unsealed:
            out.print(f"{_KEPT[name]}: {check.unsealed} older than their seals; nothing proves these", soft_wrap=True)
