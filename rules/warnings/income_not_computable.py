"""收入无法核算: a required income feed is late, so no family's income can be added up (domain line 10)."""

import narwhals as nw

from rules.base import Frame, Rule, RuleContext
from rules.frames import about_feeds, day

__all__ = ["RULE"]

_RULE_ID = "income_not_computable"
_FEEDS = "low_income_family.required_feeds"


def _evaluate(context: RuleContext) -> Frame:
    window = context.table("income_window").filter(~nw.col("computable"))
    month = f"{context.as_of:%Y-%m}"
    named = [window.with_columns(feed=nw.lit(feed)) for feed in context.parameters.texts(_FEEDS)]
    return about_feeds(
        nw.concat(named, how="vertical"),
        _RULE_ID,
        basis="months_not_delivered",
        evidence_on=day(context.as_of),
        evidence_key=nw.lit(month),
    )


RULE = Rule(
    id=_RULE_ID,
    title="收入无法核算",
    title_en="Income cannot be computed",
    kind="feed",
    legal_basis="国办发〔2023〕39号",
    evaluate=_evaluate,
    reads=("income_window",),
    bases={"months_not_delivered": "必需的收入数据缺少连续十二个月，低收入家庭本月不作认定，也不退出"},
    parameters=(_FEEDS, "low_income_family.window_months", "low_income_family.max_lag_months"),
    question="请补送缺少的所属期数据。",
    same_fact="同一来源同一期次为同一事实；下一期仍缺的，重新提示。",
)
