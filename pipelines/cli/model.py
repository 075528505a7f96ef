"""`doudi model`: training a model of need, the models that are kept, and their cards.

What belongs here: options and what is printed. Training stands in `registry.training`, the record of models in
`registry.need_models`.
"""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.common import Json, actor, day, emit, err, home, out, today
from pipelines.cli.evaluation import tell_evaluation

if TYPE_CHECKING:
    from registry.model_acts import Act, ModelState
    from registry.need_models import KeptCard
    from registry.training import Trained

__all__ = ["app"]

_STATES = {
    "registered": "registered on {since}",
    "proposed": "proposed on {since}, a second person approves",
    "refused": "refused by the gate on {since}",
    "to_score": "approved, scores editions from {since} on",
    "to_try": "on trial for editions from {since} on",
    "scores": "scores editions from {since} on",
    "on_trial": "on trial for editions from {since} on",
    "replaced": "replaced by another for editions from {since} on",
    "trial_ended": "no longer on trial for editions from {since} on",
    "outdated": "knows other features than scores know now: scores nobody",
    "withdrawn": "withdrawn for editions from {since} on",
}

app = typer.Typer(help="Models of need: what they may know, training, promotion, drift, reports.", no_args_is_help=True)


@app.command()
def train(
    since: Annotated[str, typer.Option("--from", metavar="YYYY-MM-DD", help="First month's end to learn from.")] = "",
    until: Annotated[str, typer.Option("--to", metavar="YYYY-MM-DD", help="Last month's end to learn from.")] = "",
    seed: Annotated[int, typer.Option(min=0, help="Of everything random.")] = 0,
    json: Json = False,  # noqa: FBT002
) -> None:
    """Learn from the installation's own deliveries, measure on later months, keep the model with its card."""
    from assets.workspace import Workspace  # noqa: PLC0415
    from registry.kept_reports import write_ahead  # noqa: PLC0415
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
            status.update("writing its report")
            write_ahead(workspace.engine, workspace.settings, workspace.parameters, found.model_id)
    finally:
        workspace.close()
    note = simulated_note(found.model)
    if json:
        told = found.evaluation.model_dump(mode="json") if found.evaluation else None
        emit({"model_id": found.model_id, "data": found.model.data, "note": note, "evaluation": told,
              "months_to_judge": found.left, "months_asked": found.judging})  # fmt: skip
        return
    _tell_trained(found, note)


@app.command("list")
def list_(json: Json = False) -> None:  # noqa: FBT002
    """The kept models, and which one scores today."""
    from assets.workspace import Workspace  # noqa: PLC0415
    from registry.need_models import acts, current_model, kept_models, model_id_of, states  # noqa: PLC0415
    from schemas.simulated import SIMULATED  # noqa: PLC0415

    workspace = Workspace(home())
    try:
        kept = kept_models(workspace.engine)
        last = {each.model_id: each.act for each in acts(workspace.engine)}
        found = states(workspace.engine, workspace.settings)
        held = current_model(workspace.engine, workspace.settings)
    finally:
        workspace.close()
    scoring = model_id_of(held) if held else None
    if json:
        emit([{**asdict(each), "last_act": last[each.model_id], **asdict(found[each.model_id]),
               "scores": each.model_id == scoring} for each in kept])  # fmt: skip
        return
    for each in kept:
        data = each.card["data"]
        window = f"{data.get('first_as_of', '')} to {data.get('last_as_of', '')}"
        window += "  模拟数据" if SIMULATED in data else ""
        told = _state(found[each.model_id])
        out.print(f"{each.model_id}  {each.name}  {each.kind}  {window}  {told}", soft_wrap=True)
    told = f"model {scoring} scores today" if scoring else "the scorecard scores today"
    out.print(told if kept else "no model is kept: the scorecard scores")


