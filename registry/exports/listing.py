"""Exporting the monitoring list.

What belongs here: the order of the steps: may the role, which rows, into words, write, record.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

import polars as pl
from sqlalchemy import Engine

from registry.edition_parameters import parameters_of
from registry.errors import NotPermittedError
from registry.exports.cover import Counted, cover_rows, notices
from registry.exports.plain import write_csv, write_parquet
from registry.exports.result import FORMATS, ExportResult, Order, checked_format, destination, record
from registry.exports.rows import NAMED, READ, chosen, family_rows, member_rows
from registry.exports.workbook import write_workbook
from registry.filters import ListFilter
from registry.list_columns import LIST_COLUMNS
from registry.queries import edition_rows_of, list_families, list_rows
from registry.reader_vault import vault_for
from registry.roles import Actor, require
from schemas.errors import UnknownNameError
from schemas.settings import Settings

__all__ = ["export_list"]

_FAMILIES_AT_ONCE = 10_000
_COUNTED = ("层次", "等级", "群体", "困难类型", "建议措施")


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
    columns: Sequence[str] = (),
    fmt: str = "xlsx",
    path: Path | None = None,
    unmask: bool = False,
    purpose: str = "社会救助走访核实",
) -> ExportResult:
    """Write the list that answers for `as_of` as known on `known_on`, narrowed as asked, and record it.

    XLSX holds a cover, one row a family and one row a member; CSV one row a family; Parquet the canonical table with
    person keys and no names. A filter that is made already (`wanted`) stands in the place of its words. With `columns`
    (`LIST_COLUMNS`) a row holds these and the head's name alone: no number, telephone or address, and no members.
    Raises `NotPermittedError`, `NoEditionError`, `UnknownNameError`.
    """
    for permission in _needed(fmt, unmask=unmask):
        require(actor, permission)
    checked_format(fmt)
    headings = chosen(columns) if columns else ()
    if headings and fmt == "parquet":
        raise UnknownNameError(FORMATS.name, fmt, [each for each in FORMATS.codes if each != fmt])
    if wanted is None:
        wanted = ListFilter.of(actor.scope, area=area, tier=tier, group=group, layer=layer)
    elif wanted.scope != actor.scope:
        raise NotPermittedError("the filter was made for another reader")
    order = Order.of(engine, settings, as_of=as_of, known_on=known_on, actor=actor, purpose=purpose, unmask=unmask)
    target = destination(settings, order, path, stem="monitoring-list", fmt=fmt)
    if fmt == "parquet":
        listed = list_rows(engine, order.edition.edition_id, wanted, sort=sort)
        write_parquet(target, listed, order.note)
        rows = {"家庭": listed.height}
    else:
        families = list_families(engine, order.edition.edition_id, wanted, sort=sort)
        if fmt == "csv":
            told = pl.concat(_pieces(engine, settings, order, families))
            write_csv(target, told.select(headings or pl.all()), order.note, order.mark)
            rows = {"家庭": families.len()}
        else:
            rows = _write_xlsx(engine, settings, order, wanted.titles(), families, columns, target)
    result = ExportResult(
        path=target,
        fmt=fmt,
        edition_id=order.edition.edition_id,
        as_of=order.edition.as_of,
        rows=rows,
        masked=not unmask or bool(headings),
    )
    record(engine, order, result, wanted.titles() | _named(columns))
    return result


def _named(columns: Sequence[str]) -> dict[str, str]:
    """What was chosen, beside the filters."""
    told = "、".join(LIST_COLUMNS.title_of(each) for each in LIST_COLUMNS.codes if each in columns)
    return {LIST_COLUMNS.title: told} if told else {}


def _needed(fmt: str, *, unmask: bool) -> list[str]:
    """Parquet holds keys and no names."""
    return ["export.list", *([] if fmt == "parquet" else ["family.identity"]), *(["family.unmask"] if unmask else [])]


def _pieces(engine: Engine, settings: Settings, order: Order, families: pl.Series) -> Iterator[pl.DataFrame]:
    """The families in words, some thousand at a time: so many stand in memory, however many there are."""
    parameters = parameters_of(settings, order.edition).at
    for start in range(0, max(families.len(), 1), _FAMILIES_AT_ONCE):
        some = families.slice(start, _FAMILIES_AT_ONCE)
        rows, measures, standings = (
            edition_rows_of(engine, order.edition.edition_id, each, some, READ[each])
            for each in ("list", "measures", "standings")
        )
        yield family_rows(
            some.to_frame("family_id").join(rows, on="family_id", maintain_order="left"),
            vault_for(engine, settings, order.actor),
            parameters,
            unmask=order.unmask,
            measures=measures,
            standings=standings,
            first=start + 1,
        )


def _write_xlsx(  # one file, and what goes into it
    engine: Engine,
    settings: Settings,
    order: Order,
    filters: Mapping[str, str],
    families: pl.Series,
    columns: Sequence[str],
    target: Path,
) -> dict[str, int]:
    headings = chosen(columns) if columns else ()
    told: list[pl.DataFrame] = []
    counts = {each: Counted() for each in _COUNTED if not headings or each in headings}
    written = {"家庭": families.len()} | ({} if headings else {"成员": 0})
    people_listed = 0

    def listed() -> Iterator[pl.DataFrame]:
        nonlocal people_listed
        for piece in _pieces(engine, settings, order, families):
            people_listed += int(piece["人数"].sum())
            if not headings:
                told.append(piece.select(*NAMED))
            for column, counted in counts.items():
                counted.add(piece[column])
            yield piece.select(headings or pl.all())

    def people() -> Iterator[pl.DataFrame]:
        for piece in told:
            found = _people(engine, settings, order, piece)
            written["成员"] += found.height
            yield found

    def cover() -> list[tuple[str, str]]:
        whole = {"家庭数": f"{written['家庭']}", "人数": f"{people_listed}"}
        away = written.get("成员", 0) - people_listed
        if away > 0:  # they stay in their families until somebody confirms that they moved
            whole["已不在辖区、待确认"] = f"{away}（列入成员表，不计入人数）"
        parts = {column: counted.told() for column, counted in counts.items()}
        return cover_rows(settings, order, filters, _named(columns) | whole | parts, numbers=not headings)

    write_workbook(
        target,
        title="低收入人口动态监测名单",
        cover=cover,
        notices=notices(order),
        sheets={"家庭": listed()} | ({} if headings else {"成员": people()}),
        mark=order.mark,
    )
    return written


def _people(engine: Engine, settings: Settings, order: Order, families: pl.DataFrame) -> pl.DataFrame:
    members, hits = (
        edition_rows_of(engine, order.edition.edition_id, each, families["家庭标识"], READ[each])
        for each in ("members", "hits")
    )
    return member_rows(
        families, members, hits, vault_for(engine, settings, order.actor), order.edition.as_of, unmask=order.unmask
    )
