"""在册对象赡(扶、抚)养家庭: who owes support to a person on the register, in another family (domain line 9)."""

import narwhals as nw

from rules.base import Frame, Rule, RuleContext
from rules.frames import as_hits, people
from schemas.codes import CODE_LISTS

__all__ = ["RULE"]

_OUTSIDE = "obligor_family.include_outside_district"


def _evaluate(context: RuleContext) -> Frame:
    # Line 9: `obligations` are those of living obligors to living wards on the register, effective at as_of.
    duties = context.table("obligations")
    if context.parameters.boolean(_OUTSIDE):
        alone = nw.concat_str(nw.lit("P:"), nw.col("person_key"))
        owed = duties.rename({"obligor_key": "person_key"}).join(people(context), on="person_key", how="left")
        owed = owed.with_columns(family_id=nw.coalesce(nw.col("family_id"), alone))
    else:
        owed = duties.rename({"obligor_key": "person_key"}).join(people(context), on="person_key", how="inner")
    wards = people(context).select(nw.col("person_key").alias("ward_key"), nw.col("family_id").alias("ward_family"))
    register = (
        context.table("register_spells")
        .filter(nw.col("on_register"))
        .group_by("person_key")
        .agg(nw.col("started_on").max().alias("ward_since"))
        .rename({"person_key": "ward_key"})
    )
    apart = (
        owed.join(wards, on="ward_key", how="left")
        .join(register, on="ward_key", how="left")
        .filter(nw.col("ward_family").is_null() | (nw.col("ward_family") != nw.col("family_id")))
    )
    return as_hits(
        apart,
        "obligor_family",
        basis=nw.concat_str(nw.lit("owes_as_"), nw.col("relation")),
        evidence_on="ward_since",
        evidence_key=nw.concat_str(nw.col("ward_key"), nw.lit(":"), nw.col("relation")),
    )


_RELATIONS = CODE_LISTS["support_relation"]
_NEVER = "in_law"  # line 9: in-laws owe nothing

RULE = Rule(
    id="obligor_family",
    title="在册对象赡(扶、抚)养家庭",
    title_en="Owes support to a person on the register",
    kind="group",
    legal_basis="中华人民共和国民法典 第二十六条、第一千零五十九条、第一千零六十七条；滨江区拓展监测六类群体",
    evaluate=_evaluate,
    reads=("members", "obligations", "register_spells"),
    bases={
        f"owes_as_{code}": f"作为{_RELATIONS.title_of(code)}，对一名在册人员负有赡(扶、抚)养义务，且不在同一家庭"
        for code in _RELATIONS.codes
        if code != _NEVER
    },
    parameters=(
        _OUTSIDE,
        "obligor_family.dependent_disability_grades",
        "obligor_family.dependent_study_stages",
        "family.adult_age_years",
    ),
    lines=(9,),
)