@app.command()
def show(
    model_id: Annotated[str, typer.Argument(metavar="MODEL", help="An id that `doudi model list` shows.")],
    json: Json = False,  # noqa: FBT002
) -> None:
    """The card of a model: what it was trained on, how it did, its points, and what was done with it."""
    from assets.workspace import Workspace  # noqa: PLC0415
    from registry.evaluations import evaluation_of  # noqa: PLC0415
    from registry.need_models import acts, kept_models, model_of  # noqa: PLC0415
    from registry.simulated import simulated_note  # noqa: PLC0415

    workspace = Workspace(home())
    try:
        model = model_of(workspace.settings, model_id)
        card = next(each for each in kept_models(workspace.engine) if each.model_id == model_id)
        done = acts(workspace.engine, model_id)
        evaluation = evaluation_of(workspace.settings, model_id, model)
    finally:
        workspace.close()
    note = simulated_note(model)
    shapes: list[dict[str, Any]] = [each.model_dump(mode="json") for each in model.shapes]
    if json:
        told = {"intercept": model.intercept, "shapes": shapes, "acts": [asdict(each) for each in done], "note": note}
        emit(asdict(card) | told | {"evaluation": evaluation.model_dump(mode="json") if evaluation else None})
        return
    _tell_card(card, shapes, done, note)
    if evaluation:
        tell_evaluation(evaluation)


@app.command()
def features(json: Json = False) -> None:  # noqa: FBT002
    """What a score may know, each feature with its sources; and what it must not, with the reason."""
    from editions.feature_sources import feature_sources  # noqa: PLC0415
    from scoring.features import FEATURES, MODEL_FEATURES  # noqa: PLC0415
    from scoring.spec import FORBIDDEN, check_sources  # noqa: PLC0415

    sources = feature_sources()
    check_sources(MODEL_FEATURES, sources)
    card = {each.name for each in FEATURES}
    declared = [
        {**asdict(each), "allowed": True, "scorecard": each.name in card, "columns": sorted(sources[each.name])}
        for each in MODEL_FEATURES
    ]
    if json:
        emit({"features": declared, "forbidden": dict(FORBIDDEN)})
        return
    directions = {"more": "越多越需要", "less": "越少越需要", "either": "不限"}
    for each in MODEL_FEATURES:
        used = "评分卡、模型" if each.name in card else "模型"
        lawful = f"；依法可用：{'、'.join(each.lawful)}" if each.lawful else ""
        out.print(f"[b]{each.title}[/b]  {each.name}  （{used}；允许{lawful}）", soft_wrap=True)
        told = f"含义：{each.meaning}；方向：{directions[each.direction]}；没有值时：{each.missing}"
        out.print(f"  {told}", soft_wrap=True)
        out.print(f"  来源：{'、'.join(each.reads)}", soft_wrap=True)
    out.print("\n[b]禁止使用[/b]（任何特征都不得读取，也不得由其推出）")
    for name, reason in FORBIDDEN.items():
        out.print(f"  {name}: {reason}", soft_wrap=True)


def _state(found: "ModelState") -> str:
    told = _STATES[found.state].format(since=found.since)
    return f"{told}, withdrawn for those from {found.until} on" if found.until else told


def _tell_trained(found: "Trained", note: str) -> None:

    data = found.model.data
    out.print(
        f"model {found.model_id} kept: {data['rows']} rows of {data['households']} households, "
        f"{data['cases']} cases of {data['households_with_need']} households "
        f"({data['cases_by_visit']} of {data['households_by_visit']} told by visits alone), "
        f"{data['first_as_of']} to {data['last_as_of']}",
        soft_wrap=True,
    )
    if note:
        out.print(note)
    few = "" if found.left == found.judging else "; learn from earlier months (--to), or wait"
    out.print(
        f"{found.left} of the {found.judging} months that the gate uses are left to judge it on{few}", soft_wrap=True
    )
    if found.evaluation is None:
        out.print("no date to evaluate at: nothing says how good it is")
        return
    out.print("at each date everything was trained on what was known then:")
    tell_evaluation(found.evaluation)


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
        since = f", holds from {act.bears_from}" if act.bears_from else ""
        out.print(f"{act.acted_at:%Y-%m-%d} {act.act} by {act.acted_by}{since}: {act.reason}")
