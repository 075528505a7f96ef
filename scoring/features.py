"""What the score of a family is made from: the declared features, and how each is counted.

What belongs here: our features (what a spec is stands in `scoring.spec`). Need only: nothing from `verify` or
`feed` warnings; nothing of nationality, ethnicity, religion, native place, free text, sex, place or
age beyond what the law itself uses (minors, people of 80 and over).
"""

from collections.abc import Mapping

import narwhals as nw

from rules.base import Frame, RuleContext
from rules.frames import FEN_PER_YUAN, inside, people
from rules.tiers import income_per_head
from scoring.spec import Feature, check_features

__all__ = ["FEATURES", "feature_table"]

_PERCENT = 100


FEATURES: tuple[Feature, ...] = (
    Feature(
        "income_per_head",
        "人均年收入(元)",
        ("income_fen", "counted_members", "income_evidence"),
        direction="less",
        missing="收入不明，不等于没有收入",
    ),
    Feature(
        "medical_share",
        "医疗自付占收入(%)",
        ("medical_fen", "income_fen", "income_evidence"),
        missing="收入不明，无法计算比例",
    ),
    Feature("medical_cost", "医疗自付(元)", ("medical_fen",)),
    Feature("severe_disabilities", "重残人数", ("severe_disabilities",)),
    Feature("severe_illnesses", "重病人数", ("severe_illnesses",)),
    Feature("aged_80", "高龄人数", ("aged_80",)),
    Feature("minors", "未成年人数", ("minors",)),
    Feature("students", "在校人数", ("students",)),
    Feature("unemployed", "失业人数", ("unemployed",)),
    Feature("no_earner", "有未成年人而无人就业", ("minors", "working")),
    Feature("exits", "退出救助人数", ("hits",)),
    Feature("refusals", "申请未通过人数", ("hits",)),
    Feature("temporary_aid", "临时救助次数", ("hits",)),
    Feature("department_aid", "其他部门救助次数", ("hits",)),
    Feature("leads", "困难线索数", ("leads",)),
)

# feature: the group whose hits it counts, and by what they are told apart within the family
_COUNTED_HITS: Mapping[str, tuple[str, str]] = {
    "exits": ("exited_assistance", "person_key"),
    "refusals": ("rejected_application", "person_key"),
    "temporary_aid": ("temporary_assistance", "evidence_key"),
    "department_aid": ("other_department_aid", "evidence_key"),
}


def feature_table(context: RuleContext) -> Frame:
    """One row a family at as_of: `family_id` and every feature as Int64, null where it is not known."""
    check_features(FEATURES)
    known = nw.col("income_evidence").is_in(["full", "partial"]) & (nw.col("income_fen") > 0)
    table = context.table("families").with_columns(
        income_per_head=income_per_head(),
        medical_share=nw.col("medical_fen") * _PERCENT // nw.when(known).then(nw.col("income_fen")),
        medical_cost=nw.col("medical_fen") // FEN_PER_YUAN,
        no_earner=((nw.col("minors") > 0) & (nw.col("working") == 0)).cast(nw.Int64),
    )
    for name, (group, apart) in _COUNTED_HITS.items():
        hits = context.table("hits").filter(nw.col("rule_id") == group)
        table = table.join(_counted(hits, apart, name), on="family_id", how="left")
    table = table.join(_leads(context), on="family_id", how="left")
    counted = [*_COUNTED_HITS, "leads"]
    return table.with_columns(nw.col(name).fill_null(0).cast(nw.Int64) for name in counted).select(
        "family_id", *(nw.col(feature.name).cast(nw.Int64) for feature in FEATURES)
    )


def _counted(rows: Frame, apart: str, name: str) -> Frame:
    distinct = rows.select("family_id", apart).unique(["family_id", apart])
    return distinct.group_by("family_id").agg(nw.len().cast(nw.Int64).alias(name))


def _leads(context: RuleContext) -> Frame:
    months = context.parameters.integer("need_warnings.recent_months")
    recent = context.table("leads").filter(inside("reported_on", context.as_of, months, "mo"))
    return _counted(
        recent.select("person_key", "lead_no").join(people(context), on="person_key", how="inner"), "lead_no", "leads"
    )
