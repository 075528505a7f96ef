"""The family of each person at a date: declared, else registered (domain lines 11 and 12).

What belongs here: `families_at`, and the registered family (readings: *Registered family at d*).
Declared families stand in `linkage.declared`, the neighbourhood of persons in `linkage.cohorts`.
"""

from collections.abc import Mapping
from datetime import date
from typing import Literal

import polars as pl

from linkage.declared import declared_at
from linkage.frames import age_reached, looked_at, settled
from linkage.kinship import below, beside
from linkage.persons import ASKED, life_bounds, living, parents, registered_at, spouses_at

__all__ = ["Basis", "families_at"]

Basis = Literal["nuclear_joined", "registration_only"]

_RESULT = [*ASKED, "family_id", "family_basis", "relation"]
_UNIT = [*ASKED, "unit", "basis", "relation"]


def families_at(
    facts: Mapping[str, pl.LazyFrame],
    cohort: pl.LazyFrame,
    *,
    basis: Basis | str,
    grace_months: int,
    adult_age: int,
    rigid_expense_months: int,
) -> pl.LazyFrame:
    """The family of every living person of the cohort at the date asked about.

    Columns: `person_key`, `on`, `family_id`, `family_basis` (declared, registered, joined or single),
    `relation` (to the applicant or head). One row a living person and date; the dead and the unborn have none.

    Args:
        facts: the tables of `schemas.tables.FACTS`.
        cohort: `person_key` and `on`, distinct. A person's family is right when all whom it may depend
            on are there too: the whole population, or what `linkage.cohorts.expand_cohort` makes.
        basis: whether couples and minors apart are joined (line 12).
        grace_months: how long a declaration governs after its spell or application.
        adult_age: the age in years that ends minority.
        rigid_expense_months: when an open 刚性支出 spell ends by itself.
    """
    asked = settled(cohort.select(ASKED).unique())
    first_day = looked_at(asked.select(pl.col("on").min())).item()
    lives = settled(life_bounds(facts, first_day or date.min))
    homes = settled(registered_at(facts["registrations"], asked).drop("street_code", "community_code"))
    listed = declared_at(
        facts, asked, lives, homes, grace_months=grace_months, rigid_expense_months=rigid_expense_months
    )
    declared = settled(listed.join(asked, on=ASKED, how="semi"))
    ungoverned = settled(living(asked, lives).join(declared, on=ASKED, how="anti"))
    registered = settled(homes.join(ungoverned, on=ASKED, how="semi"))
    units = _own(registered)
    if basis == "nuclear_joined":
        units = _joined(facts, registered, homes, adult_age)
    single = ungoverned.join(registered, on=ASKED, how="anti").select(
        *ASKED,
        family_id=pl.lit("P:") + pl.col("person_key"),
        family_basis=pl.lit("single"),
        relation=pl.lit("self"),
    )
    return pl.concat(
        [
            declared.select(
                *ASKED,
                family_id=pl.lit("D:") + pl.col("family_no"),
                family_basis=pl.lit("declared"),
                relation="relation",
            ),
            units.select(*ASKED, family_id="unit", family_basis="basis", relation="relation"),
            single,
        ]
    ).select(_RESULT)


def _own(registered: pl.LazyFrame) -> pl.LazyFrame:
    """Everybody where they are registered; in a 集体户 alone."""
    alone = pl.col("collective")
    return registered.select(
        *ASKED,
        unit=pl.when(alone).then(pl.lit("P:") + pl.col("person_key")).otherwise(pl.lit("H:") + pl.col("household_no")),
        basis=pl.when(alone).then(pl.lit("single")).otherwise(pl.lit("registered")),
        relation=pl.when(alone).then(pl.lit("self")).otherwise(pl.col("relation_to_head")),
    )


def _joined(
    facts: Mapping[str, pl.LazyFrame], registered: pl.LazyFrame, homes: pl.LazyFrame, adult_age: int
) -> pl.LazyFrame:
    """Units after couples have been joined and then minors apart from both parents."""
    minors = settled(_minors(facts, registered, adult_age))
    moves = settled(_couple_moves(facts, registered, minors))
    after = settled(pl.concat([_own(registered).join(moves, on=ASKED, how="anti"), moves]).select(_UNIT))
    followed = settled(_minor_moves(minors, homes, after))
    return pl.concat([after.join(followed, on=ASKED, how="anti"), followed]).select(_UNIT)


