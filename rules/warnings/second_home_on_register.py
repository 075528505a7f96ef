"""在册家庭有两套以上住房: a family on the register owns more than one home (待核实)."""

import narwhals as nw

from rules.base import Frame, Rule, RuleContext
from rules.frames import SOURCE_COLUMNS, as_hits, latest_of
from rules.warnings._holdings import held_on_register

__all__ = ["RULE"]

_RULE_ID = "second_home_on_register"
_USAGES = "second_home_on_register.usages"
_HOMES = "second_home_on_register.homes"


def _evaluate(context: RuleContext) -> Frame:
    read = context.parameters
    homes = held_on_register(context, "real_estate").filter(nw.col("detail").is_in(read.texts(_USAGES)))
    # A home that two members own together is one home.
    distinct = latest_of(homes, ["family_id", "holding_no"], ["started_on", "person_key", *SOURCE_COLUMNS])
    counted = distinct.group_by("family_id").agg(nw.col("holding_no").count().cast(nw.Int64).alias("homes"))
    several = counted.filter(nw.col("homes") >= read.integer(_HOMES)).select("family_id")
    columns = ["family_id", "person_key", "holding_no", "started_on", *SOURCE_COLUMNS]
    owned = distinct.select(*columns).join(several, on="family_id", how="semi")
    return as_hits(
        latest_of(owned, ["family_id"], ["started_on", "holding_no"]),
        _RULE_ID,
        basis="several_homes",
        evidence_on="started_on",
        evidence_key="holding_no",
    )


RULE = Rule(
    id=_RULE_ID,
    title="在册家庭有两套以上住房",
    title_en="A family on the register owns a second home",
    kind="verify",
    legal_basis="民发〔2021〕57号（家庭财产状况）",
    evaluate=_evaluate,
    reads=("members", "holdings"),
    bases={"several_homes": "在册家庭成员名下住房达到核查套数"},
    parameters=(_USAGES, _HOMES),
    question="请核实：各处住房是否共有、继承、待拆迁，由谁居住？",
    same_fact="以最近取得的一处住房为同一事实；又取得一处时重新提示。",
)
