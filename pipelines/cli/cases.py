"""`doudi cases`: the cases of the staff, so that all of casework goes without pages.

What belongs here: options and what is printed. What may happen to a case stands in `registry.casework`.
"""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.acting import AreaOf, By, Purpose, Role, acting_as, desk_here
from pipelines.cli.common import FOUND_WRONG, Json, day, emit, out, today

if TYPE_CHECKING:
    from registry.casework.transitions import CaseState

__all__ = ["app"]

app = typer.Typer(help="Cases: list, dispatch, record visits, close.", no_args_is_help=True)

CaseId = Annotated[str, typer.Argument(help="Id of the case; `doudi cases list` shows it.")]
Version = Annotated[int | None, typer.Option(help="Version of the case that you have seen.")]


def _told(case: "CaseState", *, json: bool) -> None:
    if json:
        emit(asdict(case))
        return
    from registry.casework.codes import CASE_STATES, OUTCOMES  # noqa: PLC0415

    outcome = f"，{OUTCOMES.title_of(case.outcome)}" if case.outcome else ""
    out.print(f"{case.case_id}：{CASE_STATES.title_of(case.state)}{outcome}（版本 {case.version}）", soft_wrap=True)


@app.command("list")
def list_cases(  # noqa: PLR0913, PLR0917  # the choices of a reader
    state: Annotated[list[str] | None, typer.Option(help="States; default: all that are open.")] = None,
    audience: Annotated[str, typer.Option(help="need, or verify for roles that may.")] = "need",
    street: Annotated[str | None, typer.Option(help="Code of a street.")] = None,
    assignee: Annotated[str | None, typer.Option(help="With whom the cases are.")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only those whose day is over.")] = False,  # noqa: FBT002
    sort: Annotated[str, typer.Option(help="due, urgency, opened or street.")] = "due",
    limit: Annotated[int, typer.Option(min=1, help="Rows to show.")] = 20,
    offset: Annotated[int, typer.Option(min=0, help="Rows to pass over.")] = 0,
    role: Role = "district_staff",
    as_area: AreaOf = "district",
    purpose: Purpose = "",
    json: Json = False,  # noqa: FBT002
) -> None:
    """The queue: the cases that your role and area may see, the most pressing first."""
    from registry.casework.codes import OPEN  # noqa: PLC0415
    from registry.casework.queue import QueueFilter, queue  # noqa: PLC0415
    from registry.views import record_view  # noqa: PLC0415

    wanted = QueueFilter(
        states=tuple(state) if state else OPEN,
        audience=audience,
        street=street,
        assignee=assignee,
        due_before=today() if overdue else None,
    )
    with desk_here() as desk:
        who = acting_as(role, as_area, "", purpose)
        found = queue(desk.engine, wanted, actor=who, sort=sort, limit=limit, offset=offset)
        record_view(desk.engine, who, "cases", edition_id="", rows=len(found.rows), filters={"audience": audience})
    if json:
        emit({"total": found.total, "offset": offset, "rows": [asdict(each) for each in found.rows]})
        return
    _table([asdict(each) for each in found.rows])
    out.print(f"{len(found.rows)} of {found.total:,} cases", soft_wrap=True)


def _table(rows: list[dict[str, Any]]) -> None:
    from rich.table import Table  # noqa: PLC0415

    from registry.casework.codes import CASE_STATES  # noqa: PLC0415

    table = Table()
    for heading in ("任务", "家庭", "期限", "等级", "状态", "承办人", "街道"):
        table.add_column(heading, overflow="fold", no_wrap=heading in {"任务", "期限"})
    for each in rows:
        table.add_row(
            each["case_id"],
            each["family_id"],
            str(each["due_on"] or ""),
            each["urgency"],
            CASE_STATES.title_of(each["state"]),
            each["assignee"] or "",
            each["street_code"] or "",
        )
    out.print(table)


@app.command()
def show(
    case_id: CaseId,
    role: Role = "district_staff",
    as_area: AreaOf = "district",
    purpose: Purpose = "",
    json: Json = False,  # noqa: FBT002
) -> None:
    """One case: its questions, visits and all that happened."""
    from registry.casework.codes import CASE_EVENTS  # noqa: PLC0415
    from registry.casework.history import case_history  # noqa: PLC0415
    from registry.views import record_view  # noqa: PLC0415
    from rules import all_rules  # noqa: PLC0415

    with desk_here() as desk:
        who = acting_as(role, as_area, "", purpose)
        found = case_history(desk.engine, case_id, actor=who)
        record_view(desk.engine, who, "case", edition_id="", rows=1, filters={})
    if json:
        emit(asdict(found))
        return
    for each in found.open_questions:
        out.print(f"{each.warning_id}  {all_rules()[each.rule_id].question}", soft_wrap=True)
    for event in found.events:
        out.print(f"{event.version:>3} {event.at:%Y-%m-%d %H:%M} {CASE_EVENTS.title_of(event.kind)} {event.actor}")


@app.command()
def assign(  # the choices of whoever dispatches
    cases: Annotated[list[str], typer.Argument(help="Ids of cases.")],
    to: Annotated[str, typer.Option(help="The worker who gets them.")],
    reason: Annotated[str | None, typer.Option(help="Why a case goes over: workload, absent or conflict.")] = None,
    role: Role = "district_staff",
    as_area: AreaOf = "district",
    by: By = "",
    json: Json = False,  # noqa: FBT002
) -> None:
    """Give cases to a worker, all or none; those that were given already go over with a reason."""
    from registry.casework.acts import assign_all  # noqa: PLC0415

    with desk_here() as desk:
        who = acting_as(role, as_area, by, "")
        made = assign_all(desk, dict.fromkeys(cases), to, actor=who, reason=reason)
    if json:
        emit({"cases": [asdict(each) for each in made]})
    else:
        for each in made:
            _told(each, json=False)


@app.command()
def record(  # noqa: PLR0913, PLR0917  # what a visit consists of
    case_id: CaseId,
    on: Annotated[str, typer.Option("--on", metavar="YYYY-MM-DD", help="Day of the visit.")],
    means: Annotated[str, typer.Option(help="home, phone, message, neighbour, letter or desk.")],
    contact: Annotated[str, typer.Option(help="reached, nobody or refused.")],
    answer: Annotated[
        list[str] | None, typer.Option(help="QUESTION=yes|no|unclear, or all=…; once for each question.")
    ] = None,
    outcome: Annotated[str | None, typer.Option(help="The result, when there is one.")] = None,
    note_file: Annotated[Path | None, typer.Option(help="A text to keep sealed.", exists=True, dir_okay=False)] = None,
    photo: Annotated[list[Path] | None, typer.Option(help="A photo to keep sealed.", exists=True)] = None,
    version: Version = None,
    role: Role = "street_staff",
    as_area: AreaOf = "district",
    by: By = "",
    purpose: Purpose = "",
    json: Json = False,  # noqa: FBT002
) -> None:
    """Record a visit and, with --outcome, propose its result."""
    from pipelines.errors import UsageError  # noqa: PLC0415
    from registry.casework.history import case_history  # noqa: PLC0415
    from registry.casework.visits import VisitForm, record_visit  # noqa: PLC0415

    visited_on = day(on, "--on")
    if visited_on is None:
        raise UsageError("--on is missing; write the day of the visit")
    given = [each.partition("=") for each in answer or []]
    if any(not mark for _, mark, _ in given):
        raise UsageError("--answer is written QUESTION=yes; `doudi cases show` lists the questions")
    with desk_here() as desk:
        who = acting_as(role, as_area, by, purpose)
        answers: dict[str, str] = {}
        for question, _, word in given:
            asked = case_history(desk.engine, case_id, actor=who).open_questions if question == "all" else ()
            answers |= {each.warning_id: word for each in asked} if question == "all" else {question: word}
        form = VisitForm(
            visited_on=visited_on,
            means=means,
            contact=contact,
            answers=answers,
            outcome=outcome,
            note=note_file.read_text(encoding="utf-8") if note_file else "",
            photos=[each.read_bytes() for each in photo or []],
            channel="command",
        )
        _told(record_visit(desk, case_id, form, actor=who, version=version), json=json)


@app.command()
def close(
    case_id: CaseId,
    version: Version = None,
    role: Role = "supervisor",
    as_area: AreaOf = "district",
    by: By = "",
    purpose: Purpose = "",
    json: Json = False,  # noqa: FBT002
) -> None:
    """Close a case with its result; against a family a second person does it."""
    from registry.casework.acts import close as closed  # noqa: PLC0415

    with desk_here() as desk:
        _told(closed(desk, case_id, actor=acting_as(role, as_area, by, purpose), version=version), json=json)


@app.command("return")
def send_back(  # the choices of whoever approves
    case_id: CaseId,
    reason: Annotated[str, typer.Option(help="Why: incomplete, unclear or not_supported.")],
    version: Version = None,
    role: Role = "supervisor",
    as_area: AreaOf = "district",
    by: By = "",
    json: Json = False,  # noqa: FBT002
) -> None:
    """Send a result back to be checked again."""
    from registry.casework.acts import give_back  # noqa: PLC0415

    with desk_here() as desk:
        made = give_back(desk, case_id, reason, actor=acting_as(role, as_area, by, ""), version=version)
        _told(made, json=json)


@app.command()
def sheets(
    output: Annotated[Path, typer.Option("-o", "--output", help="Workbook to write.")],
    assignee: Annotated[str | None, typer.Option(help="Only the cases of this worker.")] = None,
    role: Role = "street_staff",
    as_area: AreaOf = "district",
    by: By = "",
    json: Json = False,  # noqa: FBT002
) -> None:
    """Print visit sheets: one page a family, and a register to fill in."""
    from registry.exports.visit_sheets import export_visit_sheets  # noqa: PLC0415

    with desk_here() as desk:
        made = export_visit_sheets(desk, actor=acting_as(role, as_area, by, ""), assignee=assignee, path=output)
    if json:
        emit(asdict(made))
    else:
        out.print(f"{made.path}: {made.families} families, {made.questions} questions", soft_wrap=True)


@app.command("take-sheets")
def take(
    file: Annotated[Path, typer.Argument(help="The filled register.", exists=True, dir_okay=False)],
    role: Role = "street_staff",
    as_area: AreaOf = "district",
    by: By = "",
    json: Json = False,  # noqa: FBT002
) -> None:
    """Record the visits of a filled register; every row says what became of it."""
    from registry.casework.sheets import ROW_STATES, take_sheets  # noqa: PLC0415

    with desk_here() as desk:
        taken = take_sheets(desk, file, actor=acting_as(role, as_area, by, ""))
    if json:
        emit(taken.as_dict())
    else:
        for each in taken.rows:
            out.print(f"{each.sheet} {each.row}: {ROW_STATES.title_of(each.state)} {each.reason}", soft_wrap=True)
    if taken.count("quarantined"):
        raise typer.Exit(FOUND_WRONG)


@app.command()
def deliver(json: Json = False) -> None:  # noqa: FBT002
    """Write what cases have come to into the landing folder, as `doudi run` does."""
    from registry.casework.feed import deliver_visits  # noqa: PLC0415
    from registry.lock import writer_lock  # noqa: PLC0415

    with desk_here() as desk, writer_lock(desk.settings):
        made = deliver_visits(desk)
    if json:
        emit({"months": [asdict(each) for each in made]})
    else:
        for each in made:
            out.print(f"{each.month}: {each.rows} visits, {each.left_out} left out, {each.path or 'unchanged'}")