def _minors(facts: Mapping[str, pl.LazyFrame], registered: pl.LazyFrame, adult_age: int) -> pl.LazyFrame:
    """Minors among `registered`, one row a registered parent (`parent_key`, `parent`: null without one)."""
    births = facts["identities"].select("person_key", "birth_on")
    return (
        registered.join(births, on="person_key")
        .filter(~age_reached(pl.col("birth_on"), pl.col("on"), adult_age))
        .select(*ASKED, "household_no", "collective")
        .join(parents(facts["registrations"]), on="person_key", how="left")
    )


def _couple_moves(facts: Mapping[str, pl.LazyFrame], registered: pl.LazyFrame, minors: pl.LazyFrame) -> pl.LazyFrame:
    """The persons who are moved because their spouse is registered elsewhere, or with them in a 集体户."""
    couples = _couples(facts, registered)
    own, other = _has_children(minors, couples, "household_no"), _has_children(minors, couples, "spouse_household")
    told = couples.join(own, on=ASKED, how="left").join(other, on=ASKED, how="left", suffix="_there")
    here, there = (pl.col(name).fill_null(value=False) for name in ("children", "children_there"))
    ordinary = ~pl.col("collective") & ~pl.col("spouse_collective")
    apart = pl.col("household_no") != pl.col("spouse_household")
    by_number = pl.col("household_no") > pl.col("spouse_household")
    goes = ordinary & apart & pl.when(here != there).then(there).otherwise(by_number)
    leaves_collective = pl.col("collective") & ~pl.col("spouse_collective")
    both_collective = pl.col("collective") & pl.col("spouse_collective")
    smaller = pl.min_horizontal("person_key", "spouse_key")
    return told.filter(goes | leaves_collective | both_collective).select(
        *ASKED,
        unit=pl.when(both_collective).then(pl.lit("C:") + smaller).otherwise(pl.lit("H:") + pl.col("spouse_household")),
        basis=pl.lit("joined"),
        relation=pl.when(both_collective & (pl.col("person_key") == smaller))
        .then(pl.lit("self"))
        .when(both_collective)
        .then(pl.lit("spouse"))
        .otherwise(beside("spouse_relation")),
    )


def _couples(facts: Mapping[str, pl.LazyFrame], registered: pl.LazyFrame) -> pl.LazyFrame:
    """Couples among `registered`, one row a spouse; each is the other's latest spouse."""
    married = settled(spouses_at(facts["marriages"], registered).select(*ASKED, "spouse_key"))
    back = married.select("on", person_key="spouse_key", spouse_key="person_key")
    of_spouse = registered.select(
        "on",
        spouse_key="person_key",
        spouse_household="household_no",
        spouse_collective="collective",
        spouse_relation="relation_to_head",
    )
    return (
        married.join(back, on=[*ASKED, "spouse_key"], how="semi")
        .join(registered, on=ASKED)
        .join(of_spouse, on=["spouse_key", "on"])
    )


def _has_children(minors: pl.LazyFrame, couples: pl.LazyFrame, household: str) -> pl.LazyFrame:
    """`person_key`, `on`, `children`: couples with a minor child of the two registered in `household`."""
    one = minors.select("on", "household_no", child_key="person_key", parent_key="parent_key")
    couple = couples.select(*ASKED, "spouse_key", place=household)
    return (
        couple.join(one, left_on=["person_key", "on", "place"], right_on=["parent_key", "on", "household_no"])
        .join(
            one.select("on", "child_key", spouse_key="parent_key"),
            on=["child_key", "on", "spouse_key"],
            how="semi",
        )
        .select(ASKED)
        .unique()
        .with_columns(children=pl.lit(value=True))
    )


def _minor_moves(minors: pl.LazyFrame, homes: pl.LazyFrame, after: pl.LazyFrame) -> pl.LazyFrame:
    """The minors registered apart from both parents or in a 集体户, and the parent's unit they go to."""
    with_parent = minors.join(
        homes.select("on", parent_key="person_key", parent_household="household_no"),
        on=["parent_key", "on"],
        how="left",
    )
    beside_parent = with_parent.filter(
        ~pl.col("collective") & (pl.col("parent_household") == pl.col("household_no"))
    ).select(ASKED)
    units = after.filter(~pl.col("unit").str.starts_with("P:")).select(
        "on", "unit", parent_key="person_key", parent_relation="relation"
    )
    return (
        minors.join(beside_parent, on=ASKED, how="anti")
        .join(units, on=["parent_key", "on"])
        .sort(*ASKED, "parent", descending=[False, False, True])
        .unique(ASKED, keep="first", maintain_order=True)
        .filter(pl.col("collective") | (pl.col("unit") != pl.lit("H:") + pl.col("household_no")))
        .select(*ASKED, "unit", basis=pl.lit("joined"), relation=below("parent_relation"))
    )
