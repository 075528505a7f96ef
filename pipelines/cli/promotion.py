"""`doudi model promote`, `shadow`, `report` and `drift`: a model on its way to scoring, and what is known of it.

What belongs here: options and what is printed. The conditions stand in `scoring.gate`, the acts in
`registry.promotion`.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.common import FOUND_WRONG, AsOf, Json, actor, day, emit, home, out
from pipelines.errors import UsageError

if TYPE_CHECKING:
    from registry.promotion import Judgement

__all__ = ["register"]

_TEN_THOUSAND = 10_000

Model = Annotated[str, typer.Argument(help="Id of a kept model; `doudi model list` shows them.")]
Reason = Annotated[str, typer.Option(help="Why; it stands in the audit chain.")]
By = Annotated[str, typer.Option("--by", help="Who acts; default: the account you are signed in with.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module to those about models."""
    app.command()(promote)
    app.command()(shadow)
    app.command()(withdraw)
    app.command()(report)
    app.command()(drift)


def promote(
    model: Model,
    reason: Reason,
    approve: Annotated[bool, typer.Option("--approve", help="Approve what another person proposed.")] = False,  # noqa: FBT002
    since: Annotated[
        str,
        typer.Option(
            "--from", metavar="YYYY-MM-DD", help="With --approve: first edition that it scores; default: the next one."
        ),
    ] = "",
    by: By = "",
    json: Json = False,  # noqa: FBT002
) -> None:
    """Propose a model through the gate; with --approve a second person makes it the one that scores."""
    from assets.workspace import Workspace  # noqa: PLC0415
    from registry.kept_reports import write_ahead  # noqa: PLC0415
    from registry.lock import writer_lock  # noqa: PLC0415
    from registry.promotion import approve as approved  # noqa: PLC0415
    from registry.promotion import propose  # noqa: PLC0415

    first = day(since, "--from")
    if first and not approve:
        raise UsageError("--from says from when an approved model scores; give it with --approve")
    workspace = Workspace(home())
    settings, engine, parameters = workspace.settings, workspace.engine, workspace.parameters
    who = by or actor()
    try:
        if approve:
            with writer_lock(settings):
                evaluation = approved(engine, settings, parameters, model, actor=who, reason=reason, holds_from=first)
            document = {"model": model, "act": "approved", "by": who, "evaluation": evaluation}
            start = f"the edition of {first}" if first else "the next edition"
            told = f"{model} approved by {who}; it scores from {start} on"
        else:
            write_ahead(engine, settings, parameters, model)
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
    """Let a model score beside the present one from the next edition on, without any effect.

    Any kept model may be tried, one that the gate refused as well: no list, tier, score or visit follows from a trial,
    and it does not lead past the gate. `doudi model drift` tells what it would change.
    """
    from assets.workspace import Workspace  # noqa: PLC0415
    from registry.lock import writer_lock  # noqa: PLC0415
    from registry.promotion import refused_on  # noqa: PLC0415
    from registry.promotion import shadow as tried  # noqa: PLC0415

    workspace = Workspace(home())
    who = by or actor()
    try:
        with writer_lock(workspace.settings):
            held = tried(workspace.engine, workspace.settings, model, actor=who, reason=reason)
        refused = refused_on(workspace.engine, model)
    finally:
        workspace.close()
    if json:
        emit({"model": model, "act": "shadowed", "by": who, "holds_from": held, "refused_on": refused})
    else:
        out.print(
            f"{model} scores beside the present one from the next edition on, without effect: no list, tier, score or "
            "visit follows from it; `doudi model drift` tells what it would change",
            soft_wrap=True,
        )
        if refused:
            told = f"the gate refused it on {refused}: it may be tried, and still has to pass the gate before it scores"
            out.print(told, soft_wrap=True)


