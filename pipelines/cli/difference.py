"""`doudi diff`: what changed from one published edition to another.

What belongs here: options and what is printed. What is compared stands in `registry.edition_diff`.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.common import Json, Role, acting, emit, home, out

if TYPE_CHECKING:
    from registry.edition_diff import EditionDiff

__all__ = ["register"]

_WHICH = "Id (or its beginning), a day such as 2026-06-30, or latest."


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("diff")(difference)


def difference(
    first: Annotated[str, typer.Argument(metavar="A", help=_WHICH)],
    second: Annotated[
        str, typer.Argument(metavar="[B]", help="Likewise; without it A is compared with the one before it.")
    ] = "",
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Write every change as XLSX.")] = None,
    unmask: Annotated[bool, typer.Option("--unmask", help="Whole identity numbers; for roles that may.")] = False,  # noqa: FBT002
    role: Role = "district_staff",
    json: Json = False,  # noqa: FBT002
) -> None:
    """What changed from edition A to edition B: who entered, left or moved, by which ground and why.

    With A alone: what changed to A from the edition of the day before it that was published last.
    """
    from assets.workspace import Workspace  # noqa: PLC0415
    from registry.edition_diff import before_of, diff, find_edition  # noqa: PLC0415
    from registry.exports.difference import export_diff  # noqa: PLC0415
    from registry.roles import require, require_district  # noqa: PLC0415
    from registry.views import record_view  # noqa: PLC0415

    who = acting(role)
    require(who, "list.read")
    require_district(who)
    workspace = Workspace(home())
    try:
        engine = workspace.engine
        named = find_edition(engine, first)
        before, after = (named, find_edition(engine, second)) if second else (before_of(engine, named), named)
        found = diff(engine, before, after)
        if output is not None:
            export_diff(engine, workspace.settings, found, actor=who, path=output, unmask=unmask)
        elif json:
            asked = {"before": found.before.edition_id}
            rows = found.families.height
            record_view(engine, who, "diff", edition_id=found.after.edition_id, rows=rows, filters=asked)
    finally:
        workspace.close()
    if json:
        emit(_document(found, output))
    else:
        _show(found, output)


def _document(found: "EditionDiff", output: Path | None) -> dict[str, object]:
    both = {"before": found.before, "after": found.after}
    return {
        **{
            name: {"edition": each.edition_id, "as_of": each.as_of, "content_hash": each.content_hash}
            for name, each in both.items()
        },
        "counts": found.counts,
        "path": output,
        "families": found.families.to_dicts(),
        "people": found.people.to_dicts(),
    }


def _show(found: "EditionDiff", output: Path | None) -> None:
    from rich.table import Table  # noqa: PLC0415

    from editions.changes import CHANGE_KINDS  # noqa: PLC0415
    from registry.edition_diff import PEOPLE_CHANGES  # noqa: PLC0415

    titles = {**{code: CHANGE_KINDS.title_of(code) for code in CHANGE_KINDS.codes}, **PEOPLE_CHANGES}
    table = Table("change", *found.counts, title=f"{found.before.as_of} → {found.after.as_of}")
    kinds = [each for each in titles if any(each in counted for counted in found.counts.values())]
    for kind in kinds:
        table.add_row(f"{titles[kind]} {kind}", *(str(counted.get(kind, 0)) for counted in found.counts.values()))
    out.print(table)
    said = f"{output} written" if output else "-o FILE.xlsx writes every change with its reason"
    out.print(f"{found.before.edition_id} → {found.after.edition_id}; {said}", soft_wrap=True)
