"""`doudi model`: training a model of need, the models that are kept, and their cards.

What belongs here: options and what is printed. Training stands in `registry.training`, the record of models in
`registry.need_models`.
"""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.common import Json, actor, day, emit, err, home, out, today

if TYPE_CHECKING:
    from registry.need_models import Act, KeptCard
    from registry.training import Trained

__all__ = ["app"]

app = typer.Typer(help="Models of need: train, list, show.", no_args_is_help=True)


@app.command()
def train(
    since: Annotated[str, typer.Option("--from", metavar="YYYY-MM-DD", help="First month's end to learn from.")] = "",
    until: Annotated[str, typer.Option("--to", metavar="YYYY-MM-DD", help="Last month's end to learn from.")] = "",
    seed: Annotated[int, typer.Option(min=0, help="Of everything random.")] = 0,
    json: Json = False,  # noqa: FBT002
) -> None:
    """Learn from the installation's own deliveries, measure on later months, keep the model with its card."""
    from assets.workspace import Workspace  # noqa: PLC0415
    from registry.simulated import simulated_note  # noqa: PLC0415
    from registry.training import train as learn  # noqa: PLC0415

    workspace = Workspace(home())
    try:
        with err.status("training") as status:
            found = learn(
                workspace.engine,
                workspace.settings,
                workspace.parameters,
                today=today(),
                actor=actor(),
                first=day(since, "--from"),
                last=day(until, "--to"),
                seed=seed,
                report=status.update,
            )
    finally:
        workspace.close()
    note = simulated_note(found.model)
    if json:
        document = {"model_id": found.model_id, "cut_offs": list(found.cut_offs), "measures": found.measures}
        emit(document | {"data": found.model.data, "note": note})
        return
    _tell_trained(found, note)


@app.command("list")
def list_(json: Json = False) -> None:  # noqa: FBT002
    """The kept models, and which one scores today."""
    from assets.workspace import Workspace  # noqa: PLC0415
    from registry.need_models import acts, kept_models  # noqa: PLC0415
    from schemas.simulated import SIMULATED  # noqa: PLC0415

    workspace = Workspace(home())
    try:
        kept = kept_models(workspace.engine)
        done = acts(workspace.engine)
    finally:
        workspace.close()
    last = {each.model_id: each.act for each in done}
    if json:
        emit([{**asdict(each), "last_act": last[each.model_id]} for each in kept])
        return
    if not kept:
        out.print("no model is kept: the scorecard scores")
    for each in kept:
        data = each.card["data"]
        window = f"{data.get('first_as_of', '')} to {data.get('last_as_of', '')}"
        window += "  模拟数据" if SIMULATED in data else ""
        out.print(f"{each.model_id}  {each.name}  {each.kind}  {window}  {last[each.model_id]}", soft_wrap=True)


@app.command()
def show(
    model_id: Annotated[str, typer.Argument(metavar="MODEL", help="An id that `doudi model list` shows.")],
    json: Json = False,  # noqa: FBT002
) -> None:
    """The card of a model: what it was trained on, how it did, its points, and what was done with it."""
    from assets.workspace import Workspace  # noqa: PLC0415
    from registry.need_models import acts, kept_models, model_of  # noqa: PLC0415
    from registry.simulated import simulated_note  # noqa: PLC0415

    workspace = Workspace(home())
    try:
        model = model_of(workspace.settings, model_id)
        card = next(each for each in kept_models(workspace.engine) if each.model_id == model_id)
        done = acts(workspace.engine, model_id)
    finally:
        workspace.close()
    note = simulated_note(model)
    shapes: list[dict[str, Any]] = [each.model_dump(mode="json") for each in model.shapes]
    if json:
        told = {"intercept": model.intercept, "shapes": shapes, "acts": [asdict(each) for each in done], "note": note}
        emit(asdict(card) | told)
        return
    _tell_card(card, shapes, done, note)


def _tell_trained(found: "Trained", note: str) -> None:
    from rich.table import Table  # noqa: PLC0415

    data = found.model.data
    out.print(
        f"model {found.model_id} kept: {data['rows']} rows of {data['households']} households, "
        f"{data['cases']} cases of {data['households_with_need']} households, "
        f"{data['first_as_of']} to {data['last_as_of']}",
        soft_wrap=True,
    )
    if note:
        out.print(note)
    if not found.measures:
        out.print("no later month to measure on: nothing says how good it is")
        return
    out.print(f"measured on {', '.join(map(str, found.cut_offs))}, each trained on what was known then", soft_wrap=True)
    names = ("auc", "average_precision", "recall_1", "recall_5", "precision_5", "lift_5", "brier", "ece")
    table = Table()
    for heading in ("scorer", *names):
        table.add_column(heading)
    for scorer, measures in found.measures.items():
        table.add_row(scorer, *(f"{measures[name]:.3f}" if name in measures else "" for name in names))
    out.print(table)


def _tell_card(card: "KeptCard", shapes: list[dict[str, Any]], done: "list[Act]", note: str) -> None:
    from rich.table import Table  # noqa: PLC0415

    out.print(f"{card.name} ({card.kind}) {card.model_id}: {card.card['target']}", soft_wrap=True)
    if note:
        out.print(note)
    for title in ("data", "metrics"):
        for name, value in card.card[title].items():
            out.print(f"  {name}: {value}", soft_wrap=True)
    table = Table()
    for heading in ("feature", "least points", "most points", "not known"):
        table.add_column(heading)
    for each in shapes:
        values = each["steps"]["values"]
        table.add_row(each["title"], str(min(values)), str(max(values)), str(each["unknown"]))
    out.print(table)
    for act in done:
        out.print(f"{act.acted_at:%Y-%m-%d} {act.act} by {act.acted_by}, holds from {act.holds_from}: {act.reason}")
