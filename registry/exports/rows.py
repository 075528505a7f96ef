"""The list and the warnings in words: one frame a sheet, with Chinese headings.

What belongs here: joining names from the vault, titles from rules and code lists. A frame made here holds people's data
and goes into an export only.
"""

from collections.abc import Sequence
from datetime import date

import polars as pl
from sqlalchemy import Engine, select

from editions.changes import CHANGE_REASONS
from editions.standing import STATUSES
from registry.exports.words import (
    MARK,
    age_at,
    code_titles,
    family_number,
    found_words,
    in_yuan,
    listed_titles,
    people_of,
    rule_titles,
    titled,
    titles_of,
    yes_or_no,
)
from registry.filters import EVIDENCE, LAYERS, TIERS
from registry.list_columns import LIST_COLUMNS
from registry.models import DeliveryRecord
from registry.vault import Vault
from rules import all_rules
from rules.measures import MEASURES
from rules.parameters.model import ParametersAt
from rules.tiers import GROUP_REASONS
from schemas.codes import CODE_LISTS
from schemas.contract import DEPARTMENTS, all_feeds
from schemas.errors import UnknownNameError
from schemas.tables import get_table

__all__ = [
    "NAMED",
    "READ",
    "SHOWN_AS",
    "chosen",
    "delivered_files",
    "family_rows",
    "feed_warning_rows",
    "member_rows",
    "tier_reasons_in_words",
    "warning_rows",
]

READ = {
    "list": (),
    "measures": ("family_id", "measure"),
    "standings": ("family_id", "reason"),
    "members": ("family_id", "person_key", "relation", "birth_on", "on_register", "counted", "in_scope"),
    "hits": ("person_key", "rule_id"),
}
"""Of the tables of an edition the columns that rows of families and members are made of; none named are all."""
NAMED = ("序号", "户号/户编号", "户主姓名", "家庭标识")
"""By what a row of `family_rows` is known; the last stands at the end of a sheet."""
SHOWN_AS: dict[str, tuple[str, ...]] = {
    "tier": ("等级",),
    "score": ("评分",),
    "place": ("街道", "社区"),
    "layer": ("层次",),
    "groups": ("群体", "拟退出群体"),
    "classes": ("困难类型",),
    "members": ("人数",),
    "evidence": ("收入依据",),
    "status": ("状态",),
}
"""What each column of the list page (`registry.list_columns`) shows, as headings of `family_rows`."""

_NO_STANDINGS = pl.DataFrame(schema=get_table("standings").schema)
_NO_MEASURES = pl.DataFrame(schema=get_table("measures").schema)


def family_rows(
    listed: pl.DataFrame,
    vault: Vault,
    parameters: ParametersAt,
    *,
    unmask: bool,
    measures: pl.DataFrame | None = None,
    standings: pl.DataFrame | None = None,
    first: int = 1,
) -> pl.DataFrame:
    """One row a family in the order of `listed`, numbered from `first`.

    With what `measures` suggest to it, and for which reason something is proposed to leave by `standings`, where given.
    """
    people = people_of(vault, listed["head_key"], unmask=unmask)
    suggested = _suggested(_NO_MEASURES if measures is None else measures)
    rows = (
        listed.with_row_index("no", offset=first)
        .join(people, left_on="head_key", right_on="person_key", how="left", maintain_order="left")
        .join(suggested, on="family_id", how="left", maintain_order="left")
        .join(
            _leaving(_NO_STANDINGS if standings is None else standings),
            on="family_id",
            how="left",
            maintain_order="left",
        )
    )
    return rows.select(
        pl.col("no").cast(pl.Int64).alias("序号"),
        family_number().alias("户号/户编号"),
        pl.col("person_name").alias("户主姓名"),
        pl.col("id_number").alias("户主身份证号"),
        pl.col("phone").alias("联系电话"),
        titled("street_code", code_titles("street")).alias("街道"),
        titled("community_code", code_titles("community")).alias("社区"),
        pl.col("address").alias("住址"),
        pl.col("members").alias("人数"),
        titled("layer", titles_of(LAYERS.labels)).alias("层次"),
        listed_titles("groups", rule_titles()).alias("群体"),
        titled("tier", titles_of(TIERS.labels)).alias("等级"),
        tier_reasons_in_words(parameters).alias("等级理由"),
        listed_titles("classes", code_titles("difficulty")).alias("困难类型"),
        pl.col("suggested").alias("建议措施"),
        pl.col("score").alias("评分"),
        in_yuan("income_fen").alias("年收入(元)"),
        titled("income_evidence", titles_of(EVIDENCE.labels)).alias("收入依据"),
        titled("status", titles_of(STATUSES.labels)).alias("状态"),
        listed_titles("proposed_groups", rule_titles()).alias("拟退出群体"),
        pl.col("leaving").alias("拟退出原因"),
        pl.col("family_id").alias("家庭标识"),
    )


