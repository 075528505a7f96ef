"""隔离行比例高: too many rows of a delivery could not be read (feed health)."""

import narwhals as nw

from rules.base import Frame, Rule, RuleContext
from rules.frames import about_feeds, day, recent_deliveries

__all__ = ["RULE"]

_RULE_ID = "quarantine_high"
_PERCENT = "feed_health.quarantine_percent"
_MINIMUM = "feed_health.quarantine_minimum_rows"
_WHOLE = 100


def _evaluate(context: RuleContext) -> Frame:
    read = context.parameters
    set_aside = nw.col("rows_quarantined")
    poor = recent_deliveries(context).filter(
        set_aside >= read.integer(_MINIMUM),
        set_aside * _WHOLE > nw.col("rows_read") * read.integer(_PERCENT),
    )
    return about_feeds(
        poor,
        _RULE_ID,
        basis="quarantine_over_share",
        evidence_on=day(context.as_of),
        evidence_key=nw.concat_str(nw.col("month"), nw.lit(":"), nw.col("sha256")),
    )


RULE = Rule(
    id=_RULE_ID,
    title="隔离行比例高",
    title_en="Many rows could not be read",
    kind="feed",
    legal_basis="政务数据共享条例（数据质量校核）",
    evaluate=_evaluate,
    reads=("health",),
    bases={"quarantine_over_share": "隔离行占读取行的比例超过标准"},
    parameters=("feed_health.recent_months", _PERCENT, _MINIMUM),
    question="请按回执更正被隔离的行，并重新送达。",
    same_fact="同一文件；更正后的文件仍超过标准的另行提示",
)
