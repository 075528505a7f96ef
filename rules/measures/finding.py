"""Finding the families that meet a condition: one function each, over the facts of need.

What belongs here: the frames. Nothing that is to be verified and no score of a machine is read, so a suggestion tells
nothing of either. What is not known suggests nothing: no record is not zero income.
"""

import narwhals as nw

from rules.base import Frame, RuleContext
from rules.frames import FEN_PER_YUAN, day, entitlements, in_force, inside, people, shifted

__all__ = [
    "ADULT",
    "EDUCATION_TIERS",
    "HOUSED",
    "INSURANCE",
    "LEADS",
    "MARGINAL",
    "MEDICAL",
    "OLD",
    "RIGID_LINE",
    "RIGID_MONTHS",
    "RIGID_SHARE",
    "SEVERE",
    "STAGES",
    "STANDARD",
    "UNEMPLOYED",
    "URGENT_WARNINGS",
    "VISIT_AGE",
    "WORK_FROM",
    "WORK_TO",
    "alone_and_aged",
    "alone_and_disabled",
    "below_marginal",
    "below_standard",
    "costly",
    "minors_alone",
    "rigid_above_lines",
    "severely_ill",
    "students_in_difficulty",
    "students_of_registered",
    "told_of",
    "unemployed",
    "urgent_families",
    "warned",
    "without_fund",
    "without_home",
    "without_support",
]

STANDARD = "income_above_standard.standard_monthly_yuan"
MARGINAL = "income_above_standard.marginal_percent"
RIGID_LINE = "rigid_expense_share.income_limit_per_head_yuan"
RIGID_SHARE = "rigid_expense_share.share_percent"
OLD = "measures.destitute_age_years"
MEDICAL = "measures.medical_yuan"
WORK_FROM, WORK_TO = "measures.working_from_years", "measures.working_to_years"
UNEMPLOYED = "measures.unemployed_months"
STAGES = "measures.education_stages"
EDUCATION_TIERS = "measures.education_tiers"
HOUSED = "measures.housing_programmes"
VISIT_AGE = "measures.visit_age_years"
LEADS = "measures.lead_months"
INSURANCE = "measures.insurance_months"
URGENT_WARNINGS = "measures.urgent_warnings"
ADULT = "family.adult_age_years"
SEVERE = "income_evidence.severe_disability_grades"
RIGID_MONTHS = "register.rigid_expense_months"

_MONTHS_A_YEAR = 12
_PERCENT = 100


def _known() -> nw.Expr:
    """Families whose income of twelve months is known, if in part."""
    return nw.col("income_evidence").is_in(["full", "partial"]) & (nw.col("counted_members") > 0)


def _line(context: RuleContext, percent: int = _PERCENT) -> nw.Expr:
    """Income of twelve months, in hundredths of a fen, at so many percent of the subsistence standard."""
    yearly = context.parameters.integer(STANDARD) * FEN_PER_YUAN * _MONTHS_A_YEAR
    return nw.col("counted_members") * yearly * percent


def _below(context: RuleContext, percent: int = _PERCENT) -> nw.Expr:
    return nw.col("income_fen") * _PERCENT < _line(context, percent)


def _without(context: RuleContext, families: Frame, *programmes: str) -> Frame:
    """Families of which no member receives one of the programmes."""
    held = entitlements(context).filter(nw.col("programme").is_in(programmes)).select("person_key")
    receiving = held.join(people(context), on="person_key", how="inner").select("family_id")
    return families.join(receiving, on="family_id", how="anti")


def below_standard(context: RuleContext) -> Frame:
    """Families below the subsistence standard, of which nobody receives that allowance or the destitute's support."""
    families = context.table("families").filter(_known() & _below(context))
    return _without(context, families, "subsistence", "destitute")


def below_marginal(context: RuleContext) -> Frame:
    """Families from the standard up to below the marginal line, of which nobody is in a basic programme."""
    under = _below(context, context.parameters.integer(MARGINAL))
    families = context.table("families").filter(_known() & ~_below(context) & under)
    return _without(context, families, "subsistence", "destitute", "marginal")


