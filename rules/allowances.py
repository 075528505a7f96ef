"""Who is entitled to which allowance at as_of: those who meet its conditions, minus those whom the law excludes.

What belongs here: the old-age allowance (高龄津贴), the living and the nursing allowance of disabled people
(困难残疾人生活补贴、重度残疾人护理补贴: 国发〔2015〕52号) and the basic living of orphans and of children whom
nobody can bring up (孤儿、事实无人抚养儿童: 国办发〔2010〕54号、民发〔2019〕62号), each with its monthly rate.
Whether an entitled person is paid is asked by the rules in `warnings/`; what changed numbers would cost is
added up from here.

Excluded are: people under support as destitute, receivers of the nursing fee of work-injury insurance,
children with the basic living of orphans (from the living allowance), and of two benefits that exclude
each other the lower one. Which kinds each of these bars is a parameter.
"""

from collections.abc import Callable, Mapping

import narwhals as nw

from rules.base import Frame, RuleContext
from rules.frames import (
    FEN_PER_YUAN,
    SOURCE_COLUMNS,
    banded,
    day,
    entitlements,
    in_force,
    inside,
    latest_of,
    people,
    shifted,
)
from rules.parameters.model import Band

__all__ = [
    "ALLOWANCE_KINDS",
    "PARAMETERS",
    "READS",
    "barred",
    "barring_kinds",
    "barring_spells",
    "entitled",
    "higher",
    "paid_lately",
    "paid_months",
    "rivals",
]

ALLOWANCE_KINDS: tuple[str, ...] = ("old_age", "disability_living", "disability_care", "orphan")
READS: tuple[str, ...] = ("members", "registrations", "conditions", "spells", "allowances", "deaths")

_AGE = "allowances.old_age_years"
_AGE_RATES = "allowances.old_age_monthly_yuan"
_LIVING_PROGRAMMES = "allowances.living_programmes"
_LIVING_GRADES = "allowances.living_grades"
_LIVING_RATE = "allowances.living_monthly_yuan"
_CARE_GRADES = "allowances.care_grades"
_CARE_EXTENDED = "allowances.care_extended"
_CARE_MORE_GRADES = "allowances.care_extended_grades"
_CARE_MORE_CATEGORIES = "allowances.care_extended_categories"
_CARE_RATES = "allowances.care_monthly_yuan"
_CHILD_RATE = "allowances.child_monthly_yuan"
_CHILD_ABSENCES = "allowances.child_parent_conditions"
_CHILD_GRADES = "allowances.child_parent_grades"
_DESTITUTE = "allowances.barring_programmes"
_BARRED_DESTITUTE = "allowances.barred_by_programme"
_BARRED_INJURY = "allowances.barred_by_work_injury_care"
_BARRED_ORPHAN = "allowances.barred_by_orphan"
_HIGHER_OF = "allowances.higher_of_two"
_RECENT = "allowances.recent_months"
_ADULT = "family.adult_age_years"

PARAMETERS: tuple[str, ...] = (
    _AGE,
    _AGE_RATES,
    _LIVING_PROGRAMMES,
    _LIVING_GRADES,
    _LIVING_RATE,
    _CARE_GRADES,
    _CARE_EXTENDED,
    _CARE_MORE_GRADES,
    _CARE_MORE_CATEGORIES,
    _CARE_RATES,
    _CHILD_RATE,
    _CHILD_ABSENCES,
    _CHILD_GRADES,
    _DESTITUTE,
    _BARRED_DESTITUTE,
    _BARRED_INJURY,
    _BARRED_ORPHAN,
    _HIGHER_OF,
    _RECENT,
    _ADULT,
    "register.rigid_expense_months",
)

_WORK_INJURY = "work_injury_care"
_COLUMNS = ("family_id", "person_key", "due_on", "monthly_fen", *SOURCE_COLUMNS)


def entitled(context: RuleContext, kind: str) -> Frame:
    """Who is entitled to the allowance `kind` at as_of, one row a person.

    Columns: `family_id`, `person_key`, `due_on` (the first day of the entitlement as far as the facts
    tell), `monthly_fen` (the rate in force at as_of), and the source of the fact that entitles.

    Raises:
        KeyError: `kind` is none of `ALLOWANCE_KINDS`.
    """
    return _eligible(context, kind).join(barred(context, kind).select("person_key"), on="person_key", how="anti")


def barred(context: RuleContext, kind: str) -> Frame:
    """Whom the law excludes from the allowance `kind`: `person_key`, `reason`; a person may have several reasons."""
    reasons = [_reason(barring_spells(context, kind), "destitute")]
    for other, reason in barring_kinds(context, kind).items():
        reasons.append(_reason(paid_lately(context, other), reason))
        if other in ALLOWANCE_KINDS:
            reasons.append(_reason(_eligible(context, other), reason))
    for other, wins_ties in rivals(context, kind).items():
        reasons.append(_reason(_by_higher(context, kind, other, wins_ties=wins_ties), "higher_of_two"))
    return nw.concat(reasons, how="vertical").unique(["person_key", "reason"])


