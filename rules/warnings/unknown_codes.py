"""出现未知代码: a delivery has codes that are in no list (feed health)."""

import narwhals as nw

from rules.base import Frame, Rule, RuleContext
from rules.frames import about_feeds, day, recent_deliveries

__all__ = ["RULE"]

_RULE_ID = "unknown_codes"


def _evaluate(context: RuleContext) -> Frame:
    new = recent_deliveries(context).filter(nw.col("unknown_codes") > 0)
    return about_feeds(
        new,
        _RULE_ID,
        basis="code_of_no_list",
        evidence_on=day(context.as_of),
        evidence_key=nw.concat_str(nw.col("month"), nw.lit(":"), nw.col("sha256")),
    )


RULE = Rule(
    id=_RULE_ID,
    title="出现未知代码",
    title_en="Codes that are in no list",
    kind="feed",
    legal_basis="政务数据共享条例（数据质量校核）",
    evaluate=_evaluate,
    reads=("health",),
    bases={"code_of_no_list": "数据中有代码表以外的代码，所在行已隔离"},
    parameters=("feed_health.recent_months",),
    question="请说明新代码的含义，以便补充代码表。",
    same_fact="同一文件；另一文件再出现未知代码的另行提示",
)
