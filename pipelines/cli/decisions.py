"""`doudi decide`: a person's decision about what the files say, and what awaits one.

What belongs here: options and what is printed. What may be decided, and by whom, stands in `registry.decisions`.
"""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.common import Json, actor, day, emit, home, out, today

if TYPE_CHECKING:
    from assets.workspace import Workspace

__all__ = ["register"]

_SHOWN = ("family_id", "proposed_since", "ground", "reason", "street_code")


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(decide)


def decide(  # noqa: PLR0913, PLR0917  # the choices of whoever decides
    subject: Annotated[str, typer.Argument(help="Family id or number, identity number or person key.")] = "",
    rule: Annotated[
        str, typer.Option("--rule", "--ground", help="The group, register or warning that is judged.")
    ] = "",
    outcome: Annotated[str, typer.Option(help="included, settled, not_true, exit_confirmed or exit_refused.")] = "",
    evidence: Annotated[str, typer.Option(help="Key of the fact, where there are several.")] = "",
    reason: Annotated[str, typer.Option(help="On what grounds: visited, documents, department or objection.")] = "",
    by: Annotated[str, typer.Option("--by", help="Who decides; default: the account you are signed in with.")] = "",
    approved_by: Annotated[str, typer.Option("--approved-by", help="Who approves; needed against a family.")] = "",
    on: Annotated[str, typer.Option("--on", metavar="YYYY-MM-DD", help="Day of the decision; default: today.")] = "",
    pending: Annotated[bool, typer.Option("--pending", help="List the families that are proposed to leave.")] = False,  # noqa: FBT002
    area: Annotated[str | None, typer.Option(help="With --pending: one street, code or name.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="With --pending: rows to show.")] = 20,
    json: Json = False,  # noqa: FBT002
) -> None:
    """Record what a person has found out, or list what awaits one (--pending). Nobody leaves by machine alone."""
    from assets.workspace import Workspace  # noqa: PLC0415
    from pipelines.errors import UsageError  # noqa: PLC0415
    from registry.errors import DecisionError  # noqa: PLC0415

    workspace = Workspace(home())
    try:
        if pending:
            _pending(workspace, area, limit, json=json)
            return
        words = {"SUBJECT": subject, "--rule": rule, "--outcome": outcome, "--reason": reason}
        missing = [name for name, word in words.items() if not word]
        if missing:
            raise UsageError(f"{', '.join(missing)} is missing; or list what awaits a decision by --pending")
        decided_on = day(on, "--on") or today()
        if decided_on > today():
            raise UsageError(f"--on {decided_on} lies in the future; today is {today()}")
        decided = {
            "rule_id": rule,
            "outcome": outcome,
            "reason": reason,
            "decided_by": by or actor(),
            "approved_by": approved_by or None,
            "decided_on": decided_on,
        }
        _record(workspace, subject, evidence or None, decided, json=json)
    except DecisionError as error:
        raise UsageError(str(error)) from None
    finally:
        workspace.close()


def _pending(workspace: "Workspace", area: str | None, limit: int, *, json: bool) -> None:
    from rich.table import Table  # noqa: PLC0415

    from editions.changes import CHANGE_REASONS  # noqa: PLC0415
    from editions.grounds import GROUNDS  # noqa: PLC0415
    from registry.proposals import pending  # noqa: PLC0415
    from registry.queries import require_edition  # noqa: PLC0415
    from registry.scope import DISTRICT, Area  # noqa: PLC0415
    from schemas.codes import CODE_LISTS  # noqa: PLC0415

    edition = require_edition(workspace.engine)
    rows = pending(workspace.engine, edition, Area.of(area) if area else DISTRICT)
    if json:
        emit({"edition": edition.edition_id, "as_of": edition.as_of, "rows": rows.height,
              "shown": rows.head(limit).to_dicts()})  # fmt: skip
        return
    table = Table()
    for heading, whole in (("家庭", True), ("拟退出自", True), ("群体", False), ("原因", False), ("街道", True)):
        table.add_column(heading, overflow="fold", no_wrap=whole)
    for family, since, ground, reason, street in rows.head(limit).select(_SHOWN).iter_rows():
        place = CODE_LISTS["street"].title_of(street) if street else ""
        table.add_row(family, str(since), GROUNDS.title_of(ground), CHANGE_REASONS.title_of(reason), place)
    out.print(table)
    out.print(f"{min(limit, rows.height)} of {rows.height:,} proposed to leave as of {edition.as_of}", soft_wrap=True)


def _record(workspace: "Workspace", subject: str, evidence: str | None, decided: dict[str, Any], *, json: bool) -> None:
    from registry.decisions import NewDecision, record  # noqa: PLC0415
    from registry.lock import writer_lock  # noqa: PLC0415
    from registry.proposals import facts_judged, subject_of  # noqa: PLC0415
    from registry.queries import require_edition  # noqa: PLC0415

    engine = workspace.engine
    edition = require_edition(engine)
    whom = subject_of(engine, workspace.settings, edition, subject)
    facts = facts_judged(
        engine, edition, whom, rule_id=decided["rule_id"], outcome=decided["outcome"], evidence_key=evidence
    )
    decisions = [NewDecision(person_key=person, evidence_key=key, **decided) for person, key in facts]
    with writer_lock(workspace.settings):
        recorded = [record(engine, each, workspace.parameters) for each in decisions]
    if json:
        emit({"decisions": recorded, "rule": decided["rule_id"], "outcome": decided["outcome"],
              "decided_on": decided["decided_on"]})  # fmt: skip
        return
    out.print(
        f"{len(recorded)} recorded; it counts from the edition of {decided['decided_on']:%Y-%m}, at the next run",
        soft_wrap=True,
    )
