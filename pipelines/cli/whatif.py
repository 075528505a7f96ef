"""`doudi whatif`: what other parameters would change.

What belongs here: options and what is printed. What is computed stands in `registry.whatif`.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.common import AsOf, Json, Role, acting, day, emit, err, home, out

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from registry.whatif_result import WhatIf

__all__ = ["register"]

_FEN = 100
_STEPS = {
    "state": "finding the state of the month before",
    "before": "computing the edition as it is",
    "after": "computing the edition under changed parameters",
}
_HOLDING = {
    "from_day": "the values hold from the day of the edition on",
    "all_along": "as if the values had always held, all months computed anew",
}
_CHANGES = {
    "entered": "enter",
    "not_left": "do not leave, as they did in this month",
    "left": "leave by rule",
    "not_entered": "would not be listed",
    "proposed": "are proposed to leave, and stay until a person confirms",
    "unproposed": "are no longer proposed to leave",
    "tier_changed": "have another tier",
    "layer_changed": "have another layer",
    "moved": "are told in another street",
    "group_changed": "differ in groups alone",
}

Set = Annotated[
    list[str],
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="A parameter and its other value; once a parameter, commas in lists, bands and mappings in YAML.",
    ),
]
Output = Annotated[Path | None, typer.Option("-o", "--output", help="Workbook of who changes and why.")]

AllAlong = Annotated[
    bool,
    typer.Option(
        "--all-along",
        help="As if the values had always held: all months are computed anew. Without it they hold from the day on.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(whatif)


def whatif(
    changed: Set,
    as_of: AsOf = "",
    output: Output = None,
    all_along: AllAlong = False,  # noqa: FBT002
    role: Role = "district_staff",
    json: Json = False,  # noqa: FBT002
) -> None:
    """An edition under other parameters beside the published one. Nothing is published."""
    from assets.workspace import Workspace  # noqa: PLC0415
    from registry.casework.desk import Desk  # noqa: PLC0415
    from registry.whatif import ALL_ALONG, FROM_DAY  # noqa: PLC0415
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
                start=ALL_ALONG if all_along else FROM_DAY,
                output=output,
                report=lambda step, month: status.update(f"{_STEPS[step]} {month} …"),
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
        "start": result.start,
        "started_from": result.base,
        "recomputed_for": result.drifted,
        "newer": result.newer,
        "counts": found.counts,
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
    out.print(
        f"  {_HOLDING[result.start]}; both sides start from {result.base}"
        if result.start == "from_day"
        else f"  {_HOLDING[result.start]}"
    )
    _caveats(result)
    _table(_told(found.counts))
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


def _caveats(result: "WhatIf") -> None:
    """What a reader has to know before the counts."""
    if result.newer:
        out.print(f"[yellow]{', '.join(result.newer)} of later days do not count[/]")
    if result.reproduced:
        out.print("  checked: with nothing changed, the edition computed anew is the published one to the row")
        return
    if result.drifted:
        out.print(
            f"[yellow]{', '.join(result.drifted)} changed since: computed anew, the edition is not to the row what was "
            "published; both sides are as they would be now[/]"
        )
    else:
        out.print("[red]computed anew, the edition is not what was published; do not rely on the counts[/]")


def _told(counts: "Mapping[str, int]") -> "pl.DataFrame":
    """How many families differ in which way, in words."""
    import polars as pl  # noqa: PLC0415

    rows = [(_CHANGES[change], number) for change, number in counts.items() if number]
    return pl.DataFrame(rows, schema={"families that": pl.String(), "count": pl.Int64()}, orient="row")


def _spoken(balance: "pl.DataFrame") -> "pl.DataFrame":
    """The balance in few columns, for a narrow terminal; families proposed to leave are among those after."""
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
        pl.format("+{} -{}", "families_proposed", "families_unproposed").alias("proposed to leave"),
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
        table.add_column(
            name.replace("_", " "), justify="right" if dtype.is_integer() else "left", no_wrap=name == "value"
        )
    for row in rows.iter_rows():
        table.add_row(*("–" if value is None else str(value) for value in row))
    out.print(table)
