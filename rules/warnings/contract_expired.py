"""共享约定失效: a feed is delivered without an agreement in force (feed health, safeguard 9)."""

import narwhals as nw

from rules.base import Frame, Rule, RuleContext
from rules.frames import about_feeds, day, day_text

__all__ = ["RULE"]

_RULE_ID = "contract_expired"


def _evaluate(context: RuleContext) -> Frame:
    absent = nw.col("agreed_until").is_null()
    this_month = context.table("health").filter(nw.col("month") == f"{context.as_of:%Y-%m}")
    lapsed = this_month.filter(absent | (nw.col("agreed_until") < day(context.as_of)))
    return about_feeds(
        lapsed.with_columns(until=day_text("agreed_until")),
        _RULE_ID,
        basis=nw.when(absent).then(nw.lit("no_agreement")).otherwise(nw.lit("agreement_expired")),
        evidence_on=day(context.as_of),
        evidence_key=nw.coalesce(nw.col("until"), nw.lit("none")),
    )


RULE = Rule(
    id=_RULE_ID,
    title="共享约定失效",
    title_en="No agreement of sharing is in force",
    kind="feed",
    legal_basis="政务数据共享条例；个人信息保护法",
    evaluate=_evaluate,
    reads=("health",),
    bases={
        "no_agreement": "没有登记共享约定（文号与有效期）",
        "agreement_expired": "登记的共享约定已过有效期",
    },
    parameters=(),
    question="请登记或续签共享约定；没有约定依据的，是否停止报送？",
    same_fact="同一数据源同一有效期；续签后再次到期的另行提示",
)