def rigid_above_lines(context: RuleContext) -> Frame:
    """Families above every line whose out-of-pocket cost takes a high share of their income."""
    read = context.parameters
    above = nw.col("income_fen") > nw.col("counted_members") * (read.integer(RIGID_LINE) * FEN_PER_YUAN)
    rigid = nw.col("medical_fen") * _PERCENT > nw.col("income_fen") * read.integer(RIGID_SHARE)
    return context.table("families").filter(_known() & above & rigid)


def _severely_disabled(context: RuleContext) -> Frame:
    return (
        context.table("conditions")
        .filter(
            nw.col("kind") == "disability",
            nw.col("grade").is_in(context.parameters.integers(SEVERE)),
            in_force("started_on", "ended_on", context.as_of),
        )
        .select("person_key")
    )


def _aged(context: RuleContext, years: int) -> nw.Expr:
    return shifted("birth_on", years, "y") <= day(context.as_of)


def without_support(context: RuleContext) -> Frame:
    """Nobody in the family can work, and nobody outside it is known who owes a member support."""
    read = context.parameters
    everybody = people(context, "birth_on")
    grown = _aged(context, read.integer(ADULT)) & ~_aged(context, read.integer(OLD))
    able = everybody.filter(grown).join(_severely_disabled(context), on="person_key", how="anti")
    families = context.table("families").filter(_known() & _below(context))
    unable = families.join(able.select("family_id"), on="family_id", how="anti")
    supported = _owed_support(context).join(people(context), on="person_key", how="inner")
    alone = unable.join(supported.filter(_apart()).select("family_id"), on="family_id", how="anti")
    return _without(context, alone, "destitute")


def _apart() -> nw.Expr:
    return nw.col("obligor_family").is_null() | (nw.col("obligor_family") != nw.col("family_id"))


def _owed_support(context: RuleContext) -> Frame:
    """Persons with a living child, parent or recorded obligor: `person_key`, `obligor_family`, null when out of scope.

    Of a grown person the parents are none: they may be old themselves.
    """
    registered = context.table("registrations").select("person_key", "father_key", "mother_key")
    children = [
        registered.select(nw.col(parent).alias("ward"), nw.col("person_key").alias("obligor"))
        for parent in ("father_key", "mother_key")
    ]
    minors = people(context, "birth_on").filter(~_aged(context, context.parameters.integer(ADULT)))
    parents = [
        registered.join(minors.select("person_key"), on="person_key", how="semi").select(
            nw.col("person_key").alias("ward"), nw.col(parent).alias("obligor")
        )
        for parent in ("father_key", "mother_key")
    ]
    recorded = (
        context.table("support_relations")
        .filter(in_force("started_on", "ended_on", context.as_of))
        .select(nw.col("ward_key").alias("ward"), nw.col("obligor_key").alias("obligor"))
    )
    dead = (
        context.table("deaths")
        .filter(nw.col("died_on") <= day(context.as_of))
        .select(nw.col("person_key").alias("obligor"))
    )
    homes = people(context).select(nw.col("person_key").alias("obligor"), nw.col("family_id").alias("obligor_family"))
    owed = nw.concat([*children, *parents, recorded], how="vertical")
    told = owed.filter(~nw.col("ward").is_null(), ~nw.col("obligor").is_null()).join(dead, on="obligor", how="anti")
    return told.join(homes, on="obligor", how="left").select(nw.col("ward").alias("person_key"), "obligor_family")


def costly(context: RuleContext) -> Frame:
    """Families with a high out-of-pocket cost of twelve months."""
    line = context.parameters.integer(MEDICAL) * FEN_PER_YUAN
    return context.table("families").filter(nw.col("medical_fen") >= line)


def without_fund(context: RuleContext) -> Frame:
    """Persons who lately paid for treatment to which the insurance fund gave nothing."""
    recent = inside("spent_on", context.as_of, context.parameters.integer(INSURANCE), "mo")
    bare = (nw.col("total_fen") > 0) & (nw.col("fund_paid_fen") == 0)
    settled = context.table("expenses").filter(recent, bare).select("person_key")
    return settled.join(people(context), on="person_key", how="inner")


def severely_ill(context: RuleContext) -> Frame:
    """Families with a severe illness."""
    return context.table("families").filter(nw.col("severe_illnesses") > 0)


