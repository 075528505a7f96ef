"""家庭收入减半: the recorded income of the latest months against the same months one year before (困难发现).

Both sums are of the same persons, the counted members at as_of, and of delivered months alone; no
annual figure and no declared amount takes part.
"""

import narwhals as nw

from rules.base import Frame, Rule, RuleContext
from rules.frames import FEN_PER_YUAN, SOURCE_COLUMNS, as_hits, day_text, latest_of, people, shifted

__all__ = ["RULE"]

_RULE_ID = "income_halved"
_MONTHS = "income_halved.compared_months"
_DROP = "income_halved.drop_percent"
_BEFORE = "income_halved.minimum_before_yuan"
_AFTER = "income_halved.maximum_after_per_head_yuan"
_WHOLE = 100
_YEAR = 12


def _compared(context: RuleContext) -> Frame:
    """Amounts of counted members in the latest months (`now_fen`) and in the same a year before (`before_fen`)."""
    months = context.parameters.integer(_MONTHS)
    counted = people(context, "counted").filter(nw.col("counted")).select("person_key", "family_id")
    late = (nw.col("month") <= nw.col("last_month")) & (shifted("month", months - 1, "mo") >= nw.col("last_month"))
    early = (shifted("month", _YEAR, "mo") <= nw.col("last_month")) & (
        shifted("month", _YEAR + months - 1, "mo") >= nw.col("last_month")
    )
    return (
        _recorded(context)
        .select("person_key", "month", "amount_fen")
        .join(_window(context), how="cross")
        .filter(late | early)
        .with_columns(
            now_fen=nw.when(late).then(nw.col("amount_fen")).otherwise(nw.lit(0)),
            before_fen=nw.when(early).then(nw.col("amount_fen")).otherwise(nw.lit(0)),
        )
        .join(counted, on="person_key", how="inner")
        .group_by("family_id", "person_key")
        .agg(nw.col("now_fen").sum().cast(nw.Int64), nw.col("before_fen").sum().cast(nw.Int64))
    )


def _recorded(context: RuleContext) -> Frame:
    """Monthly records of departments; declared and annual ones do not compare."""
    return context.table("incomes").filter(~nw.col("declared"), ~nw.col("month").is_null())


def _window(context: RuleContext) -> Frame:
    return context.table("income_window").filter(nw.col("computable")).select("last_month")


def _fallen(context: RuleContext, compared: Frame) -> Frame:
    """Families whose income fell that far, and to little: `family_id`, `fallen_to`."""
    read = context.parameters
    months = read.integer(_MONTHS)
    sums = compared.group_by("family_id").agg(
        nw.col("now_fen").sum().cast(nw.Int64).alias("fallen_to"),
        nw.col("before_fen").sum().cast(nw.Int64).alias("fallen_from"),
    )
    counted = context.table("families").select("family_id", "counted_members")
    enough = nw.col("counted_members") * (read.integer(_AFTER) * months * FEN_PER_YUAN)
    return (
        sums.join(counted, on="family_id", how="inner")
        .filter(
            nw.col("fallen_from") >= read.integer(_BEFORE) * FEN_PER_YUAN,
            nw.col("fallen_to") * _WHOLE <= nw.col("fallen_from") * (_WHOLE - read.integer(_DROP)),
            nw.col("fallen_to") <= enough,
        )
        .select("family_id", "fallen_to")
    )


def _evaluate(context: RuleContext) -> Frame:
    read = context.parameters
    months, kept = read.integer(_MONTHS), _WHOLE - read.integer(_DROP)
    compared = _compared(context)
    losses = compared.join(_fallen(context, compared), on="family_id", how="inner").with_columns(
        lost_fen=nw.col("before_fen") - nw.col("now_fen")
    )
    loser = latest_of(losses, ["family_id"], ["lost_fen", "person_key"]).select(
        "family_id", "person_key", "before_fen", "fallen_to"
    )
    # The last month at the old level is the evidence: it stays the same while the months move on.
    rows = (
        _recorded(context)
        .select("person_key", "month", "amount_fen", *SOURCE_COLUMNS)
        .join(loser, on="person_key", how="inner")
        .join(_window(context), how="cross")
        .filter(nw.col("month") <= nw.col("last_month"))
        .with_columns(month_fen=nw.col("amount_fen").sum().over("person_key", "month").cast(nw.Int64))
    )
    at_old_level = rows.filter(nw.col("month_fen") * (months * _WHOLE) > nw.col("before_fen") * kept)
    return as_hits(
        latest_of(at_old_level, ["family_id"], ["month", "amount_fen", *SOURCE_COLUMNS]),
        _RULE_ID,
        basis="income_fell_by_share",
        evidence_on="month",
        evidence_fen="fallen_to",
        evidence_key=day_text("month"),
    )


RULE = Rule(
    id=_RULE_ID,
    title="家庭收入大幅下降",
    title_en="The family's income has fallen by half",
    kind="need",
    legal_basis="国办发〔2023〕39号",
    evaluate=_evaluate,
    reads=("members", "families", "income_window", "incomes"),
    bases={"income_fell_by_share": "最近几个月有记录的收入与上年同期相比下降达到标准，且人均较低"},
    parameters=(_MONTHS, _DROP, _BEFORE, _AFTER),
    question="家里的收入近来有没有变化：原因是什么，现在的生活有没有着落？",
    same_fact="同一人最后一个仍在原水平的月份为同一事实；收入恢复后再次下降的，重新提示。",
)
