"""新评定重度残疾: a first certificate of a severe grade (困难发现)."""

import narwhals as nw

from rules.base import Frame, Rule, RuleContext
from rules.frames import SOURCE_COLUMNS, as_hits, day_text, in_force, inside, people

__all__ = ["RULE"]

_RULE_ID = "new_severe_disability"
_GRADES = "new_severe_disability.grades"
_RECENT = "need_warnings.recent_months"


def _evaluate(context: RuleContext) -> Frame:
    read = context.parameters
    severe = (
        context.table("conditions")
        .filter(nw.col("kind") == "disability", nw.col("grade").is_in(read.integers(_GRADES)))
        .with_columns(first_on=nw.col("started_on").min().over("person_key"))
    )
    new = severe.filter(
        nw.col("started_on") == nw.col("first_on"),
        in_force("started_on", "ended_on", context.as_of),
        inside("started_on", context.as_of, read.integer(_RECENT), "mo"),
    ).select("person_key", "started_on", *SOURCE_COLUMNS)
    return as_hits(
        new.join(people(context), on="person_key", how="inner"),
        _RULE_ID,
        basis="first_severe_certificate",
        evidence_on="started_on",
        evidence_key=day_text("started_on"),
    )


RULE = Rule(
    id=_RULE_ID,
    title="新评定重度残疾",
    title_en="Newly certified severe disability",
    kind="need",
    legal_basis="国发〔2015〕52号；国办发〔2023〕39号",
    evaluate=_evaluate,
    reads=("members", "conditions"),
    bases={"first_severe_certificate": "近期首次评定为重度残疾"},
    parameters=(_GRADES, _RECENT),
    question="家中有没有人近来需要别人照护：由谁照护？该办的补贴和服务是否已经办理？",
    same_fact="同一人同一张首次重度残疾证为同一事实；换证不再提示。",
)
