"""`doudi rules`: the rule book.

What belongs here: how rules and their parameters are printed, and how the officials' cases are run.
"""

from collections.abc import Callable, Iterable
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.common import FOUND_WRONG, AsOf, Json, day, emit, home, out, today
from pipelines.errors import UsageError

if TYPE_CHECKING:
    from editions.rulebook import RulePage
    from editions.scenarios import ScenarioResult
    from registry.limits import LimitResult
    from rules.parameters import Parameters

__all__ = ["app"]

app = typer.Typer(help="The rule book: what each rule says, from which numbers, by which law.", no_args_is_help=True)


@app.command("list")
def list_rules(json: Json = False) -> None:  # noqa: FBT002
    """Every group and warning, and the subjects; with the counts of the last published month."""
    from rich.table import Table  # noqa: PLC0415

    from editions.rulebook import KINDS, rule_pages  # noqa: PLC0415
    from rules.parameters import load_parameters  # noqa: PLC0415

    parameters = load_parameters(home().parameters_dir)
    pages = rule_pages(parameters).values()
    known = _measured()
    if json:
        emit(
            [
                {"id": each.id, "kind": each.kind, "title": each.title, "title_en": each.title_en}
                | {"measured": known.get(each.id)}
                for each in pages
            ]
        )
        return
    table = Table(box=None, padding=(0, 1), pad_edge=False)
    table.add_column("rule", no_wrap=True)
    table.add_column("title", overflow="fold")
    table.add_column("last month", justify="right", no_wrap=True)
    for kind, title in KINDS.items():
        table.add_row(f"[bold]{title}[/]")
        for each in pages:
            if each.kind == kind:
                months = known[each.id]["months"] if each.id in known else []
                table.add_row(each.id, each.title, _count(months[-1]["count"]) if months else "")
    out.print(table)
    _print_overlaid(_overlaid(parameters))


def _overlaid(parameters: "Parameters", names: Iterable[str] | None = None) -> list[dict[str, Any]]:
    """What the installation's overlays change, by parameter and date; of `names` alone where they are given."""
    from dataclasses import asdict  # noqa: PLC0415

    from rules.parameters.overlaid import overlaid_values, plain  # noqa: PLC0415

    wanted = None if names is None else set(names)
    return [
        asdict(each) | {"value": plain(each.value), "shipped": plain(each.shipped)}
        for each in overlaid_values(parameters)
        if wanted is None or each.parameter in wanted
    ]


def _print_overlaid(rows: list[dict[str, Any]]) -> None:
    for each in rows:
        shipped = "none in force" if each["shipped"] is None else each["shipped"]
        out.print(
            f"[yellow]overlay[/] {each['parameter']} from {each['since']}: {each['value']} (shipped: {shipped})",
            soft_wrap=True,
        )


@app.command()
def show(
    rule: Annotated[str, typer.Argument(help="Id of the rule, for example low_income_family.")],
    as_of: AsOf = "",
    sql: Annotated[bool, typer.Option("--sql", help="Print the rule as SQL, and nothing else.")] = False,  # noqa: FBT002
    json: Json = False,  # noqa: FBT002
) -> None:
    """One page of the rule book: law, question, parameters, predicates, cases, and what was measured."""
    from editions.rulebook import rule_page, sql_of  # noqa: PLC0415
    from rules.parameters import load_parameters  # noqa: PLC0415

    at = day(as_of, "--as-of") or today()
    parameters = load_parameters(home().parameters_dir)
    page = rule_page(rule, parameters)
    if sql:
        statement, missing = sql_of(page.id)
        out.print(statement or missing, soft_wrap=True, markup=False, highlight=False)
        return
    document = _document(page, parameters, at)
    if json:
        emit(document)
    else:
        _print(document, at)


@app.command("test")
def run_cases(
    case: Annotated[str, typer.Option(help="Only cases whose name or title holds this text.")] = "",
    directory: Annotated[
        Path | None, typer.Option("--dir", help="A folder of the bureau's own cases, run after the shipped ones.")
    ] = None,
    json: Json = False,  # noqa: FBT002
) -> None:
    """Run the cases that say what the rules mean; exit with 1 when one does not hold."""
    from rules.parameters import load_parameters  # noqa: PLC0415

    if directory is not None and not directory.is_dir():
        raise UsageError(f"--dir {str(directory)!r} is no folder")
    # The shipped cases speak of the shipped values, the bureau's own of those in force here.
    own = [] if directory is None else _runs(case, directory, load_parameters(home().parameters_dir))
    runs = [*_runs(case, None, load_parameters()), *own]
    if not runs:
        raise UsageError(f"--case {case!r} is in the name or title of no case")
    results = [run() for run in runs]
    files = _by_file(results)
    failures = [_failure(each) for each in results if not each.passed]
    if json:
        emit({"cases": len(results), "held": len(results) - len(failures), "files": files, "failures": failures})
    else:
        _print_results(files, failures)
    if failures:
        raise typer.Exit(FOUND_WRONG)


def _runs(
    case: str, directory: Path | None, parameters: "Parameters"
) -> "list[Callable[[], ScenarioResult | LimitResult]]":
    """The chosen cases of a folder (None: the shipped ones), ready to be run; those of families first."""
    from editions.scenarios import load_scenarios, run_scenario  # noqa: PLC0415
    from registry.limits import load_limits, run_limit  # noqa: PLC0415

    families, limits = load_scenarios(directory), load_limits(directory)
    return [
        *(partial(run_scenario, each, parameters) for each in families if case in each.source or case in each.title),
        *(partial(run_limit, each, parameters) for each in limits if case in each.source or case in each.title),
    ]


