"""同时在两个救助类别或两户: two different entitlements at one time (待核实)."""

import narwhals as nw

from rules.base import Frame, Rule, RuleContext
from rules.frames import SOURCE_COLUMNS, as_hits, entitlements, latest_of, people

__all__ = ["RULE"]

_RULE_ID = "two_programmes_at_once"
_NUMBER = "two_programmes_at_once.distinct_entitlements"


def _evaluate(context: RuleContext) -> Frame:
    number = context.parameters.integer(_NUMBER)
    entitlement = ["person_key", "programme", "family_no"]
    # A row delivered twice is one entitlement.
    distinct = latest_of(entitlements(context), entitlement, ["started_on", *SOURCE_COLUMNS]).select(
        *entitlement, "started_on", *SOURCE_COLUMNS
    )
    held = distinct.group_by("person_key").agg(
        nw.col("family_no").count().cast(nw.Int64).alias("entitlements"),
        nw.col("family_no").n_unique().cast(nw.Int64).alias("families"),
    )
    doubled = held.filter(nw.col("entitlements") >= number).join(people(context), on="person_key", how="inner")
    latest = latest_of(distinct, ["person_key"], ["started_on", "programme", "family_no"])
    families = nw.when(nw.col("families") > 1).then(nw.lit("two_families")).otherwise(nw.lit("two_programmes"))
    return as_hits(
        doubled.join(latest, on="person_key", how="inner"),
        _RULE_ID,
        basis=families,
        evidence_on="started_on",
        evidence_key=nw.concat_str(nw.col("programme"), nw.lit(":"), nw.col("family_no")),
    )


RULE = Rule(
    id=_RULE_ID,
    title="同时在两个救助类别或两户",
    title_en="Two programmes or two families at once",
    kind="verify",
    legal_basis="民发〔2021〕57号；国办发〔2023〕39号",
    evaluate=_evaluate,
    reads=("members", "spells"),
    bases={"two_programmes": "同一人同时在两个救助类别在册", "two_families": "同一人同时在两户在册"},
    parameters=(_NUMBER, "register.rigid_expense_months"),
    question="请核实：是类别转换的时间差，还是重复在册？",
    same_fact="同一人后开始的同一类别、同一户为同一事实；又有新的重复时重新提示。",
)
