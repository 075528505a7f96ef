"""同时在两户: one person in open spells of two families of the register (待核实)."""

import narwhals as nw

from rules.base import Frame, Rule, RuleContext
from rules.frames import SOURCE_COLUMNS, as_hits, earliest_of, entitlements, latest_of, people

__all__ = ["RULE"]

_RULE_ID = "two_households_at_once"


def _evaluate(context: RuleContext) -> Frame:
    # A row delivered twice, or a change of programme inside the family, is one family.
    families = earliest_of(
        entitlements(context), ["person_key", "family_no"], ["started_on", "programme", *SOURCE_COLUMNS]
    )
    held = families.select("person_key", "family_no", "started_on", *SOURCE_COLUMNS)
    several = (
        held.group_by("person_key")
        .agg(nw.col("family_no").count().cast(nw.Int64).alias("families"))
        .filter(nw.col("families") > 1)
        .select("person_key")
    )
    latest = latest_of(held.join(several, on="person_key", how="semi"), ["person_key"], ["started_on", "family_no"])
    return as_hits(
        latest.join(people(context), on="person_key", how="inner"),
        _RULE_ID,
        basis="two_families",
        evidence_on="started_on",
        evidence_key="family_no",
    )


RULE = Rule(
    id=_RULE_ID,
    title="同时在两户享受救助",
    title_en="In two families of the register at once",
    kind="verify",
    legal_basis="民发〔2021〕57号（共同生活的家庭成员）；国办发〔2023〕39号",
    evaluate=_evaluate,
    reads=("members", "spells"),
    bases={"two_families": "同一人同时在两个户编号下在册"},
    parameters=("register.rigid_expense_months",),
    question="请核实：此人现与哪一户共同生活？另一户是否尚未办理退出或调整人数？",
    same_fact="同一人后进入的同一户为同一事实；又进入另一户时重新提示。",
)
