"""交付晚到: a delivery came after the day on which it is expected (feed health)."""

import narwhals as nw

from rules.base import Frame, Rule, RuleContext
from rules.frames import about_feeds, day, recent_deliveries

__all__ = ["RULE"]

_RULE_ID = "delivery_late"


def _evaluate(context: RuleContext) -> Frame:
    return about_feeds(
        recent_deliveries(context).filter(nw.col("late_days") > 0),
        _RULE_ID,
        basis="came_late",
        evidence_on=day(context.as_of),
        evidence_key="month",
    )


RULE = Rule(
    id=_RULE_ID,
    title="交付晚到",
    title_en="A delivery came late",
    kind="feed",
    legal_basis="政务数据共享条例",
    evaluate=_evaluate,
    reads=("health",),
    bases={"came_late": "数据已经送达，但晚于约定报送日"},
    parameters=("feed_health.recent_months",),
    question="本月数据晚于约定报送日送达：以后能否按期送达，约定报送日是否要改？",
    same_fact="同一数据源同一月份；以后月份再次晚到的另行提示",
)
