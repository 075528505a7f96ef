"""Exporting the month's visits for those who go.

What belongs here: the families with what is needed to find them, street by street in the order of a walk. Nothing tells
why a family is visited: no score, group, tier, diagnosis, and not whether it was drawn.
"""

import json
from datetime import date
from pathlib import Path

import polars as pl
from sqlalchemy import Engine

from registry.exports.plain import write_csv
from registry.exports.result import ExportResult, Order, destination, record
from registry.exports.words import code_titles, family_number, people_of, titled
from registry.exports.workbook import write_workbook
from registry.files import writing
from registry.filters import ListFilter
from registry.reader_vault import vault_for
from registry.roles import Actor, require
from registry.vault import Vault
from schemas.codes import CODE_LISTS, CodeList
from schemas.errors import UnknownNameError
from schemas.settings import Settings

__all__ = ["VISIT_FORMATS", "export_visits"]

VISIT_FORMATS = CodeList(
    "visit format", "走访安排格式", {"xlsx": ("Excel 工作簿",), "csv": ("CSV 文本",), "json": ("JSON",)}
)
_NOTICES = (
    "本文件含个人信息，仅限入户走访使用；不得转发、公开或用于其他目的，用后按规定保管或销毁。",
    "走访是了解情况、主动服务，不表示对家庭作出任何认定；请按统一内容询问，如实填写走访日期和走访结果后交回。",
)
_UNPLACED = "街道不明"


def export_visits(  # noqa: PLR0913  # the choices of a reader, each by name
    engine: Engine,
    settings: Settings,
    plan: pl.DataFrame,
    *,
    actor: Actor,
    as_of: date,
    area: str | None = None,
    fmt: str = "xlsx",
    path: Path | None = None,
    purpose: str = "社会救助走访",
) -> ExportResult:
    """Write the plan of `as_of` (of one street, when `area` is given) and record it.

    Raises `NotPermittedError`, `UnknownNameError`.
    """
    require(actor, "visit.plan")
    require(actor, "family.identity")
    if fmt not in VISIT_FORMATS.labels:
        raise UnknownNameError("format", fmt, VISIT_FORMATS.labels)
    wanted = ListFilter.of(actor.scope, area=area)
    order = Order.of(
        engine, settings, as_of=as_of, known_on=None, actor=actor, purpose=purpose, unmask=False
    )  # fmt: skip
    place = {"street_code": wanted.street, "community_code": wanted.community}
    chosen = actor.area.rows(plan).filter(**{name: code for name, code in place.items() if code is not None})
    rows = _rows(chosen, vault_for(engine, settings, actor))
    target = destination(settings, order, path, stem="visits", fmt=fmt)
    _write(target, fmt, rows, settings, order)
    result = ExportResult(
        path=target,
        fmt=fmt,
        edition_id=order.edition.edition_id,
        as_of=order.edition.as_of,
        rows={"家庭": rows.height},
        masked=True,
    )
    record(engine, order, result, wanted.titles())
    return result


def _rows(plan: pl.DataFrame, vault: Vault) -> pl.DataFrame:
    """One row a family, by street, community and address; never by need."""
    heads = people_of(vault, plan["head_key"], unmask=False)
    return (
        plan.join(heads, left_on="head_key", right_on="person_key", how="left")
        .sort("street_code", "community_code", "address", "family_id", nulls_last=True)
        .with_columns(no=pl.int_range(1, pl.len() + 1).over("street_code"))
        .select(
            pl.col("no").cast(pl.Int64).alias("序号"),
            titled("street_code", code_titles("street")).fill_null(_UNPLACED).alias("街道"),
            titled("community_code", code_titles("community")).alias("社区"),
            family_number().alias("户号/户编号"),
            pl.col("person_name").alias("户主姓名"),
            pl.col("phone").alias("联系电话"),
            pl.col("address").alias("住址"),
            pl.lit("", pl.String).alias("走访日期"),
            pl.lit("", pl.String).alias("走访结果"),
            pl.col("family_id").alias("家庭标识"),
        )
    )


def _write(target: Path, fmt: str, rows: pl.DataFrame, settings: Settings, order: Order) -> None:
    notices = [order.note, *_NOTICES] if order.note else list(_NOTICES)
    if fmt == "csv":
        write_csv(target, rows, order.note, order.mark)
    elif fmt == "json":
        document = {"as_of": order.edition.as_of.isoformat(), "notices": notices, "visits": rows.to_dicts()}
        with writing(target) as temporary:
            temporary.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    else:
        streets = rows.partition_by("街道", maintain_order=True)
        write_workbook(
            target,
            title="入户走访安排",
            cover=[
                ("地区", settings.district_name),
                ("统计截止日", f"{order.edition.as_of}"),
                *order.taken.lines,
                *((each["街道"][0], f"{each.height}户") for each in streets),
            ],
            notices=notices,
            sheets={each["街道"][0]: each for each in streets} or {"走访": rows},
            mark=order.mark,
            choices={"走访结果": [titles[0] for titles in CODE_LISTS["visit_outcome"].labels.values()]},
        )