def paid_months(context: RuleContext, kind: str) -> Frame:
    """What was paid of `kind` for each of the recent months: `person_key`, `month`, `amount_fen`, source.

    Of several payments for one month the greatest.
    """
    months = context.parameters.integer(_RECENT)
    paid = context.table("allowances").filter(
        nw.col("allowance_kind") == kind,
        nw.col("payment_status").is_null() | (nw.col("payment_status") == "paid"),
        nw.col("amount_fen") > 0,
        inside("month", context.as_of, months, "mo"),
    )
    greatest = latest_of(paid, ["person_key", "month"], ["amount_fen", *SOURCE_COLUMNS])
    return greatest.select("person_key", "month", "amount_fen", *SOURCE_COLUMNS)


def paid_lately(context: RuleContext, kind: str) -> Frame:
    """The amount of the latest of `paid_months` of each person: `person_key`, `amount_fen`."""
    return latest_of(paid_months(context, kind), ["person_key"], ["month"]).select("person_key", "amount_fen")


def barring_kinds(context: RuleContext, kind: str) -> dict[str, str]:
    """The benefits that exclude from `kind` while they are paid, each with its reason."""
    read = context.parameters
    found: dict[str, str] = {}
    if kind in read.texts(_BARRED_INJURY):
        found[_WORK_INJURY] = "work_injury_care"
    if kind in read.texts(_BARRED_ORPHAN):
        found["orphan"] = "orphan"
    return found


def barring_spells(context: RuleContext, kind: str) -> Frame:
    """Spells on programmes that exclude from `kind`: `person_key`, `started_on`."""
    barring = context.parameters.texts(_DESTITUTE) if kind in context.parameters.texts(_BARRED_DESTITUTE) else []
    return entitlements(context).filter(nw.col("programme").is_in(barring)).select("person_key", "started_on")


def rivals(context: RuleContext, kind: str) -> dict[str, bool]:
    """The benefits of which, together with `kind`, only the higher is due; true for those due when both are equal.

    A pair is written `one+other`; of two equal amounts the other is due.
    """
    pairs = [pair.split("+") for pair in context.parameters.texts(_HIGHER_OF)]
    return {other: True for one, other in pairs if one == kind} | {one: False for one, other in pairs if other == kind}


def _reason(frame: Frame, reason: str) -> Frame:
    return frame.select("person_key", nw.lit(reason).alias("reason"))


def _by_higher(context: RuleContext, kind: str, other: str, *, wins_ties: bool) -> Frame:
    """Those whose `other` benefit is higher than their `kind`."""
    mine = _eligible(context, kind).select("person_key", nw.col("monthly_fen").alias("mine_fen"))
    if other in ALLOWANCE_KINDS:
        rival = _eligible(context, other).select("person_key", nw.col("monthly_fen").alias("other_fen"))
    else:
        rival = paid_lately(context, other).select("person_key", nw.col("amount_fen").alias("other_fen"))
    both = mine.join(rival, on="person_key", how="inner")
    return both.filter(higher("other_fen", "mine_fen", wins_ties=wins_ties))


def higher(other: str, mine: str, *, wins_ties: bool) -> nw.Expr:
    """Whether the amount `other` is the one that is due."""
    return nw.col(other) >= nw.col(mine) if wins_ties else nw.col(other) > nw.col(mine)


def _eligible(context: RuleContext, kind: str) -> Frame:
    """Who meets the conditions of `kind`, whatever excludes them."""
    return _ELIGIBLE[kind](context).select(*_COLUMNS)


def _old(context: RuleContext) -> Frame:
    """Registered in the district and old enough; due from the birthday, or from the registration when later."""
    read = context.parameters
    old = (
        people(context, "birth_on")
        .with_columns(aged_on=shifted("birth_on", read.integer(_AGE), "y"))
        .filter(nw.col("aged_on") <= day(context.as_of))
        .with_columns(monthly_fen=_by_age(context, read.bands(_AGE_RATES)))
    )
    here = latest_of(_registered(context), ["person_key"], ["started_on", *SOURCE_COLUMNS])
    return here.join(old, on="person_key", how="inner").with_columns(due_on=_later("aged_on", "started_on"))


def _by_age(context: RuleContext, bands: list[Band]) -> nw.Expr:
    """The monthly rate in fen of the band of age, reached on the birthday."""
    rate = nw.lit(bands[0].points)
    for band in bands[1:]:
        reached = shifted("birth_on", band.at_least, "y") <= day(context.as_of)
        rate = nw.when(reached).then(nw.lit(band.points)).otherwise(rate)
    return (rate * FEN_PER_YUAN).cast(nw.Int64)


