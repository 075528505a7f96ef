"""`doudi whatif`: what other parameters would change.

What belongs here: options and what is printed. What is computed stands in `registry.whatif`.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.common import AsOf, Json, Role, acting, day, emit, err, home, out

if TYPE_CHECKING:
    import polars as pl

    from registry.whatif import WhatIf

__all__ = ["register"]

_FEN = 100
_STEPS = {"before": "the edition as it is", "after": "the edition under changed parameters"}

Set = Annotated[
    list[str],
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="A parameter and its other value; once a parameter, commas in lists, bands and mappings in YAML.",
    ),
]
Output = Annotated[Path | None, typer.Option("-o", "--output", help="Workbook of who changes and why.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(whatif)


def whatif(
    changed: Set,
    as_of: AsOf = "",
    output: Output = None,
    role: Role = "district_staff",
    json: Json = False,  # noqa: FBT002
) -> None:
    """An edition under other parameters beside the published one. Nothing is published."""
    from assets.workspace import Workspace  # noqa: PLC0415
    from registry.casework.desk import Desk  # noqa: PLC0415
    from registry.whatif import whatif as compare_with  # noqa: PLC0415
    from registry.whatif_values import parse_settings  # noqa: PLC0415

    on = day(as_of, "--as-of")
    workspace = Workspace(home())
    try:
        with err.status("comparing …") as status:
            result = compare_with(
                Desk(workspace.engine, workspace.settings, workspace.parameters),
                parse_settings(changed, workspace.parameters),
                actor=acting(role, "policy"),
                as_of=on,
                output=output,
                report=lambda step: status.update(f"computing {_STEPS[step]} …"),
            )
    finally:
        workspace.close()
    if json:
        emit(_document(result))
    else:
        _show(result)


def _document(result: "WhatIf") -> dict[str, Any]:
    found = result.comparison
    return {
        "edition": result.edition.edition_id,
        "as_of": result.edition.as_of,
        "published": False,
        "differs": found.differs,
        "parameters": [{"name": each.name, "before": each.before, "after": each.after} for each in result.changes],
        "recomputed_for": result.drifted,
        "balance": found.balance.to_dicts(),
        "tier_moves": found.tier_moves.to_dicts(),
        "warnings": found.warnings.to_dicts(),
        "rescored": found.rescored,
        "reclassed": found.reclassed,
        "families": found.families.to_dicts(),
        "costs": result.costs.balance.to_dicts(),
        "allowances_touched": result.costs.touched,
        "reproduced": result.reproduced,
        "path": result.path,
    }


def _show(result: "WhatIf") -> None:
    found = result.comparison
    out.print(f"as of {result.edition.as_of}, beside edition {result.edition.edition_id}; nothing is published")
    for each in result.changes:
        out.print(f"  {each.told}", soft_wrap=True, markup=False)
    if result.drifted:
        out.print(f"[yellow]{', '.join(result.drifted)} changed since: compared with the edition as it would be now[/]")
    if result.reproduced is False:
        out.print("[red]computed anew, the edition has other hits than were published; do not rely on the counts[/]")
    _table(_spoken(found.balance))
    if found.tier_moves.height:
        _table(found.tier_moves)
    moved = found.warnings.filter((found.warnings["raised"] + found.warnings["dropped"]) > 0)
    if moved.height:
        _table(moved)
    if result.costs.touched:
        _table(_priced(result))
    out.print(
        f"{found.families.height:,} families differ; {found.rescored:,} listed in both have another score, "
        f"{found.reclassed:,} other difficulty classes",
        soft_wrap=True,
    )
    if result.path is not None:
        out.print(f"{result.path} written", soft_wrap=True)
    elif found.families.height:
        out.print("-o FILE writes who changes and why")


def _spoken(balance: "pl.DataFrame") -> "pl.DataFrame":
    """The balance in four columns, so that it fits a narrow terminal."""
    import polars as pl  # noqa: PLC0415

    return balance.select(
        pl.col("dimension").alias("by"),
        "value",
        *[
            pl.format(
                "{} +{} -{} = {}", *[pl.col(f"{what}_{when}") for when in ("before", "in", "out", "after")]
            ).alias(what)
            for what in ("families", "people")
        ],
    )


def _priced(result: "WhatIf") -> "pl.DataFrame":
    """The entitled and their cost, of the allowances that differ; in yuan."""
    import polars as pl  # noqa: PLC0415

    counts = [pl.col(f"people_{when}") for when in ("before", "in", "out", "after")]
    return result.costs.balance.filter(pl.col("allowance_kind").is_in(result.costs.touched)).select(
        pl.col("allowance_kind").alias("allowance"),
        pl.when(pl.col("street_code") == "").then(pl.lit("all")).otherwise("street_code").alias("street"),
        pl.format("{} +{} -{} = {}", *counts).alias("entitled"),
        (pl.col("monthly_fen_more") // _FEN).alias("yuan_a_month"),
        (pl.col("yearly_fen_more") // _FEN).alias("yuan_a_year"),
    )


def _table(rows: "pl.DataFrame") -> None:
    from rich.table import Table  # noqa: PLC0415

    table = Table()
    for name, dtype in rows.schema.items():
        table.add_column(name.replace("_", " "), justify="right" if dtype.is_integer() else "left")
    for row in rows.iter_rows():
        table.add_row(*("–" if value is None else str(value) for value in row))
    out.print(table)
