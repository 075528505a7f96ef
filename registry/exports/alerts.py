"""Exporting the warnings.

What belongs here: the order of the steps, and that questions to be verified, and the tasks made of them, go only to
roles that may see them, on sheets of their own.
"""

from datetime import date, datetime
from pathlib import Path

import polars as pl
from sqlalchemy import Engine

from editions.deadlines import announced_until
from registry.exports.cover import counted, cover_rows, notices
from registry.exports.plain import write_csv, write_parquet
from registry.exports.result import ExportResult, Order, checked_format, destination, record
from registry.exports.rows import delivered_files, feed_warning_rows, warning_rows
from registry.exports.task_rows import task_rows
from registry.exports.workbook import write_workbook
from registry.filters import WARNING_KINDS, WarningFilter
from registry.queries import edition_rows, warnings_rows
from registry.reader_vault import vault_for
from registry.roles import Actor, require
from schemas.settings import Settings

__all__ = ["TASK_SHEETS", "export_alerts"]

TASK_SHEETS = {"need": "核查任务", "verify": "待核实任务"}
"""The sheet of the tasks of each audience."""


def export_alerts(  # noqa: PLR0913  # the choices of a reader, each by name
    engine: Engine,
    settings: Settings,
    *,
    actor: Actor,
    as_of: date | None = None,
    known_on: date | datetime | None = None,
    area: str | None = None,
    tier: str | None = None,
    rule: str | None = None,
    verify: bool = False,
    fmt: str = "xlsx",
    path: Path | None = None,
    unmask: bool = False,
    purpose: str = "社会救助走访核实",
) -> ExportResult:
    """Write the warnings of the edition that answers, narrowed as asked, and record it.

    XLSX has the tasks of visitors, and a sheet a kind: 困难发现, 数据质量 and, when `verify` is asked for, 待核实 with
    the tasks of the desk. CSV holds the warnings about families, and those about feeds, whose columns are others, in a
    second file beside it. Parquet holds all of them in one table. Raises `NotPermittedError`, `NoEditionError`,
    `UnknownNameError`.
    """
    for permission in _needed(fmt, verify=verify, unmask=unmask):
        require(actor, permission)
    checked_format(fmt)
    kinds = tuple(each for each in actor.scope.kinds if each != "verify" or verify)
    wanted = WarningFilter.of(actor.scope, kinds=kinds, area=area, tier=tier, rule=rule)
    order = Order.of(engine, settings, as_of=as_of, known_on=known_on, actor=actor, purpose=purpose, unmask=unmask)
    warnings = warnings_rows(engine, order.edition.edition_id, wanted)
    target = destination(settings, order, path, stem="warnings", fmt=fmt)
    sheets = {} if fmt == "parquet" else _sheets(engine, settings, order, warnings, kinds)
    beside: tuple[Path, ...] = ()
    if fmt == "parquet":
        write_parquet(target, warnings, order.note)
    elif fmt == "csv":
        beside = (_write_csvs(target, sheets, order.note, order.mark),)
    else:
        tasks = _task_sheets(engine, settings, order, warnings, kinds, narrowed=rule is not None)
        sheets = tasks | sheets
        counts = {name: counted(frame, "等级" if name in tasks else "预警") or "无" for name, frame in sheets.items()}
        write_workbook(
            target,
            title="低收入人口动态监测预警",
            cover=cover_rows(settings, order, wanted.titles(), counts | _caveats(tasks)),
            notices=notices(order),
            sheets=sheets,
            mark=order.mark,
        )
    rows = {name: frame.height for name, frame in sheets.items()}
    result = ExportResult(
        path=target,
        fmt=fmt,
        edition_id=order.edition.edition_id,
        as_of=order.edition.as_of,
        rows=rows or {_title(kind): warnings.filter(pl.col("kind") == kind).height for kind in kinds},
        masked=not unmask,
        beside=beside,
    )
    record(engine, order, result, wanted.titles())
    return result


def _needed(fmt: str, *, verify: bool, unmask: bool) -> list[str]:
    """Parquet holds keys and no names."""
    needed = ["export.warnings", "warning.need", *(["warning.verify"] if verify else [])]
    return needed + ([] if fmt == "parquet" else ["family.identity"]) + (["family.unmask"] if unmask else [])


def _title(kind: str) -> str:
    return WARNING_KINDS.title_of(kind)


def _write_csvs(target: Path, sheets: dict[str, pl.DataFrame], note: str, mark: str) -> Path:
    """The warnings about families into `target`, those about feeds into a file beside it, which is returned."""
    feeds = _title("feed")
    write_csv(target, pl.concat([frame for name, frame in sheets.items() if name != feeds]), note, mark)
    beside = target.with_name(f"{target.stem}-feeds{target.suffix}")
    write_csv(beside, sheets[feeds], note, mark)
    return beside


def _caveats(tasks: dict[str, pl.DataFrame]) -> dict[str, str]:
    """That days of a year whose holidays are not announced yet are weekdays."""
    known = announced_until()
    beyond = any(not frame.filter(pl.col("办理期限").dt.year() > known).is_empty() for frame in tasks.values())
    return {"办理期限": f"{known + 1} 年放假安排尚未列入日历，该年的期限按周一至周五计算"} if beyond else {}


def _sheets(
    engine: Engine, settings: Settings, order: Order, warnings: pl.DataFrame, kinds: tuple[str, ...]
) -> dict[str, pl.DataFrame]:
    files = delivered_files(engine)
    listed = edition_rows(engine, order.edition.edition_id, "list")
    found = {}
    for kind in kinds:
        rows = warnings.filter(pl.col("kind") == kind)
        found[_title(kind)] = (
            feed_warning_rows(rows, files)
            if kind == "feed"
            else warning_rows(rows, listed, vault_for(engine, settings, order.actor), files, unmask=order.unmask)
        )
    return found


def _task_sheets(  # all that a task is told from
    engine: Engine,
    settings: Settings,
    order: Order,
    warnings: pl.DataFrame,
    kinds: tuple[str, ...],
    *,
    narrowed: bool,
) -> dict[str, pl.DataFrame]:
    """The tasks of the families of `warnings`, whole: narrowed to a rule they keep their other questions."""
    edition_id = order.edition.edition_id
    asked = tuple(each for each in kinds if each in TASK_SHEETS)
    every = (
        warnings_rows(engine, edition_id, WarningFilter.of(order.actor.scope, kinds=asked)) if narrowed else warnings
    )
    listed, tasks = (edition_rows(engine, edition_id, name) for name in ("list", "tasks"))
    found = {}
    for kind in asked:
        families = warnings.filter(pl.col("kind") == kind).select("family_id")
        found[TASK_SHEETS[kind]] = task_rows(
            tasks.filter(pl.col("audience") == kind).join(families, on="family_id", how="semi"),
            every.filter(pl.col("kind") == kind).join(families, on="family_id", how="semi"),
            listed,
            vault_for(engine, settings, order.actor),
            unmask=order.unmask,
        )
    return found
