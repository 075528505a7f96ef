"""`doudi correct`: that two identity numbers are one person, where the police have not said so.

What belongs here: options and what is printed. Who may say it, and how it is kept, stands in `registry.corrections`.
"""

from typing import Annotated

import typer

from pipelines.cli.common import Json, actor, day, emit, home, out, today

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(correct)


def correct(
    old: Annotated[str, typer.Argument(help="The wrong or former identity number.")],
    new: Annotated[str, typer.Argument(help="The number of the same person from now on.")],
    reason: Annotated[str, typer.Option(help="On what grounds: visited, documents, department or objection.")],
    approved_by: Annotated[str, typer.Option("--approved-by", help="The second person, who approves it.")],
    by: Annotated[str, typer.Option("--by", help="Who decides; default: the account you are signed in with.")] = "",
    on: Annotated[str, typer.Option("--on", metavar="YYYY-MM-DD", help="Day of the decision; default: today.")] = "",
    json: Json = False,  # noqa: FBT002
) -> None:
    """Decide that two identity numbers are one person. Taken back by correcting the other way round on a later day."""
    from assets.workspace import Workspace  # noqa: PLC0415
    from pipelines.errors import UsageError  # noqa: PLC0415
    from registry.corrections import NewCorrection, record_correction  # noqa: PLC0415
    from registry.errors import DecisionError  # noqa: PLC0415
    from registry.lock import writer_lock  # noqa: PLC0415

    decided_on = day(on, "--on") or today()
    if decided_on > today():
        raise UsageError(f"--on {decided_on} lies in the future; today is {today()}")
    workspace = Workspace(home())
    try:
        correction = NewCorrection(
            old_id=old,
            new_id=new,
            corrected_on=decided_on,
            decided_by=by or actor(),
            approved_by=approved_by,
            reason=reason,
        )
        with writer_lock(workspace.settings):
            path = record_correction(workspace.engine, workspace.settings, correction)
    except DecisionError as error:
        raise UsageError(str(error)) from None
    finally:
        workspace.close()
    delivery = str(path.relative_to(workspace.settings.landing_dir))
    if json:
        emit({"delivery": delivery, "corrected_on": decided_on})
        return
    out.print(f"{delivery} written; it counts from {decided_on}, at the next run", soft_wrap=True)
