"""`doudi sample`, `run` and `demo`: from delivered files to editions.

What belongs here: options and the order of calls. The work is done in `pipelines.run` and below.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.common import FOUND_WRONG, AsOf, Json, day, emit, home, out, progress_bar

if TYPE_CHECKING:
    from pipelines.run import RunReport
    from schemas.settings import Settings

__all__ = ["register"]

People = Annotated[int, typer.Option(min=100, help="Residents of the sample district.")]
Months = Annotated[int, typer.Option(min=1, max=60, help="Months of deliveries.")]
Seed = Annotated[int, typer.Option(help="The same seed makes the same district.")]
Dirt = Annotated[float, typer.Option(min=0.0, max=1.0, help="Share of rows that departments get wrong; 0 is clean.")]
FirstMonth = Annotated[
    str, typer.Option(metavar="YYYY-MM", help="Folder of the first deliveries; default: so that the last is 2026-06.")
]


Troubles = Annotated[
    bool,
    typer.Option(
        "--troubles",
        help="Let deliveries of the last two months be late, missing, shrunk, doubled or drifting; declared in truth/.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(sample)
    app.command()(run)
    app.command()(demo)


def sample(
    people: People = 20_000,
    months: Months = 6,
    seed: Seed = 7,
    dirt: Dirt = 0.02,
    out_dir: Annotated[Path | None, typer.Option("--out", help="Folder for landing/ and truth/.")] = None,
    first_month: FirstMonth = "",
    troubles: Troubles = False,  # noqa: FBT002
    json: Json = False,  # noqa: FBT002
) -> None:
    """Make a sample district: what its departments deliver, and who truly belongs to which group."""
    from pipelines.district import SampleArguments, first_folder, make_sample  # noqa: PLC0415

    folder = out_dir or home().home
    first = first_month or first_folder(months)
    arguments = SampleArguments(
        people=people, months=months, seed=seed, dirt=dirt, first_month=first, troubles=troubles
    )
    with progress_bar(quiet=json) as progress:
        made = make_sample(arguments, folder, progress)
    if json:
        emit({"out": folder, "made": made})
    else:
        out.print(f"{folder / 'landing'} and {folder / 'truth'} {'made' if made else 'are there already'}")


def run(
    landing: Annotated[Path | None, typer.Option(help="Where departments deliver; default: landing/ at home.")] = None,
    as_of: AsOf = "",
    json: Json = False,  # noqa: FBT002
) -> None:
    """Take in what is new in the landing directory and publish the editions that it changes."""
    from pipelines.run import run as drive  # noqa: PLC0415

    chosen = home(landing=landing)
    with progress_bar(quiet=json) as progress:
        report = drive(chosen, as_of=day(as_of, "--as-of"), progress=progress)
    _finish(chosen, report, json=json)


def demo(
    people: People = 20_000,
    months: Months = 6,
    seed: Seed = 7,
    dirt: Dirt = 0.02,
    json: Json = False,  # noqa: FBT002
) -> None:
    """The whole of it on a sample district: deliveries, an edition a month, and what to try next."""
    from pipelines.district import SampleArguments, first_folder, make_sample  # noqa: PLC0415

    chosen = home()
    arguments = SampleArguments(people=people, months=months, seed=seed, dirt=dirt, first_month=first_folder(months))
    with progress_bar(quiet=json) as progress:
        make_sample(arguments, chosen.home, progress)
        from pipelines.run import run as drive  # noqa: PLC0415

        report = drive(chosen, progress=progress)
        made = _sample_accounts(chosen)
    _finish(chosen, report, made, json=json)


def _sample_accounts(settings: "Settings") -> list[tuple[str, str, str, str]]:
    from assets.workspace import Workspace  # noqa: PLC0415
    from registry.accounts.samples import sample_accounts  # noqa: PLC0415

    workspace = Workspace(settings)
    try:
        return sample_accounts(workspace.engine, settings)
    finally:
        workspace.close()


def _finish(
    settings: "Settings", report: "RunReport", made: Sequence[tuple[str, str, str, str]] = (), *, json: bool
) -> None:
    from pipelines.cli.users import show_accounts  # noqa: PLC0415
    from pipelines.summary import show, summarise  # noqa: PLC0415

    with progress_bar(quiet=json) as progress:
        progress.begin("Writing the lists")
        summary = summarise(settings, report)
    if json:
        emit(summary.as_dict() | {"accounts": [{"name": name, "password": given} for name, given, *_ in made]})
    else:
        show(summary, out)
        if made:
            show_accounts(made)
    if not report.good:
        raise typer.Exit(FOUND_WRONG)
