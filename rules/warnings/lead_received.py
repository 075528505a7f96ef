"""收到困难线索: somebody reported difficulty, and no visit has settled it since (困难发现)."""

import narwhals as nw

from rules.base import Frame, Rule, RuleContext
from rules.frames import SOURCE_COLUMNS, as_hits, inside, people
from schemas.codes import CODE_LISTS

__all__ = ["RULE"]

_RULE_ID = "lead_received"
_CLOSING = "lead_received.closing_outcomes"
_RECENT = "need_warnings.recent_months"


def _evaluate(context: RuleContext) -> Frame:
    read = context.parameters
    settled = (
        context.table("visits")
        .filter(nw.col("visit_outcome").is_in(read.texts(_CLOSING)))
        .group_by("person_key")
        .agg(nw.col("visited_on").max().alias("visited_on"))
    )
    leads = (
        context.table("leads")
        .filter(inside("reported_on", context.as_of, read.integer(_RECENT), "mo"))
        .select("person_key", "lead_no", "lead_source", "reported_on", *SOURCE_COLUMNS)
        .join(settled, on="person_key", how="left")
        .filter(nw.col("visited_on").is_null() | (nw.col("visited_on") < nw.col("reported_on")))
    )
    return as_hits(
        leads.join(people(context), on="person_key", how="inner"),
        _RULE_ID,
        basis=nw.concat_str(nw.lit("lead_"), nw.col("lead_source")),
        evidence_on="reported_on",
        evidence_key="lead_no",
    )


_SOURCES = CODE_LISTS["lead_source"]

RULE = Rule(
    id=_RULE_ID,
    title="收到困难线索",
    title_en="A lead about difficulty was received",
    kind="need",
    legal_basis="国办发〔2023〕39号",
    evaluate=_evaluate,
    reads=("members", "leads", "visits"),
    bases={f"lead_{code}": f"{_SOURCES.title_of(code)}反映有困难，尚无走访结论" for code in _SOURCES.codes},
    parameters=(_CLOSING, _RECENT),
    question="有人反映这户有困难：请了解情况，看是否需要先行救助。",
    same_fact="同一条线索为同一事实；同一人的新线索重新提示。",
)
