"""The list and the warnings in words: one frame a sheet, with Chinese headings.

What belongs here: joining names from the vault, titles from rules and code lists. A frame made here holds people's data
and goes into an export only.
"""

from collections.abc import Mapping
from datetime import date

import polars as pl
from sqlalchemy import Engine, select

from editions.grounds import GROUNDS
from registry.filters import EVIDENCE, LAYERS, STATUSES, TIERS
from registry.models import DeliveryRecord
from registry.vault import Vault, mask_id_expr
from rules import all_rules
from rules.parameters.model import ParametersAt
from rules.tiers import GROUP_REASONS
from schemas.codes import CODE_LISTS
from schemas.contract import DEPARTMENTS, all_feeds

__all__ = ["delivered_files", "family_rows", "feed_warning_rows", "member_rows", "warning_rows"]

_FEN = 100
_MARK = "；"


def family_rows(listed: pl.DataFrame, vault: Vault, parameters: ParametersAt, *, unmask: bool) -> pl.DataFrame:
    """One row a family in the order of `listed`."""
    people = _people(vault, listed["head_key"], unmask=unmask)
    rows = listed.with_row_index("no", offset=1).join(
        people, left_on="head_key", right_on="person_key", how="left", maintain_order="left"
    )
    return rows.select(
        pl.col("no").cast(pl.Int64).alias("序号"),
        _number().alias("户号/户编号"),
        pl.col("person_name").alias("户主姓名"),
        pl.col("id_number").alias("户主身份证号"),
        pl.col("phone").alias("联系电话"),
        _titled("street_code", _codes("street")).alias("街道"),
        _titled("community_code", _codes("community")).alias("社区"),
        pl.col("address").alias("住址"),
        pl.col("members").alias("人数"),
        _titled("layer", _titles(LAYERS.labels)).alias("层次"),
        _listed("groups", _rule_titles()).alias("群体"),
        _titled("tier", _titles(TIERS.labels)).alias("等级"),
        _tier_reasons(parameters).alias("等级理由"),
        _listed("classes", _codes("difficulty")).alias("困难类型"),
        pl.col("score").alias("评分"),
        (pl.col("income_fen") / _FEN).alias("年收入(元)"),
        _titled("income_evidence", _titles(EVIDENCE.labels)).alias("收入依据"),
        _titled("status", _titles(STATUSES.labels)).alias("状态"),
        _listed("proposed_groups", _rule_titles()).alias("拟退出群体"),
        pl.col("family_id").alias("家庭标识"),
    )


