"""Shared by the warnings of allowances that are due and not received (应享未享).

When the feed of payments is late nobody is asked: a missing delivery is no missing payment.
"""

import narwhals as nw

from rules.base import Frame, RuleContext
from rules.frames import as_hits, day, day_text, shifted

__all__ = ["BASES", "parameters_of", "unpaid"]

BASES = {
    "never_paid": "符合条件，没有发放记录",
    "payment_stopped": "符合条件，此前发放过，最近几个月没有发放",
    "payment_returned": "符合条件，最近的发放被银行退回",
}


def parameters_of(rule_id: str) -> tuple[str, ...]:
    """The parameters that every rule of this kind has."""
    return tuple(f"{rule_id}.{key}" for key in ("grace_months", "checked_months", "maximum_feed_lag_months"))


def _delivered(context: RuleContext, rule_id: str, kind: str) -> Frame:
    """One row, the latest month paid to anybody; no row when it is too old."""
    lag = context.parameters.integer(f"{rule_id}.maximum_feed_lag_months")
    latest = (
        context.table("allowances")
        .filter(nw.col("allowance_kind") == kind, nw.col("payment_status") == "paid")
        .select(nw.col("month").max().alias("latest_month"))
    )
    return latest.filter(shifted("latest_month", lag, "mo") >= day(context.as_of.replace(day=1)))


def unpaid(context: RuleContext, rule_id: str, kind: str, entitled: Frame) -> Frame:
    """Hits of the `entitled` (family_id, person_key, due_on and source) who were not paid in the checked months."""
    checked = context.parameters.integer(f"{rule_id}.checked_months")
    payments = context.table("allowances").filter(nw.col("allowance_kind") == kind)
    history = payments.group_by("person_key", "payment_status").agg(nw.col("month").max().alias("month"))
    paid = history.filter(nw.col("payment_status") == "paid").select("person_key", nw.col("month").alias("paid_month"))
    returned = history.filter(nw.col("payment_status") == "returned").select(
        "person_key", nw.col("month").alias("returned_month")
    )
    asked = (
        entitled.join(_delivered(context, rule_id, kind), how="cross")
        .join(paid, on="person_key", how="left")
        .join(returned, on="person_key", how="left")
        .filter(nw.col("paid_month").is_null() | (shifted("paid_month", checked - 1, "mo") < nw.col("latest_month")))
    )
    came_back = ~nw.col("returned_month").is_null() & (
        nw.col("paid_month").is_null() | (nw.col("returned_month") > nw.col("paid_month"))
    )
    stopped = nw.when(nw.col("paid_month").is_null()).then(nw.lit("never_paid")).otherwise(nw.lit("payment_stopped"))
    return as_hits(
        asked,
        rule_id,
        basis=nw.when(came_back).then(nw.lit("payment_returned")).otherwise(stopped),
        evidence_on="due_on",
        evidence_key=nw.coalesce(day_text("paid_month"), nw.lit("never")),
    )
