"""Exporting the warnings.

What belongs here: the order of the steps, and that questions to be verified go only to roles that may see them, on a
sheet of their own.
"""

from datetime import date, datetime
from pathlib import Path

import polars as pl
from sqlalchemy import Engine

from registry.exports.cover import counted, cover_rows, notices
from registry.exports.plain import write_csv, write_parquet
from registry.exports.result import ExportResult, Order, checked_format, destination, record
from registry.exports.rows import delivered_files, feed_warning_rows, warning_rows
from registry.exports.workbook import write_workbook
from registry.filters import WARNING_KINDS, WarningFilter
from registry.queries import edition_rows, warnings_rows
from registry.roles import Actor, require
from registry.vault import Vault
from schemas.settings import Settings

__all__ = ["export_alerts"]


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

    XLSX has a sheet a kind: 困难发现, 数据质量 and, when `verify` is asked for, 待核实. CSV holds those about families,
    Parquet all of them in one table. Raises `NotPermittedError`, `NoEditionError`, `UnknownNameError`.
    """
    for permission in ("need", *(["verify"] if verify else []), *(["unmask"] if unmask else [])):
        require(actor, permission)
    checked_format(fmt)
    kinds = ("need", "verify", "feed") if verify else ("need", "feed")
    wanted = WarningFilter.of(kinds=kinds, area=area, tier=tier, rule=rule)
    order = Order.of(engine, settings, as_of=as_of, known_on=known_on, actor=actor, purpose=purpose, unmask=unmask)
    warnings = warnings_rows(engine, order.edition.edition_id, wanted)
    target = destination(settings, order, path, stem="warnings", fmt=fmt)
    if fmt == "parquet":
        write_parquet(target, warnings)
    else:
        sheets = _sheets(engine, settings, order, warnings, kinds)
        if fmt == "csv":
            about_families = [frame for name, frame in sheets.items() if name != WARNING_KINDS.title_of("feed")]
            write_csv(target, pl.concat(about_families))
        else:
            counts = {name: counted(frame, "预警") or "无" for name, frame in sheets.items()}
            write_workbook(
                target,
                title="低收入人口动态监测预警",
                cover=cover_rows(settings, order, wanted.titles(), counts),
                notices=notices(order),
                sheets=sheets,
            )
    result = ExportResult(
        path=target,
        fmt=fmt,
        edition_id=order.edition.edition_id,
        as_of=order.edition.as_of,
        rows={
            WARNING_KINDS.title_of(kind): warnings.filter(pl.col("kind") == kind).height
            for kind in kinds
            if fmt != "csv" or kind != "feed"
        },
        masked=not unmask,
    )
    record(engine, order, result, wanted.titles())
    return result


def _sheets(
    engine: Engine, settings: Settings, order: Order, warnings: pl.DataFrame, kinds: tuple[str, ...]
) -> dict[str, pl.DataFrame]:
    files = delivered_files(engine)
    listed = edition_rows(engine, order.edition.edition_id, "list")
    found = {}
    for kind in kinds:
        rows = warnings.filter(pl.col("kind") == kind)
        found[WARNING_KINDS.title_of(kind)] = (
            feed_warning_rows(rows, files)
            if kind == "feed"
            else warning_rows(rows, listed, Vault(settings), files, unmask=order.unmask)
        )
    return found
