"""主要劳动力死亡: a parent who earned has died, and minor children remain (困难发现)."""

import narwhals as nw

from rules.base import Frame, Rule, RuleContext
from rules.frames import SOURCE_COLUMNS, as_hits, day, earliest_of, inside, latest_of, people, shifted

__all__ = ["RULE"]

_RULE_ID = "earner_died"
_EARNING = "earner_died.earning_months"
_ADULT = "family.adult_age_years"
_RECENT = "need_warnings.recent_months"


def _dead_earners(context: RuleContext) -> Frame:
    """Persons who died lately and had wages in the months before: `parent_key`, `died_on` and source."""
    read = context.parameters
    wages = context.table("incomes").filter(nw.col("income_kind") == "wages", ~nw.col("month").is_null())
    dead = (
        earliest_of(context.table("deaths"), ["person_key"], ["died_on", *SOURCE_COLUMNS])
        .filter(inside("died_on", context.as_of, read.integer(_RECENT), "mo"))
        .select("person_key", "died_on", *SOURCE_COLUMNS)
        .join(people(context), on="person_key", how="anti")  # line 14: later activity means alive
    )
    earning = (
        dead.select("person_key", "died_on")
        .join(wages.select("person_key", "month"), on="person_key", how="inner")
        .filter(
            nw.col("month") <= nw.col("died_on"),
            shifted("month", read.integer(_EARNING), "mo") >= nw.col("died_on"),
        )
        .select("person_key")
        .unique(["person_key"])
    )
    return dead.join(earning, on="person_key", how="semi").rename({"person_key": "parent_key"})


def _evaluate(context: RuleContext) -> Frame:
    adult = context.parameters.integer(_ADULT)
    parents = context.table("registrations").select("person_key", "father_key", "mother_key")
    links = nw.concat(
        [
            parents.select("person_key", nw.col("father_key").alias("parent_key")),
            parents.select("person_key", nw.col("mother_key").alias("parent_key")),
        ],
        how="vertical",
    ).unique(["person_key", "parent_key"])
    minors = people(context, "birth_on").filter(shifted("birth_on", adult, "y") > day(context.as_of))
    orphaned = (
        links.join(_dead_earners(context), on="parent_key", how="inner")
        .join(minors, on="person_key", how="inner")
        .select("family_id", "person_key", "parent_key", "died_on", *SOURCE_COLUMNS)
    )
    return as_hits(
        latest_of(orphaned, ["family_id", "parent_key"], ["person_key"]),
        _RULE_ID,
        basis="earning_parent_died",
        evidence_on="died_on",
        evidence_key="parent_key",
    )


RULE = Rule(
    id=_RULE_ID,
    title="主要劳动力死亡",
    title_en="Death of an earning parent",
    kind="need",
    legal_basis="国办发〔2023〕39号",
    evaluate=_evaluate,
    reads=("members", "deaths", "incomes", "registrations"),
    bases={"earning_parent_died": "近期去世的父亲或母亲生前有工资收入，家有未成年子女"},
    parameters=(_EARNING, _ADULT, _RECENT),
    question="家中近期有亲人去世：孩子由谁照护？家庭现在的收入来源是什么？",
    same_fact="同一位去世的父亲或母亲为同一事实；另一位去世时重新提示。",
)
