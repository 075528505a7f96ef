"""高龄应享未享: old enough for the old-age allowance, registered here, and not paid (困难发现)."""

from rules.base import Frame, Rule, RuleContext
from rules.frames import SOURCE_COLUMNS, day, in_force, latest_of, people, shifted
from rules.warnings._allowances import BASES, parameters_of, unpaid

__all__ = ["RULE"]

_RULE_ID = "old_age_allowance_missing"
_AGE = "old_age_allowance_missing.age_years"


def _evaluate(context: RuleContext) -> Frame:
    read = context.parameters
    grace = read.integer(f"{_RULE_ID}.grace_months")
    old = (
        people(context, "birth_on")
        .with_columns(due_on=shifted("birth_on", read.integer(_AGE), "y"))
        .filter(shifted("due_on", grace, "mo") <= day(context.as_of))
    )
    registered = (
        context.table("registrations")
        .filter(in_force("started_on", "ended_on", context.as_of))
        .select("person_key", "started_on", *SOURCE_COLUMNS)
        .join(old, on="person_key", how="inner")
    )
    here = latest_of(registered, ["person_key"], ["started_on", *SOURCE_COLUMNS])
    return unpaid(context, _RULE_ID, "old_age", here.select("family_id", "person_key", "due_on", *SOURCE_COLUMNS))


RULE = Rule(
    id=_RULE_ID,
    title="高龄津贴应享未享",
    title_en="Old enough for the old-age allowance and not receiving it",
    kind="need",
    legal_basis="中华人民共和国老年人权益保障法 第三十三条",
    evaluate=_evaluate,
    reads=("members", "registrations", "allowances"),
    bases=BASES,
    parameters=(_AGE, *parameters_of(_RULE_ID)),
    question="老人已到高龄津贴年龄：津贴是否收到？银行卡是否正常？",
)
