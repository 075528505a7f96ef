"""数据量突变: a snapshot is much larger or smaller than the one before (feed health)."""

import narwhals as nw

from rules.base import Frame, Rule, RuleContext
from rules.frames import about_feeds, day, recent_deliveries
from schemas.contract import DeliveryMode, all_feeds

__all__ = ["RULE"]

_RULE_ID = "volume_jump"
_PERCENT = "feed_health.jump_percent"
_WHOLE = 100


def _evaluate(context: RuleContext) -> Frame:
    snapshots = [name for name, feed in all_feeds().items() if feed.mode is DeliveryMode.SNAPSHOT]
    months = (
        recent_deliveries(context)
        .filter(nw.col("feed").is_in(snapshots), nw.col("status").is_in(["accepted", "partial"]))
        .group_by("feed", "month")
        .agg(nw.col("rows_accepted").sum().cast(nw.Int64).alias("rows"))
        .with_columns(before=nw.col("rows").shift(1).over("feed", order_by="month"))
    )
    allowed = nw.col("before") * context.parameters.integer(_PERCENT)
    change = (nw.col("rows") - nw.col("before")) * _WHOLE
    return about_feeds(
        months.filter((change > allowed) | (change < -allowed)),
        _RULE_ID,
        basis=nw.when(change > 0).then(nw.lit("much_larger")).otherwise(nw.lit("much_smaller")),
        evidence_on=day(context.as_of),
        evidence_key="month",
    )


RULE = Rule(
    id=_RULE_ID,
    title="数据量突变",
    title_en="The number of rows has jumped",
    kind="feed",
    legal_basis="政务数据共享条例（数据质量校核）",
    evaluate=_evaluate,
    reads=("health",),
    bases={"much_larger": "全量数据比上次送达多出许多", "much_smaller": "全量数据比上次送达少了许多"},
    parameters=("feed_health.recent_months", _PERCENT),
    question="数据量与上次相差很大：范围是否有变化，是否漏送？",
)
