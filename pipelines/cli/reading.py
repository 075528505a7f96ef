"""`doudi list`, `alerts` and `explain`: reading what was published.

What belongs here: options and what is printed. Who may see what is decided in `registry.roles`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.common import AsOf, Json, Role, acting, day, emit, home, moment, out

if TYPE_CHECKING:
    from datetime import date, datetime

    import polars as pl
    from sqlalchemy import Engine

    from assets.workspace import Workspace
    from registry.exports import ExportResult
    from registry.queries import EditionInfo
    from schemas.settings import Settings

__all__ = ["register"]

KnownOn = Annotated[
    str, typer.Option("--known-on", metavar="DAY", help="As it was published by the end of that day, or at an instant.")
]
Area = Annotated[str | None, typer.Option(help="Street or community: code or name.")]
Tier = Annotated[str | None, typer.Option(help="red, orange or yellow.")]
Format = Annotated[str, typer.Option("--format", help="xlsx, csv or parquet.")]
Output = Annotated[Path | None, typer.Option("-o", "--output", help="File to write; without it the rows are shown.")]
Unmask = Annotated[bool, typer.Option("--unmask", help="Whole identity numbers; for roles that may, and recorded.")]
Limit = Annotated[int, typer.Option(min=1, help="Rows to show.")]

_LISTED = ("family_id", "tier", "score", "members", "groups", "classes")
_WARNED = ("kind", "rule_id", "family_id", "subject", "evidence_on")
_WHOLE = frozenset({"family_id", "evidence_on"})  # what is copied into the next command is never cut off


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("list")(show_list)
    app.command()(alerts)
    app.command()(explain)


def show_list(  # noqa: PLR0913, PLR0917  # the choices of a reader
    as_of: AsOf = "",
    known_on: KnownOn = "",
    area: Area = None,
    tier: Tier = None,
    group: Annotated[str | None, typer.Option(help="One of the six groups, or verified_inclusion.")] = None,
    fmt: Format = "xlsx",
    output: Output = None,
    unmask: Unmask = False,  # noqa: FBT002
    role: Role = "district_staff",
    limit: Limit = 20,
    json: Json = False,  # noqa: FBT002
) -> None:
    """The monitoring list: shown, or written for staff with -o."""
    from registry.exports import export_list  # noqa: PLC0415
    from registry.filters import ListFilter  # noqa: PLC0415
    from registry.queries import list_rows, require_edition  # noqa: PLC0415
    from registry.roles import require  # noqa: PLC0415
    from registry.scoring_told import scored_in_words  # noqa: PLC0415
    from registry.views import record_view  # noqa: PLC0415

    on, known = day(as_of, "--as-of"), moment(known_on, "--known-on")
    who = acting(role)
    with _registry() as (settings, engine):
        if output is not None:
            result = export_list(
                engine, settings, actor=who, area=area, tier=tier, group=group, fmt=fmt, path=output, unmask=unmask,
                as_of=on, known_on=known,
            )  # fmt: skip
            _written(result, json=json)
            return
        edition = require_edition(engine, on, known)
        require(who, "list.read")
        wanted = ListFilter.of(who.scope, area=area, tier=tier, group=group)
        rows = list_rows(engine, edition.edition_id, wanted)
        asked = {"area": area, "tier": tier, "group": group}
        record_view(engine, who, "list", edition_id=edition.edition_id, rows=min(limit, rows.height), filters=asked)
        _shown(edition, rows, _LISTED, limit, scored_by=scored_in_words(edition), json=json)


def alerts(  # noqa: PLR0913, PLR0917  # the choices of a reader
    as_of: AsOf = "",
    known_on: KnownOn = "",
    area: Area = None,
    tier: Tier = None,
    rule: Annotated[str | None, typer.Option(help="One warning, for example high_inpatient_cost.")] = None,
    verify: Annotated[bool, typer.Option("--verify", help="Also what is to be verified; for roles that may.")] = False,  # noqa: FBT002
    fmt: Format = "xlsx",
    output: Output = None,
    unmask: Unmask = False,  # noqa: FBT002
    role: Role = "district_staff",
    limit: Limit = 20,
    json: Json = False,  # noqa: FBT002
) -> None:
    """The warnings: questions that the files raise, never findings."""
    from registry.exports import export_alerts  # noqa: PLC0415
    from registry.filters import WarningFilter  # noqa: PLC0415
    from registry.queries import require_edition, warnings_rows  # noqa: PLC0415
    from registry.roles import require  # noqa: PLC0415
    from registry.views import record_view  # noqa: PLC0415

    on, known = day(as_of, "--as-of"), moment(known_on, "--known-on")
    who = acting(role, "verification" if verify else "")
    with _registry() as (settings, engine):
        if output is not None:
            result = export_alerts(
                engine, settings, actor=who, area=area, tier=tier, rule=rule, verify=verify, fmt=fmt, path=output,
                unmask=unmask, as_of=on, known_on=known,
            )  # fmt: skip
            _written(result, json=json)
            return
        require(who, "warning.need")
        if verify:
            require(who, "warning.verify")
        kinds = tuple(each for each in who.scope.kinds if each != "verify" or verify)
        edition = require_edition(engine, on, known)
        wanted = WarningFilter.of(who.scope, kinds=kinds, area=area, tier=tier, rule=rule)
        rows = warnings_rows(engine, edition.edition_id, wanted)
        asked = {"area": area, "tier": tier, "rule": rule, "kinds": ",".join(kinds)}
        record_view(engine, who, "alerts", edition_id=edition.edition_id, rows=min(limit, rows.height), filters=asked)
        _shown(edition, rows, _WARNED, limit, json=json)


def explain(
    subject: Annotated[str, typer.Argument(help="Family id, family number, identity number or person key.")],
    as_of: AsOf = "",
    known_on: KnownOn = "",
    why_not: Annotated[bool, typer.Option("--why-not", help="Why somebody is not on the list.")] = False,  # noqa: FBT002
    unmask: Unmask = False,  # noqa: FBT002
    role: Role = "district_staff",
    json: Json = False,  # noqa: FBT002
) -> None:
    """Why a family or person is on the list, or is not: rule, law, number, and the delivered row behind it."""
    from registry.explain import explain as explanation_of  # noqa: PLC0415

    if why_not:
        _absence(subject, day(as_of, "--as-of"), moment(known_on, "--known-on"), role, json=json)
        return
    with _registry() as (settings, engine):
        explanation = explanation_of(
            engine,
            settings,
            subject,
            actor=acting(role),
            as_of=day(as_of, "--as-of"),
            known_on=moment(known_on, "--known-on"),
            unmask=unmask,
        )
    if json:
        emit(explanation.model_dump(mode="json"))
    else:
        out.print(explanation.text(), soft_wrap=True, markup=False)


def _absence(subject: str, as_of: "date | None", known_on: "date | datetime | None", role: str, *, json: bool) -> None:
    from assets.computed import edition_tables  # noqa: PLC0415
    from editions.why_not import READS  # noqa: PLC0415
    from registry.queries import require_edition  # noqa: PLC0415
    from registry.roles import require  # noqa: PLC0415
    from registry.why_not import NEEDED, explain_absence  # noqa: PLC0415

    who = acting(role)
    require(who, "family.read")
    with _workspace() as workspace:
        edition = require_edition(workspace.engine, as_of, known_on)
        tables = edition_tables(workspace, edition, {*READS, *NEEDED})
        answer = explain_absence(
            workspace.engine, workspace.settings, subject, tables, actor=who, as_of=as_of, known_on=known_on
        )
    if json:
        emit(answer.model_dump(mode="json"))
    else:
        out.print(answer.text(), soft_wrap=True, markup=False)


@contextmanager
def _registry() -> "Iterator[tuple[Settings, Engine]]":
    with _workspace() as workspace:
        yield workspace.settings, workspace.engine


@contextmanager
def _workspace() -> "Iterator[Workspace]":
    from assets.workspace import Workspace  # noqa: PLC0415

    workspace = Workspace(home())
    try:
        yield workspace
    finally:
        workspace.close()


def _written(result: "ExportResult", *, json: bool) -> None:
    document: dict[str, Any] = {
        "path": result.path,
        "format": result.fmt,
        "edition": result.edition_id,
        "as_of": result.as_of,
        "rows": result.rows,
        "masked": result.masked,
        "beside": list(result.beside),
    }
    if json:
        emit(document)
        return
    rows = "，".join(f"{name} {count}" for name, count in result.rows.items())
    paths = " and ".join(str(each) for each in (result.path, *result.beside))
    out.print(f"{paths} written: as of {result.as_of}, {rows}", soft_wrap=True)


def _shown(
    edition: "EditionInfo",
    rows: "pl.DataFrame",
    columns: tuple[str, ...],
    limit: int,
    *,
    scored_by: str = "",
    json: bool,
) -> None:
    from registry.simulated import note_of  # noqa: PLC0415

    note = note_of(edition)
    if json:
        emit(
            {
                "edition": edition.edition_id,
                "as_of": edition.as_of,
                "content_hash": edition.content_hash,
                **({"scored_by": scored_by} if scored_by else {}),
                **({"note": note} if note else {}),
                "rows": rows.height,
                "shown": rows.head(limit).to_dicts(),
            }
        )
        return
    from rich.table import Table  # noqa: PLC0415

    table = Table()
    for each in columns:
        table.add_column(each, overflow="fold", no_wrap=each in _WHOLE)
    for row in rows.head(limit).select(columns).iter_rows():
        table.add_row(*("" if value is None else str(value) for value in row))
    out.print(table)
    out.print(f"{min(limit, rows.height)} of {rows.height:,} as of {edition.as_of}; -o FILE writes all of them")
    if scored_by:
        out.print(f"评分依据：{scored_by}", soft_wrap=True)
    if note:
        out.print(note, soft_wrap=True)
