"""`doudi lineage`: which delivered columns a column is made from.

What belongs here: how lineage is printed. How it is derived stands in `editions.lineage`.
"""

from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.common import Json, emit, home, out

if TYPE_CHECKING:
    from editions.lineage_words import Origin

__all__ = ["register"]

_MANY = 6


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(lineage)


def lineage(
    column: Annotated[
        str, typer.Argument(help="A column such as list.income_fen; or of a feed, such as feed:tax_wages.gross_fen.")
    ] = "",
    openlineage: Annotated[
        str, typer.Option("--openlineage", help="Send the newest edition's lineage to this file or http(s) address.")
    ] = "",
    whole: Annotated[bool, typer.Option("--all", help="Name every column that influences it.")] = False,  # noqa: FBT002
    json: Json = False,  # noqa: FBT002
) -> None:
    """From which departments' columns a column comes, read off the computation itself; without one: what there is."""
    from editions.lineage import FEED, edition_lineage  # noqa: PLC0415
    from editions.lineage_words import column_title, origins, split  # noqa: PLC0415

    if openlineage:
        _send(openlineage, json=json)
        return
    known = edition_lineage()
    if not column:
        _overview(json=json)
        return
    table, name = split(column)
    if table.startswith(FEED):
        reached = known.downstream(table, name)
        if json:
            emit({"column": column, "flows_into": [".".join(each) for each in reached]})
            return
        out.print(f"{column} ({column_title((table, name))}) flows into {len(reached)} columns")
        _print(origins(reached), whole=True)
        return
    found = known.upstream(table, name)
    if json:
        told = {"value": found.value, "influence": found.influence, "steps": found.steps}
        emit({"column": column} | {kind: [".".join(each) for each in columns] for kind, columns in told.items()})
        return
    out.print(f"[bold]{column}[/bold] {column_title((table, name))}")
    out.print("\n[bold]its values come from[/bold]" if found.value else "\nits values come from rules alone")
    _print(origins(found.value), whole=True)
    out.print("\n[bold]what only decides[/bold] (which rows, which family, which branch)")
    _print(origins(found.influence), whole=whole)


def _send(target: str, *, json: bool) -> None:
    from assets.workspace import Workspace  # noqa: PLC0415
    from registry.openlineage import send_lineage  # noqa: PLC0415
    from registry.queries import require_edition  # noqa: PLC0415

    workspace = Workspace(home())
    try:
        sent = send_lineage(require_edition(workspace.engine), workspace.settings, target)
    finally:
        workspace.close()
    if json:
        emit({"events": sent})
    else:
        out.print(f"{sent} events sent")


def _overview(*, json: bool) -> None:
    from rich.table import Table  # noqa: PLC0415

    from editions.lineage import edition_lineage  # noqa: PLC0415
    from editions.lineage_words import column_title, published_columns  # noqa: PLC0415

    known = edition_lineage()
    columns = published_columns(known)
    if json:
        emit({"columns": [f"{table}.{name}" for table, name in known.cells]})
        return
    shown = Table("column", "title", "from feeds' columns", "decided by")
    for each in columns:
        found = known.upstream(*each)
        shown.add_row(".".join(each), column_title(each), str(len(found.value)), str(len(found.influence)))
    out.print(shown)


def _print(found: "list[Origin]", *, whole: bool) -> None:
    from rich.table import Table  # noqa: PLC0415

    if not found:
        return
    shown = Table("from", "department", "columns")
    for each in found:
        names = [f"{title} ({name})" for name, title in each.columns.items()]
        more = f" … {len(names) - _MANY} more, see --all" if len(names) > _MANY and not whole else ""
        shown.add_row(
            f"{each.title}\n{each.name}", each.department, "\n".join(names if whole else names[:_MANY]) + more
        )
    out.print(shown)
