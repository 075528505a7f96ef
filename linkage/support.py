"""Duties of support: who owes support to whom at a date (domain line 9).

What belongs here: duties from registered parents, marriages and recorded relations, and the conditions
of age. Whether the obligor is listed for it is decided by the rule.
"""

from collections.abc import Mapping
from datetime import date

import polars as pl

from linkage.frames import age_reached, is_open
from linkage.persons import life_bounds, living, marriage_events, parents, spouses_at
from schemas.tables import SOURCE

__all__ = ["dependents_at", "obligations"]

_RESULT = ["obligor_key", "ward_key", "relation", "basis", *SOURCE]
_UPWARD = ("child", "grandchild")  # the obligor has to be of age
_DOWNWARD = ("parent", "grandparent")  # the ward has to be a minor, or unable to live independently
_BASES = ("registration", "marriage", "recorded")


def obligations(
    facts: Mapping[str, pl.LazyFrame],
    wards: pl.LazyFrame,
    dependents: pl.LazyFrame,
    on: date,
    *,
    adult_age: int,
) -> pl.LazyFrame:
    """The duties towards living `wards` of living obligors that are effective on the day `on`.

    Columns: `obligor_key`, `ward_key`, `relation` (what the obligor is to the ward), `basis`
    (registration, marriage or recorded) and the source of the record; one row an obligor, ward and relation.

    Args:
        facts: the tables of `schemas.tables.FACTS`.
        wards: `person_key` of those to whom support matters: the people on the register.
        dependents: `person_key` of those who cannot live independently (`dependents_at`).
        on: the day.
        adult_age: the age in years from which a child owes support, and up to which it is owed to it.
    """
    lives = life_bounds(facts, on)
    alive = living(wards.select("person_key", on=pl.lit(on)).unique(), lives)
    ward_keys = alive.select(ward_key="person_key")
    duties = pl.concat(
        [_by_registration(facts["registrations"]), _by_marriage(facts["marriages"], alive), _recorded(facts, on)]
    )
    of_wards = duties.join(ward_keys, on="ward_key", how="semi").filter(pl.col("obligor_key") != pl.col("ward_key"))
    of_age = _age_conditions(of_wards, facts["identities"], dependents, on, adult_age)
    lived = living(of_age.with_columns(on=pl.lit(on), person_key="obligor_key"), lives)
    return (
        lived.sort(
            "obligor_key",
            "ward_key",
            "relation",
            pl.col("basis").replace_strict(_BASES, range(len(_BASES)), return_dtype=pl.Int64),
            "source_delivery",
            "source_row",
        )
        .unique(["obligor_key", "ward_key", "relation"], keep="first", maintain_order=True)
        .select(_RESULT)
    )


def dependents_at(
    conditions: pl.LazyFrame, on: date, *, disability_grades: list[int], study_stages: list[str]
) -> pl.LazyFrame:
    """`person_key` of those who by disability or full-time study cannot live independently on the day `on`."""
    kind = pl.col("kind")
    disabled = (kind == "disability") & pl.col("grade").is_in(disability_grades)
    studying = (kind == "study") & (pl.col("detail") == "full_time") & pl.col("category").is_in(study_stages)
    return (
        conditions.filter(disabled | studying)
        .filter(is_open(pl.col("started_on"), pl.col("ended_on"), pl.lit(on)))
        .select("person_key")
        .unique()
    )


def _by_registration(registrations: pl.LazyFrame) -> pl.LazyFrame:
    """Between a person and the registered father and mother, in both directions."""
    links = parents(registrations, keep=tuple(SOURCE))
    basis = pl.lit("registration")
    return pl.concat(
        [
            links.select(
                *SOURCE, obligor_key="person_key", ward_key="parent_key", relation=pl.lit("child"), basis=basis
            ),
            links.select(
                *SOURCE, obligor_key="parent_key", ward_key="person_key", relation=pl.lit("parent"), basis=basis
            ),
        ]
    ).select(_RESULT)


def _by_marriage(marriages: pl.LazyFrame, wards: pl.LazyFrame) -> pl.LazyFrame:
    """From the spouse of each ward, with the source of the latest record of the marriage."""
    of_wards = spouses_at(marriages, wards).select("on", "spouse_key", ward_key="person_key")
    back = spouses_at(marriages, of_wards.select("on", person_key="spouse_key").unique())
    couples = of_wards.join(
        back.select("on", "married_on", spouse_key="person_key", ward_key="spouse_key"),
        on=["on", "spouse_key", "ward_key"],
    )
    one, other = (
        marriages.select("marriage_event", "registered_on", *SOURCE, ward_key=ward, spouse_key=spouse)
        for ward, spouse in (("spouse_a_key", "spouse_b_key"), ("spouse_b_key", "spouse_a_key"))
    )
    records = pl.concat([one, other]).filter(pl.col("marriage_event") == "marriage")
    return (
        couples.join(
            records,
            left_on=["ward_key", "spouse_key", "married_on"],
            right_on=["ward_key", "spouse_key", "registered_on"],
        )
        .select(*SOURCE, "ward_key", obligor_key="spouse_key", relation=pl.lit("spouse"), basis=pl.lit("marriage"))
        .select(_RESULT)
    )


def _recorded(facts: Mapping[str, pl.LazyFrame], on: date) -> pl.LazyFrame:
    """Recorded relations that are open; in-laws never, spouses until a divorce of the two."""
    relation = pl.col("support_relation")
    divorces = (
        marriage_events(facts["marriages"])
        .filter((pl.col("marriage_event") == "divorce") & (pl.col("registered_on") <= on))
        .group_by(obligor_key="person_key", ward_key="spouse_key")
        .agg(divorced_on=pl.col("registered_on").max())
    )
    divorced = (relation == "spouse") & (pl.col("divorced_on") >= pl.col("started_on"))
    return (
        facts["support_relations"]
        .filter(is_open(pl.col("started_on"), pl.col("ended_on"), pl.lit(on)) & (relation != "in_law"))
        .join(divorces, on=["obligor_key", "ward_key"], how="left")
        .filter(~divorced.fill_null(value=False))
        .select("obligor_key", "ward_key", *SOURCE, relation=relation, basis=pl.lit("recorded"))
        .select(_RESULT)
    )


def _age_conditions(
    duties: pl.LazyFrame, identities: pl.LazyFrame, dependents: pl.LazyFrame, on: date, adult_age: int
) -> pl.LazyFrame:
    """Without the duties of children under age, and those towards adults who can live independently."""
    births = identities.select("person_key", "birth_on")
    told = (
        duties.join(
            births.rename({"person_key": "obligor_key", "birth_on": "obligor_birth"}), on="obligor_key", how="left"
        )
        .join(births.rename({"person_key": "ward_key", "birth_on": "ward_birth"}), on="ward_key", how="left")
        .join(dependents.select(ward_key="person_key", dependent=pl.lit(value=True)), on="ward_key", how="left")
    )
    adult_obligor = age_reached(pl.col("obligor_birth"), pl.lit(on), adult_age).fill_null(value=False)
    minor_ward = (~age_reached(pl.col("ward_birth"), pl.lit(on), adult_age)).fill_null(value=False)
    relation = pl.col("relation")
    return told.filter(
        (~relation.is_in(_UPWARD) | adult_obligor)
        & (~relation.is_in(_DOWNWARD) | minor_ward | pl.col("dependent").fill_null(value=False))
    ).select(_RESULT)
