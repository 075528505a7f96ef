"""困难残疾人生活补贴应享未享: disabled, on a programme that entitles, and not paid (困难发现)."""

import narwhals as nw

from rules.base import Frame, Rule, RuleContext
from rules.frames import SOURCE_COLUMNS, day, entitlements, in_force, latest_of, people, shifted
from rules.warnings._allowances import BASES, parameters_of, unpaid

__all__ = ["RULE"]

_RULE_ID = "disability_living_missing"
_GRADES = "disability_living_missing.grades"
_PROGRAMMES = "disability_living_missing.programmes"


def _evaluate(context: RuleContext) -> Frame:
    read = context.parameters
    grace = read.integer(f"{_RULE_ID}.grace_months")
    assisted = (
        entitlements(context)
        .filter(
            nw.col("programme").is_in(read.texts(_PROGRAMMES)),
            shifted("started_on", grace, "mo") <= day(context.as_of),
        )
        .select("person_key")
    )
    certified = (
        context.table("conditions")
        .filter(
            nw.col("kind") == "disability",
            nw.col("grade").is_in(read.integers(_GRADES)),
            in_force("started_on", "ended_on", context.as_of),
            shifted("started_on", grace, "mo") <= day(context.as_of),
        )
        .select("person_key", nw.col("started_on").alias("due_on"), *SOURCE_COLUMNS)
    )
    entitled = (
        latest_of(certified, ["person_key"], ["due_on", *SOURCE_COLUMNS])
        .join(assisted, on="person_key", how="semi")
        .join(people(context), on="person_key", how="inner")
    )
    return unpaid(context, _RULE_ID, "disability_living", entitled)


RULE = Rule(
    id=_RULE_ID,
    title="困难残疾人生活补贴应享未享",
    title_en="Disabled, assisted, and not receiving the living allowance",
    kind="need",
    legal_basis="国发〔2015〕52号",
    evaluate=_evaluate,
    reads=("members", "conditions", "spells", "allowances"),
    bases=BASES,
    parameters=(_GRADES, _PROGRAMMES, "register.rigid_expense_months", *parameters_of(_RULE_ID)),
    question="低保家庭中的残疾人：生活补贴是否收到？是否需要代办？",
)
