"""`doudi protect`: families whose address is hidden; set by one person, ended by two.

What belongs here: options and what is printed. What a protection hides stands in `registry.reader_vault`.
"""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from pipelines.cli.acting import AreaOf, By, Purpose, Role, acting_as, desk_here
from pipelines.cli.common import Json, day, emit, out

__all__ = ["app"]

app = typer.Typer(help="Protected families: list, hide an address, end it by two persons.", no_args_is_help=True)

Protection = Annotated[str, typer.Argument(help="Id of the protection; `doudi protect list` shows it.")]


@app.command("list")
def list_protections(
    role: Role = "district_staff",
    as_area: AreaOf = "district",
    purpose: Purpose = "",
    json: Json = False,  # noqa: FBT002
) -> None:
    """The protections in force, the newest act first."""
    from rich.table import Table  # noqa: PLC0415

    from registry.casework.codes import PROTECTION_EVENTS, PROTECTION_REASONS  # noqa: PLC0415
    from registry.casework.protection import protections  # noqa: PLC0415
    from registry.views import record_view  # noqa: PLC0415

    with desk_here() as desk:
        who = acting_as(role, as_area, "", purpose)
        found = protections(desk.engine, desk.day(datetime.now(UTC)), actor=who)
        record_view(desk.engine, who, "protections", edition_id="", rows=len(found), filters={})
    if json:
        emit({"rows": [asdict(each) for each in found]})
        return
    table = Table()
    for heading in ("保护编号", "家庭", "原因", "至", "状态", "办理人", "版本"):
        table.add_column(heading, overflow="fold")
    for each in found:
        reason, kind = PROTECTION_REASONS.title_of(each.reason), PROTECTION_EVENTS.title_of(each.kind)
        table.add_row(
            each.protection_id, each.family_id, reason, f"{each.until or ''}", kind, each.actor, f"{each.version}"
        )
    out.print(table)


@app.command("set")
def set_protection(  # what a protection is, and who sets it
    family: Annotated[str, typer.Argument(help="Id of the family.")],
    reason: Annotated[str, typer.Option(help="violence, child, witness or authority.")],
    until: Annotated[str, typer.Option(metavar="YYYY-MM-DD", help="The last day; without it until ended.")] = "",
    by: By = "",
    role: Role = "district_staff",
    as_area: AreaOf = "district",
    purpose: Purpose = "",
) -> None:
    """Hide where the family lives from everybody but the roles that may know protected addresses."""
    from registry.casework.protection import protect  # noqa: PLC0415

    with desk_here() as desk:
        last = day(until, "--until") if until else None
        made = protect(desk, family, reason, actor=acting_as(role, as_area, by, purpose), until=last)
    out.print(f"protection {made} is set", soft_wrap=True)


@app.command("end")
def end_protection(  # the steps, and who takes them
    protection: Protection,
    version: Annotated[int, typer.Option(help="Version that you have seen.")],
    approve: Annotated[bool, typer.Option("--approve", help="End it; another person has proposed it.")] = False,  # noqa: FBT002
    keep_it: Annotated[bool, typer.Option("--keep", help="Keep it, although its end was proposed.")] = False,  # noqa: FBT002
    by: By = "",
    role: Role = "district_staff",
    as_area: AreaOf = "district",
    purpose: Purpose = "",
) -> None:
    """Propose that the address be shown again; --approve by a second person ends it, --keep keeps it."""
    from pipelines.errors import UsageError  # noqa: PLC0415
    from registry.casework.protection import end, keep, propose_end  # noqa: PLC0415

    if approve and keep_it:
        raise UsageError("--approve and --keep contradict each other")
    act, told = (end, "ended") if approve else (keep, "kept") if keep_it else (propose_end, "proposed to end")
    with desk_here() as desk:
        act(desk, protection, actor=acting_as(role, as_area, by, purpose), version=version)
    out.print(f"protection {protection} is {told}", soft_wrap=True)
