"""同月重复报送: many rows of a delivery stand in another sender's delivery of the month too (feed health)."""

import narwhals as nw

from rules.base import Frame, Rule, RuleContext
from rules.frames import about_feeds, day, recent_deliveries

__all__ = ["RULE"]

_RULE_ID = "rows_repeated"
_PERCENT = "feed_health.repeated_percent"
_MINIMUM = "feed_health.repeated_minimum_rows"
_WHOLE = 100


def _evaluate(context: RuleContext) -> Frame:
    read = context.parameters
    again = recent_deliveries(context).filter(
        nw.col("rows_repeated") >= read.integer(_MINIMUM),
        nw.col("rows_repeated") * _WHOLE > nw.col("rows_accepted") * read.integer(_PERCENT),
    )
    return about_feeds(
        again,
        _RULE_ID,
        basis="known_keys",
        evidence_on=day(context.as_of),
        evidence_key=nw.concat_str(nw.col("month"), nw.lit(":"), nw.col("sha256")),
    )


RULE = Rule(
    id=_RULE_ID,
    title="同月重复报送",
    title_en="Rows of another delivery of the month again",
    kind="feed",
    legal_basis="政务数据共享条例（数据质量校核）",
    evaluate=_evaluate,
    reads=("health",),
    bases={"known_keys": "许多行与同月另一报送单位的文件相同"},
    parameters=("feed_health.recent_months", _PERCENT, _MINIMUM),
    question="许多行与同月另一报送单位的文件相同：是否重复报送，各由谁报送？",
    same_fact="同一文件；更正后的文件仍重复的另行提示",
)
