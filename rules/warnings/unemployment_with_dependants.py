"""失业且有被抚养人: unemployment benefit has begun, there are dependants, and hardly anybody earns (困难发现)."""

import narwhals as nw

from rules.base import Frame, Rule, RuleContext
from rules.frames import SOURCE_COLUMNS, as_hits, day_text, inside, latest_of, people, shifted

__all__ = ["RULE"]

_RULE_ID = "unemployment_with_dependants"
_EARNERS = "unemployment_with_dependants.maximum_earners"
_RECENT = "need_warnings.recent_months"


def _begun(context: RuleContext) -> Frame:
    """First months of spells of benefit: no benefit for the month before."""
    paid = context.table("incomes").filter(
        nw.col("income_kind") == "unemployment_benefit", ~nw.col("declared"), ~nw.col("month").is_null()
    )
    after = paid.select("person_key", shifted("month", 1, "mo").alias("month")).unique(["person_key", "month"])
    begun = paid.select("person_key", "month", "amount_fen", *SOURCE_COLUMNS).join(
        after, on=["person_key", "month"], how="anti"
    )
    return latest_of(begun, ["person_key", "month"], list(SOURCE_COLUMNS))


def _evaluate(context: RuleContext) -> Frame:
    read = context.parameters
    burdened = (
        context.table("families")
        .filter(
            nw.col("minors") + nw.col("students") + nw.col("severe_disabilities") > 0,
            nw.col("working") <= read.integer(_EARNERS),
        )
        .select("family_id")
    )
    recent = _begun(context).filter(inside("month", context.as_of, read.integer(_RECENT), "mo"))
    return as_hits(
        recent.join(people(context), on="person_key", how="inner").join(burdened, on="family_id", how="semi"),
        _RULE_ID,
        basis="benefit_begun_with_dependants",
        evidence_on="month",
        evidence_fen="amount_fen",
        evidence_key=day_text("month"),
    )


RULE = Rule(
    id=_RULE_ID,
    title="失业且有被抚养人",
    title_en="Job lost with dependants",
    kind="need",
    legal_basis="国办发〔2023〕39号",
    evaluate=_evaluate,
    reads=("members", "families", "incomes"),
    bases={
        "benefit_begun_with_dependants": "近期开始领取失业保险金，家有未成年人、在校学生或重残成员，且缺少其他就业成员"
    },
    parameters=(_EARNERS, _RECENT),
    question="家中近来有没有人没了工作：现在靠什么收入生活？是否需要就业帮扶或临时救助？",
    same_fact="同一人同一段失业金的首月为同一事实；再次失业领取的，重新提示。",
)
