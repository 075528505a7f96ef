"""Tiers of difficulty 红/橙/黄 (分层): points by declared reasons, from parameters.

What belongs here: which reasons a family has and what they weigh. No single reason weighs more than
the distance between two tiers, so that one yuan over a threshold lowers a tier by one step at most.
"""

import narwhals as nw

from rules.base import Frame, RuleContext
from rules.frames import FEN_PER_YUAN, banded, entitlements, inside, people

__all__ = [
    "GROUP_REASONS",
    "PROGRAMME_REASONS",
    "SITUATION_REASONS",
    "TIERS",
    "income_per_head",
    "tier_of",
    "tier_reasons",
]

TIERS = {"red": "红", "orange": "橙", "yellow": "黄"}

PROGRAMME_REASONS = ("subsistence", "destitute", "marginal", "rigid_expense")
GROUP_REASONS = (
    "exited_assistance",
    "rejected_application",
    "temporary_assistance",
    "other_department_aid",
    "obligor_family",
    "low_income_family",
)
# reason: the column of `families` that gives it when above zero
SITUATION_REASONS = {
    "severe_disability": "severe_disabilities",
    "severe_illness": "severe_illnesses",
    "aged_80": "aged_80",
    "minors": "minors",
    "students": "students",
    "unemployed": "unemployed",
}


def income_per_head() -> nw.Expr:
    """Income of twelve months per counted member in whole yuan; null when it is not known."""
    known = nw.col("income_evidence").is_in(["full", "partial"]) & (nw.col("counted_members") > 0)
    heads = nw.when(known).then(nw.col("counted_members"))
    return nw.col("income_fen") // (heads * FEN_PER_YUAN)


def tier_reasons(context: RuleContext) -> Frame:
    """One row a family and reason that weighs: `family_id`, `reason`, `points`."""
    parts = [*_programmes(context), *_groups(context), *_situations(context), *_amounts(context), _lead(context)]
    return nw.concat(parts, how="vertical").filter(nw.col("points") > 0)


def tier_of(points: nw.Expr, context: RuleContext) -> nw.Expr:
    """The tier for a sum of points."""
    red = context.parameters.integer("tiers.red_points")
    orange = context.parameters.integer("tiers.orange_points")
    lower = nw.when(points >= orange).then(nw.lit("orange")).otherwise(nw.lit("yellow"))
    return nw.when(points >= red).then(nw.lit("red")).otherwise(lower)


def _weighed(context: RuleContext, families: Frame, reason: str) -> Frame:
    points = context.parameters.integer(f"tiers.points_{reason}")
    return (
        families.select("family_id")
        .unique(["family_id"])
        .select("family_id", nw.lit(reason).alias("reason"), nw.lit(points).cast(nw.Int64).alias("points"))
    )


def _programmes(context: RuleContext) -> list[Frame]:
    """The heaviest programme of a family counts, once."""
    read = context.parameters
    ordered = sorted(PROGRAMME_REASONS, key=lambda each: (-read.integer(f"tiers.points_{each}"), each))
    held = entitlements(context).select("person_key", "programme").join(people(context), on="person_key", how="inner")
    parts: list[Frame] = []
    for place, programme in enumerate(ordered):
        mine = held.filter(nw.col("programme") == programme)
        if place:
            heavier = held.filter(nw.col("programme").is_in(ordered[:place])).select("family_id")
            mine = mine.join(heavier, on="family_id", how="anti")
        parts.append(_weighed(context, mine, programme))
    return parts


def _groups(context: RuleContext) -> list[Frame]:
    hits = context.table("hits")
    return [_weighed(context, hits.filter(nw.col("rule_id") == group), group) for group in GROUP_REASONS]


def _situations(context: RuleContext) -> list[Frame]:
    families = context.table("families")
    return [
        _weighed(context, families.filter(nw.col(column) > 0), reason) for reason, column in SITUATION_REASONS.items()
    ]


def _amounts(context: RuleContext) -> list[Frame]:
    values = {"income_per_head": income_per_head(), "medical": nw.col("medical_fen") // FEN_PER_YUAN}
    families = context.table("families")
    return [
        families.select(
            "family_id",
            nw.lit(reason).alias("reason"),
            banded(value, context.parameters.bands(f"tiers.points_{reason}")).alias("points"),
        )
        for reason, value in values.items()
    ]


def _lead(context: RuleContext) -> Frame:
    months = context.parameters.integer("need_warnings.recent_months")
    recent = context.table("leads").filter(inside("reported_on", context.as_of, months, "mo")).select("person_key")
    return _weighed(context, recent.join(people(context), on="person_key", how="inner"), "lead")
