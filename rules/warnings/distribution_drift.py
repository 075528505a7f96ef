"""分布漂移: codes or amounts of a column are spread otherwise than in the months before (feed health).

The measure is the population stability index: Σ (p − q) · ln(p / q) over the bins, p the share of the month and q that
of the months before. Each bin counts one cell more on both sides, so that a bin that one of them lacks has a share.

Where nothing has changed, the index of N cells beside M is about (1/N + 1/M) times a χ² of one degree less than there
are bins (Yurdakul and Naranjo 2020): a small file shifts by chance. Only what lies beyond that is asked about; the
bound of χ² by Wilson and Hilferty (1931).
"""

import narwhals as nw

from rules.base import Frame, Rule, RuleContext
from rules.frames import about_feeds, day
from rules.warnings._history import HISTORY, LEAST_MONTHS, LEAST_ROWS, RECENT, bins

__all__ = ["RULE"]

_RULE_ID = "distribution_drift"
_SHIFTED = "feed_health.psi_shifted"
_MUCH = "feed_health.psi_much_shifted"
_CHANCE = "feed_health.psi_chance_deviations"
_SCALE = 100
_PLACE = ("feed", "month", "column")


def _evaluate(context: RuleContext) -> Frame:
    read = context.parameters
    counted = bins(context, "code", "band")
    sums = counted.group_by(*_PLACE).agg(
        nw.len().cast(nw.Int64).alias("bins"),
        nw.col("cells").sum().cast(nw.Int64).alias("filled"),
        nw.col("cells_before").sum().cast(nw.Int64).alias("filled_before"),
    )
    least = read.integer(LEAST_ROWS)
    enough = sums.filter(nw.col("filled") >= least, nw.col("filled_before") >= least)
    shares = counted.join(enough, on=list(_PLACE), how="inner").with_columns(
        p=(nw.col("cells") + 1).cast(nw.Float64) / (nw.col("filled") + nw.col("bins")).cast(nw.Float64),
        q=(nw.col("cells_before") + 1).cast(nw.Float64) / (nw.col("filled_before") + nw.col("bins")).cast(nw.Float64),
    )
    parts = shares.with_columns(part=(nw.col("p") - nw.col("q")) * (nw.col("p") / nw.col("q")).log() * _SCALE)
    index = parts.group_by(*_PLACE).agg(nw.col("part").sum().alias("index"))
    beyond = index.join(enough, on=list(_PLACE), how="inner").filter(
        nw.col("index") >= _by_chance(read.integer(_CHANCE)) * _SCALE
    )
    much = nw.when(nw.col("index") >= read.integer(_MUCH)).then(nw.lit("much_shifted"))
    return about_feeds(
        beyond.filter(nw.col("index") >= read.integer(_SHIFTED)),
        _RULE_ID,
        basis=much.otherwise(nw.lit("shifted")),
        evidence_on=day(context.as_of),
        evidence_key=nw.concat_str(nw.col("month"), nw.lit(":"), nw.col("column")),
    )


def _by_chance(deviations: int) -> nw.Expr:
    """The index that `deviations` allow where nothing has changed; of one bin there is nothing to compare."""
    freedom = (nw.col("bins") - 1).cast(nw.Float64)
    spread = nw.lit(2.0) / (freedom * 9)
    root = 1 - spread + spread.sqrt() * deviations
    cells = nw.lit(1.0) / nw.col("filled") + nw.lit(1.0) / nw.col("filled_before")
    bound = cells * freedom * root * root * root
    return nw.when(nw.col("bins") > 1).then(bound).otherwise(nw.lit(0.0))


RULE = Rule(
    id=_RULE_ID,
    title="分布漂移",
    title_en="Codes or amounts are spread otherwise than before",
    kind="feed",
    legal_basis="政务数据共享条例（数据质量校核）",
    evaluate=_evaluate,
    reads=("profiles",),
    bases={"shifted": "该列取值的分布与以前各月有差别", "much_shifted": "该列取值的分布与以前各月有很大差别"},
    parameters=(RECENT, HISTORY, LEAST_MONTHS, LEAST_ROWS, _SHIFTED, _MUCH, _CHANCE),
    question="该列取值的分布与以前各月不同：政策、口径或报送范围是否变化？",
    same_fact="同一数据源同一月份同一列；以后月份再次出现的另行提示",
)
