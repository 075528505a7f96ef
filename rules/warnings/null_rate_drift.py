"""空值比例变化: a column is much emptier or fuller than in the months before (feed health)."""

import narwhals as nw

from rules.base import Frame, Rule, RuleContext
from rules.frames import about_feeds, day
from rules.warnings._history import HISTORY, LEAST_MONTHS, LEAST_ROWS, RECENT, bins

__all__ = ["RULE"]

_RULE_ID = "null_rate_drift"
_POINTS = "feed_health.null_change_points"
_WHOLE = 100


def _evaluate(context: RuleContext) -> Frame:
    empty = bins(context, "empty")
    now = nw.col("cells") * _WHOLE * nw.col("total_before")
    then = nw.col("cells_before") * _WHOLE * nw.col("total")
    allowed = nw.col("total") * nw.col("total_before") * context.parameters.integer(_POINTS)
    return about_feeds(
        empty.filter((now - then >= allowed) | (then - now >= allowed)),
        _RULE_ID,
        basis=nw.when(now > then).then(nw.lit("much_emptier")).otherwise(nw.lit("much_fuller")),
        evidence_on=day(context.as_of),
        evidence_key=nw.concat_str(nw.col("month"), nw.lit(":"), nw.col("column")),
    )


RULE = Rule(
    id=_RULE_ID,
    title="空值比例变化",
    title_en="A column is much emptier or fuller than before",
    kind="feed",
    legal_basis="政务数据共享条例（数据质量校核）",
    evaluate=_evaluate,
    reads=("profiles",),
    bases={"much_emptier": "该列空值比例比以前各月高出许多", "much_fuller": "该列空值比例比以前各月低了许多"},
    parameters=(RECENT, HISTORY, LEAST_MONTHS, LEAST_ROWS, _POINTS),
    question="该列的空值比例与以前各月相差很大：导出口径是否变化，是否漏填？",
    same_fact="同一数据源同一月份同一列；以后月份再次出现的另行提示",
)