def unemployed(context: RuleContext) -> Frame:
    """Persons of working age with unemployment benefit lately, with their families."""
    read = context.parameters
    of_age = _aged(context, read.integer(WORK_FROM)) & ~_aged(context, read.integer(WORK_TO))
    paid = (
        context.table("incomes")
        .filter(
            nw.col("income_kind") == "unemployment_benefit",
            ~nw.col("declared"),
            inside("month", context.as_of, read.integer(UNEMPLOYED), "mo"),
        )
        .select("person_key")
    )
    return paid.join(people(context, "birth_on").filter(of_age), on="person_key", how="inner")


def _students(context: RuleContext) -> Frame:
    studying = (
        context.table("conditions")
        .filter(
            nw.col("kind") == "study",
            nw.col("detail") == "full_time",
            nw.col("category").is_in(context.parameters.texts(STAGES)),
            in_force("started_on", "ended_on", context.as_of),
        )
        .select("person_key")
    )
    return studying.join(people(context), on="person_key", how="inner")


def students_of_registered(context: RuleContext) -> Frame:
    """Full-time students of families on the register."""
    registered = context.table("list").filter(nw.col("layer") == "registered").select("family_id")
    return _students(context).join(registered, on="family_id", how="semi")


def students_in_difficulty(context: RuleContext) -> Frame:
    """Full-time students of families outside the register in one of the tiers."""
    tiers = context.parameters.texts(EDUCATION_TIERS)
    extended = context.table("list").filter(nw.col("layer") == "extended", nw.col("tier").is_in(tiers))
    return _students(context).join(extended.select("family_id"), on="family_id", how="semi")


def without_home(context: RuleContext) -> Frame:
    """Families of the programmes of which no member owns a home. Without the register of homes nobody is one."""
    homes = context.table("holdings").filter(nw.col("kind") == "real_estate")
    owned = homes.filter(in_force("started_on", "ended_on", context.as_of)).select("person_key")
    owners = owned.join(people(context), on="person_key", how="inner").select("family_id")
    delivered = homes.select("kind").unique(["kind"])
    programmes = context.parameters.texts(HOUSED)
    receiving = entitlements(context).filter(nw.col("programme").is_in(programmes)).select("person_key")
    families = receiving.join(people(context), on="person_key", how="inner").with_columns(kind=nw.lit("real_estate"))
    return families.join(delivered, on="kind", how="semi").join(owners, on="family_id", how="anti")


def _alone(context: RuleContext) -> Frame:
    single = context.table("families").filter(nw.col("members") == 1).select("family_id")
    return people(context, "birth_on").join(single, on="family_id", how="semi")


def alone_and_aged(context: RuleContext) -> Frame:
    """Persons of great age who live alone."""
    return _alone(context).filter(_aged(context, context.parameters.integer(VISIT_AGE)))


def alone_and_disabled(context: RuleContext) -> Frame:
    """Severely disabled persons who live alone."""
    return _alone(context).join(_severely_disabled(context), on="person_key", how="semi")


def minors_alone(context: RuleContext) -> Frame:
    """Families of minors only."""
    return context.table("families").filter((nw.col("minors") > 0) & (nw.col("minors") == nw.col("members")))


def warned(context: RuleContext, rule_id: str) -> Frame:
    """Families with an open question of need by this rule."""
    return context.table("warnings").filter(nw.col("kind") == "need", nw.col("rule_id") == rule_id)


def told_of(context: RuleContext, difficulty: str) -> Frame:
    """Persons of whose difficulty of this kind a lead told lately."""
    recent = inside("reported_on", context.as_of, context.parameters.integer(LEADS), "mo")
    leads = context.table("leads").filter(nw.col("difficulty") == difficulty, recent).select("person_key")
    return leads.join(people(context), on="person_key", how="inner")


def urgent_families(context: RuleContext) -> Frame:
    """Red families, and those with one of the urgent questions of need: `family_id`, perhaps more than once."""
    rules = context.parameters.texts(URGENT_WARNINGS)
    asked = context.table("warnings").filter(nw.col("kind") == "need", nw.col("rule_id").is_in(rules))
    red = context.table("list").filter(nw.col("tier") == "red")
    return nw.concat([red.select("family_id"), asked.select("family_id")], how="vertical")