def chosen(columns: Sequence[str]) -> tuple[str, ...]:
    """The headings of a file with these columns of the list page, beside by what a family is known.

    Raises `UnknownNameError`.
    """
    for each in columns:
        if each not in LIST_COLUMNS.labels:
            raise UnknownNameError(LIST_COLUMNS.name, each, LIST_COLUMNS.codes)
    *first, last = NAMED
    return (*first, *(heading for each in LIST_COLUMNS.codes if each in columns for heading in SHOWN_AS[each]), last)


def _leaving(standings: pl.DataFrame) -> pl.DataFrame:
    """Per family why something is proposed to leave, or in grace, each reason once."""
    return (
        standings.filter(pl.col("reason").is_not_null())
        .select("family_id", leaving=titled("reason", titles_of(CHANGE_REASONS.labels)))
        .unique()
        .sort("family_id", "leaving")
        .group_by("family_id", maintain_order=True)
        .agg(pl.col("leaving").str.join(MARK))
    )


def member_rows(
    families: pl.DataFrame, members: pl.DataFrame, hits: pl.DataFrame, vault: Vault, as_of: date, *, unmask: bool
) -> pl.DataFrame:
    """One row a member, family by family in the order of `families` (made by `family_rows`), the head first."""
    named = families.select("序号", "户号/户编号", "户主姓名", family_id="家庭标识")
    people = people_of(vault, members["person_key"], unmask=unmask)
    groups = (
        hits.filter(pl.col("rule_id").is_in(GROUP_REASONS))
        .select("person_key", rule=pl.col("rule_id").replace_strict(rule_titles()))
        .unique()
        .sort("person_key", "rule")
        .group_by("person_key", maintain_order=True)
        .agg(groups=pl.col("rule").str.join(MARK))
    )
    relations = {code: place for place, code in enumerate(CODE_LISTS["relation"].codes)}
    relation_order = pl.col("relation").replace_strict(relations, default=len(relations), return_dtype=pl.Int64)
    return (
        members.join(named, on="family_id")
        .join(people, on="person_key", how="left")
        .join(groups, on="person_key", how="left")
        .sort("序号", relation_order, "birth_on", "person_key")
        .select(
            "序号",
            "户号/户编号",
            "户主姓名",
            pl.col("person_name").alias("姓名"),
            pl.col("id_number").alias("身份证号"),
            titled("relation", code_titles("relation")).alias("与户主关系"),
            age_at(as_of).alias("年龄"),
            yes_or_no("on_register").alias("在册"),
            yes_or_no(pl.col("counted") & pl.col("in_scope")).alias("计入人数"),
            pl.col("groups").alias("群体"),
            pl.col("phone").alias("联系电话"),
            pl.col("address").alias("住址"),
            pl.col("family_id").alias("家庭标识"),
        )
    )


