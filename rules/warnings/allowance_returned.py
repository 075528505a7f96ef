"""补贴被银行退回: a payment of an allowance came back, and nothing has made it good (困难发现)."""

import narwhals as nw

from rules.allowances import ALLOWANCE_KINDS, PARAMETERS, READS, entitled
from rules.base import Frame, Rule, RuleContext
from rules.frames import SOURCE_COLUMNS, as_hits, day_text, earliest_of, inside, people

__all__ = ["RULE"]

_RULE_ID = "allowance_returned"
_RECENT = "need_warnings.recent_months"
_CASE = ["person_key", "allowance_kind"]


def _came_back(context: RuleContext) -> Frame:
    """Returned payments whose month was never paid, with the last month that was: `paid_month`."""
    payments = context.table("allowances").filter(nw.col("allowance_kind").is_in(ALLOWANCE_KINDS))
    paid = payments.filter(nw.col("payment_status") == "paid")
    last = paid.group_by(*_CASE).agg(nw.col("month").max().alias("paid_month"))
    returned = (
        payments.filter(nw.col("payment_status") == "returned")
        .with_columns(returned_on=nw.coalesce(nw.col("paid_on"), nw.col("month")))
        .select(*_CASE, "month", "returned_on", "amount_fen", *SOURCE_COLUMNS)
        .join(paid.select(*_CASE, "month").unique([*_CASE, "month"]), on=[*_CASE, "month"], how="anti")
    )
    once = earliest_of(returned, [*_CASE, "month"], ["returned_on", *SOURCE_COLUMNS]).drop("_place")
    return once.join(last, on=_CASE, how="left").join(people(context), on="person_key", how="inner")


def _entitled(context: RuleContext) -> Frame:
    parts = [
        entitled(context, kind).select("person_key", nw.lit(kind).alias("allowance_kind")) for kind in ALLOWANCE_KINDS
    ]
    return nw.concat(parts, how="vertical")


def _evaluate(context: RuleContext) -> Frame:
    months = context.parameters.integer(_RECENT)
    rows, due = _came_back(context), _entitled(context)
    since = nw.col("paid_month").is_null() | (nw.col("month") > nw.col("paid_month"))
    # An account that refuses is asked about as long as the person is entitled, from its first refusal on.
    refused = rows.filter(since).join(due, on=_CASE, how="semi")
    first = earliest_of(refused, _CASE, ["month"]).drop("_place").with_columns(basis=nw.lit("account_refused"))
    lost = nw.concat([rows.filter(~since), rows.filter(since).join(due, on=_CASE, how="anti")], how="vertical")
    recent = lost.filter(inside("returned_on", context.as_of, months, "mo")).with_columns(
        basis=nw.lit("month_not_made_good")
    )
    return as_hits(
        nw.concat([first, recent], how="vertical"),
        _RULE_ID,
        basis=nw.col("basis"),
        evidence_on="returned_on",
        evidence_fen="amount_fen",
        evidence_key=nw.concat_str(nw.col("allowance_kind"), nw.lit(":"), day_text("month")),
    )


RULE = Rule(
    id=_RULE_ID,
    title="补贴被银行退回",
    title_en="The bank returned an allowance",
    kind="need",
    legal_basis="国发〔2015〕52号；中华人民共和国老年人权益保障法 第三十三条",
    evaluate=_evaluate,
    reads=READS,
    bases={
        "account_refused": "补贴被银行退回，此后没有发放成功",
        "month_not_made_good": "某月补贴被银行退回，此后没有补发该月",
    },
    parameters=(*PARAMETERS, _RECENT),
    question="补贴被银行退回：银行卡是否挂失、注销或更换？被退回的月份是否需要补发？",
    same_fact="同一人同一项补贴、同一被退回的月份为同一事实；其他月份又被退回的，重新提示。",
)
