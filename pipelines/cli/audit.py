"""`doudi audit`: the auditor's workbench.

What belongs here: options and what is printed. Drawing, testing and reporting stand in `registry.auditing`.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.common import FOUND_WRONG, AsOf, Json, actor, day, emit, err, home, out
from schemas.errors import UnknownNameError

if TYPE_CHECKING:
    import polars as pl

    from assets.workspace import Workspace
    from registry.auditing.examining import Finding, PopulationTest
    from registry.auditing.sampling import Request, Sample
    from registry.queries import EditionInfo
    from registry.roles import Actor
    from rules.parameters import ParametersAt

__all__ = ["Desk", "app", "open_desk", "table"]

app = typer.Typer(
    help="The auditor's workbench: samples, tests over everything, reports, papers.", no_args_is_help=True
)

_ROLE = "auditor"
_POPULATIONS = "entries, omissions, decisions, closed (warnings) or cases (closed ones)."
_SHOWN = ("no", "stratum", "item", "projected")

Confidence = Annotated[str | None, typer.Option(help="Confidence in percent; default: the parameter.")]
Tolerable = Annotated[
    str | None, typer.Option(help="Tolerable share of deviations in percent; default: the parameter.")
]
Expected = Annotated[str | None, typer.Option(help="Expected share of deviations in percent; default: the parameter.")]
Strata = Annotated[str | None, typer.Option(help="By what to divide, such as street,tier; '' for not at all.")]
Since = Annotated[
    str,
    typer.Option("--since", metavar="YYYY-MM-DD", help="Of decisions and closed cases: the first day."),
]
Until = Annotated[
    str,
    typer.Option("--until", metavar="YYYY-MM-DD", help="Of decisions and closed cases: the last day."),
]


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
    population: Annotated[str, typer.Argument(help=_POPULATIONS)] = "entries",
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


@app.command("tests")
def population_tests(
    names: Annotated[list[str] | None, typer.Argument(help="Tests to run; default: all.")] = None,
    listing: Annotated[bool, typer.Option("--list", help="Show the catalogue and what each test proves.")] = False,  # noqa: FBT002
    show_query: Annotated[bool, typer.Option("--query", help="Also show the query of each test.")] = False,  # noqa: FBT002
    as_of: AsOf = "",
    limit: Annotated[int, typer.Option(min=1, help="Exceptions to show of each test.")] = 10,
    json: Json = False,  # noqa: FBT002
) -> None:
    """Run tests over whole populations; exit 1 when one found an exception."""
    from registry.auditing.catalogue import CATALOGUE  # noqa: PLC0415

    if listing:
        _catalogue(json=json)
        return
    for each in names or ():
        if each not in CATALOGUE:
            raise UnknownNameError("test", each, CATALOGUE)
    chosen = [CATALOGUE[each] for each in names or CATALOGUE]
    with open_desk(as_of) as desk:
        found = examine(desk, chosen)
    if json:
        emit(
            {"edition": desk.edition.edition_id, "as_of": desk.edition.as_of, "tests": [_plain(each) for each in found]}
        )
    else:
        for finding in found:
            _tell_finding(finding, limit, show_query=show_query)
        states = [finding.state for finding in found]
        out.print(f"{states.count('passed')} passed, {states.count('exceptions')} with exceptions, "
                  f"{states.count('not_run')} not run")  # fmt: skip
    if any(each.state == "exceptions" for each in found):
        raise typer.Exit(FOUND_WRONG)


def examine(desk: Desk, chosen: "list[PopulationTest]") -> "list[Finding]":
    """Run tests on the edition of the desk with all that can still be had, and record that they were run."""
    from assets.state import previous_state  # noqa: PLC0415
    from pipelines.passed_checks import passed_runs  # noqa: PLC0415
    from registry.auditing.examining import Examined  # noqa: PLC0415
    from registry.auditing.sampling import AUDIT  # noqa: PLC0415
    from registry.auditing.working import recorded_tests, run_ids  # noqa: PLC0415
    from registry.roles import require  # noqa: PLC0415
    from registry.stage_files import StaleStageError  # noqa: PLC0415

    require(desk.actor, AUDIT)
    computed: Mapping[str, pl.LazyFrame] | None = None
    previous: Mapping[str, pl.LazyFrame] | None = None
    if any({"computed", "previous"} & {*each.needs} for each in chosen):
        try:
            computed = desk.computed(("members", "hits"))
            month = f"{desk.edition.as_of:%Y-%m}"
            previous = previous_state(desk.workspace.for_run(desk.edition.as_of), month)
        except StaleStageError:
            err.print("[yellow]the tables behind the edition are kept no longer; some tests cannot be run[/yellow]")
    engine, settings = desk.workspace.engine, desk.workspace.settings
    checked = passed_runs(settings, run_ids(engine)) if any("checked" in each.needs for each in chosen) else None
    examined = Examined(
        engine=engine, settings=settings, edition=desk.edition, today=desk.workspace.today,
        parameters=desk.parameters, computed=computed, previous=previous, checked=checked,
    )  # fmt: skip
    return recorded_tests(chosen, examined, actor=desk.actor)


@app.command()
def report(
    limit: Annotated[int, typer.Option(min=1, help="Rows to show of each report.")] = 10,
    json: Json = False,  # noqa: FBT002
) -> None:
    """Overrides, decisions by one alone, access outside an area, at odd hours, in bulk; exit 1 when there are any."""
    from registry.auditing.reports import reports  # noqa: PLC0415

    with open_desk() as desk:
        engine, settings = desk.workspace.engine, desk.workspace.settings
        found = reports(engine, settings, desk.parameters, actor=desk.actor)
    if json:
        emit({each.name: {"title": each.title, "query": each.query, "flagged": each.flagged,
                          "rows": each.rows.to_dicts()} for each in found})  # fmt: skip
    else:
        for each in found:
            out.print(f"{each.name}（{each.title}）: {each.flagged:,}", soft_wrap=True)
            if each.rows.height:
                table(each.rows, limit)
    if any(each.flagged for each in found):
        raise typer.Exit(FOUND_WRONG)


@app.command()
def papers(
    output: Annotated[Path, typer.Option("-o", "--output", help="Workbook to write.")],
    populations: Annotated[str, typer.Option(help="What to draw from.")] = "entries,omissions,decisions,closed,cases",
    seed: Annotated[str, typer.Option(help="Seed of all draws; without it one is made and recorded.")] = "",
    unmask: Annotated[bool, typer.Option("--unmask", help="Name the persons; for who may, and recorded.")] = False,  # noqa: FBT002
    purpose: Annotated[str, typer.Option(help="What the papers are for.")] = "审计检查",
    as_of: AsOf = "",
    json: Json = False,  # noqa: FBT002
) -> None:
    """Working papers as XLSX: samples, tests with their exceptions, reports, each with its query."""
    from registry.auditing.catalogue import CATALOGUE  # noqa: PLC0415
    from registry.auditing.papers import write_papers  # noqa: PLC0415
    from registry.auditing.reports import reports  # noqa: PLC0415
    from registry.auditing.sampling import draw_sample  # noqa: PLC0415

    kinds = [each.strip() for each in populations.split(",") if each.strip()]
    with open_desk(as_of) as desk:
        engine, settings, at = desk.workspace.engine, desk.workspace.settings, desk.parameters
        requests = [_asked(desk, each, seed=seed) for each in kinds]
        samples = [
            draw_sample(engine, desk.edition, each, desk.needed(each), at, actor=desk.actor) for each in requests
        ]
        findings = examine(desk, list(CATALOGUE.values()))
        told = reports(engine, settings, at, actor=desk.actor)
        path = write_papers(
            engine, settings, desk.edition, actor=desk.actor, path=output, samples=samples, findings=findings,
            told=told, unmask=unmask, purpose=purpose,
        )  # fmt: skip
    wrong = {each.test.name: each.exceptions.height for each in findings if each.state == "exceptions"}
    if json:
        emit({"path": path, "samples": [{**each.told(), "event": each.event} for each in samples],
              "exceptions": wrong, "reports": {each.name: each.flagged for each in told}})  # fmt: skip
    else:
        out.print(
            f"{path}: {len(samples)} samples, {len(findings)} tests, {len(wrong)} of them with exceptions",
            soft_wrap=True,
        )
    if wrong:
        raise typer.Exit(FOUND_WRONG)


def _catalogue(*, json: bool) -> None:
    import polars as pl  # noqa: PLC0415

    from registry.auditing.catalogue import CATALOGUE  # noqa: PLC0415

    rows = [{"test": each.name, "title": each.title, "proves": each.proves} for each in CATALOGUE.values()]
    if json:
        emit([{**row, "query": CATALOGUE[row["test"]].query} for row in rows])
    else:
        table(pl.DataFrame(rows), len(rows))


def _plain(found: "Finding") -> dict[str, Any]:
    return {
        "test": found.test.name, "title": found.test.title, "proves": found.test.proves, "state": found.state,
        "not_run": found.not_run, "query": found.query, "count": found.exceptions.height,
        "exceptions": found.exceptions.to_dicts(),
    }  # fmt: skip


def _tell_finding(found: "Finding", limit: int, *, show_query: bool) -> None:
    colour = {"passed": "green", "exceptions": "red", "not_run": "yellow"}[found.state]
    told = found.not_run or (f"{found.exceptions.height:,} exceptions" if found.exceptions.height else "none found")
    out.print(f"[{colour}]{found.state}[/{colour}] {found.test.name}（{found.test.title}）: {told}", soft_wrap=True)
    if show_query:
        out.print(found.query, markup=False, soft_wrap=True)
    if found.exceptions.height:
        table(found.exceptions, limit)


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