def withdraw(
    model: Model,
    reason: Reason,
    since: Annotated[
        str, typer.Option("--from", metavar="YYYY-MM-DD", help="First edition without it; default: the newest.")
    ] = "",
    by: By = "",
    json: Json = False,  # noqa: FBT002
) -> None:
    """Take a model out of scoring, or end its shadow; the scorecard scores. One person is enough."""
    from assets.workspace import Workspace  # noqa: PLC0415
    from registry.lock import writer_lock  # noqa: PLC0415
    from registry.model_acts import ON_TRIAL  # noqa: PLC0415
    from registry.promotion import withdraw as withdrawn  # noqa: PLC0415

    first = day(since, "--from")
    workspace = Workspace(home())
    who = by or actor()
    try:
        with writer_lock(workspace.settings):
            held = withdrawn(workspace.engine, workspace.settings, model, actor=who, reason=reason, holds_from=first)
    finally:
        workspace.close()
    if json:
        emit({"model": model, "act": "withdrawn", "by": who, "was": held.was, "holds_from": held.holds_from})
    else:
        then = "its trial is over" if held.was in ON_TRIAL else "the scorecard scores"
        out.print(f"{model} withdrawn by {who}; {then} from the edition of {held.holds_from} on", soft_wrap=True)


def report(
    model: Model,
    output: Annotated[Path, typer.Option("-o", "--output", help="HTML file to write.")],
    json: Json = False,  # noqa: FBT002
) -> None:
    """Write what is known of a model as one page: how it finds, how its chances come true, whom it serves worse."""
    from assets.workspace import Workspace  # noqa: PLC0415
    from portal.model_report import write_report  # noqa: PLC0415

    workspace = Workspace(home())
    try:
        write_report(workspace.engine, workspace.settings, workspace.parameters, model, output)
    finally:
        workspace.close()
    if json:
        emit({"model": model, "path": output})
    else:
        out.print(f"{output} written", soft_wrap=True)


def drift(as_of: AsOf = "", json: Json = False) -> None:  # noqa: FBT002
    """Whether the model in force still holds: its families like those of its training, its chances of a year ago true.

    Tells also what a model on trial would change. Exit 1 on a breach: the scorecard scored instead of the model.
    """
    from assets.shadow import trial  # noqa: PLC0415
    from assets.workspace import Workspace  # noqa: PLC0415
    from registry.queries import require_edition  # noqa: PLC0415
    from registry.stage_files import StageFiles  # noqa: PLC0415

    workspace = Workspace(home())
    try:
        edition = require_edition(workspace.engine, day(as_of, "--as-of"))
        files = StageFiles(workspace.settings, f"{edition.as_of:%Y-%m}", edition.input_hash)
        found = files.scan("scores", "score_drift").collect().sort("psi", "feature", descending=[True, False])
        came_true = files.scan("scores", "score_calibration").collect()
        names = files.scan("scores", "scores").select("model").unique().collect()["model"].to_list()
        aside = files.scan("shadow", "shadow_scores").collect()
    finally:
        workspace.close()
    tried = aside["model"].unique().to_list()
    others = {f"{share:.0%}": number for share, number in trial(aside).items()} if tried else {}
    stepped_back = bool(found["breached"].any() or came_true["breached"].any())
    if json:
        emit({"edition": edition.edition_id, "as_of": edition.as_of, "scored_by": names,
              "stepped_back": stepped_back, "drift": found.to_dicts(),
              "calibration": came_true.to_dicts(), "on_trial": tried, "others_first": others})  # fmt: skip
    else:
        for feature, psi, rows, breached in found.iter_rows():
            out.print(f"{'✗' if breached else '✓'} {feature}  PSI {psi / 100:.2f}  ({rows:,} families)")
        for part, rows, expected, cases, breached in came_true.iter_rows():
            told = f"{part} of a year ago  {expected / _TEN_THOUSAND:,.0f} families expected in need, {cases:,} came"
            out.print(f"{'✗' if breached else '✓'} {told}  ({rows:,} families)", soft_wrap=True)
        if not came_true.height:
            out.print("calibration: no model scored, or nothing of a year ago is known")
        for share, number in others.items():
            told = f"of the {share} of families visited first, {number:,} would be others"
            out.print(f"  {tried[0]} on trial: {told}", soft_wrap=True)
        told = "the model does not hold: the scorecard scored instead" if stepped_back else "no breach"
        out.print(f"as of {edition.as_of}, scored by {', '.join(names)}: {told}", soft_wrap=True)
    if stepped_back:
        raise typer.Exit(FOUND_WRONG)


def _conditions(found: "Judgement") -> str:
    return "\n".join(f"{'✓' if each.holds else '✗'} {each.told}" for each in found.verdict.conditions)
