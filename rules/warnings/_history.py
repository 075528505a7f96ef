"""What the feed warnings compare a month with: the months of the feed before it.

What belongs here: pairing months with earlier ones, and shares of a column's cells. Thresholds stand with each rule.
"""

import narwhals as nw

from rules.base import Frame, RuleContext
from rules.frames import months_to

__all__ = ["HISTORY", "LEAST_MONTHS", "LEAST_ROWS", "RECENT", "before", "bins", "counted_months"]

RECENT = "feed_health.recent_months"
HISTORY = "feed_health.history_months"
LEAST_MONTHS = "feed_health.history_minimum_months"
LEAST_ROWS = "feed_health.history_minimum_rows"


def counted_months(context: RuleContext) -> Frame:
    """`feed`, `month` and `rows` accepted from all senders, for the recent months and the history before them."""
    number = context.parameters.integer(RECENT) + context.parameters.integer(HISTORY)
    return (
        context.table("health")
        .filter(nw.col("month").is_in(months_to(context.as_of, number)))
        .filter(nw.col("status").is_in(["accepted", "partial"]))
        .group_by("feed", "month")
        .agg(nw.col("rows_accepted").sum().cast(nw.Int64).alias("rows"))
    )


def before(context: RuleContext, months: Frame, *extra: str) -> Frame:
    """Each recent row of `months` with every earlier month of its feed: `rows_before` and `extra` with `_before`."""
    recent = months.filter(nw.col("month").is_in(months_to(context.as_of, context.parameters.integer(RECENT))))
    names = ("month", "rows", *extra)
    earlier = months.select("feed", *(nw.col(name).alias(f"{name}_before") for name in names))
    return recent.join(earlier, on="feed", how="inner").filter(nw.col("month_before") < nw.col("month"))


def bins(context: RuleContext, *measures: str) -> Frame:
    """Cells of each recent month's bins beside those of the months before, together.

    `feed`, `month`, `column`, `bin`, `cells`, `total`, `cells_before`, `total_before`: `total` are the rows of the
    month, `total_before` those of its history. Only months with enough rows and enough history; a bin that one side
    lacks has 0 cells there.
    """
    read = context.parameters
    number = read.integer(RECENT) + read.integer(HISTORY)
    known = context.table("profiles").filter(
        nw.col("measure").is_in(list(measures)), nw.col("month").is_in(months_to(context.as_of, number))
    )
    pairs = before(context, _profiled(context, number))
    history = pairs.group_by("feed", "month").agg(
        nw.col("month_before").n_unique().cast(nw.Int64).alias("months"),
        nw.col("rows").max().cast(nw.Int64).alias("total"),
        nw.col("rows_before").sum().cast(nw.Int64).alias("total_before"),
    )
    least = read.integer(LEAST_ROWS)
    enough = history.filter(
        nw.col("months") >= read.integer(LEAST_MONTHS), nw.col("total") >= least, nw.col("total_before") >= least
    )
    now = known.select("feed", "month", "column", "bin", "cells", cells_before=nw.lit(0).cast(nw.Int64))
    then = (
        pairs.select("feed", "month", "month_before")
        .join(
            known.select("feed", "column", "bin", "cells", month_before=nw.col("month")),
            on=["feed", "month_before"],
            how="inner",
        )
        .select("feed", "month", "column", "bin", cells=nw.lit(0).cast(nw.Int64), cells_before=nw.col("cells"))
    )
    both = nw.concat([now, then], how="vertical").group_by("feed", "month", "column", "bin")
    summed = both.agg(
        nw.col("cells").sum().cast(nw.Int64).alias("cells"),
        nw.col("cells_before").sum().cast(nw.Int64).alias("cells_before"),
    )
    return summed.join(enough.select("feed", "month", "total", "total_before"), on=["feed", "month"], how="inner")


def _profiled(context: RuleContext, number: int) -> Frame:
    """`feed`, `month` and `rows` of the months that have a profile."""
    known = context.table("profiles").filter(nw.col("month").is_in(months_to(context.as_of, number)))
    return known.group_by("feed", "month").agg(nw.col("rows").max().cast(nw.Int64).alias("rows"))
