"""Exporting the monitoring list.

What belongs here: the order of the steps: may the role, which rows, into words, write, record.
"""

from datetime import date, datetime
from pathlib import Path

import polars as pl
from sqlalchemy import Engine

from registry.edition_parameters import parameters_of
from registry.errors import NotPermittedError
from registry.exports.cover import counted, cover_rows, notices
from registry.exports.plain import write_csv, write_parquet
from registry.exports.result import ExportResult, Order, checked_format, destination, record
from registry.exports.rows import family_rows, member_rows
from registry.exports.workbook import write_workbook
from registry.filters import ListFilter
from registry.queries import edition_rows, list_rows
from registry.roles import Actor, require
from registry.vault import Vault
from schemas.settings import Settings

__all__ = ["export_list"]


def export_list(  # noqa: PLR0913  # the choices of a reader, each by name
    engine: Engine,
    settings: Settings,
    *,
    actor: Actor,
    as_of: date | None = None,
    known_on: date | datetime | None = None,
    area: str | None = None,
    tier: str | None = None,
    group: str | None = None,
    layer: str | None = None,
    wanted: ListFilter | None = None,
    sort: str = "urgency",
    fmt: str = "xlsx",
    path: Path | None = None,
    unmask: bool = False,
    purpose: str = "社会救助走访核实",
) -> ExportResult:
    """Write the list that answers for `as_of` as known on `known_on`, narrowed as asked, and record it.

    XLSX holds a cover, one row a family and one row a member; CSV one row a family; Parquet the canonical table with
    person keys and no names. A filter that is made already (`wanted`) stands in the place of its words.
    Raises `NotPermittedError`, `NoEditionError`, `UnknownNameError`.
    """
    for permission in _needed(fmt, unmask=unmask):
        require(actor, permission)
    checked_format(fmt)
    if wanted is None:
        wanted = ListFilter.of(actor.scope, area=area, tier=tier, group=group, layer=layer)
    elif wanted.scope != actor.scope:
        raise NotPermittedError("the filter was made for another reader")
    order = Order.of(engine, settings, as_of=as_of, known_on=known_on, actor=actor, purpose=purpose, unmask=unmask)
    listed = list_rows(engine, order.edition.edition_id, wanted, sort=sort)
    target = destination(settings, order, path, stem="monitoring-list", fmt=fmt)
    if fmt == "parquet":
        write_parquet(target, listed, order.note)
        rows = {"家庭": listed.height}
    elif fmt == "csv":
        write_csv(target, _families(engine, settings, order, listed), order.note, order.mark)
        rows = {"家庭": listed.height}
    else:
        rows = _write_xlsx(engine, settings, order, wanted, listed, target)
    result = ExportResult(
        path=target,
        fmt=fmt,
        edition_id=order.edition.edition_id,
        as_of=order.edition.as_of,
        rows=rows,
        masked=not unmask,
    )
    record(engine, order, result, wanted.titles())
    return result


def _needed(fmt: str, *, unmask: bool) -> list[str]:
    """Parquet holds keys and no names."""
    return ["export.list", *([] if fmt == "parquet" else ["family.identity"]), *(["family.unmask"] if unmask else [])]


def _families(engine: Engine, settings: Settings, order: Order, listed: pl.DataFrame) -> pl.DataFrame:
    measures = edition_rows(engine, order.edition.edition_id, "measures")
    parameters = parameters_of(settings, order.edition).at
    standings = edition_rows(engine, order.edition.edition_id, "standings")
    return family_rows(listed, Vault(settings), parameters, unmask=order.unmask, measures=measures, standings=standings)


def _write_xlsx(
    engine: Engine, settings: Settings, order: Order, wanted: ListFilter, listed: pl.DataFrame, target: Path
) -> dict[str, int]:
    edition_id, as_of = order.edition.edition_id, order.edition.as_of
    families = _families(engine, settings, order, listed)
    members = edition_rows(engine, edition_id, "members").join(listed, on="family_id", how="semi")
    hits = edition_rows(engine, edition_id, "hits").join(listed, on="family_id", how="semi")
    people = member_rows(families, members, hits, Vault(settings), as_of, unmask=order.unmask)
    counts = {
        "家庭数": f"{families.height}",
        "人数": f"{people.height}",
        "层次": counted(families, "层次"),
        "等级": counted(families, "等级"),
        "群体": counted(families, "群体"),
        "困难类型": counted(families, "困难类型"),
        "建议措施": counted(families, "建议措施"),
    }
    write_workbook(
        target,
        title="低收入人口动态监测名单",
        cover=cover_rows(settings, order, wanted.titles(), counts),
        notices=notices(order),
        sheets={"家庭": families, "成员": people},
        mark=order.mark,
    )
    return {"家庭": families.height, "成员": people.height}
