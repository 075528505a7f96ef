"""数据量突变: a snapshot beside the one before, events beside the usual month (feed health)."""

import narwhals as nw

from rules.base import Frame, Rule, RuleContext
from rules.frames import about_feeds, day, months_to
from rules.warnings._history import HISTORY, LEAST_MONTHS, LEAST_ROWS, RECENT, before, counted_months
from schemas.contract import DeliveryMode, all_feeds

__all__ = ["RULE"]

_RULE_ID = "volume_jump"
_PERCENT = "feed_health.jump_percent"
_EVENTS_PERCENT = "feed_health.event_jump_percent"
_WHOLE = 100


def _evaluate(context: RuleContext) -> Frame:
    compared = nw.concat([_snapshots(context), _events(context)], how="vertical")
    larger = (nw.col("rows") - nw.col("most")) * _WHOLE > nw.col("most") * nw.col("percent")
    smaller = (nw.col("usual") - nw.col("rows")) * _WHOLE > nw.col("usual") * nw.col("percent")
    return about_feeds(
        compared.filter(larger | smaller),
        _RULE_ID,
        basis=nw.when(larger).then(nw.lit("much_larger")).otherwise(nw.lit("much_smaller")),
        evidence_on=day(context.as_of),
        evidence_key="month",
    )


def _snapshots(context: RuleContext) -> Frame:
    """Each recent snapshot with the one before it: `feed`, `month`, `rows`, `usual`, `most`, `percent`."""
    recent = months_to(context.as_of, context.parameters.integer(RECENT))
    months = (
        counted_months(context)
        .filter(nw.col("month").is_in(recent), nw.col("feed").is_in(_feeds(DeliveryMode.SNAPSHOT)))
        .with_columns(usual=nw.col("rows").shift(1).over("feed", order_by="month"))
    )
    return _compared(context, months.with_columns(most=nw.col("usual")), _PERCENT)


def _events(context: RuleContext) -> Frame:
    """Each recent month of events with the median of the months before: the same columns.

    What comes once a year is not too much when the same month of the year before had it as well.
    """
    read = context.parameters
    same_month = nw.concat_str(
        (nw.col("month").str.slice(0, 4).cast(nw.Int64) - 1).cast(nw.String), nw.col("month").str.slice(4)
    )
    year_ago = nw.when(nw.col("month_before") == same_month).then(nw.col("rows_before"))
    usual = (
        before(context, counted_months(context).filter(nw.col("feed").is_in(_feeds(DeliveryMode.EVENTS))))
        .with_columns(year_ago=year_ago)
        .group_by("feed", "month")
        .agg(
            nw.col("rows").max().cast(nw.Int64).alias("rows"),
            nw.col("rows_before").median().alias("median"),
            nw.col("year_ago").max().cast(nw.Int64).alias("year_ago"),
            nw.len().cast(nw.Int64).alias("months"),
        )
        .filter(nw.col("months") >= read.integer(LEAST_MONTHS), nw.col("median") >= read.integer(LEAST_ROWS))
    )
    usual = usual.with_columns(usual=nw.col("median").floor().cast(nw.Int64))
    return _compared(context, usual.with_columns(most=nw.max_horizontal("usual", "year_ago")), _EVENTS_PERCENT)


def _compared(context: RuleContext, months: Frame, percent: str) -> Frame:
    allowed = nw.lit(context.parameters.integer(percent)).cast(nw.Int64)
    return months.select("feed", "month", "rows", "usual", "most", percent=allowed)


def _feeds(mode: DeliveryMode) -> list[str]:
    return [name for name, feed in all_feeds().items() if feed.mode is mode]


RULE = Rule(
    id=_RULE_ID,
    title="数据量突变",
    title_en="The number of rows has jumped",
    kind="feed",
    legal_basis="政务数据共享条例（数据质量校核）",
    evaluate=_evaluate,
    reads=("health",),
    bases={
        "much_larger": "数据量比以前多出许多（全量数据比上次，业务数据比以前各月的中位数，也比上年同月）",
        "much_smaller": "数据量比以前少了许多（全量数据比上次，业务数据比以前各月的中位数）",
    },
    parameters=(RECENT, HISTORY, LEAST_MONTHS, LEAST_ROWS, _PERCENT, _EVENTS_PERCENT),
    question="数据量与以前相差很大：范围是否有变化，是否漏送？",
    same_fact="同一数据源同一月份；以后月份再次突变的另行提示",
)
