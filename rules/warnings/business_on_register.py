"""在册家庭有经营主体: a member of a family on the register represents an open business (待核实)."""

import narwhals as nw

from rules.base import Frame, Rule, RuleContext
from rules.frames import FEN_PER_YUAN, as_hits
from rules.warnings._holdings import held_on_register

__all__ = ["RULE"]

_RULE_ID = "business_on_register"
_STATUSES = "business_on_register.statuses"
_MINIMUM = "business_on_register.minimum_capital_yuan"


def _evaluate(context: RuleContext) -> Frame:
    read = context.parameters
    open_businesses = held_on_register(context, "business").filter(
        nw.col("detail").is_in(read.texts(_STATUSES)),
        nw.col("value_fen") >= read.integer(_MINIMUM) * FEN_PER_YUAN,
    )
    return as_hits(
        open_businesses,
        _RULE_ID,
        basis="represents_open_business",
        evidence_on="started_on",
        evidence_fen="value_fen",
        evidence_key="holding_no",
    )


RULE = Rule(
    id=_RULE_ID,
    title="在册家庭有经营主体",
    title_en="A family on the register has a business",
    kind="verify",
    legal_basis="民发〔2021〕57号（家庭财产状况）",
    evaluate=_evaluate,
    reads=("members", "holdings"),
    bases={"represents_open_business": "在册家庭成员是存续经营主体的法定代表人"},
    parameters=(_STATUSES, _MINIMUM),
    question="请核实：经营主体是否实际经营，有无收入，是否被冒名登记？",
    same_fact="同一人同一经营主体为同一事实；新登记的经营主体重新提示。",
)
