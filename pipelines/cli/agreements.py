"""`doudi agreements`: under which agreement, and until when, each department shares its data.

What belongs here: options and what is printed. Reading the file stands in `registry.agreements`.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.common import FOUND_WRONG, Json, emit, home, out, today

if TYPE_CHECKING:
    from registry.agreements import FeedAgreement

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(agreements)


def agreements(
    template: Annotated[
        Path | None, typer.Option("--template", help="Write the file with a place for every feed, and nothing else.")
    ] = None,
    json: Json = False,  # noqa: FBT002
) -> None:
    """Legal basis, population and sharing agreement of every feed; exit 1 when one has none in force."""
    from registry.agreements import agreements as recorded  # noqa: PLC0415
    from registry.agreements import agreements_of_feeds, agreements_template  # noqa: PLC0415
    from registry.files import writing  # noqa: PLC0415

    settings = home()
    held = recorded(settings)
    if template is not None:
        with writing(template) as temporary:
            temporary.write_text(agreements_template(held), encoding="utf-8")
        if json:
            emit({"path": template})
        else:
            place = settings.agreements_file
            out.print(f"{template} written; fill it in and put it at {place}", soft_wrap=True, markup=False)
        return
    found = agreements_of_feeds(held, today())
    if json:
        emit([_record(each) for each in found])
    else:
        _show(found)
    if any(each.state != "in_force" for each in found):
        raise typer.Exit(FOUND_WRONG)


def _record(each: "FeedAgreement") -> dict[str, object]:
    return {
        "feed": each.feed.name,
        "title": each.feed.title,
        "department": each.department,
        "legal_basis": each.feed.legal_basis,
        "population": each.feed.population,
        "reference": each.agreement.reference if each.agreement else None,
        "expires_on": each.agreement.expires_on if each.agreement else None,
        "state": each.state,
    }


def _show(found: "list[FeedAgreement]") -> None:
    from rich.table import Table  # noqa: PLC0415

    table = Table("department", "feed", "reference", "agreement", "population", "legal basis")
    for each in found:
        style = "" if each.state == "in_force" else "red"
        reference = each.agreement.reference if each.agreement else ""
        feed = f"{each.feed.title} {each.feed.name}"
        table.add_row(
            each.department, feed, reference, each.told, each.feed.population, each.feed.legal_basis, style=style
        )
    out.print(table)
