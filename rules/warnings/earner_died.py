"""家庭劳动力死亡: somebody who earned has died, and minor children or a spouse without income remain (困难发现)."""

import narwhals as nw

from rules.base import Frame, Rule, RuleContext
from rules.frames import SOURCE_COLUMNS, as_hits, day, earliest_of, inside, latest_of, people, shifted

__all__ = ["RULE"]

_RULE_ID = "earner_died"
_EARNING = "earner_died.earning_months"
_ADULT = "family.adult_age_years"
_RECENT = "need_warnings.recent_months"


def _dead_earners(context: RuleContext) -> Frame:
    """Persons who died lately and had wages in the months before: `dead_key`, `died_on` and source."""
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
    return dead.join(earning, on="person_key", how="semi").rename({"person_key": "dead_key"})


def _children(context: RuleContext) -> Frame:
    """Living minors and each recorded parent: `family_id`, `person_key`, `dead_key`."""
    adult = context.parameters.integer(_ADULT)
    parents = context.table("registrations")
    links = nw.concat(
        [
            parents.select("person_key", nw.col("father_key").alias("dead_key")),
            parents.select("person_key", nw.col("mother_key").alias("dead_key")),
        ],
        how="vertical",
    ).unique(["person_key", "dead_key"])
    minors = people(context, "birth_on").filter(shifted("birth_on", adult, "y") > day(context.as_of))
    return links.join(minors, on="person_key", how="inner").select("family_id", "person_key", "dead_key")


def _spouses(context: RuleContext) -> Frame:
    """Living people whose latest marriage was not divorced, and who have no record of income lately."""
    events = context.table("marriages")
    columns = ["marriage_event", "registered_on"]
    both = nw.concat(
        [
            events.select(nw.col(one).alias("person_key"), nw.col(other).alias("dead_key"), *columns)
            for one, other in (("spouse_a_key", "spouse_b_key"), ("spouse_b_key", "spouse_a_key"))
        ],
        how="vertical",
    ).filter(nw.col("registered_on") <= day(context.as_of))
    latest = latest_of(both, ["person_key"], ["registered_on", "marriage_event", "dead_key"])
    months = context.parameters.integer(_EARNING)
    income = context.table("incomes").filter(inside("month", context.as_of, months, "mo")).select("person_key")
    return (
        latest.filter(nw.col("marriage_event") == "marriage")
        .join(people(context), on="person_key", how="inner")
        .join(income, on="person_key", how="anti")
        .select("family_id", "person_key", "dead_key")
    )


def _evaluate(context: RuleContext) -> Frame:
    dead, children, spouses = _dead_earners(context), _children(context), _spouses(context)
    # A family is asked once about one death: about the children where there are any.
    childless = spouses.join(children.select("family_id", "dead_key"), on=["family_id", "dead_key"], how="anti")
    left = nw.concat(
        [
            children.with_columns(basis=nw.lit("earning_parent_died")),
            childless.with_columns(basis=nw.lit("earning_spouse_died")),
        ],
        how="vertical",
    ).join(dead, on="dead_key", how="inner")
    return as_hits(
        latest_of(left, ["family_id", "dead_key"], ["person_key"]),
        _RULE_ID,
        basis=nw.col("basis"),
        evidence_on="died_on",
        evidence_key="dead_key",
    )


RULE = Rule(
    id=_RULE_ID,
    title="家庭劳动力死亡",
    title_en="Death of an earner",
    kind="need",
    legal_basis="国办发〔2023〕39号",
    evaluate=_evaluate,
    reads=("members", "deaths", "incomes", "registrations", "marriages"),
    bases={
        "earning_parent_died": "近期去世的父亲或母亲生前有工资收入，家有未成年子女",
        "earning_spouse_died": "近期去世的配偶生前有工资收入，本人近期没有收入记录",
    },
    parameters=(_EARNING, _ADULT, _RECENT),
    question="家中近期有亲人去世：孩子和老人由谁照护？家庭现在的收入来源是什么？",
    same_fact="同一位去世的家人为同一事实；另一位有收入的家人去世时重新提示。",
)
