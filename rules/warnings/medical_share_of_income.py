"""医疗自付占收入比例高: out-of-pocket cost over a share of the family's income of twelve months (困难发现)."""

import narwhals as nw

from rules.base import Frame, Rule, RuleContext
from rules.frames import FEN_PER_YUAN, SOURCE_COLUMNS, as_hits, inside, latest_of, people

__all__ = ["RULE"]

_RULE_ID = "medical_share_of_income"
_SHARE = "medical_share_of_income.share_percent"
_MINIMUM = "medical_share_of_income.minimum_yuan"
_WINDOW = "medical_share_of_income.window_months"
_PERCENT = 100


def _burdened(context: RuleContext) -> Frame:
    """Families of known income whose cost is above the share: `family_id`, `medical_fen`."""
    read = context.parameters
    return (
        context.table("families")
        .filter(
            nw.col("income_evidence").is_in(["full", "partial"]),  # no record is not zero income
            nw.col("medical_fen") >= read.integer(_MINIMUM) * FEN_PER_YUAN,
            nw.col("medical_fen") * _PERCENT > nw.col("income_fen") * read.integer(_SHARE),
        )
        .select("family_id", "medical_fen")
    )


def _evaluate(context: RuleContext) -> Frame:
    months = context.parameters.integer(_WINDOW)
    settled = (
        context.table("expenses")
        .filter(inside("spent_on", context.as_of, months, "mo"))
        .select("person_key", "settlement_no", "spent_on", "out_of_pocket_fen", *SOURCE_COLUMNS)
        .join(people(context), on="person_key", how="inner")
        .join(_burdened(context), on="family_id", how="inner")
    )
    # The greatest settlement stands for the cost: the same one never warns twice.
    greatest = latest_of(settled, ["family_id"], ["out_of_pocket_fen", "settlement_no", *SOURCE_COLUMNS])
    return as_hits(
        greatest,
        _RULE_ID,
        basis="medical_over_share_of_income",
        evidence_on="spent_on",
        evidence_fen="medical_fen",
        evidence_key="settlement_no",
    )


RULE = Rule(
    id=_RULE_ID,
    title="医疗自付占家庭收入比例高",
    title_en="Medical cost takes a high share of the family's income",
    kind="need",
    legal_basis="国办发〔2023〕39号",
    evaluate=_evaluate,
    reads=("members", "families", "expenses"),
    bases={"medical_over_share_of_income": "家庭十二个月医疗自付超过收入的规定比例"},
    parameters=(_SHARE, _MINIMUM, _WINDOW),
    question="近一年看病的花费压力大不大：还有哪些支出压力？是否申请过医疗救助？",
    same_fact="以十二个月内自付最多的一次结算为同一事实；出现更大的结算时重新提示。",
)
