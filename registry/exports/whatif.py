"""Exporting a what-if: who would change under other parameters, and why.

What belongs here: the sheets of that workbook and their words. It says on its cover that nothing was published; the
line in the audit chain is written by the caller, once a what-if.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl

from editions.changes import CHANGE_KINDS, CHANGE_REASONS
from editions.costs import EVERYWHERE
from editions.standing import STATUSES
from editions.whatif_balance import DIMENSIONS
from registry.casework.desk import Desk
from registry.edition_parameters import parameters_of
from registry.exports.cover import cover_rows, notices
from registry.exports.result import Order
from registry.exports.rows import family_rows
from registry.exports.words import in_yuan, rule_titles
from registry.exports.workbook import write_workbook
from registry.filters import LAYERS, TIERS, WARNING_KINDS
from registry.queries import EditionInfo
from registry.roles import Actor
from registry.vault import Vault, mask_id_expr, mask_name_expr
from registry.whatif_result import WhatIf
from registry.whatif_sides import ALL_ALONG, FROM_DAY, STARTS
from schemas.codes import CODE_LISTS
from schemas.settings import Settings

__all__ = ["WHATIF_CHANGES", "export_whatif"]

WHATIF_CHANGES: Mapping[str, str] = {
    "entered": "新列入",
    "not_left": "本期不再退出",
    "left": "依规退出",
    "not_entered": "不会列入",
    "proposed": "拟退出（确认前仍在列）",
    "unproposed": "不再拟退出",
    **{code: CHANGE_KINDS.title_of(code) for code in ("tier_changed", "layer_changed", "moved")},
    "group_changed": "群体变动",
}
"""What each of `editions.whatif.DIFFERENCES` is called."""
_READING = {
    FROM_DAY: "参数自名单当日起改变：测算与所对照的名单从同一个上月状态、同样的人工决定和评分模型出发。"
    "按新参数不再符合的家庭先列为“拟退出”，人工确认前仍在列，计入“测算后”；“依规退出”不需要确认；"
    "“不会列入”的家庭本期才列入，按新参数不列入。",
    ALL_ALONG: "视同参数一直如此：测算从首月起按新参数逐月重算，人工决定按当时的记录。"
    "决定是针对当时实际在列的事实作出的，对按新参数才出现的事实没有决定。“不会列入”的家庭按新参数不在名单上。",
}
_MET = "“事实符合”只看名单当日的事实符合哪个群体的规则，不考虑以往是否在列和人工决定；“群体”是名单上的状态。"
_TITLE = "参数测算：名单变化（未发布）"
_NOTICE = "本文件为参数测算结果：未发布，未改变任何在用名单、参数或救助待遇，不得作为进入、退出或停发的依据。"
_MARK = "；"
_NOT_LISTED = "未列入"
_TURNS = {"in": "新应享", "out": "不再应享", "rate": "标准变化"}
_COUNTS = {"before": "现有", "in": "进入", "out": "退出", "after": "测算后"}
_FLOWS = {**_COUNTS, "out": "不再列入", "proposed": "新增拟退出", "unproposed": "不再拟退出"}


def export_whatif(desk: Desk, result: WhatIf, *, actor: Actor, path: Path) -> Order:
    """Write the workbook to `path`, identity numbers masked: a cover, who changes and why, and the counts.

    Gives the order that it was written for. Who takes it out is recorded by the caller.
    """
    settings, edition, comparison, costs = desk.settings, result.edition, result.comparison, result.costs
    order = Order.of(
        desk.engine, settings, as_of=edition.as_of, known_on=None, actor=actor, purpose="参数测算", unmask=False
    )
    order = replace(order, edition=edition)
    told = "\n".join(each.told for each in result.changes)
    by_change = comparison.counts
    counts = {
        "性质": "参数测算，未发布；上列版本为对照的已发布版本",
        "测算改变的参数": told,
        "起算": STARTS.title_of(result.start),
        "与已发布名单核对": _checked(result),
        "发生变化的家庭": f"{comparison.families.height}",
        **{f"其中：{title}": f"{by_change[change]}" for change, title in WHATIF_CHANGES.items() if by_change[change]},
        "应享津贴发生变化的人次": f"{costs.turns.height}",
    }
    write_workbook(
        path,
        title=_TITLE,
        cover=cover_rows(settings, order, {}, counts),
        notices=[_NOTICE, _READING[result.start], _MET, *notices(order)],
        sheets={
            "变动家庭": _family_rows(settings, comparison.families, result.before, result.after, edition),
            "汇总": _balance_rows(comparison.balance),
            "等级变动": _move_rows(comparison.tier_moves),
            "预警": _warning_rows(comparison.warnings),
            "津贴费用": _cost_rows(costs.balance),
            "津贴人员": _turn_rows(settings, costs.turns),
        },
        mark=order.mark,
    )
    return order


def _checked(result: WhatIf) -> str:
    """Whether the unchanged side is what was published."""
    if result.reproduced:
        return "按原参数重算，与已发布名单逐行一致"
    if result.drifted:
        return "程序或参数已与发布时不同，按原参数重算的结果与已发布名单不完全一致；变化按现在的程序比较"
    return "按原参数重算的结果与已发布名单不一致，本表数字不可靠"


def _family_rows(
    settings: Settings, families: pl.DataFrame, before: pl.DataFrame, after: pl.DataFrame, edition: EditionInfo
) -> pl.DataFrame:
    """One row a family that differs, with its head as staff know it."""
    parameters = parameters_of(settings, edition).at
    gone = before.join(after, on="family_id", how="anti")
    listed = pl.concat([after, gone]).join(families, on="family_id", how="semi").sort("street_code", "family_id")
    people = family_rows(listed, Vault(settings), parameters, unmask=False).rename({"家庭标识": "family_id"})
    titles = {name: each.title for name, each in parameters.parameters.by_name.items()}
    rules = rule_titles()
    streets = {code: labels[0] for code, labels in CODE_LISTS["street"].labels.items()}
    return people.join(families, on="family_id", maintain_order="left").select(
        "序号",
        _titled("change", WHATIF_CHANGES).alias("变化"),
        "户号/户编号",
        "户主姓名",
        "户主身份证号",
        "街道",
        "社区",
        "人数",
        _titled("layer_before", _titles(LAYERS.labels)).fill_null(_NOT_LISTED).alias("现有层次"),
        _titled("layer_after", _titles(LAYERS.labels)).fill_null(_NOT_LISTED).alias("测算后层次"),
        _titled("street_before", streets).alias("现有街道"),
        _titled("tier_before", _titles(TIERS.labels)).fill_null(_NOT_LISTED).alias("现有等级"),
        _titled("tier_after", _titles(TIERS.labels)).fill_null(_NOT_LISTED).alias("测算后等级"),
        _titled("status_before", _titles(STATUSES.labels)).fill_null(_NOT_LISTED).alias("现有状态"),
        _titled("status_after", _titles(STATUSES.labels)).fill_null(_NOT_LISTED).alias("测算后状态"),
        _listed("groups_in", rules).alias("进入群体"),
        _listed("groups_out", rules).alias("不再列入群体"),
        _listed("groups_proposed", rules).alias("拟退出群体"),
        _listed("groups_unproposed", rules).alias("不再拟退出群体"),
        _titled("reason", _titles(CHANGE_REASONS.labels)).alias("原因"),
        _listed("parameters", titles).alias("相关参数"),
        "年收入(元)",
        "收入依据",
        "困难类型",
        pl.col("family_id").alias("家庭标识"),
    )


def _balance_rows(balance: pl.DataFrame) -> pl.DataFrame:
    names = {
        **{code: labels[0] for code, labels in CODE_LISTS["street"].labels.items()},
        **rule_titles(),
        **_titles(TIERS.labels),
        **_titles(LAYERS.labels),
        "all": "合计",
    }
    return balance.select(
        _titled("dimension", _titles(DIMENSIONS.labels)).alias("口径"),
        _titled("value", names).fill_null("不明").alias("项目"),
        *[
            pl.col(f"{what}_{when}").alias(f"{title}{unit}")
            for what, unit in (("families", "户数"), ("people", "人数"))
            for when, title in _FLOWS.items()
        ],
    )


def _move_rows(moves: pl.DataFrame) -> pl.DataFrame:
    return moves.select(
        _titled("tier_before", _titles(TIERS.labels)).fill_null(_NOT_LISTED).alias("现有等级"),
        _titled("tier_after", _titles(TIERS.labels)).fill_null(_NOT_LISTED).alias("测算后等级"),
        pl.col("families").alias("户数"),
    )


def _warning_rows(warnings: pl.DataFrame) -> pl.DataFrame:
    rules = rule_titles()
    return warnings.filter((pl.col("raised") > 0) | (pl.col("dropped") > 0)).select(
        _titled("kind", _titles(WARNING_KINDS.labels)).alias("预警性质"),
        _titled("rule_id", rules).alias("预警"),
        pl.col("before").alias("现有"),
        pl.col("raised").alias("新增"),
        pl.col("dropped").alias("减少"),
        pl.col("after").alias("测算后"),
    )


def _cost_rows(balance: pl.DataFrame) -> pl.DataFrame:
    """Entitled people and their monthly amounts by allowance and street; entitled is not paid."""
    streets = {code: labels[0] for code, labels in CODE_LISTS["street"].labels.items()} | {EVERYWHERE: "全区"}
    return balance.select(
        _titled("allowance_kind", _titles(CODE_LISTS["allowance_kind"].labels)).alias("津贴"),
        _titled("street_code", streets).fill_null("不明").alias("街道"),
        *[pl.col(f"people_{when}").alias(f"{title}应享人数") for when, title in _COUNTS.items()],
        *[in_yuan(f"monthly_fen_{when}").alias(f"{_COUNTS[when]}每月(元)") for when in ("before", "after")],
        in_yuan("monthly_fen_more").alias("每月增减(元)"),
        in_yuan("yearly_fen_more").alias("每年增减(元)"),
    )


def _turn_rows(settings: Settings, turns: pl.DataFrame) -> pl.DataFrame:
    """One row a person and allowance that differs, names and numbers masked."""
    people = Vault(settings).people(turns["person_key"]).select(
        "person_key", name=mask_name_expr("person_name"), number=mask_id_expr("id_number")
    )  # fmt: skip
    streets = {code: labels[0] for code, labels in CODE_LISTS["street"].labels.items()}
    return turns.join(people, on="person_key", how="left", maintain_order="left").select(
        _titled("allowance_kind", _titles(CODE_LISTS["allowance_kind"].labels)).alias("津贴"),
        _titled("turn", _TURNS).alias("变化"),
        pl.col("name").alias("姓名"),
        pl.col("number").alias("身份证号"),
        _titled("street_code", streets).fill_null("不明").alias("街道"),
        in_yuan("monthly_fen_before").alias("现有每月(元)"),
        in_yuan("monthly_fen_after").alias("测算后每月(元)"),
        pl.col("family_id").alias("家庭标识"),
    )


def _titles(labels: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    return {code: each[0] for code, each in labels.items()}


def _titled(column: str, titles: Mapping[str, str]) -> pl.Expr:
    """Codes as titles; a code without one stays visible as itself."""
    return pl.col(column).replace_strict(dict(titles), default=pl.col(column), return_dtype=pl.String)


def _listed(column: str, titles: Mapping[str, str]) -> pl.Expr:
    """Codes separated by ';' as titles."""
    each = pl.element().replace_strict(dict(titles), default=pl.element(), return_dtype=pl.String)
    return pl.col(column).fill_null("").str.split(";").list.eval(each).list.join(_MARK)
