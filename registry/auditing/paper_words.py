"""Headings and codes of working papers in words.

What belongs here: the Chinese of columns, and which code list a column is of. A code without a title stays itself.
"""

from collections.abc import Mapping, Sequence

import polars as pl

from editions.standing import STATUSES
from registry.casework.codes import AUDIENCE
from registry.exports.words import code_titles, listed_titles, rule_titles, titled, titles_of
from registry.filters import EVIDENCE, LAYERS, TIERS, WARNING_KINDS
from registry.roles import ROLES

__all__ = ["HEADINGS", "in_words", "strata_in_words"]

_MARK, _NOWHERE = "/", "-"

HEADINGS: Mapping[str, str] = {
    "no": "序号", "item": "项目", "stratum": "层", "place": "层内次序", "projected": "用于推断", "street": "街道",
    "street_code": "街道", "tier": "等级", "layer": "层次", "status": "状态", "group": "分层群体", "groups": "全部群体",
    "members": "人数", "tier_points": "等级分", "tier_reasons": "等级理由", "score": "评分",
    "income_evidence": "收入依据", "income_fen": "年收入（分）", "evidence": "依据位置", "counted_members": "计入人数",
    "nearest_rule": "最接近的规则", "missed": "未满足的条件", "evidence_on": "事实日期", "source_feed": "来源",
    "source_delivery": "交付批次", "source_sheet": "工作表", "source_row": "行号", "person_key": "人员键",
    "rule": "规则", "rule_id": "规则", "ground": "依据", "outcome": "结论", "evidence_key": "事实编号",
    "decided_on": "决定日期", "expires_on": "失效日期", "decided_by": "决定人", "approved_by": "批准人",
    "family_id": "家庭", "kind": "性质", "decision_id": "决定", "found_as": "出现为", "died_on": "死亡日期",
    "valid_until": "有效至", "points": "分值合计", "summed": "理由分合计", "expected": "应为等级",
    "task_id": "任务编号", "audience": "对象", "urgency": "紧急程度", "due_on": "办理期限",
    "manner": "退出方式", "reason": "原因",
    "families": "家庭数", "one": "家庭之一", "another": "家庭之二", "where": "断点", "fault": "问题",
    "breach": "不平衡处", "number": "差数", "measure": "统计项", "topic": "项目名", "amount": "公布数",
    "counted": "重算数", "lacks": "缺少", "edition_id": "版本", "as_of": "统计截止日", "run_id": "运行",
    "overlays": "本地参数", "content_hash": "内容摘要", "erasure_id": "删除序号", "act_id": "行为编号",
    "delivery_id": "交付", "erased_by": "删除人", "model_id": "模型", "acted_by": "经办人", "acted_at": "时间",
    "case_id": "核查编号", "state": "办理状态", "assignee": "承办人", "version": "序次", "concluded_by": "提出人",
    "closed_by": "办结人", "closed_at": "办结时间", "round": "轮次", "attempts": "联系次数", "means": "联系方式数",
    "decisions": "决定数",
    "overrides": "与建议不一致", "not_true": "认定不属实", "exit_refused": "不同意退出", "included": "人工纳入",
    "percent": "占比（%）", "flagged": "需复核", "returned": "反向批准数", "seq": "审计序号", "at": "时间",
    "actor": "人员", "action": "行为", "role": "角色", "own_area": "本人辖区", "asked_area": "查阅范围", "rows": "行数",
    "working": "工作日", "day": "日期", "reads": "次数", "unmasked": "未隐藏次数",
}  # fmt: skip


_MISSED: Mapping[str, str] = {
    "inside_window": "在监测期内", "not_approved_since": "此后未获批准", "refused": "申请未通过",
    "kind_counts": "属于救助的种类",
    "income_at_most": "收入不高于标准", "counted_members": "计入人数", "income_evidence": "收入依据足够",
    "income_record": "有收入记录", "judged_not_true": "经人核实不属实", "no_fact": "没有相关事实",
}  # fmt: skip
"""The conditions of `nearest.NEAREST`."""


def in_words(rows: pl.DataFrame) -> pl.DataFrame:
    """Codes as titles, truths as 是 and 否, headings in Chinese; one that would stand twice keeps its own name."""
    words = [titled(name, titles) for name, titles in _titles().items() if rows.schema.get(name) == pl.String]
    truths = [
        pl.when(pl.col(name)).then(pl.lit("是")).otherwise(pl.lit("否")).alias(name)
        for name, dtype in rows.schema.items()
        if dtype == pl.Boolean
    ]
    told = rows.with_columns(*words, *truths)
    if "groups" in told.columns:
        told = told.with_columns(listed_titles("groups", rule_titles()))
    if "missed" in told.columns:
        told = told.with_columns(listed_titles("missed", _MISSED))
    taken: set[str] = set()
    headings = {}
    for name in told.columns:
        title = HEADINGS.get(name, name)
        headings[name] = name if title in taken else title
        taken.add(headings[name])
    return told.rename(headings)


def strata_in_words(column: str, strata: Sequence[str]) -> pl.Expr:
    """The codes of strata, joined by '/' in the order of the columns `strata`, as titles."""
    codes, titles = pl.col(column).str.split(_MARK), _titles()
    each = [
        codes.list.get(place, null_on_oob=True).replace({_NOWHERE: "未知", **titles.get(name, {})})
        for place, name in enumerate(strata)
    ]
    return pl.concat_str(each, separator=" · ") if each else pl.lit("全部")


def _titles() -> dict[str, dict[str, str]]:
    rules = rule_titles()
    streets = code_titles("street")
    areas = {"district": "全区", **streets, **code_titles("community")}
    return {
        **dict.fromkeys(("group", "nearest_rule", "rule", "rule_id", "ground"), rules),
        **dict.fromkeys(("street", "street_code"), streets),
        **dict.fromkeys(("own_area", "asked_area"), areas),
        **dict.fromkeys(("tier", "expected"), titles_of(TIERS.labels)),
        "urgency": {**titles_of(TIERS.labels), "none": "未定级"},
        "layer": titles_of(LAYERS.labels),
        "status": titles_of(STATUSES.labels),
        "income_evidence": titles_of(EVIDENCE.labels),
        "kind": titles_of(WARNING_KINDS.labels),
        "outcome": {**code_titles("visit_outcome"), **code_titles("decision_outcome")},
        "audience": titles_of(AUDIENCE.labels),
        "role": titles_of(ROLES.labels),
    }
