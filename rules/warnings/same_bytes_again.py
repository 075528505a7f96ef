"""重复送达同一文件: bytes that are known came again under another name (feed health)."""

import narwhals as nw

from rules.base import Frame, Rule, RuleContext
from rules.frames import about_feeds, day, recent_deliveries

__all__ = ["RULE"]

_RULE_ID = "same_bytes_again"


def _evaluate(context: RuleContext) -> Frame:
    again = recent_deliveries(context).filter(~nw.col("duplicate_of").is_null())
    return about_feeds(
        again,
        _RULE_ID,
        basis="known_bytes",
        evidence_on=day(context.as_of),
        evidence_key=nw.concat_str(nw.col("month"), nw.lit(":"), nw.col("duplicate_of")),
    )


RULE = Rule(
    id=_RULE_ID,
    title="重复送达同一文件",
    title_en="The same file was delivered again",
    kind="feed",
    legal_basis="政务数据共享条例（数据质量校核）",
    evaluate=_evaluate,
    reads=("health",),
    bases={"known_bytes": "文件内容与以前送达的完全相同"},
    parameters=("feed_health.recent_months",),
    question="文件与以前送达的完全相同：是否误送了旧文件？",
    same_fact="同一数据源同一月份送达同一份旧文件",
)
