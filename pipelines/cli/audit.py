"""`doudi audit`: the auditor's workbench.

What belongs here: options and what is printed. Drawing, testing and reporting stand in `registry.auditing`.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.common import AsOf, Json, actor, day, emit, home, out

if TYPE_CHECKING:
    import polars as pl

    from assets.workspace import Workspace
    from registry.auditing.sampling import Request, Sample
    from registry.queries import EditionInfo
    from registry.roles import Actor
    from rules.parameters import ParametersAt

__all__ = ["Desk", "app", "open_desk", "table"]

app = typer.Typer(
    help="The auditor's workbench: samples, tests over everything, reports, papers.", no_args_is_help=True
)

_ROLE = "auditor"
_SHOWN = ("no", "stratum", "item", "projected")

Confidence = Annotated[str | None, typer.Option(help="Confidence in percent; default: the parameter.")]
Tolerable = Annotated[
    str | None, typer.Option(help="Tolerable share of deviations in percent; default: the parameter.")
]
Expected = Annotated[str | None, typer.Option(help="Expected share of deviations in percent; default: the parameter.")]
Strata = Annotated[str | None, typer.Option(help="By what to divide, such as street,tier; '' for not at all.")]
Since = Annotated[str, typer.Option("--since", metavar="YYYY-MM-DD", help="Of decisions: first day they were taken.")]
Until = Annotated[str, typer.Option("--until", metavar="YYYY-MM-DD", help="Of decisions: last day they were taken.")]


@dataclass(frozen=True, slots=True)
class Desk:
    """What every command of the workbench works on."""

    workspace: "Workspace"
    edition: "EditionInfo"
    actor: "Actor"

    @property
    def parameters(self) -> "ParametersAt":
        """The values in force on the day of the edition."""
        return self.workspace.parameters.as_of(self.edition.as_of)

    def computed(self, names: Iterable[str]) -> "Mapping[str, pl.LazyFrame]":
        """Tables that the edition was computed from; raises `StaleStageError` when they are kept no longer."""
        from assets.computed import edition_tables  # noqa: PLC0415

        return edition_tables(self.workspace, self.edition, names)

    def needed(self, request: "Request") -> "Mapping[str, pl.LazyFrame]":
        """The computed tables that a draw reads."""
        from registry.auditing.nearest import READS  # noqa: PLC0415
        from registry.auditing.populations import COMPUTED, OMISSIONS  # noqa: PLC0415

        return self.computed({*READS, *COMPUTED}) if request.kind == OMISSIONS else {}


@contextmanager
def open_desk(as_of: str = "") -> Iterator[Desk]:
    """The edition that answers for a day, and the auditor who asks."""
    from assets.workspace import Workspace  # noqa: PLC0415
    from registry.queries import require_edition  # noqa: PLC0415
    from registry.roles import Actor  # noqa: PLC0415

    who = Actor(actor(), _ROLE)
    workspace = Workspace(home())
    try:
        yield Desk(workspace, require_edition(workspace.engine, day(as_of, "--as-of")), who)
    finally:
        workspace.close()


@app.command()
def sample(  # noqa: PLR0913, PLR0917  # the choices of whoever draws
    population: Annotated[str, typer.Argument(help="entries, omissions, decisions or closed (warnings).")] = "entries",
    confidence: Confidence = None,
    tolerable: Tolerable = None,
    expected: Expected = None,
    size: Annotated[int | None, typer.Option(min=1, help="Draw so many, whatever the figures would ask for.")] = None,
    strata: Strata = None,
    seed: Annotated[str, typer.Option(help="Seed; without it one is made and recorded.")] = "",
    since: Since = "",
    until: Until = "",
    again: Annotated[int | None, typer.Option(help="Draw anew what the audit event of this number recorded.")] = None,
    as_of: AsOf = "",
    limit: Annotated[int, typer.Option(min=1, help="Rows to show.")] = 20,
    json: Json = False,  # noqa: FBT002
) -> None:
    """Draw a random sample, stratified and recorded so that anybody can draw it again."""
    from registry.auditing.sampling import again as draw_again  # noqa: PLC0415
    from registry.auditing.sampling import draw_sample, recorded_request  # noqa: PLC0415

    chosen = None if strata is None else tuple(each.strip() for each in strata.split(",") if each.strip())
    with open_desk(as_of) as desk:
        engine = desk.workspace.engine
        if again is None:
            figures = {"confidence": confidence, "tolerable": tolerable, "expected": expected}
            period = {"since": day(since, "--since"), "until": day(until, "--until")}
            request = _asked(desk, population, seed=seed, strata=chosen, size=size, **figures, **period)
            drawn = draw_sample(engine, desk.edition, request, desk.needed(request), desk.parameters, actor=desk.actor)
        else:
            request, edition, _ = recorded_request(engine, again)
            then = Desk(desk.workspace, edition, desk.actor)
            drawn = draw_again(engine, again, then.needed(request), then.parameters, actor=desk.actor)
    _tell(drawn, limit, json=json)


def _asked(desk: Desk, population: str, **given: Any) -> "Request":
    """The request; figures that cannot hold together are bad usage."""
    from pipelines.errors import UsageError  # noqa: PLC0415
    from registry.auditing.sampling import Request  # noqa: PLC0415
    from registry.errors import SamplingError  # noqa: PLC0415

    try:
        return Request.of(population, desk.parameters, **given)
    except SamplingError as error:
        raise UsageError(str(error)) from None


def _tell(drawn: "Sample", limit: int, *, json: bool) -> None:
    limits = [{"found": each, "at_most": most, "tolerable": good} for each, most, good in drawn.limits]
    if json:
        emit({**drawn.told(), "event": drawn.event, "query": drawn.query, "limits": limits,
              "strata": drawn.strata.to_dicts(), "rows": drawn.rows.to_dicts()})  # fmt: skip
        return
    told: dict[str, Any] = drawn.told()
    out.print(
        f"{told['drawn']} of {told['items']:,} {told['population']} as of {drawn.as_of}, seed {told['seed']}, "
        f"audit event {drawn.event}; {told['size']} are projected, with up to {told['allowed']} deviations the "
        "population is found good",
        soft_wrap=True,
    )
    table(drawn.rows.select(_SHOWN), limit)
    for each in limits:
        good = "tolerable" if each["tolerable"] else "not tolerable"
        out.print(f"{each['found']} deviations found: up to {each['at_most']:,} among all, {good}")


def table(rows: "pl.DataFrame", limit: int) -> None:
    """Rows on the terminal, ids whole."""
    from rich.table import Table  # noqa: PLC0415

    shown = Table()
    for name in rows.columns:
        shown.add_column(name, overflow="fold")
    for row in rows.head(limit).iter_rows():
        shown.add_row(*["" if each is None else str(each) for each in row])
    out.print(shown)
    if rows.height > limit:
        out.print(f"{limit} of {rows.height:,}")