def _by_file(results: Iterable["ScenarioResult | LimitResult"]) -> dict[str, dict[str, int]]:
    files: dict[str, dict[str, int]] = {}
    for each in results:
        counts = files.setdefault(each.scenario.source.partition(".")[0], {"cases": 0, "held": 0})
        counts["cases"] += 1
        counts["held"] += each.passed
    return files


def _failure(result: "ScenarioResult | LimitResult") -> dict[str, Any]:
    return {
        "case": result.scenario.source,
        "title": result.scenario.title,
        "expected": {name: result.expected[name] for name in result.wrong},
        "found": {name: result.found[name] for name in result.wrong},
    }


def _print_results(files: dict[str, dict[str, int]], failures: list[dict[str, Any]]) -> None:
    from rich.markup import escape  # noqa: PLC0415

    for name, counts in files.items():
        out.print(f"{name}: {counts['held']} of {counts['cases']} hold")
    for each in failures:
        out.print(f"[bold]{escape(each['title'])}[/bold]  {each['case']}", soft_wrap=True)
        for name in each["expected"]:
            told = f"  {name}: expected {each['expected'][name]}, found {each['found'][name]}"
            out.print(escape(told), soft_wrap=True)


def _measured() -> dict[str, dict[str, Any]]:
    """What was measured with each rule in this installation; nothing where none was made yet."""
    from dataclasses import asdict  # noqa: PLC0415

    from registry.engine import make_engine  # noqa: PLC0415
    from registry.precision import told_precision  # noqa: PLC0415
    from registry.rulebook import measured, told_outcomes  # noqa: PLC0415
    from rules.parameters import load_parameters  # noqa: PLC0415

    settings = home()
    if not settings.database_url and not (settings.home / "registry.db").is_file():
        return {}
    engine = make_engine(settings)
    try:
        found = measured(engine, settings, load_parameters(settings.parameters_dir).as_of(today()))
    finally:
        engine.dispose()
    return {
        name: asdict(each) | {"told": told_precision(each.precision), "closed": told_outcomes(each.outcomes)}
        for name, each in found.items()
    }


def _count(count: int | None) -> str:
    return "few" if count is None else f"{count:,}"


def _document(page: "RulePage", parameters: "Parameters", at: date) -> dict[str, Any]:
    from editions.rulebook import sql_of  # noqa: PLC0415

    statement, missing = sql_of(page.id)
    return {
        "id": page.id,
        "kind": page.kind,
        "title": page.title,
        "title_en": page.title_en,
        "laws": page.laws,
        "lines": page.lines,
        "question": page.question,
        "same_fact": page.same_fact,
        "due_working_days": page.due.at(at).value if page.due else None,
        "predicates": page.predicates,
        "reads": page.reads,
        "parameters": {
            each.name: {
                "title": each.title,
                "unit": each.unit,
                "status": each.status,
                "last_reviewed": each.last_reviewed,
                "overlaid": each.name in parameters.overlaid,
                "in_force": next((held.since for held in reversed(each.values) if held.since <= at), None),
                "values": [
                    {"since": held.since, "value": held.value, "citation": held.citation} for held in each.values
                ],
            }
            for each in page.parameters
        },
        "overlaid": _overlaid(parameters, (each.name for each in page.parameters)),
        "cases": [
            {"case": each.name, "title": each.title, "as_of": each.as_of, "outcome": each.outcome}
            for each in page.cases
        ],
        "sql": statement,
        "sql_missing": missing,
        "measured": _measured().get(page.id),
    }


def _print(document: dict[str, Any], at: date) -> None:
    from rich.table import Table  # noqa: PLC0415

    from editions.rulebook import KINDS  # noqa: PLC0415

    out.print(f"[bold]{document['title']}[/bold]  {document['id']} ({KINDS[document['kind']]})")
    out.print(document["title_en"])
    for law in document["laws"]:
        out.print(f"法律依据: {law}", soft_wrap=True)
    for label, key in (("核查问题", "question"), ("同一事实", "same_fact"), ("办理时限（工作日）", "due_working_days")):
        if document[key]:
            out.print(f"{label}: {document[key]}", soft_wrap=True)
    for name, meaning in document["predicates"].items():
        out.print(f"  {name}: {meaning}", soft_wrap=True)
    table = Table("parameter", "since", "value", "citation")
    for name, each in document["parameters"].items():
        for held in each["values"]:
            mark = f" (in force on {at})" if held["since"] == each["in_force"] and len(each["values"]) > 1 else ""
            own = " [yellow]overlay[/]" if each["overlaid"] else ""
            table.add_row(f"{name}{own}", f"{held['since']}{mark}", str(held["value"]), held["citation"])
    if table.row_count:
        out.print(table)
    _print_overlaid(document["overlaid"])
    out.print(f"案例 {len(document['cases'])} 个")
    for each in document["cases"]:
        out.print(f"  {each['title']} — {each['outcome']}", soft_wrap=True, markup=False)
    known = document["measured"]
    if known:
        _print_measured(known, document["id"])
    out.print("--sql 显示本规则的 SQL" if document["sql"] else document["sql_missing"])


def _print_measured(known: dict[str, Any], page: str) -> None:
    from registry.rulebook import SUBJECT_CODES  # noqa: PLC0415

    lines = {"各月数量": known["months"]} if known["months"] else {}
    lines |= {SUBJECT_CODES[page][code]: months for code, months in known["parts"].items()}
    for title, counted in lines.items():
        told = "，".join(f"{each['as_of']:%Y-%m}: {_count(each['count'])}" for each in counted)
        out.print(f"{title}: {told}", soft_wrap=True)
    if known["months"]:
        out.print(f"走访核实: {known['told']}", soft_wrap=True)
    if known["outcomes"]:
        out.print(f"办结结果: {known['closed']}", soft_wrap=True)
