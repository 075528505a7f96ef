"""`doudi visits`: whom to visit this month in each street, and what the visits so far say of what is missed.

What belongs here: options and what is printed. Who is picked stands in `editions.visits`.
"""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.acting import desk_here
from pipelines.cli.common import FOUND_WRONG, AsOf, Json, Role, acting, day, emit, out
from pipelines.cli.reading import Area, Output

if TYPE_CHECKING:
    import polars as pl

    from editions.visits import VisitChoice
    from registry.queries import EditionInfo
    from registry.visits import VisitFigures

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(visits)
    app.command("take-visits")(take_visits)


def visits(  # the choices of whoever plans
    capacity: Annotated[int | None, typer.Option(min=1, help="Visits that each street can make this month.")] = None,
    random_share: Annotated[
        float | None, typer.Option(min=0, max=1, help="Share of them that is drawn, so that misses can be estimated.")
    ] = None,
    as_of: AsOf = "",
    area: Area = None,
    fmt: Annotated[str, typer.Option("--format", help="xlsx, csv or json.")] = "xlsx",
    output: Output = None,
    role: Role = "district_staff",
    json: Json = False,  # noqa: FBT002
) -> None:
    """The month's visits per street: most need first, and a share at random. With -o they are written and kept."""
    from registry.exports.visits import export_visits  # noqa: PLC0415
    from registry.roles import require_district  # noqa: PLC0415
    from registry.views import record_view  # noqa: PLC0415
    from registry.visit_plans import draw_plan, keep_drawn  # noqa: PLC0415
    from registry.visits import visit_figures  # noqa: PLC0415

    who = acting(role)
    require_district(who)
    percent = None if random_share is None else round(100 * random_share)
    with desk_here() as desk:
        drawn = draw_plan(
            desk, actor=who, as_of=day(as_of, "--as-of"), capacity=capacity, random_percent=percent
        )  # fmt: skip
        edition, choice, plan = drawn.edition, drawn.choice, drawn.plan
        written = None
        if output is not None:
            keep_drawn(desk, drawn, actor=who)
            written = export_visits(
                desk.engine, desk.settings, plan, actor=who, as_of=edition.as_of, area=area, fmt=fmt, path=output
            )
        else:
            record_view(
                desk.engine, who, "visits", edition_id=edition.edition_id, rows=plan.height, filters={"area": area}
            )
        figures = visit_figures(desk.settings, desk.parameters, drawn.visits, edition.as_of)
    document = _document(edition, choice, plan, figures) | {"path": written.path if written else None}
    if json:
        emit(document)
    else:
        _print(document, plan, figures)


def take_visits(
    file: Annotated[Path, typer.Argument(help="The filled plan.", exists=True, dir_okay=False)],
    role: Role = "district_staff",
    json: Json = False,  # noqa: FBT002
) -> None:
    """Take a filled plan of visits: its outcomes go into the landing folder; every row says what became of it."""
    from registry.casework.sheets import ROW_STATES  # noqa: PLC0415
    from registry.visits_taken import take_visits as take  # noqa: PLC0415

    with desk_here() as desk:
        taken = take(desk, file, actor=acting(role))
    if json:
        emit(taken.as_dict())
    else:
        for each in taken.rows:
            if each.state == "quarantined":
                out.print(f"{each.sheet} {each.row}: {ROW_STATES.title_of(each.state)} {each.reason}", soft_wrap=True)
        counts = "，".join(f"{ROW_STATES.title_of(each)} {taken.count(each)}" for each in ROW_STATES.codes)
        out.print(f"{counts}；`doudi run` takes them in", soft_wrap=True)
    if taken.count("quarantined"):
        raise typer.Exit(FOUND_WRONG)


def _document(
    edition: "EditionInfo", choice: "VisitChoice", plan: "pl.DataFrame", figures: "VisitFigures"
) -> dict[str, Any]:
    counts = plan.group_by("street_code", "manner").len().sort("street_code", "manner")
    streets: dict[str, dict[str, int]] = {}
    for street, manner, rows in counts.iter_rows():
        streets.setdefault(street, {})[manner] = rows
    return {
        "edition": edition.edition_id,
        "as_of": edition.as_of,
        "capacity_per_street": choice.capacity,
        "random_percent": choice.random_percent,
        "visits": plan.height,
        "streets": streets,
        "answered": asdict(figures),
    }


def _print(document: dict[str, Any], plan: "pl.DataFrame", figures: "VisitFigures") -> None:
    from rich.table import Table  # noqa: PLC0415

    from schemas.codes import CODE_LISTS  # noqa: PLC0415

    table = Table()
    for heading in ("街道", "按困难程度", "随机抽取"):
        table.add_column(heading)
    for street, counts in document["streets"].items():
        title = CODE_LISTS["street"].title_of(street)
        table.add_row(title, str(counts.get("need", 0)), str(counts.get("random", 0)))
    out.print(table)
    told = "-o FILE writes and keeps them" if document["path"] is None else f"{document['path']} written, the plan kept"
    out.print(f"{plan.height} visits as of {document['as_of']}; {told}", soft_wrap=True)
    out.print(_told(figures), soft_wrap=True)


def _told(figures: "VisitFigures") -> str:
    if figures.missed is None:
        return "遗漏估计：还没有随机走访的结果"
    need, missed = figures.confirmed, figures.missed
    known = f"按困难程度走访的确认率{need.value:.0%}（{need.low:.0%}–{need.high:.0%}）；" if need else ""
    return (
        f"已有结果{figures.visited}户（{figures.months}个月）：{known}"
        f"其余{missed.left:,}户中估计有困难{missed.families.value:,.0f}户"
        f"（{missed.families.low:,.0f}–{missed.families.high:,.0f}），依据随机走访{missed.answered}户"
    )
