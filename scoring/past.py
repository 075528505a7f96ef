"""Features of a family's past: how things went before as_of, as far as facts carry it.

What belongs here: declared features that only a trained model uses, and how each is counted. Only facts known at as_of
are read. No record is not zero: what never was is null where it matters.
"""

import narwhals as nw

from rules.base import Frame, RuleContext
from rules.frames import FEN_PER_YUAN, inside, people
from scoring.spec import Feature

__all__ = ["PAST", "past_features"]

_PERCENT = 100
_YEAR, _QUARTER = 12, 3
_OPEN = "pending"
_REFUSED = "refused"

PAST: tuple[Feature, ...] = (
    Feature(
        "months_since_exit",
        "退出救助至今(月)",
        ("register_spells",),
        direction="less",
        missing="没有退出救助的记录",
        meaning="成员最近一次退出救助之月到本期的月数",
        unit="月",
    ),
    Feature("past_spells", "曾享受救助次数", ("register_spells",), meaning="全体成员已结束的救助段数", unit="次"),
    Feature(
        "months_since_refusal",
        "申请未通过至今(月)",
        ("applications",),
        direction="less",
        missing="没有未通过的申请",
        meaning="最近一次不予确认之月到本期的月数",
        unit="月",
    ),
    Feature("open_applications", "在办申请数", ("applications",), meaning="尚未办结的救助申请数", unit="件"),
    Feature(
        "income_change",
        "收入较上年同期(%)",
        ("incomes", "income_window"),
        direction="less",
        missing="上年同期没有收入记录，无法比较",
        meaning="近12个月有记录收入占再前12个月的百分比",
        unit="%",
    ),
    Feature(
        "income_recent",
        "近3个月收入水平(%)",
        ("incomes", "income_window"),
        direction="less",
        missing="近12个月没有收入记录，无法比较",
        meaning="近3个月月均收入占近12个月月均收入的百分比",
        unit="%",
    ),
    Feature(
        "months_without_contribution",
        "断缴社保(月)",
        ("work_evidence", "income_window"),
        missing="没有参保缴费记录",
        meaning="成员最近一次缴费(缴存)之月到收入期间末月的月数",
        unit="月",
    ),
    Feature("medical_recent", "近3个月医疗自付(元)", ("expenses",), meaning="近3个月结算的自付合计", unit="元"),
    Feature(
        "medical_trend",
        "近3个月占全年医疗自付(%)",
        ("expenses",),
        missing="近12个月没有医疗自付",
        meaning="近3个月自付占近12个月自付的百分比",
        unit="%",
    ),
    Feature(
        "months_since_illness",
        "新患重病至今(月)",
        ("conditions",),
        direction="less",
        missing="没有重病登记",
        meaning="成员最近一次重病认定之月到本期的月数",
        unit="月",
    ),
    Feature("household_size", "家庭人数", ("members",), direction="either", meaning="在世成员人数", unit="人"),
)


def past_features(context: RuleContext) -> Frame:
    """One row a family at as_of: `family_id` and every feature of `PAST` as Int64, null where it is not known."""
    table = context.table("families").select("family_id", nw.col("members").cast(nw.Int64).alias("household_size"))
    for part in (_exits(context), _refusals(context), _open(context), _income(context), _work(context)):
        table = table.join(part, on="family_id", how="left")
    table = table.join(_medical(context), on="family_id", how="left").join(
        _illness(context), on="family_id", how="left"
    )
    counted = ["past_spells", "open_applications", "medical_recent"]
    return table.with_columns(nw.col(name).fill_null(0).cast(nw.Int64) for name in counted).select(
        "family_id", *(nw.col(feature.name).cast(nw.Int64) for feature in PAST)
    )


def _of_families(context: RuleContext, rows: Frame) -> Frame:
    """`rows` of living members in scope, with their family."""
    return rows.join(people(context), on="person_key", how="inner")


def _months(column: str) -> nw.Expr:
    """Months since the year nought."""
    return nw.col(column).dt.year().cast(nw.Int64) * _YEAR + nw.col(column).dt.month().cast(nw.Int64)


def _months_until(context: RuleContext, column: str) -> nw.Expr:
    """Whole calendar months from the month of `column` to that of as_of."""
    return nw.lit(context.as_of.year * _YEAR + context.as_of.month).cast(nw.Int64) - _months(column)


def _exits(context: RuleContext) -> Frame:
    ended = context.table("register_spells").filter(~nw.col("ended_on").is_null() & ~nw.col("on_register"))
    since = _months_until(context, "ended_on")
    rows = _of_families(context, ended.select("person_key", since.alias("since")))
    return rows.group_by("family_id").agg(
        nw.col("since").min().alias("months_since_exit"), nw.len().cast(nw.Int64).alias("past_spells")
    )


