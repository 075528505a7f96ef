"""其他部门救助对象: aid from another department, or a place on its hardship list (domain line 8)."""

import narwhals as nw

from rules.base import Frame, Rule, RuleContext
from rules.frames import SOURCE_COLUMNS, as_hits, day, day_text, people, shifted
from rules.groups._aid import aid_hits
from schemas.codes import CODE_LISTS

__all__ = ["RULE"]

_RULE_ID = "other_department_aid"
_WINDOW = "other_department_aid.window_months"
_LISTINGS = "other_department_aid.listing_kinds"
_COUNTED = "aid.counted_kinds"
_TEMPORARY = "temporary_assistance.kinds"


def _listed(context: RuleContext, months: int) -> Frame:
    """Hits of listed persons while the listing is open and for the window after it ended."""
    last_day = shifted("ended_on", months, "mo")
    listings = (
        context.table("listings")
        .filter(
            nw.col("kind").is_in(context.parameters.texts(_LISTINGS)),
            nw.col("started_on") <= day(context.as_of),
            nw.col("ended_on").is_null() | (last_day >= day(context.as_of)),
        )
        .select("person_key", "kind", "started_on", "ended_on", *SOURCE_COLUMNS)
    )
    return as_hits(
        listings.join(people(context), on="person_key", how="inner"),
        _RULE_ID,
        basis=nw.concat_str(nw.lit("listed_"), nw.col("kind")),
        evidence_on="started_on",
        valid_until=last_day,
        evidence_key=nw.concat_str(nw.col("kind"), nw.lit(":"), day_text("started_on")),
    )


def _evaluate(context: RuleContext) -> Frame:
    months = context.parameters.integer(_WINDOW)
    temporary = context.parameters.texts(_TEMPORARY)
    kinds = [kind for kind in context.parameters.texts(_COUNTED) if kind not in temporary]
    return nw.concat([aid_hits(context, _RULE_ID, kinds, months), _listed(context, months)], how="vertical")


_AID, _LISTS = CODE_LISTS["aid_kind"], CODE_LISTS["listing_kind"]

RULE = Rule(
    id=_RULE_ID,
    title="其他部门救助对象",
    title_en="Received aid from another department",
    kind="group",
    legal_basis="国办发〔2023〕39号；滨江区拓展监测六类群体",
    evaluate=_evaluate,
    reads=("members", "aid_beneficiaries", "listings"),
    bases={f"aid_{code}": f"家庭在监测期内得到{_AID.title_of(code)}" for code in _AID.codes}
    | {f"listed_{code}": f"列入{_LISTS.title_of(code)}名册，或退出名册仍在监测期内" for code in _LISTS.codes},
    parameters=(_WINDOW, _LISTINGS, _COUNTED, _TEMPORARY),
    lines=(3, 8),
)
