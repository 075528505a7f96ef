"""Shared by the warnings of allowances that are due and not received (应享未享): one rule for each kind.

When the feed of payments is late nobody is asked: a missing delivery is no missing payment. Payments that
the bank returned are asked about by `allowance_returned`, not here.
"""

import narwhals as nw

from rules.allowances import PARAMETERS, READS, entitled
from rules.base import Frame, Rule, RuleContext
from rules.frames import as_hits, day, day_text, shifted

__all__ = ["missing_rule"]

_GRACE = "allowances.grace_months"
_CHECKED = "allowances.checked_months"
_LAG = "allowances.maximum_feed_lag_months"


def missing_rule(rule_id: str, kind: str, *, title: str, title_en: str, legal_basis: str, question: str) -> Rule:
    """The rule that asks about those entitled to `kind` who were not paid in the checked months."""

    def evaluate(context: RuleContext) -> Frame:
        return _unpaid(context, rule_id, kind)

    return Rule(
        id=rule_id,
        title=title,
        title_en=title_en,
        kind="need",
        legal_basis=legal_basis,
        evaluate=evaluate,
        reads=READS,
        bases={
            "never_paid": "符合条件，没有发放记录",
            "payment_stopped": "符合条件，此前发放过，最近几个月没有发放",
        },
        parameters=(*PARAMETERS, _GRACE, _CHECKED, _LAG),
        question=question,
        same_fact="同一人同一项补贴，自同一次最后发放以来没有再发放，为同一事实；恢复发放后再次中断的，重新提示。",
    )


def _delivered(context: RuleContext, kind: str) -> Frame:
    """One row, the latest month paid to anybody; no row when it is too old."""
    lag = context.parameters.integer(_LAG)
    latest = (
        context.table("allowances")
        .filter(nw.col("allowance_kind") == kind, nw.col("payment_status") == "paid")
        .select(nw.col("month").max().alias("latest_month"))
    )
    return latest.filter(shifted("latest_month", lag, "mo") >= day(context.as_of.replace(day=1)))


def _unpaid(context: RuleContext, rule_id: str, kind: str) -> Frame:
    """Hits of those entitled for longer than the grace who were not paid in the checked months."""
    read = context.parameters
    checked = read.integer(_CHECKED)
    payments = context.table("allowances").filter(nw.col("allowance_kind") == kind)
    history = payments.group_by("person_key", "payment_status").agg(nw.col("month").max().alias("month"))
    paid = history.filter(nw.col("payment_status") == "paid").select("person_key", nw.col("month").alias("paid_month"))
    returned = history.filter(nw.col("payment_status") == "returned").select(
        "person_key", nw.col("month").alias("returned_month")
    )
    came_back = ~nw.col("returned_month").is_null() & (
        nw.col("paid_month").is_null() | (nw.col("returned_month") > nw.col("paid_month"))
    )
    asked = (
        entitled(context, kind)
        .filter(shifted("due_on", read.integer(_GRACE), "mo") <= day(context.as_of))
        .join(_delivered(context, kind), how="cross")
        .join(paid, on="person_key", how="left")
        .join(returned, on="person_key", how="left")
        .filter(nw.col("paid_month").is_null() | (shifted("paid_month", checked - 1, "mo") < nw.col("latest_month")))
        .filter(~came_back)
    )
    stopped = nw.when(nw.col("paid_month").is_null()).then(nw.lit("never_paid")).otherwise(nw.lit("payment_stopped"))
    return as_hits(
        asked,
        rule_id,
        basis=stopped,
        evidence_on="due_on",
        evidence_fen="monthly_fen",
        evidence_key=nw.coalesce(day_text("paid_month"), nw.lit("never")),
    )
