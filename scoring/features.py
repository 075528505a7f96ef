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
from scoring.past import PAST, past_features
from scoring.spec import Feature, check_features

__all__ = ["FEATURES", "FEATURES_OF_HITS", "MODEL_FEATURES", "feature_table", "model_table"]

_PERCENT = 100
_AGE = ("birth_on",)  # minors, students past 18 and the old are told apart by the law itself


FEATURES: tuple[Feature, ...] = (
    Feature(
        "income_per_head",
        "人均年收入(元)",
        ("income_fen", "counted_members", "income_evidence"),
        direction="less",
        missing="收入不明，不等于没有收入",
        meaning="近12个月家庭收入除以计入人数",
        unit="元",
    ),
    Feature(
        "medical_share",
        "医疗自付占收入(%)",
        ("medical_fen", "income_fen", "income_evidence"),
        missing="收入不明，无法计算比例",
        meaning="近12个月医疗自付占同期家庭收入的百分比",
        unit="%",
    ),
    Feature("medical_cost", "医疗自付(元)", ("medical_fen",), meaning="近12个月医疗自付合计", unit="元"),
    Feature("severe_disabilities", "重残人数", ("severe_disabilities",), meaning="持重度残疾证的成员", unit="人"),
    Feature("severe_illnesses", "重病人数", ("severe_illnesses",), meaning="登记有重大疾病的成员", unit="人"),
    Feature("aged_80", "高龄人数", ("aged_80",), meaning="达到高龄津贴年龄的成员", unit="人", lawful=_AGE),
    Feature("minors", "未成年人数", ("minors",), meaning="未满18周岁的成员", unit="人", lawful=_AGE),
    Feature("students", "在校人数", ("students",), meaning="成年后仍全日制在读的成员", unit="人", lawful=_AGE),
    Feature("unemployed", "失业人数", ("unemployed",), meaning="近期领取失业保险待遇的成员", unit="人"),
    Feature(
        "no_earner",
        "有未成年人而无人就业",
        ("minors", "working"),
        meaning="有未成年人，且末月无人有工资或缴费",
        lawful=_AGE,
    ),
    Feature("exits", "退出救助人数", ("hits",), meaning="期间内退出救助的成员", unit="人"),
    Feature("refusals", "申请未通过人数", ("hits",), meaning="期间内申请未通过的成员", unit="人"),
    Feature("temporary_aid", "临时救助次数", ("hits",), meaning="期间内临时救助的次数", unit="次"),
    Feature("department_aid", "其他部门救助次数", ("hits",), meaning="期间内其他部门救助帮扶的次数", unit="次"),
    Feature("leads", "困难线索数", ("leads",), meaning="近期关于成员的困难线索", unit="条"),
)

MODEL_FEATURES: tuple[Feature, ...] = (*FEATURES, *PAST)
"""What a trained model may read: the features of the scorecard, and those of the past."""

# feature: the group whose hits it counts, and by what they are told apart within the family
_COUNTED_HITS: Mapping[str, tuple[str, str]] = {
    "exits": ("exited_assistance", "person_key"),
    "refusals": ("rejected_application", "person_key"),
    "temporary_aid": ("temporary_assistance", "evidence_key"),
    "department_aid": ("other_department_aid", "evidence_key"),
}

FEATURES_OF_HITS: Mapping[str, str] = {feature: group for feature, (group, _) in _COUNTED_HITS.items()}
"""The group whose hits a feature counts, for whoever tells when the latest of them happened."""


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


def model_table(context: RuleContext) -> Frame:
    """As `feature_table`, with the features of the past."""
    check_features(MODEL_FEATURES)
    return feature_table(context).join(past_features(context), on="family_id", how="left")


def _counted(rows: Frame, apart: str, name: str) -> Frame:
    distinct = rows.select("family_id", apart).unique(["family_id", apart])
    return distinct.group_by("family_id").agg(nw.len().cast(nw.Int64).alias(name))


def _leads(context: RuleContext) -> Frame:
    months = context.parameters.integer("need_warnings.recent_months")
    recent = context.table("leads").filter(inside("reported_on", context.as_of, months, "mo"))
    return _counted(
        recent.select("person_key", "lead_no").join(people(context), on="person_key", how="inner"), "lead_no", "leads"
    )
