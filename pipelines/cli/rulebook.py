"""`doudi rules`: the rule book.

What belongs here: how rules and their parameters are printed.
"""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.common import AsOf, Json, day, emit, home, out, today

if TYPE_CHECKING:
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
