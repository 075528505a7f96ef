"""在册家庭有机动车: a family on the register owns a vehicle of some price (待核实)."""

import narwhals as nw

from rules.base import Frame, Rule, RuleContext
from rules.frames import FEN_PER_YUAN, as_hits
from rules.warnings._holdings import held_on_register

__all__ = ["RULE"]

_RULE_ID = "vehicle_on_register"
_KINDS = "vehicle_on_register.kinds"
_MINIMUM = "vehicle_on_register.minimum_yuan"


def _evaluate(context: RuleContext) -> Frame:
    read = context.parameters
    least = read.integer(_MINIMUM) * FEN_PER_YUAN
    unknown = nw.col("value_fen").is_null()
    owned = held_on_register(context, "vehicle").filter(
        nw.col("detail").is_in(read.texts(_KINDS)), unknown | (nw.col("value_fen") >= least)
    )
    return as_hits(
        owned,
        _RULE_ID,
        basis=nw.when(unknown).then(nw.lit("vehicle_of_unknown_price")).otherwise(nw.lit("vehicle_of_price")),
        evidence_on="started_on",
        evidence_fen="value_fen",
        evidence_key="holding_no",
    )


RULE = Rule(
    id=_RULE_ID,
    title="在册家庭有机动车",
    title_en="A family on the register owns a vehicle",
    kind="verify",
    legal_basis="民发〔2021〕57号（家庭财产状况）",
    evaluate=_evaluate,
    reads=("members", "holdings"),
    bases={
        "vehicle_of_price": "在册家庭成员名下有机动车，购置价格达到核查标准",
        "vehicle_of_unknown_price": "在册家庭成员名下有机动车，购置价格不详",
    },
    parameters=(_KINDS, _MINIMUM),
    question="请核实：车辆由谁使用，是否用于谋生或残疾代步，现值多少？",
    same_fact="同一人同一辆车为同一事实；另有车辆登记的，重新提示。",
)
