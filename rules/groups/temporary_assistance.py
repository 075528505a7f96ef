"""临时救助对象: the family received temporary assistance within the window (domain line 8)."""

from rules.base import Frame, Rule, RuleContext
from rules.groups._aid import aid_hits

__all__ = ["RULE"]

_WINDOW = "temporary_assistance.window_months"
_KINDS = "temporary_assistance.kinds"


def _evaluate(context: RuleContext) -> Frame:
    kinds = context.parameters.texts(_KINDS)
    return aid_hits(context, "temporary_assistance", kinds, context.parameters.integer(_WINDOW))


RULE = Rule(
    id="temporary_assistance",
    title="临时救助对象",
    title_en="Received temporary assistance",
    kind="group",
    legal_basis="社会救助暂行办法（国务院令第649号）第九章；国办发〔2023〕39号",
    evaluate=_evaluate,
    reads=("members", "aid_beneficiaries"),
    bases={"aid_temporary": "家庭在监测期内领取临时救助"},
    parameters=(_WINDOW, _KINDS),
    lines=(3, 8),
)
