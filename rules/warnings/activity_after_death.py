"""死亡后有活动: a death was delivered, and the person did something after it (domain line 14)."""

import narwhals as nw

from rules.base import Frame, Rule, RuleContext
from rules.frames import SOURCE_COLUMNS, as_hits, day_text, earliest_of, nothing, people

__all__ = ["RULE"]

_RULE_ID = "activity_after_death"


def _evaluate(context: RuleContext) -> Frame:
    # Whoever stands among the living in spite of a recorded death was active after it.
    contradicted = earliest_of(context.table("deaths"), ["person_key"], ["died_on", *SOURCE_COLUMNS]).join(
        people(context).select("person_key"), on="person_key", how="semi"
    )
    return as_hits(
        contradicted.with_columns(family_id=nothing(nw.String)),
        _RULE_ID,
        basis="living_after_recorded_death",
        evidence_on="died_on",
        evidence_key=day_text("died_on"),
    )


RULE = Rule(
    id=_RULE_ID,
    title="死亡后有活动",
    title_en="Activity after a recorded death",
    kind="feed",
    legal_basis="政务数据共享条例（数据质量校核）",
    evaluate=_evaluate,
    reads=("members", "deaths"),
    bases={"living_after_recorded_death": "有死亡记录，此后又有结婚、申请、入户或入学记录，按在世处理"},
    question="请核对死亡记录是否有误。",
    same_fact="同一人同一死亡日期为同一事实；更正为另一死亡日期的，重新提示。",
)
