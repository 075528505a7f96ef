"""`doudi fetch`: departments' tables and views into the landing folder.

What belongs here: options and what is printed. Reading stands in `registry.fetch`.
"""

import re
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.common import FOUND_WRONG, Json, emit, home, out, today
from pipelines.errors import UsageError

if TYPE_CHECKING:
    from registry.fetch import Fetched

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(fetch)


def fetch(
    feed: Annotated[str, typer.Option(help="Only the sources of this feed; default: all.")] = "",
    month: Annotated[str, typer.Option(metavar="YYYY-MM", help="Month of the delivery; default: this one.")] = "",
    json: Json = False,  # noqa: FBT002
) -> None:
    """Fetch the tables and views declared in sources.d/ as deliveries; the next run takes them in."""
    from registry.engine import make_engine, migrate  # noqa: PLC0415
    from registry.fetch import fetch_each  # noqa: PLC0415
    from registry.lock import writer_lock  # noqa: PLC0415
    from registry.sources import sources  # noqa: PLC0415

    now = today()
    month = month or f"{now:%Y-%m}"
    if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", month):
        raise UsageError(f"--month {month!r} is not a month; write it like 2026-06")
    settings = home()
    found = sources(settings, feed)
    with writer_lock(settings):
        engine = make_engine(settings)
        migrate(engine)
        results = fetch_each(found, month, settings, engine, today=now)
        engine.dispose()
    if json:
        emit([each.as_dict() for each in results])
    else:
        _show(results)
    if any(each.state == "failed" for each in results):
        raise typer.Exit(FOUND_WRONG)


def _show(results: "list[Fetched]") -> None:
    for each in results:
        what = each.message or f"{each.feed}/{each.sender} {each.month}: {each.rows} rows"
        out.print(f"{each.state}  {what}", soft_wrap=True, markup=False)
    if not results:
        out.print("no sources: describe a table or view in sources.d/<feed>.yaml", soft_wrap=True)
