"""`doudi rules`: the rule book.

What belongs here: how rules and their parameters are printed, and how the officials' cases are run.
"""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.common import FOUND_WRONG, AsOf, Json, day, emit, home, out, today
from pipelines.errors import UsageError

if TYPE_CHECKING:
    from editions.scenarios import ScenarioResult
    from rules import Rule

__all__ = ["app"]

app = typer.Typer(help="The rule book: what each rule says, from which numbers, by which law.", no_args_is_help=True)

_KINDS = {"group": "群体", "need": "困难发现", "verify": "待核实", "feed": "数据质量"}


@app.command("list")
def list_rules(json: Json = False) -> None:  # noqa: FBT002
    """Every group and warning."""
    from rich.table import Table  # noqa: PLC0415

    from rules import all_rules  # noqa: PLC0415

    rules = list(all_rules().values())
    if json:
        emit([{"id": each.id, "kind": each.kind, "title": each.title, "title_en": each.title_en} for each in rules])
        return
    table = Table("rule", "kind", "title", "title (en)")
    for each in rules:
        table.add_row(each.id, _KINDS[each.kind], each.title, each.title_en)
    out.print(table)


@app.command()
def show(
    rule: Annotated[str, typer.Argument(help="Id of the rule, for example low_income_family.")],
    as_of: AsOf = "",
    json: Json = False,  # noqa: FBT002
) -> None:
    """One rule: its law, its question, its parameters in force and what each predicate means."""
    from rules import get_rule  # noqa: PLC0415

    at = day(as_of, "--as-of") or today()
    document = _document(get_rule(rule), at)
    if json:
        emit(document)
        return
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
    from editions.scenarios import load_scenarios, run_scenario  # noqa: PLC0415
    from rules.parameters import load_parameters  # noqa: PLC0415

    if directory is not None and not directory.is_dir():
        raise UsageError(f"--dir {str(directory)!r} is no folder")
    own = [] if directory is None else load_scenarios(directory)
    shipped = load_parameters()
    # The shipped cases speak of the shipped values, the bureau's own of those in force here.
    chosen = [(each, shipped) for each in load_scenarios()]
    chosen += [(each, load_parameters(home().parameters_dir)) for each in own]
    chosen = [(each, values) for each, values in chosen if case in each.source or case in each.title]
    if not chosen:
        raise UsageError(f"--case {case!r} is in the name or title of no case")
    results = [run_scenario(each, values) for each, values in chosen]
    files = _by_file(results)
    failures = [_failure(each) for each in results if not each.passed]
    if json:
        emit({"cases": len(results), "held": len(results) - len(failures), "files": files, "failures": failures})
    else:
        _print_results(files, failures)
    if failures:
        raise typer.Exit(FOUND_WRONG)


def _by_file(results: Iterable["ScenarioResult"]) -> dict[str, dict[str, int]]:
    files: dict[str, dict[str, int]] = {}
    for each in results:
        counts = files.setdefault(each.scenario.source.partition(".")[0], {"cases": 0, "held": 0})
        counts["cases"] += 1
        counts["held"] += each.passed
    return files


def _failure(result: "ScenarioResult") -> dict[str, Any]:
    wrong = [name for name, people in result.expected.items() if people != result.found[name]]
    return {
        "case": result.scenario.source,
        "title": result.scenario.title,
        "expected": {name: result.expected[name] for name in wrong},
        "found": {name: result.found[name] for name in wrong},
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


def _document(rule: "Rule", at: date) -> dict[str, Any]:
    from rules.parameters import load_parameters  # noqa: PLC0415

    in_force = load_parameters(home().parameters_dir).as_of(at)
    return {
        "id": rule.id,
        "kind": rule.kind,
        "title": rule.title,
        "title_en": rule.title_en,
        "legal_basis": rule.legal_basis,
        "question": rule.question,
        "predicates": dict(rule.bases),
        "parameters": {
            name: {"value": each.value, "since": each.since, "citation": each.citation}
            for name, each in rule.in_force(in_force).items()
        },
    }


def _print(document: dict[str, Any], at: date) -> None:
    from rich.table import Table  # noqa: PLC0415

    out.print(f"[bold]{document['title']}[/bold]  {document['id']} ({_KINDS[document['kind']]})")
    out.print(document["title_en"])
    out.print(f"法律依据: {document['legal_basis']}", soft_wrap=True)
    if document["question"]:
        out.print(f"核查问题: {document['question']}", soft_wrap=True)
    for name, meaning in document["predicates"].items():
        out.print(f"  {name}: {meaning}", soft_wrap=True)
    table = Table("parameter", f"value on {at}", "since", "citation")
    for name, each in document["parameters"].items():
        table.add_row(name, str(each["value"]), str(each["since"]), each["citation"])
    if table.row_count:
        out.print(table)
