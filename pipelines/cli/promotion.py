"""`doudi model promote` and `shadow`: a model on its way to scoring.

What belongs here: options and what is printed. The conditions stand in `scoring.gate`, the acts in
`registry.promotion`.
"""

from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.common import Json, actor, emit, home, out

if TYPE_CHECKING:
    from registry.promotion import Judgement

__all__ = ["register"]

Model = Annotated[str, typer.Argument(help="Id of a kept model; `doudi model list` shows them.")]
Reason = Annotated[str, typer.Option(help="Why; it stands in the audit chain.")]
By = Annotated[str, typer.Option("--by", help="Who acts; default: the account you are signed in with.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module to those about models."""
    app.command()(promote)
    app.command()(shadow)


def promote(
    model: Model,
    reason: Reason,
    approve: Annotated[bool, typer.Option("--approve", help="Approve what another person proposed.")] = False,  # noqa: FBT002
    by: By = "",
    json: Json = False,  # noqa: FBT002
) -> None:
    """Propose a model through the gate; with --approve a second person makes it the one that scores."""
    from assets.workspace import Workspace  # noqa: PLC0415
    from registry.lock import writer_lock  # noqa: PLC0415
    from registry.promotion import approve as approved  # noqa: PLC0415
    from registry.promotion import propose  # noqa: PLC0415

    workspace = Workspace(home())
    settings, engine, parameters = workspace.settings, workspace.engine, workspace.parameters
    who = by or actor()
    try:
        if approve:
            with writer_lock(settings):
                evaluation = approved(engine, settings, parameters, model, actor=who, reason=reason)
            document = {"model": model, "act": "approved", "by": who, "evaluation": evaluation}
            told = f"{model} approved by {who}; it scores from today's edition on"
        else:
            with writer_lock(settings):
                found = propose(engine, settings, parameters, model, actor=who, reason=reason)
            document = {"model": model, "act": "proposed", "by": who, "evaluation": found.hash}
            told = f"{_conditions(found)}\n{model} proposed by {who}; another person approves with --approve"
    finally:
        workspace.close()
    if json:
        emit(document)
    else:
        out.print(told, soft_wrap=True)


def shadow(model: Model, reason: Reason, by: By = "", json: Json = False) -> None:  # noqa: FBT002
    """Let a model score beside the present one from today's edition on, without any effect."""
    from assets.workspace import Workspace  # noqa: PLC0415
    from registry.lock import writer_lock  # noqa: PLC0415
    from registry.need_models import act_on  # noqa: PLC0415

    workspace = Workspace(home())
    who = by or actor()
    try:
        with writer_lock(workspace.settings):
            act_on(workspace.engine, workspace.settings, model, "shadowed", actor=who, reason=reason)
    finally:
        workspace.close()
    if json:
        emit({"model": model, "act": "shadowed", "by": who})
    else:
        out.print(f"{model} scores beside the present one from today's edition on, without effect", soft_wrap=True)


def _conditions(found: "Judgement") -> str:
    return "\n".join(f"{'✓' if each.holds else '✗'} {each.told}" for each in found.verdict.conditions)
