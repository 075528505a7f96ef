"""收入连续超过标准: recorded income above the standard of the programme in each of the latest months (待核实).

Each month stands by itself: its recorded income of the counted members against the standard per head times
their number. Annual figures have no month and take no part; declared amounts and the exempt basic part of
the resident pension take none either. A family of several programmes is held to the highest limit.
"""

from datetime import date

import narwhals as nw

from rules.base import Frame, Rule, RuleContext
from rules.frames import FEN_PER_YUAN, SOURCE_COLUMNS, as_hits, day, day_text, entitlements, latest_of, people, shifted

__all__ = ["RULE"]

_RULE_ID = "income_above_standard"
_MONTHS = "income_above_standard.months"
_STANDARD = "income_above_standard.standard_monthly_yuan"
_MARGINAL = "income_above_standard.marginal_percent"
_EXEMPT = "low_income_family.resident_pension_exempt_until"
_WHOLE = 100


def _limits(context: RuleContext) -> Frame:
    """Per family on a programme with a standard: `family_id`, `head_key`, `limit_fen` for a month."""
    read = context.parameters
    standard = read.integer(_STANDARD) * FEN_PER_YUAN
    marginal = standard * read.integer(_MARGINAL) // _WHOLE
    held = entitlements(context).filter(nw.col("programme").is_in(["subsistence", "marginal"]))
    per_head = nw.when(nw.col("programme") == "marginal").then(nw.lit(marginal)).otherwise(nw.lit(standard))
    highest = (
        held.join(people(context), on="person_key", how="inner")
        .with_columns(per_head=per_head.cast(nw.Int64))
        .group_by("family_id")
        .agg(nw.col("per_head").max())
    )
    return (
        context.table("families")
        .filter(nw.col("counted_members") > 0)
        .select("family_id", "head_key", "counted_members")
        .join(highest, on="family_id", how="inner")
        .select("family_id", "head_key", (nw.col("per_head") * nw.col("counted_members")).alias("limit_fen"))
    )


def _recorded(context: RuleContext, families: Frame) -> Frame:
    """Monthly records of the counted members of `families`, up to the last delivered month: `counted_fen`."""
    exempt_until = date.fromisoformat(f"{context.parameters.text(_EXEMPT)}-01")
    window = context.table("income_window").filter(nw.col("computable")).select("last_month")
    counted = people(context, "counted").filter(nw.col("counted")).select("person_key", "family_id")
    basic = nw.when(nw.col("month") <= day(exempt_until)).then(nw.col("basic_fen"))
    exempt = nw.coalesce(basic, nw.lit(0)).cast(nw.Int64)
    return (
        context.table("incomes")
        .filter(~nw.col("declared"), ~nw.col("month").is_null())
        .with_columns(counted_fen=nw.col("amount_fen") - exempt)
        .select("person_key", "month", "counted_fen", *SOURCE_COLUMNS)
        .join(counted, on="person_key", how="inner")
        .join(families.select("family_id", "limit_fen"), on="family_id", how="inner")
        .join(window, how="cross")
        .filter(nw.col("month") <= nw.col("last_month"))
    )


def _above(context: RuleContext, rows: Frame) -> Frame:
    """Families above in each of the latest months: `family_id`, `above_since`, `income_fen` of the last month.

    `above_since` is the first of the consecutive months above, as far as records go back.
    """
    months = context.parameters.integer(_MONTHS)
    sums = rows.group_by("family_id", "month", "last_month", "limit_fen").agg(
        nw.col("counted_fen").sum().cast(nw.Int64).alias("income_fen")
    )
    over = sums.filter(nw.col("income_fen") > nw.col("limit_fen")).select(
        "family_id", "month", "last_month", "income_fen"
    )
    # A month above whose month before is not above begins a run; the latest such run counts.
    after = over.select("family_id", shifted("month", 1, "mo").alias("month"))
    begins = (
        over.select("family_id", "month")
        .join(after, on=["family_id", "month"], how="anti")
        .group_by("family_id")
        .agg(nw.col("month").max().alias("above_since"))
    )
    return (
        over.filter(nw.col("month") == nw.col("last_month"))
        .join(begins, on="family_id", how="inner")
        .filter(shifted("above_since", months - 1, "mo") <= nw.col("last_month"))
        .select("family_id", "above_since", "income_fen")
    )


def _evaluate(context: RuleContext) -> Frame:
    families = _limits(context)
    rows = _recorded(context, families)
    greatest = latest_of(
        rows.filter(nw.col("month") == nw.col("last_month")),
        ["family_id"],
        ["counted_fen", "person_key", *SOURCE_COLUMNS],
    )
    asked = (
        _above(context, rows)
        .join(greatest.select("family_id", *SOURCE_COLUMNS), on="family_id", how="inner")
        .join(families.select("family_id", nw.col("head_key").alias("person_key")), on="family_id", how="inner")
    )
    return as_hits(
        asked,
        _RULE_ID,
        basis="above_in_each_month",
        evidence_on="above_since",
        evidence_fen="income_fen",
        evidence_key=day_text("above_since"),
    )


RULE = Rule(
    id=_RULE_ID,
    title="家庭收入连续超过标准",
    title_en="The family's income has been above the standard for months",
    kind="verify",
    legal_basis="民发〔2021〕57号（家庭收入状况、动态管理）；国办发〔2023〕39号",
    evaluate=_evaluate,
    reads=("members", "families", "income_window", "incomes", "spells"),
    bases={"above_in_each_month": "最近连续数月，每月有记录的家庭收入都超过在册类别的人均标准（不用年度数平均）"},
    parameters=(_MONTHS, _STANDARD, _MARGINAL, _EXEMPT, "register.rigid_expense_months"),
    question="请核实：这些收入是否属实、是否已经停止？扣除就业成本和渐退期后，是否仍符合条件？",
    same_fact="同一户自同一月份起连续超过为同一事实；降回标准以内后再次超过的，重新提示。",
)
