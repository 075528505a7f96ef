"""Shared by the warnings of leads (线索): one rule for each source, because each is answered in its own time."""

import narwhals as nw

from rules.base import Frame, Rule, RuleContext
from rules.frames import SOURCE_COLUMNS, as_hits, inside, people

__all__ = ["PARAMETERS", "lead_rule", "open_leads"]

_CLOSING = "leads.closing_outcomes"
_RECENT = "need_warnings.recent_months"
PARAMETERS = (_CLOSING, _RECENT)


def open_leads(context: RuleContext) -> Frame:
    """Recent leads about people in scope that no visit on or after the day of the report has settled."""
    read = context.parameters
    settled = (
        context.table("visits")
        .filter(nw.col("visit_outcome").is_in(read.texts(_CLOSING)))
        .group_by("person_key")
        .agg(nw.col("visited_on").max().alias("visited_on"))
    )
    return (
        context.table("leads")
        .filter(inside("reported_on", context.as_of, read.integer(_RECENT), "mo"))
        .select("person_key", "lead_no", "lead_source", "difficulty", "reported_on", *SOURCE_COLUMNS)
        .join(settled, on="person_key", how="left")
        .filter(nw.col("visited_on").is_null() | (nw.col("visited_on") < nw.col("reported_on")))
        .join(people(context), on="person_key", how="inner")
    )


def lead_rule(source: str, *, title: str, title_en: str, found: str, question: str) -> Rule:
    """The rule that asks about open leads of one source."""
    rule_id = f"lead_{source}"

    def evaluate(context: RuleContext) -> Frame:
        return as_hits(
            open_leads(context).filter(nw.col("lead_source") == source),
            rule_id,
            basis=rule_id,
            evidence_on="reported_on",
            evidence_key="lead_no",
        )

    return Rule(
        id=rule_id,
        title=title,
        title_en=title_en,
        kind="need",
        legal_basis="国办发〔2023〕39号；社会救助暂行办法（国务院令第649号） 第十章",
        evaluate=evaluate,
        reads=("members", "leads", "visits"),
        bases={rule_id: found},
        parameters=PARAMETERS,
        question=question,
        same_fact="同一条线索为同一事实；同一人的新线索重新提示；走访有结论后不再提示。",
    )
