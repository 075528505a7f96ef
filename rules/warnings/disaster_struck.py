"""遭遇意外灾害: relief was paid for a disaster, or somebody reported one and no visit has settled it (困难发现)."""

import narwhals as nw

from rules.base import Frame, Rule, RuleContext
from rules.frames import SOURCE_COLUMNS, as_hits, day_text, inside, people
from rules.warnings._leads import PARAMETERS, open_leads

__all__ = ["RULE"]

_RULE_ID = "disaster_struck"
_KINDS = "disaster_struck.aid_kinds"
_DIFFICULTIES = "disaster_struck.difficulties"
_RECENT = "need_warnings.recent_months"


def _relieved(context: RuleContext) -> Frame:
    read = context.parameters
    paid = (
        context.table("aid_payments")
        .filter(
            nw.col("aid_kind").is_in(read.texts(_KINDS)),
            inside("dated_on", context.as_of, read.integer(_RECENT), "mo"),
        )
        .select("person_key", "dated_on", "amount_fen", *SOURCE_COLUMNS)
    )
    return as_hits(
        paid.join(people(context), on="person_key", how="inner"),
        _RULE_ID,
        basis="disaster_relief_paid",
        evidence_on="dated_on",
        evidence_fen="amount_fen",
        evidence_key=nw.concat_str(nw.lit("aid:"), day_text("dated_on")),
    )


def _reported(context: RuleContext) -> Frame:
    leads = open_leads(context).filter(nw.col("difficulty").is_in(context.parameters.texts(_DIFFICULTIES)))
    return as_hits(
        leads,
        _RULE_ID,
        basis="disaster_reported",
        evidence_on="reported_on",
        evidence_key=nw.concat_str(nw.lit("lead:"), nw.col("lead_no")),
    )


def _evaluate(context: RuleContext) -> Frame:
    return nw.concat([_relieved(context), _reported(context)], how="vertical")


RULE = Rule(
    id=_RULE_ID,
    title="遭遇意外或灾害",
    title_en="Struck by an accident or a disaster",
    kind="need",
    legal_basis="社会救助暂行办法（国务院令第649号） 第四章、第九章",
    evaluate=_evaluate,
    reads=("members", "aid_payments", "leads", "visits"),
    bases={
        "disaster_relief_paid": "近期领取了自然灾害救助",
        "disaster_reported": "近期有线索反映遭遇意外或灾害，尚无走访结论",
    },
    parameters=(_KINDS, _DIFFICULTIES, *PARAMETERS),
    question="受灾情况如何：住房、吃饭、看病有没有着落？救助款是否够用，是否需要临时救助？",
    same_fact="同一人同一天的灾害救助、或同一条线索为同一事实；新的救助或线索重新提示。",
)
