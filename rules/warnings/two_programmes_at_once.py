"""同时在两个救助类别: one person in open spells of two programmes (待核实)."""

import narwhals as nw

from rules.base import Frame, Rule, RuleContext
from rules.frames import SOURCE_COLUMNS, as_hits, earliest_of, entitlements, latest_of, people

__all__ = ["RULE"]

_RULE_ID = "two_programmes_at_once"


def _evaluate(context: RuleContext) -> Frame:
    # A row delivered twice is one entitlement; two families of one programme are asked about on their own.
    programmes = earliest_of(
        entitlements(context), ["person_key", "programme"], ["started_on", "family_no", *SOURCE_COLUMNS]
    )
    held = programmes.select("person_key", "programme", "started_on", *SOURCE_COLUMNS)
    several = (
        held.group_by("person_key")
        .agg(nw.col("programme").count().cast(nw.Int64).alias("programmes"))
        .filter(nw.col("programmes") > 1)
        .select("person_key")
    )
    latest = latest_of(held.join(several, on="person_key", how="semi"), ["person_key"], ["started_on", "programme"])
    return as_hits(
        latest.join(people(context), on="person_key", how="inner"),
        _RULE_ID,
        basis="two_programmes",
        evidence_on="started_on",
        evidence_key=nw.col("programme"),
    )


RULE = Rule(
    id=_RULE_ID,
    title="同时在两个救助类别",
    title_en="On two programmes at once",
    kind="verify",
    legal_basis="民发〔2021〕57号；国办发〔2023〕39号",
    evaluate=_evaluate,
    reads=("members", "spells"),
    bases={"two_programmes": "同一人同时在两个救助类别在册"},
    parameters=("register.rigid_expense_months",),
    question="请核实：是类别转换的时间差，还是原类别尚未办理退出？",
    same_fact="同一人后开始的同一类别为同一事实；又开始另一类别时重新提示。",
)
