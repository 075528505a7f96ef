"""What holds of a person at a date: alive, registered where, married to whom, whose child.

What belongs here: one person at a time, from the fact tables. A *cohort* is a frame of `person_key`
and `on`, one row a person and date that is asked about; results carry both columns. How persons make
families stands in `linkage.declared` and `linkage.families`.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from linkage.frames import is_open

__all__ = [
    "ASKED",
    "SIGNS_OF_LIFE",
    "death_days",
    "life_bounds",
    "living",
    "marriage_events",
    "parents",
    "registered_at",
    "spell_ends",
    "spouses_at",
]

ASKED = ["person_key", "on"]

SIGNS_OF_LIFE: tuple[str, ...] = ("marriages", "applications", "registrations", "conditions")
"""Facts by which a recorded death is disregarded (domain line 14)."""

_ON = pl.col("on")


def death_days(facts: Mapping[str, pl.LazyFrame]) -> pl.LazyFrame:
    """`person_key`, `died_on`: the earliest dated death of each person who is dead (domain line 14).

    A record of a death is disregarded when the person marries, applies, is newly registered or newly
    enrols after it.
    """
    marriages = facts["marriages"].filter(pl.col("marriage_event") == "marriage")
    signs = pl.concat(
        [
            marriages.select(person_key="spouse_a_key", day="registered_on"),
            marriages.select(person_key="spouse_b_key", day="registered_on"),
            facts["applications"]
            .filter(pl.col("relation_to_applicant") == "self")
            .select("person_key", day="applied_on"),
            facts["registrations"].select("person_key", day="started_on"),
            facts["conditions"].filter(pl.col("kind") == "study").select("person_key", day="started_on"),
        ]
    )
    deaths = facts["deaths"].select("person_key", "died_on")
    last_sign = (
        signs.join(deaths.unique("person_key"), on="person_key", how="semi")
        .group_by("person_key")
        .agg(pl.col("day").max())
    )
    return (
        deaths.join(last_sign, on="person_key", how="left")
        .filter(pl.col("day").is_null() | (pl.col("day") <= pl.col("died_on")))
        .group_by("person_key")
        .agg(pl.col("died_on").min())
    )


def life_bounds(facts: Mapping[str, pl.LazyFrame], first_day: date) -> pl.LazyFrame:
    """`person_key`, `birth_on`, `died_on`: whoever is dead or not yet born on some day from `first_day` on."""
    births = facts["identities"].select("person_key", "birth_on")
    return (
        births.join(death_days(facts), on="person_key", how="full", coalesce=True)
        .filter(pl.col("died_on").is_not_null() | (pl.col("birth_on") > first_day))
        .select("person_key", "birth_on", "died_on")
    )


def living(cohort: pl.LazyFrame, lives: pl.LazyFrame) -> pl.LazyFrame:
    """The rows of `cohort` whose person is born and not dead at `on`; a person is dead from the day of death.

    `lives` are the `life_bounds` from the first `on` of the cohort or before.
    """
    columns = cohort.collect_schema().names()
    bounds = lives.select("person_key", born="birth_on", died="died_on")
    unborn, dead = pl.col("born") > _ON, pl.col("died") <= _ON
    return (
        cohort.join(bounds, on="person_key", how="left")
        .filter(~unborn.fill_null(value=False) & ~dead.fill_null(value=False))
        .select(columns)
    )


def registered_at(registrations: pl.LazyFrame, cohort: pl.LazyFrame) -> pl.LazyFrame:
    """Where each person of the cohort is registered at `on`: the latest start, then the largest number.

    Columns: `person_key`, `on`, `household_no`, `collective`, `relation_to_head`, `street_code`,
    `community_code`. Whoever is not registered has no row. Death is not looked at.
    """
    return (
        cohort.select(ASKED)
        .join(registrations, on="person_key")
        .filter(is_open(pl.col("started_on"), pl.col("ended_on"), _ON))
        .sort(*ASKED, "started_on", "household_no", "source_delivery", "source_row")
        .unique(ASKED, keep="last", maintain_order=True)
        .select(
            *ASKED,
            "household_no",
            (pl.col("household_type") == "collective").fill_null(value=False).alias("collective"),
            "relation_to_head",
            "street_code",
            "community_code",
        )
    )


def parents(registrations: pl.LazyFrame, *, keep: Sequence[str] = ()) -> pl.LazyFrame:
    """`person_key`, `parent_key`, `parent` (mother or father): of the latest registration that names one.

    `keep` names further columns of that registration.
    """
    sides = [
        registrations.filter(pl.col(column).is_not_null())
        .sort("person_key", "started_on", column, "source_delivery", "source_row")
        .unique("person_key", keep="last", maintain_order=True)
        .select("person_key", *keep, parent_key=column, parent=pl.lit(name))
        for name, column in (("mother", "mother_key"), ("father", "father_key"))
    ]
    return pl.concat(sides)


def marriage_events(marriages: pl.LazyFrame) -> pl.LazyFrame:
    """`person_key`, `spouse_key`, `marriage_event`, `registered_on`: each record from either side."""
    sides = [
        marriages.select("marriage_event", "registered_on", person_key=one, spouse_key=other)
        for one, other in (("spouse_a_key", "spouse_b_key"), ("spouse_b_key", "spouse_a_key"))
    ]
    return pl.concat(sides).filter(pl.col("person_key") != pl.col("spouse_key"))


def spouses_at(marriages: pl.LazyFrame, cohort: pl.LazyFrame) -> pl.LazyFrame:
    """`person_key`, `on`, `spouse_key`, `married_on`: to whom each person of the cohort is married at `on`.

    The latest event of the pair up to `on` is a marriage; of several spouses the latest one. Death of
    a spouse is not looked at.
    """
    event = pl.col("marriage_event")
    day = pl.col("registered_on")
    return (
        cohort.select(ASKED)
        .join(marriage_events(marriages), on="person_key")
        .filter(day <= _ON)
        .group_by(*ASKED, "spouse_key")
        .agg(
            married_on=day.filter(event == "marriage").max(),
            divorced_on=day.filter(event == "divorce").max(),
        )
        .filter(
            pl.col("married_on").is_not_null()
            & (pl.col("divorced_on").is_null() | (pl.col("divorced_on") < pl.col("married_on")))
        )
        .sort(*ASKED, "married_on", "spouse_key", descending=[False, False, True, False])
        .unique(ASKED, keep="first", maintain_order=True)
        .select(*ASKED, "spouse_key", "married_on")
    )


def spell_ends(spells: pl.LazyFrame, rigid_expense_months: int) -> pl.LazyFrame:
    """The spells with `ended_on` the effective end: an open 刚性支出 spell ends by itself (domain line 1)."""
    by_itself = pl.col("started_on").dt.offset_by(f"{rigid_expense_months}mo")
    open_rigid = pl.col("ended_on").is_null() & (pl.col("programme") == "rigid_expense")
    return spells.with_columns(ended_on=pl.when(open_rigid).then(by_itself).otherwise(pl.col("ended_on")))
