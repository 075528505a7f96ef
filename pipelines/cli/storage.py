"""`doudi database move`, `backup` and `restore`: the installation as a whole, elsewhere.

What belongs here: options and what is printed. Copying and comparing stand in `registry.moving` and `registry.backup`.
"""

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.common import FOUND_WRONG, Json, actor, emit, home, out
from pipelines.errors import UsageError

__all__ = ["app", "register"]

app = typer.Typer(name="database", help="The registry's database.", no_args_is_help=True)


def register(room: typer.Typer) -> None:
    """Add the commands of this module."""
    room.command()(backup)
    room.command()(restore)
    room.add_typer(app, name="database")


@app.command()
def move(
    to: Annotated[str, typer.Option("--to", help="SQLAlchemy URL of an empty database, postgresql+psycopg://…")],
    json: Json = False,  # noqa: FBT002
) -> None:
    """Copy the registry to another database, compare every table, and say what to set. The source stays as it is."""
    from assets.workspace import Workspace  # noqa: PLC0415
    from registry.engine import engine_at  # noqa: PLC0415
    from registry.lock import writer_lock  # noqa: PLC0415
    from registry.moving import move as copy  # noqa: PLC0415

    settings = home()
    workspace, target = Workspace(settings), engine_at(to)
    try:
        with writer_lock(settings):
            rows = copy(workspace.engine, target, actor=actor())
    finally:
        workspace.close()
        target.dispose()
    if json:
        emit({"to": target.url.render_as_string(), "rows": rows})
        return
    out.print(f"{sum(rows.values()):,} rows of {len(rows)} tables are the same in {target.url.render_as_string()}")
    out.print("set DOUDI_DATABASE_URL to it; until then the installation goes on with what it had", soft_wrap=True)


def backup(
    file: Annotated[Path, typer.Argument(help="File to write; holds personal data, but no keys.")],
    json: Json = False,  # noqa: FBT002
) -> None:
    """Write the database and all files but the keys to one file, while others go on working."""
    from assets.workspace import Workspace  # noqa: PLC0415
    from registry.backup import EXCLUDED  # noqa: PLC0415
    from registry.backup import backup as write_backup  # noqa: PLC0415

    workspace = Workspace(home())
    try:
        made = write_backup(workspace.settings, workspace.engine, file, actor=actor())
    finally:
        workspace.close()
    if json:
        emit({"path": file, "files": made.files, "size_bytes": made.size_bytes, "excluded": list(EXCLUDED)})
        return
    out.print(f"{file} written: {made.files} files, {made.size_bytes:,} bytes, {made.events} events", soft_wrap=True)
    out.print(f"not in it: {', '.join(EXCLUDED)}; keep a copy of the keys elsewhere", soft_wrap=True)


def restore(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="A backup.")],
    into: Annotated[Path, typer.Option("--into", help="Home to make; must not hold anything.")],
    to: Annotated[str, typer.Option("--to", help="URL of an empty database, for a backup of PostgreSQL.")] = "",
    json: Json = False,  # noqa: FBT002
) -> None:
    """Put a backup into a new home, compare every file with its hash, and verify the audit chain."""
    from registry.backup import restore as put_back  # noqa: PLC0415

    if not into.name:
        raise UsageError(f"--into {str(into)!r} names no folder")
    found = put_back(file, into.absolute(), url=to)
    if json:
        emit({"home": into, "events": found.events, "holds": found.holds, "reason": found.reason})
    elif found.holds:
        out.print(f"{into} restored; the audit chain holds: {found.events} events", soft_wrap=True)
        out.print("put the keys (keys, identity.key) back from where they are kept", soft_wrap=True)
    else:
        out.print(f"[red]{into} restored as it was backed up, but its audit chain is broken[/red]: {found.reason}")
    if not found.holds:
        raise typer.Exit(FOUND_WRONG)