def _registered(context: RuleContext) -> Frame:
    return (
        context.table("registrations")
        .filter(in_force("started_on", "ended_on", context.as_of))
        .select("person_key", "father_key", "mother_key", "started_on", *SOURCE_COLUMNS)
    )


def _certified(context: RuleContext, qualifies: nw.Expr) -> Frame:
    """The latest certificate in force that qualifies: `person_key`, `family_id`, `started_on`, `grade` and source."""
    held = (
        context.table("conditions")
        .filter(nw.col("kind") == "disability", qualifies, in_force("started_on", "ended_on", context.as_of))
        .select("person_key", "started_on", "grade", *SOURCE_COLUMNS)
    )
    latest = latest_of(held, ["person_key"], ["started_on", "grade", *SOURCE_COLUMNS])
    return latest.join(people(context), on="person_key", how="inner")


def _needing_care(context: RuleContext) -> Frame:
    """Severely disabled people; by local rule also lesser grades of some categories."""
    read = context.parameters
    qualifies = nw.col("grade").is_in(read.integers(_CARE_GRADES))
    if read.boolean(_CARE_EXTENDED):
        lesser = nw.col("grade").is_in(read.integers(_CARE_MORE_GRADES))
        qualifies = qualifies | (lesser & nw.col("category").is_in(read.texts(_CARE_MORE_CATEGORIES)))
    rate = (banded(nw.col("grade"), read.bands(_CARE_RATES)) * FEN_PER_YUAN).cast(nw.Int64)
    return _certified(context, qualifies).with_columns(due_on=nw.col("started_on"), monthly_fen=rate)


def _poor_and_disabled(context: RuleContext) -> Frame:
    """Disabled people on a programme that entitles; due when both certificate and programme have begun."""
    read = context.parameters
    assisted = (
        entitlements(context)
        .filter(nw.col("programme").is_in(read.texts(_LIVING_PROGRAMMES)))
        .group_by("person_key")
        .agg(nw.col("started_on").min().alias("assisted_on"))
    )
    rate = nw.lit(read.integer(_LIVING_RATE) * FEN_PER_YUAN).cast(nw.Int64)
    return (
        _certified(context, nw.col("grade").is_in(read.integers(_LIVING_GRADES)))
        .join(assisted, on="person_key", how="inner")
        .with_columns(due_on=_later("started_on", "assisted_on"), monthly_fen=rate)
    )


def _without_carers(context: RuleContext) -> Frame:
    """Minors registered here whose two recorded parents are each dead, missing or unable to bring them up."""
    read = context.parameters
    adult = read.integer(_ADULT)
    minors = people(context, "birth_on").filter(shifted("birth_on", adult, "y") > day(context.as_of))
    alone = _parents_unable(context)
    father = alone.select(nw.col("person_key").alias("father_key"), nw.col("since").alias("father_since"))
    mother = alone.select(nw.col("person_key").alias("mother_key"), nw.col("since").alias("mother_since"))
    rate = nw.lit(read.integer(_CHILD_RATE) * FEN_PER_YUAN).cast(nw.Int64)
    return (
        latest_of(_registered(context), ["person_key"], ["started_on", *SOURCE_COLUMNS])
        .join(minors, on="person_key", how="inner")
        .join(father, on="father_key", how="inner")
        .join(mother, on="mother_key", how="inner")
        .with_columns(alone_on=_later("father_since", "mother_since"))
        .with_columns(due_on=_later("alone_on", "birth_on"), monthly_fen=rate)
    )


def _parents_unable(context: RuleContext) -> Frame:
    """Persons dead, missing or unable to bring up a child at as_of: `person_key`, `since`."""
    read = context.parameters
    severe = (nw.col("kind") == "disability") & nw.col("grade").is_in(read.integers(_CHILD_GRADES))
    unable = (
        context.table("conditions")
        .filter(
            severe | nw.col("kind").is_in(read.texts(_CHILD_ABSENCES)),
            in_force("started_on", "ended_on", context.as_of),
        )
        .select("person_key", nw.col("started_on").alias("since"))
    )
    dead = (
        context.table("deaths")
        .filter(nw.col("died_on") <= day(context.as_of))
        .select("person_key", nw.col("died_on").alias("since"))
        .join(people(context), on="person_key", how="anti")  # domain line 14: later activity means alive
    )
    both = nw.concat([unable, dead], how="vertical")
    return both.group_by("person_key").agg(nw.col("since").min())


def _later(one: str, other: str) -> nw.Expr:
    return nw.when(nw.col(one) >= nw.col(other)).then(nw.col(one)).otherwise(nw.col(other)).cast(nw.Date)


_ELIGIBLE: Mapping[str, Callable[[RuleContext], Frame]] = {
    "old_age": _old,
    "disability_living": _poor_and_disabled,
    "disability_care": _needing_care,
    "orphan": _without_carers,
}
