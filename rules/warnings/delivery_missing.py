"""未收到交付: a feed whose delivery of a month has not come, or was refused (feed health)."""

import narwhals as nw

from rules.base import Frame, Rule, RuleContext
from rules.frames import about_feeds, day, recent_deliveries

__all__ = ["RULE"]

_RULE_ID = "delivery_missing"


def _evaluate(context: RuleContext) -> Frame:
    asked = nw.col("asked_from").is_null() | (nw.col("asked_from") <= day(context.as_of))
    absent = (nw.col("status") == "missing") & asked
    late = recent_deliveries(context).filter(absent | (nw.col("status") == "refused"))
    refused = nw.when(nw.col("status") == "refused").then(nw.lit("delivery_refused"))
    return about_feeds(
        late,
        _RULE_ID,
        basis=refused.otherwise(nw.lit("not_delivered")),
        evidence_on=day(context.as_of),
        evidence_key=nw.concat_str(
            nw.col("month"), nw.lit(":"), nw.col("status"), nw.lit(":"), nw.coalesce(nw.col("sha256"), nw.lit(""))
        ),
    )


RULE = Rule(
    id=_RULE_ID,
    title="未收到交付",
    title_en="A delivery is missing or was refused",
    kind="feed",
    legal_basis="政务数据共享条例",
    evaluate=_evaluate,
    reads=("health",),
    bases={"not_delivered": "本月数据尚未送达", "delivery_refused": "送达的文件不能接收"},
    parameters=("feed_health.recent_months",),
    question="请按约定送达或更正本月数据；本月确无数据的，请送达零报告（文件名加.none，只有表头）。",
    same_fact="同一数据源同一月份未送达，或同一文件未被接收；送达另一文件仍未被接收的另行提示",
)
