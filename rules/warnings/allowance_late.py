"""补贴发放不及时: the first payment of an allowance came too long after the first day of the entitlement (困难发现).

The entitlement must have begun inside the time for which payments of the kind are delivered: before
that nobody knows which payment was the first.
"""

import narwhals as nw

from rules.allowances import ALLOWANCE_KINDS, PARAMETERS, READS, entitled
from rules.base import Frame, Rule, RuleContext
from rules.frames import SOURCE_COLUMNS, as_hits, day_text, earliest_of, inside, shifted
from schemas.codes import CODE_LISTS

__all__ = ["RULE"]

_RULE_ID = "allowance_late"
_LATE = "allowance_late.late_days"
_RECENT = "need_warnings.recent_months"


def _late(context: RuleContext, kind: str) -> Frame:
    read = context.parameters
    paid = (
        context.table("allowances")
        .filter(nw.col("allowance_kind") == kind, nw.col("payment_status") == "paid", nw.col("amount_fen") > 0)
        .with_columns(paid_on=nw.coalesce(nw.col("paid_on"), nw.col("month")))
        .select("person_key", "month", "paid_on", *SOURCE_COLUMNS)
    )
    known_from = paid.select(nw.col("month").min().alias("known_from"))
    first = earliest_of(paid, ["person_key"], ["paid_on", "month", *SOURCE_COLUMNS]).filter(
        inside("paid_on", context.as_of, read.integer(_RECENT), "mo")
    )
    waited = (
        first.join(
            entitled(context, kind).select("family_id", "person_key", "due_on", "monthly_fen"),
            on="person_key",
            how="inner",
        )
        .join(known_from, how="cross")
        .filter(
            nw.col("due_on") >= nw.col("known_from"),
            shifted("due_on", read.integer(_LATE), "d") < nw.col("paid_on"),
        )
    )
    return as_hits(
        waited,
        _RULE_ID,
        basis=f"late_{kind}",
        evidence_on="paid_on",
        evidence_fen="monthly_fen",
        evidence_key=nw.concat_str(nw.lit(f"{kind}:"), day_text("due_on")),
    )


def _evaluate(context: RuleContext) -> Frame:
    return nw.concat([_late(context, kind) for kind in ALLOWANCE_KINDS], how="vertical")


_KINDS = CODE_LISTS["allowance_kind"]

RULE = Rule(
    id=_RULE_ID,
    title="补贴首次发放不及时",
    title_en="The first payment of an allowance came late",
    kind="need",
    legal_basis="国发〔2015〕52号；中华人民共和国老年人权益保障法 第三十三条；民发〔2019〕62号",
    evaluate=_evaluate,
    reads=READS,
    bases={f"late_{kind}": f"{_KINDS.title_of(kind)}：从到龄或发证到首次发放超过规定天数" for kind in ALLOWANCE_KINDS},
    parameters=(*PARAMETERS, _LATE, _RECENT),
    question="补贴晚发了一段时间：应补发的月份是否已经补发？晚发的原因是什么？",
    same_fact="同一人同一项补贴同一应享起始日为同一事实；换发证件等产生新的起始日后再次晚发的，重新提示。",
)
