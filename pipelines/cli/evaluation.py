"""`doudi model evaluate`: the way models are trained, on any table with a feature spec; how evaluations are printed.

What belongs here: options and what is printed. Reading stands in `scoring.foreign`, measuring in `scoring.evaluated`.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.common import Json, day, emit, err, out

if TYPE_CHECKING:
    from scoring.evaluated import Evaluation
    from scoring.intervals import Interval

__all__ = ["register", "tell_evaluation"]


def register(app: typer.Typer) -> None:
    """Add the command of this module to those about models."""
    app.command()(evaluate)


def evaluate(
    table: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="CSV or Parquet file.")],
    spec: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="YAML file that declares its features.")],
    at: Annotated[
        list[str] | None,
        typer.Option(metavar="YYYY-MM-DD", help="Cut-off; may be given again. Default: the latest three."),
    ] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="HTML file to write, with plots.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of everything random.")] = 0,
    json: Json = False,  # noqa: FBT002
) -> None:
    """Evaluate the additive model and its peers on any table of households, forward in time; nothing is kept."""
    from portal.evaluation_page import write_evaluation  # noqa: PLC0415  # slow to import
    from scoring.evaluated import evaluated  # noqa: PLC0415
    from scoring.foreign import cut_offs_of, read_spec, read_table  # noqa: PLC0415

    dates = [each for each in (day(text, "--at") for text in at or []) if each]
    declared = read_spec(spec)
    read = read_table(table, declared)
    with err.status("evaluating"):
        found = evaluated(cut_offs_of(read, dates, seed=seed), seed=seed)
    told = f"{read.rows.height:,} rows, {int(read.rows['needed'].sum()):,} cases, {read.left_out} rows without outcome"
    if output is not None:
        write_evaluation(found, output, title=declared.title, told=[declared.source, told])
    if json:
        emit({"title": declared.title, "rows": read.rows.height, "left_out": read.left_out,
              "evaluation": found.model_dump(mode="json"), "path": output})  # fmt: skip
        return
    out.print(f"{declared.title}: {told}", soft_wrap=True)
    tell_evaluation(found)
    if output is not None:
        out.print(f"{output} written", soft_wrap=True)


def tell_evaluation(found: "Evaluation") -> None:
    """Each measure of each scorer with its interval, and where the model is surely better or worse."""
    from rich import box  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    for part in found.parts:
        out.print(
            f"{part.on}: learnt from {part.trained_rows:,} rows with {part.trained_cases:,} cases, "
            f"measured on {part.rows:,} with {part.cases:,}",
            soft_wrap=True,
        )
    table = Table(
        box=box.SIMPLE,
        show_edge=False,
        padding=(0, 1, 0, 0),
        caption=f"means over {len(found.parts)}, 95 % by households",
    )
    for heading in ("", *found.measures):
        table.add_column(heading.replace("scorecard", "card"), overflow="fold")
    names = {name: None for measures in found.measures.values() for name in measures}
    for name in names:
        cells = (measures.get(name) for measures in found.measures.values())
        table.add_row(
            name.replace("average_precision", "pr_auc"),
            *("" if each is None else "\n".join(_figures(name, each)) for each in cells),
        )
    out.print(table)
    for scorer, measures in found.above.items():
        surely = [f"{name} {each.value:+.3f}" for name, each in measures.items() if each.low > 0 or each.high < 0]
        out.print(f"additive less {scorer}, beyond chance: {', '.join(surely) or 'nothing'}", soft_wrap=True)


def _figures(name: str, found: "Interval") -> tuple[str, str]:
    """A measure and its interval, short enough for seven columns in a window of eighty."""
    value, low, high = (
        f"{each:.1f}" if name.startswith("lift") else f"{each:.3f}" for each in (found.value, found.low, found.high)
    )
    return value, f"{low.removeprefix('0')}–{high.removeprefix('0')}"