def _refusals(context: RuleContext) -> Frame:
    refused = context.table("applications").filter(
        (nw.col("decision") == _REFUSED) & (nw.col("decided_on") <= nw.lit(context.as_of))
    )
    since = _months_until(context, "decided_on")
    rows = _of_families(context, refused.select("person_key", since.alias("since")))
    return rows.group_by("family_id").agg(nw.col("since").min().alias("months_since_refusal"))


def _open(context: RuleContext) -> Frame:
    pending = context.table("applications").filter(nw.col("decision") == _OPEN).select("person_key", "application_no")
    rows = _of_families(context, pending).select("family_id", "application_no").unique(["family_id", "application_no"])
    return rows.group_by("family_id").agg(nw.len().cast(nw.Int64).alias("open_applications"))


def _back(context: RuleContext) -> tuple[Frame, nw.Expr]:
    """The months of the window, and how many months before its last one a row of `month` lies."""
    window = context.table("income_window").filter(nw.col("computable")).select("last_month")
    return window, _months("last_month") - _months("month")


def _income(context: RuleContext) -> Frame:
    """Recorded monthly income alone: what is declared, or annual, says nothing of a change.

    A year before of which not every required feed has delivered every month is not known: compared with a part of it,
    all families would seem to earn several times as much.
    """
    window, back = _back(context)
    feeds = context.parameters.texts("low_income_family.required_feeds")
    recorded = context.table("incomes").filter(~nw.col("declared") & ~nw.col("month").is_null())
    rows = recorded.select("person_key", "source_feed", "month", "amount_fen").join(window, how="cross")
    rows = rows.with_columns(back=back).filter((nw.col("back") >= 0) & (nw.col("back") < _YEAR * 2))
    told = rows.filter((nw.col("back") >= _YEAR) & nw.col("source_feed").is_in(feeds)).select("source_feed", "month")
    delivered = told.unique(["source_feed", "month"]).select(nw.len().cast(nw.Int64).alias("delivered"))
    amount = nw.col("amount_fen").fill_null(0)
    zero = nw.lit(0).cast(nw.Int64)
    sums = (
        _of_families(context, rows)
        .select(
            "family_id",
            nw.when(nw.col("back") < _QUARTER).then(amount).otherwise(zero).alias("quarter"),
            nw.when(nw.col("back") < _YEAR).then(amount).otherwise(zero).alias("year"),
            nw.when(nw.col("back") >= _YEAR).then(amount).otherwise(zero).alias("before"),
        )
        .group_by("family_id")
        .agg(nw.col("quarter", "year", "before").sum().cast(nw.Int64))
        .join(delivered, how="cross")
    )
    return sums.select(
        "family_id",
        nw.when(nw.col("delivered") == _YEAR * len(feeds))
        .then(_percent(nw.col("year"), "before"))
        .alias("income_change"),
        _percent(nw.col("quarter") * (_YEAR // _QUARTER), "year").alias("income_recent"),
    )


def _percent(part: nw.Expr, whole: str) -> nw.Expr:
    """Null where there is no whole to compare with."""
    return part * _PERCENT // nw.when(nw.col(whole) > 0).then(nw.col(whole))


def _work(context: RuleContext) -> Frame:
    window, back = _back(context)
    rows = context.table("work_evidence").filter(~nw.col("month").is_null()).select("person_key", "month")
    lapsed = _of_families(context, rows).join(window, how="cross").select("family_id", back.alias("back"))
    zero = nw.lit(0).cast(nw.Int64)
    since = nw.when(nw.col("back") < 0).then(zero).otherwise(nw.col("back")).alias("months_without_contribution")
    return lapsed.group_by("family_id").agg(nw.col("back").min()).select("family_id", since)


def _medical(context: RuleContext) -> Frame:
    rows = context.table("expenses").filter(inside("spent_on", context.as_of, _YEAR, "mo"))
    recent = inside("spent_on", context.as_of, _QUARTER, "mo")
    cost = nw.col("out_of_pocket_fen").fill_null(0)
    zero = nw.lit(0).cast(nw.Int64)
    split = rows.select("person_key", cost.alias("year"), nw.when(recent).then(cost).otherwise(zero).alias("recent"))
    sums = _of_families(context, split).group_by("family_id").agg(nw.col("year", "recent").sum().cast(nw.Int64))
    return sums.select(
        "family_id",
        (nw.col("recent") // FEN_PER_YUAN).alias("medical_recent"),
        _percent(nw.col("recent"), "year").alias("medical_trend"),
    )


def _illness(context: RuleContext) -> Frame:
    found = context.table("conditions").filter((nw.col("kind") == "severe_illness") & ~nw.col("started_on").is_null())
    since = _months_until(context, "started_on")
    rows = _of_families(context, found.select("person_key", since.alias("since")))
    return rows.group_by("family_id").agg(nw.col("since").min().alias("months_since_illness"))
