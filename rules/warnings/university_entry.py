"""低保低边家庭子女升学: a member on the register has entered higher education (困难发现)."""

import narwhals as nw

from rules.base import Frame, Rule, RuleContext
from rules.frames import SOURCE_COLUMNS, as_hits, day_text, in_force, inside, people

__all__ = ["RULE"]

_RULE_ID = "university_entry"
_STAGES = "university_entry.stages"
_MODES = "university_entry.study_modes"
_RECENT = "need_warnings.recent_months"


def _evaluate(context: RuleContext) -> Frame:
    read = context.parameters
    entered = (
        context.table("conditions")
        .filter(
            nw.col("kind") == "study",
            nw.col("category").is_in(read.texts(_STAGES)),
            nw.col("detail").is_in(read.texts(_MODES)),
            in_force("started_on", "ended_on", context.as_of),
            inside("started_on", context.as_of, read.integer(_RECENT), "mo"),
        )
        .select("person_key", "started_on", *SOURCE_COLUMNS)
    )
    return as_hits(
        entered.join(people(context, "on_register").filter(nw.col("on_register")), on="person_key", how="inner"),
        _RULE_ID,
        basis="entered_higher_education",
        evidence_on="started_on",
        evidence_key=day_text("started_on"),
    )


RULE = Rule(
    id=_RULE_ID,
    title="在册家庭子女升入大学",
    title_en="A member of a family on the register enters university",
    kind="need",
    legal_basis="社会救助暂行办法（国务院令第649号）第六章",
    evaluate=_evaluate,
    reads=("members", "conditions"),
    bases={"entered_higher_education": "在册人员近期进入大专或本科全日制学习"},
    parameters=(_STAGES, _MODES, _RECENT),
    question="家中有子女升入大学：学费和生活费是否有着落？是否申请过助学金？",
    same_fact="同一人同一次入学为同一事实；再次升学重新提示。",
)
