"""死亡后仍发放: an allowance paid, or a spell still open, after a recorded death (待核实)."""

import narwhals as nw

from rules.base import Frame, Rule, RuleContext
from rules.frames import SOURCE_COLUMNS, as_hits, day, entitlements, inside, latest_of, nothing, people, shifted

__all__ = ["RULE"]

_RULE_ID = "paid_after_death"
_GRACE = "paid_after_death.grace_days"
_RECENT = "paid_after_death.recent_months"


def _dead(context: RuleContext) -> Frame:
    """Persons with a dated death who are not living by later activity: `person_key`, `stop_on`."""
    grace = context.parameters.integer(_GRACE)
    first = context.table("deaths").group_by("person_key").agg(nw.col("died_on").min().alias("died_on"))
    return first.join(people(context), on="person_key", how="anti").select(
        "person_key", "died_on", shifted("died_on", grace, "d").alias("stop_on")
    )


def _payments(context: RuleContext) -> Frame:
    """The latest payment of each allowance for a month after the death."""
    paid = (
        context.table("allowances")
        .filter(nw.col("payment_status") == "paid", nw.col("amount_fen") > 0)
        .with_columns(day_paid=nw.coalesce(nw.col("paid_on"), nw.col("month")))
        .filter(inside("day_paid", context.as_of, context.parameters.integer(_RECENT), "mo"))
        .join(_dead(context), on="person_key", how="inner")
        .filter(nw.col("month") > nw.col("died_on"), nw.col("day_paid") > nw.col("stop_on"))
    )
    latest = latest_of(paid, ["person_key", "allowance_kind"], ["month", "day_paid", *SOURCE_COLUMNS])
    return as_hits(
        latest.with_columns(family_id=nothing(nw.String)),
        _RULE_ID,
        basis="allowance_paid_after_death",
        evidence_on="day_paid",
        evidence_fen="amount_fen",
        evidence_key="allowance_kind",
    )


def _spells(context: RuleContext) -> Frame:
    """Spells on the register that are open although the person died."""
    held = (
        entitlements(context)
        .join(_dead(context), on="person_key", how="inner")
        .filter(nw.col("stop_on") < day(context.as_of))
    )
    return as_hits(
        latest_of(held, ["person_key"], ["started_on", *SOURCE_COLUMNS]).with_columns(
            family_id=nw.concat_str(nw.lit("D:"), nw.col("family_no"))
        ),
        _RULE_ID,
        basis="on_register_after_death",
        evidence_on="died_on",
        evidence_key=nw.lit("register"),
    )


def _evaluate(context: RuleContext) -> Frame:
    return nw.concat([_payments(context), _spells(context)], how="vertical")


RULE = Rule(
    id=_RULE_ID,
    title="死亡后仍发放",
    title_en="Paid after death",
    kind="verify",
    legal_basis="社会救助暂行办法（国务院令第649号）；国办发〔2023〕39号",
    evaluate=_evaluate,
    reads=("members", "deaths", "allowances", "spells"),
    bases={
        "allowance_paid_after_death": "有死亡记录，此后月份仍有津补贴发放",
        "on_register_after_death": "有死亡记录，救助仍在册",
    },
    parameters=(_GRACE, _RECENT, "register.rigid_expense_months"),
    question="请核实：死亡记录是否属实？此后的发放是怎样的情况？",
    same_fact="同一人同一项津补贴（或救助在册）为同一事实；另一项津补贴在死亡后发放的，重新提示。",
)
