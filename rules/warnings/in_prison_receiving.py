"""服刑或戒毒期间仍在册: on the register while not a counted member of any family (待核实)."""

import narwhals as nw

from rules.base import Frame, Rule, RuleContext
from rules.frames import SOURCE_COLUMNS, as_hits, day, day_text, in_force, people, shifted

__all__ = ["RULE"]

_RULE_ID = "in_prison_receiving"
_CONDITIONS = "in_prison_receiving.conditions"
_GRACE = "in_prison_receiving.grace_days"


def _evaluate(context: RuleContext) -> Frame:
    read = context.parameters
    away = (
        context.table("conditions")
        .filter(
            nw.col("kind").is_in(read.texts(_CONDITIONS)),
            in_force("started_on", "ended_on", context.as_of),
            shifted("started_on", read.integer(_GRACE), "d") < day(context.as_of),
        )
        .select("person_key", "kind", "started_on", *SOURCE_COLUMNS)
    )
    receiving = people(context, "on_register").filter(nw.col("on_register"))
    return as_hits(
        away.join(receiving, on="person_key", how="inner"),
        _RULE_ID,
        basis=nw.concat_str(nw.lit("on_register_during_"), nw.col("kind")),
        evidence_on="started_on",
        evidence_key=nw.concat_str(nw.col("kind"), nw.lit(":"), day_text("started_on")),
    )


RULE = Rule(
    id=_RULE_ID,
    title="服刑或戒毒期间仍在册",
    title_en="On the register while in custody",
    kind="verify",
    legal_basis="民发〔2021〕57号（不计入共同生活的家庭成员）",
    evaluate=_evaluate,
    reads=("members", "conditions"),
    bases={
        "on_register_during_prison": "在监服刑期间仍在册",
        "on_register_during_detoxification": "强制隔离戒毒期间仍在册",
        "on_register_during_missing": "宣告失踪期间仍在册",
        "on_register_during_clergy": "脱离家庭的宗教教职人员仍在册",
    },
    parameters=(_CONDITIONS, _GRACE),
    question="请核实：该成员目前是否与家庭共同生活，保障人数是否需要调整？",
    same_fact="同一人同一次入监或戒毒为同一事实；再次入监或戒毒重新提示。",
)