def warning_rows(
    warnings: pl.DataFrame, listed: pl.DataFrame, vault: Vault, files: pl.DataFrame, *, unmask: bool
) -> pl.DataFrame:
    """One row a warning about a family, with the question that a visitor asks."""
    people = people_of(vault, warnings["person_key"], unmask=unmask)
    families = listed.select("family_id", "tier", "community_code")
    return (
        warnings.join(people, on="person_key", how="left", maintain_order="left")
        .join(families, on="family_id", how="left", maintain_order="left")
        .join(files, on="source_delivery", how="left", maintain_order="left")
        .with_row_index("no", offset=1)
        .select(
            pl.col("no").cast(pl.Int64).alias("序号"),
            titled("rule_id", rule_titles()).alias("预警"),
            pl.col("person_name").alias("姓名"),
            pl.col("id_number").alias("身份证号"),
            pl.col("phone").alias("联系电话"),
            titled("street_code", code_titles("street")).alias("街道"),
            titled("community_code", code_titles("community")).alias("社区"),
            pl.col("address").alias("住址"),
            titled("tier", titles_of(TIERS.labels)).alias("等级"),
            found_words().alias("发现的事实"),
            pl.col("evidence_on").alias("事实日期"),
            in_yuan("evidence_fen").alias("金额(元)"),
            titled("rule_id", {each.id: each.question for each in all_rules().values()}).alias("请核实"),
            titled("source_feed", {each.name: each.title for each in all_feeds().values()}).alias("数据来源"),
            pl.col("file_name").alias("来源文件"),
            pl.col("source_sheet").alias("工作表"),
            pl.col("source_row").alias("行号"),
            family_number().alias("户号/户编号"),
            pl.col("family_id").alias("家庭标识"),
            pl.col("warning_id").alias("预警编号"),
        )
    )


def feed_warning_rows(warnings: pl.DataFrame, files: pl.DataFrame) -> pl.DataFrame:
    """One row a warning about a feed, with the question to its department."""
    feeds = all_feeds().values()
    departments = {each.name: DEPARTMENTS[each.department] for each in feeds}
    return (
        warnings.join(files, on="source_delivery", how="left", maintain_order="left")
        .with_row_index("no", offset=1)
        .select(
            pl.col("no").cast(pl.Int64).alias("序号"),
            titled("rule_id", rule_titles()).alias("预警"),
            titled("subject", {each.name: each.title for each in feeds}).alias("数据来源"),
            titled("subject", departments).alias("部门"),
            found_words().alias("发现的事实"),
            pl.col("evidence_on").alias("日期"),
            titled("rule_id", {each.id: each.question for each in all_rules().values()}).alias("请部门核实"),
            pl.col("file_name").alias("来源文件"),
            pl.col("warning_id").alias("预警编号"),
        )
    )


def _suggested(measures: pl.DataFrame) -> pl.DataFrame:
    """One row a family: the titles of its measures, each once, in the order of the code list."""
    places = {code: place for place, code in enumerate(MEASURES)}
    return (
        measures.select("family_id", "measure")
        .unique()
        .sort("family_id", pl.col("measure").replace_strict(places, default=len(places), return_dtype=pl.Int64))
        .group_by("family_id", maintain_order=True)
        .agg(suggested=titled("measure", code_titles("measure")).str.join(MARK))
    )


def delivered_files(engine: Engine) -> pl.DataFrame:
    """File name by delivery."""
    with engine.connect() as connection:
        rows = connection.execute(select(DeliveryRecord.delivery_id, DeliveryRecord.file_name)).fetchall()
    schema = {"source_delivery": pl.String(), "file_name": pl.String()}
    return pl.DataFrame([tuple(each) for each in rows], schema=schema, orient="row")


def tier_reasons_in_words(parameters: ParametersAt) -> pl.Expr:
    """'reason=points' as the title of the reason's parameter and its points."""
    named = {
        name.removeprefix("tiers.points_"): each.title
        for name, each in parameters.parameters.by_name.items()
        if name.startswith("tiers.points_")
    }
    part = pl.element().str.split("=")
    reason = part.list.get(0, null_on_oob=True)
    title = reason.replace_strict(named, default=reason, return_dtype=pl.String)
    worded = (
        pl.when(pl.element() == "")
        .then(pl.lit(""))
        .otherwise(pl.format("{}({}分)", title, part.list.get(1, null_on_oob=True).fill_null("")))
    )
    return pl.col("tier_reasons").fill_null("").str.split(";").list.eval(worded).list.join(MARK)
