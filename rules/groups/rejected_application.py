"""新申请未通过对象: an application refused within the window, for every member it names (domain line 7)."""

import narwhals as nw

from rules.base import Frame, Rule, RuleContext
from rules.frames import SOURCE_COLUMNS, as_hits, day, inside, people, shifted

__all__ = ["RULE", "effective_approvals"]

_WINDOW = "rejected_application.window_months"


def _standing(context: RuleContext) -> Frame:
    """Decisions that count: made by as_of, and replaced by no reconsideration decided by as_of."""
    decided = context.table("applications").filter(
        nw.col("decision").is_in(["approved", "refused"]),  # withdrawn and pending are no refusals
        nw.col("decided_on") <= day(context.as_of),
    )
    replaced = (
        decided.filter(~nw.col("reconsiders_no").is_null(), nw.col("reconsiders_no") != nw.col("application_no"))
        .select(nw.col("reconsiders_no").alias("application_no"))
        .unique(["application_no"])
    )
    return decided.join(replaced, on="application_no", how="anti")


def effective_approvals(context: RuleContext) -> Frame:
    """What cancels refusals: per person `approved_on`, of the latest approval that nothing has replaced."""
    return _approved(context, _standing(context))


def _approved(context: RuleContext, standing: Frame) -> Frame:
    """Per person the latest approval whose spell, of anyone, has started: `person_key`, `approved_on`."""
    begun = (
        context.table("spells")
        .filter(~nw.col("application_no").is_null(), nw.col("started_on") <= day(context.as_of))
        .select("application_no")
        .unique(["application_no"])
    )
    effective = standing.filter(nw.col("decision") == "approved").join(begun, on="application_no", how="semi")
    return effective.group_by("person_key").agg(nw.col("decided_on").max().alias("approved_on"))


def _evaluate(context: RuleContext) -> Frame:
    months = context.parameters.integer(_WINDOW)
    standing = _standing(context)
    refused = standing.filter(
        nw.col("decision") == "refused",
        inside("decided_on", context.as_of, months, "mo"),
    ).select("person_key", "application_no", "decided_on", *SOURCE_COLUMNS)
    uncancelled = refused.join(_approved(context, standing), on="person_key", how="left").filter(
        nw.col("approved_on").is_null() | (nw.col("approved_on") < nw.col("decided_on"))
    )
    off_register = people(context, "on_register").filter(~nw.col("on_register"))
    return as_hits(
        uncancelled.join(off_register, on="person_key", how="inner"),
        "rejected_application",
        basis="refused_within_window",
        evidence_on="decided_on",
        valid_until=shifted("decided_on", months, "mo"),
        evidence_key="application_no",
    )


RULE = Rule(
    id="rejected_application",
    title="新申请未通过对象",
    title_en="Newly applied for assistance and was refused",
    kind="group",
    legal_basis="国办发〔2023〕39号；滨江区拓展监测六类群体",
    evaluate=_evaluate,
    reads=("members", "applications", "spells"),
    bases={"refused_within_window": "救助申请在监测期内不予确认，此后没有已生效的确认，目前不在册"},
    parameters=(_WINDOW,),
    lines=(3, 7),
)