def member_rows(
    families: pl.DataFrame, members: pl.DataFrame, hits: pl.DataFrame, vault: Vault, as_of: date, *, unmask: bool
) -> pl.DataFrame:
    """One row a member, family by family in the order of `families` (made by `family_rows`), the head first."""
    named = families.select("序号", "户号/户编号", "户主姓名", family_id="家庭标识")
    people = _people(vault, members["person_key"], unmask=unmask)
    groups = (
        hits.filter(pl.col("rule_id").is_in(GROUP_REASONS))
        .select("person_key", rule=pl.col("rule_id").replace_strict(_rule_titles()))
        .unique()
        .sort("person_key", "rule")
        .group_by("person_key", maintain_order=True)
        .agg(groups=pl.col("rule").str.join(_MARK))
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
            _titled("relation", _codes("relation")).alias("与户主关系"),
            _age(as_of).alias("年龄"),
            _yes("on_register").alias("在册"),
            _yes("counted").alias("计入人数"),
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
    people = _people(vault, warnings["person_key"], unmask=unmask)
    families = listed.select("family_id", "tier", "community_code")
    return (
        warnings.join(people, on="person_key", how="left", maintain_order="left")
        .join(families, on="family_id", how="left", maintain_order="left")
        .join(files, on="source_delivery", how="left", maintain_order="left")
        .with_row_index("no", offset=1)
        .select(
            pl.col("no").cast(pl.Int64).alias("序号"),
            _titled("rule_id", _rule_titles()).alias("预警"),
            pl.col("person_name").alias("姓名"),
            pl.col("id_number").alias("身份证号"),
            pl.col("phone").alias("联系电话"),
            _titled("street_code", _codes("street")).alias("街道"),
            _titled("community_code", _codes("community")).alias("社区"),
            pl.col("address").alias("住址"),
            _titled("tier", _titles(TIERS.labels)).alias("等级"),
            _found().alias("发现的事实"),
            pl.col("evidence_on").alias("事实日期"),
            (pl.col("evidence_fen") / _FEN).alias("金额(元)"),
            _titled("rule_id", {each.id: each.question for each in all_rules().values()}).alias("请核实"),
            _titled("source_feed", {each.name: each.title for each in all_feeds().values()}).alias("数据来源"),
            pl.col("file_name").alias("来源文件"),
            pl.col("source_sheet").alias("工作表"),
            pl.col("source_row").alias("行号"),
            _number().alias("户号/户编号"),
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
            _titled("rule_id", _rule_titles()).alias("预警"),
            _titled("subject", {each.name: each.title for each in feeds}).alias("数据来源"),
            _titled("subject", departments).alias("部门"),
            _found().alias("发现的事实"),
            pl.col("evidence_on").alias("日期"),
            _titled("rule_id", {each.id: each.question for each in all_rules().values()}).alias("请部门核实"),
            pl.col("file_name").alias("来源文件"),
            pl.col("warning_id").alias("预警编号"),
        )
    )


def delivered_files(engine: Engine) -> pl.DataFrame:
    """File name by delivery."""
    with engine.connect() as connection:
        rows = connection.execute(select(DeliveryRecord.delivery_id, DeliveryRecord.file_name)).fetchall()
    schema = {"source_delivery": pl.String(), "file_name": pl.String()}
    return pl.DataFrame([tuple(each) for each in rows], schema=schema, orient="row")


def _people(vault: Vault, keys: pl.Series, *, unmask: bool) -> pl.DataFrame:
    people = vault.people(keys.drop_nulls().unique())
    return people if unmask else people.with_columns(id_number=mask_id_expr("id_number"))


def _titles(labels: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    return {code: each[0] for code, each in labels.items()}


def _codes(name: str) -> dict[str, str]:
    return _titles(CODE_LISTS[name].labels)


def _rule_titles() -> dict[str, str]:
    return {**_titles(GROUNDS.labels), **{each.id: each.title for each in all_rules().values()}}


def _titled(column: str, titles: Mapping[str, str]) -> pl.Expr:
    """Codes as titles; a code without one stays visible as itself."""
    return pl.col(column).replace_strict(dict(titles), default=pl.col(column), return_dtype=pl.String)


def _listed(column: str, titles: Mapping[str, str]) -> pl.Expr:
    """Codes separated by ';' as titles."""
    each = pl.element().replace_strict(dict(titles), default=pl.element(), return_dtype=pl.String)
    codes = pl.col(column).fill_null("").str.split(";")
    return codes.list.eval(each).list.join(_MARK)


def _tier_reasons(parameters: ParametersAt) -> pl.Expr:
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
    return pl.col("tier_reasons").fill_null("").str.split(";").list.eval(worded).list.join(_MARK)


def _found() -> pl.Expr:
    """What the rule found, in words."""
    bases = {f"{rule.id}\x1f{basis}": words for rule in all_rules().values() for basis, words in rule.bases.items()}
    key = pl.concat_str("rule_id", pl.lit("\x1f"), "basis")
    return key.replace_strict(bases, default=pl.col("basis"), return_dtype=pl.String)


def _number() -> pl.Expr:
    """The number by which an office knows the family; families without household have none."""
    family = pl.col("family_id")
    return pl.when(family.str.contains("^[DH]:")).then(family.str.slice(2)).otherwise(pl.lit(""))


def _yes(column: str) -> pl.Expr:
    return pl.when(pl.col(column)).then(pl.lit("是")).otherwise(pl.lit("否"))


def _age(as_of: date) -> pl.Expr:
    """Whole years at `as_of`."""
    birth = pl.col("birth_on")
    day = birth.dt.month().cast(pl.Int64) * 100 + birth.dt.day()
    before_birthday = day > as_of.month * 100 + as_of.day
    return as_of.year - birth.dt.year().cast(pl.Int64) - before_birthday.cast(pl.Int64)
