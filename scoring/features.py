"""What a score may know: the declared features of a family, and what is forbidden.

What belongs here: the feature spec and the features themselves. Need only: nothing from `verify` or
`feed` warnings; nothing of nationality, ethnicity, religion, native place, free text, sex, place or
age beyond what the law itself uses (minors, people of 80 and over).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import narwhals as nw

from rules.base import Frame, RuleContext
from rules.frames import FEN_PER_YUAN, inside, people
from rules.tiers import income_per_head
from scoring.errors import FeatureSpecError, ForbiddenFeatureError

__all__ = ["FEATURES", "FORBIDDEN", "Feature", "check_features", "feature_table"]

FORBIDDEN: Mapping[str, str] = {
    "nationality": "nationality",
    "ethnicity": "ethnicity",
    "religion": "religion",
    "clergy": "religion",
    "native_place": "native place",
    "sex": "kept for the fairness report only",
    "birth_on": "age is used only where the law uses it",
    "age_group": "kept for the fairness report only",
    "street_code": "place stands for its people",
    "community_code": "place stands for its people",
    "household_no": "an identifier is no need",
    "person_key": "an identifier is no need",
    "person_name": "an identifier is no need",
    "address": "an identifier is no need",
    "phone": "an identifier is no need",
    "notes": "free text",
    "remarks": "free text",
    "prison": "custody is not need",
    "detoxification": "custody is not need",
    "warnings": "suspected error is never scored",
}

_PERCENT = 100


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature of a family: `reads` names the columns of `families`, or the table it is counted from."""

    name: str
    title: str
    reads: tuple[str, ...]


FEATURES: tuple[Feature, ...] = (
    Feature("income_per_head", "人均年收入(元)", ("income_fen", "counted_members", "income_evidence")),
    Feature("medical_share", "医疗自付占收入(%)", ("medical_fen", "income_fen", "income_evidence")),
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


def check_features(features: Iterable[Feature]) -> None:
    """Refuse a spec that names a forbidden feature or source, or a feature twice.

    Raises:
        ForbiddenFeatureError: a feature is forbidden, or reads something that is.
        FeatureSpecError: a name is given twice.
    """
    seen: set[str] = set()
    for feature in features:
        for name in (feature.name, *feature.reads):
            if name in FORBIDDEN:
                raise ForbiddenFeatureError(f"feature {feature.name!r} uses {name!r}: {FORBIDDEN[name]}")
        if feature.name in seen:
            raise FeatureSpecError(f"feature {feature.name!r} is declared twice")
        seen.add(feature.name)


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
