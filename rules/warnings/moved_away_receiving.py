"""迁出后仍在册: the registration has moved out of the district and assistance goes on (待核实)."""

import narwhals as nw

from rules.base import Frame, Rule, RuleContext
from rules.frames import SOURCE_COLUMNS, as_hits, day, day_text, entitlements, in_force, latest_of, shifted

__all__ = ["RULE"]

_RULE_ID = "moved_away_receiving"
_GRACE = "moved_away_receiving.grace_days"


def _moved(context: RuleContext, receiving: Frame) -> Frame:
    """The last registration of those receiving who moved out and have neither registration nor permit."""
    grace = context.parameters.integer(_GRACE)
    registrations = context.table("registrations").join(receiving, on="person_key", how="semi")
    present = nw.concat(
        [
            registrations.filter(in_force("started_on", "ended_on", context.as_of)).select("person_key"),
            context.table("residences")
            .filter(nw.col("basis") == "permit", in_force("started_on", "ended_on", context.as_of))
            .select("person_key"),
        ],
        how="vertical",
    ).unique(["person_key"])
    last = latest_of(registrations, ["person_key"], ["started_on", *SOURCE_COLUMNS])
    return (
        last.filter(
            nw.col("registration_status") == "moved_out",
            shifted("ended_on", grace, "d") < day(context.as_of),
        )
        .select("person_key", "ended_on", *SOURCE_COLUMNS)
        .join(present, on="person_key", how="anti")
        .join(context.table("deaths").select("person_key"), on="person_key", how="anti")
    )


def _evaluate(context: RuleContext) -> Frame:
    receiving = latest_of(
        entitlements(context).select("person_key", "family_no", "started_on"),
        ["person_key"],
        ["started_on", "family_no"],
    ).select("person_key", "family_no")
    families = context.table("members").select("person_key", "family_id")
    away = (
        _moved(context, receiving)
        .join(receiving, on="person_key", how="inner")
        .join(families, on="person_key", how="left")
        .with_columns(family_id=nw.coalesce(nw.col("family_id"), nw.concat_str(nw.lit("D:"), nw.col("family_no"))))
    )
    return as_hits(
        away,
        _RULE_ID,
        basis="moved_out_and_on_register",
        evidence_on="ended_on",
        evidence_key=day_text("ended_on"),
    )


RULE = Rule(
    id=_RULE_ID,
    title="迁出后仍在册",
    title_en="Moved away and still on the register",
    kind="verify",
    legal_basis="民发〔2021〕57号",
    evaluate=_evaluate,
    reads=("members", "registrations", "residences", "deaths", "spells"),
    bases={"moved_out_and_on_register": "户籍已迁出本区，救助仍在册"},
    parameters=(_GRACE, "register.rigid_expense_months"),
    question="请核实：现居何处，救助关系是否需要转移？（无法联系不作为退出依据）",
    same_fact="同一人同一次迁出为同一事实；迁回后再次迁出重新提示。",
)
