"""Exporting the difference of two editions: families, groups and persons that changed, with the reason.

What belongs here: the sheets of that workbook and their words. It says on its cover which editions were compared.
"""

from pathlib import Path

import polars as pl
from sqlalchemy import Engine

from editions.changes import CHANGE_KINDS, CHANGE_MANNERS, CHANGE_REASONS
from registry.edition_diff import PEOPLE_CHANGES, EditionDiff
from registry.edition_parameters import parameters_of
from registry.exports.cover import cover_rows, notices
from registry.exports.result import ExportResult, Order, record
from registry.exports.words import MARK, code_titles, family_number, listed_titles, people_of, rule_titles, titled
from registry.exports.workbook import write_workbook
from registry.filters import LAYERS, TIERS
from registry.queries import EditionInfo
from registry.roles import Actor, require
from registry.vault import Vault, mask_name_expr
from schemas.codes import CodeList
from schemas.settings import Settings

__all__ = ["export_diff"]

_TITLE = "两个版本的名单变动"


def export_diff(
    engine: Engine, settings: Settings, found: EditionDiff, *, actor: Actor, path: Path, unmask: bool = False
) -> ExportResult:
    """Write the workbook to `path` and one line to the audit chain; raises `NotPermittedError`."""
    for permission in ("export.list", "family.identity", *(["family.unmask"] if unmask else [])):
        require(actor, permission)
    order = Order.of(
        engine, settings, as_of=found.after.as_of, known_on=None, actor=actor, purpose="版本对比", unmask=unmask
    )
    whole = pl.col("scope") == "list"
    points = _points(settings, found.after)
    sheets = {
        "家庭变动": _family_rows(found.families.filter(whole), points),
        "群体变动": _group_rows(found.families.filter(~whole)),
        "人员变动": _people_rows(settings, found.people, unmask=unmask),
    }
    counts = {
        "对照版本": f"{found.before.as_of} {found.before.edition_id}（内容 {found.before.content_hash}）",
        "本版本": f"{found.after.as_of} {found.after.edition_id}（内容 {found.after.content_hash}）",
        **{name: str(rows.height) for name, rows in sheets.items()},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    write_workbook(
        path,
        title=_TITLE,
        cover=cover_rows(settings, order, {}, counts),
        notices=notices(order),
        sheets=sheets,
        mark=order.mark,
    )
    result = ExportResult(
        path=path,
        fmt="xlsx",
        edition_id=found.after.edition_id,
        as_of=found.after.as_of,
        rows={name: rows.height for name, rows in sheets.items()},
        masked=not unmask,
    )
    record(engine, order, result, {"compared_with": found.before.edition_id})
    return result


def _words(codes: CodeList) -> dict[str, str]:
    return {code: codes.title_of(code) for code in codes.codes}


def _points(settings: Settings, edition: EditionInfo) -> dict[str, str]:
    """Reasons of tier points to their titles."""
    prefix = "tiers.points_"
    held = parameters_of(settings, edition).at.parameters.by_name
    return {name.removeprefix(prefix): each.title for name, each in held.items() if name.startswith(prefix)}


def _family_rows(rows: pl.DataFrame, points: dict[str, str]) -> pl.DataFrame:
    return rows.select(
        **_common(),
        原街道=titled("street_before", code_titles("street")),
        现街道=titled("street_after", code_titles("street")),
        原等级=titled("tier_before", _words(TIERS)),
        现等级=titled("tier_after", _words(TIERS)),
        增加的分项=_scored("points_gained", points),
        减少的分项=_scored("points_lost", points),
        原层次=titled("layer_before", _words(LAYERS)),
        现层次=titled("layer_after", _words(LAYERS)),
        **_why(),
    )


def _group_rows(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(
        **_common(),
        群体=titled("rule_id", rule_titles()),
        原街道=titled("street_before", code_titles("street")),
        现街道=titled("street_after", code_titles("street")),
        **_why(),
    )


def _common() -> dict[str, pl.Expr]:
    return {
        "变动": titled("change", _words(CHANGE_KINDS)),
        "家庭标识": pl.col("family_id"),
        "户编号": family_number(),
        "原家庭标识": pl.col("previous_family_id"),
    }


def _why() -> dict[str, pl.Expr]:
    return {
        "原因": titled("reason", _words(CHANGE_REASONS)),
        "方式": titled("manner", _words(CHANGE_MANNERS)),
        "依据": titled("ground", rule_titles()),
        "事实日期": pl.col("evidence_on"),
        "参数版本": pl.col("parameters_version"),
        "人工决定": pl.col("decision_id"),
        "来源交付": pl.col("source_delivery"),
        "来源行": pl.col("source_row"),
    }


def _scored(column: str, points: dict[str, str]) -> pl.Expr:
    """`reason=points;…` as 'title points分；…'."""
    reason = pl.element().str.extract("^([^=]+)=")
    title = reason.replace_strict(points, default=reason, return_dtype=pl.String)
    told = title + " " + pl.element().str.extract("=(-?[0-9]+)$") + "分"
    return pl.col(column).fill_null("").str.split(";").list.eval(told).list.drop_nulls().list.join(MARK)


def _people_rows(settings: Settings, people: pl.DataFrame, *, unmask: bool) -> pl.DataFrame:
    named = people_of(Vault(settings), people["person_key"], unmask=unmask)
    joined = people.join(named, on="person_key", how="left", maintain_order="left")
    name = pl.col("person_name") if unmask else mask_name_expr("person_name")
    return joined.select(
        变动=titled("change", PEOPLE_CHANGES),
        姓名=name,
        身份证号=pl.col("id_number"),
        原家庭标识="family_before",
        现家庭标识="family_after",
        原街道=titled("street_before", code_titles("street")),
        现街道=titled("street_after", code_titles("street")),
        新增依据=listed_titles("grounds_gained", rule_titles()),
        减少依据=listed_titles("grounds_lost", rule_titles()),
        原因=titled("reason", _words(CHANGE_REASONS)),
    )
