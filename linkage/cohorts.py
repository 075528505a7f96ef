"""Whose facts a family depends on: from a few persons and dates to their whole neighbourhood.

What belongs here: the bonds between persons and following them. Families of a past date are computed
over this neighbourhood alone, so that a year of payments costs no more than the people it touches.
"""

from collections.abc import Mapping
from datetime import date

import polars as pl

from linkage.frames import FOREVER, looked_at, settled
from linkage.persons import ASKED, marriage_events, parents

__all__ = ["expand_cohort"]

_BOND = ["person_key", "other_key", "since", "until"]
_EVER = pl.lit(FOREVER)
_NEVER = pl.lit(date.min)


def expand_cohort(facts: Mapping[str, pl.LazyFrame], seeds: pl.LazyFrame, *, adult_age: int) -> pl.LazyFrame:
    """`person_key`, `on`: the seeds and everybody on whom their families at `on` may depend.

    Bonds are a common ordinary household, a marriage ever made, a child's minority and a common
    declaration. They are followed to the end: with adult children left out the neighbourhood is small.
    """
    bonds = settled(_bonds(facts, adult_age))
    cohort = frontier = settled(seeds.select(ASKED).unique())
    while looked_at(frontier.select(pl.len())).item():
        reached = (
            frontier.join(bonds, on="person_key")
            .filter((pl.col("since") <= pl.col("on")) & (pl.col("on") < pl.col("until")))
            .select("on", person_key="other_key")
            .select(ASKED)
            .unique()
        )
        frontier = settled(reached.join(cohort, on=ASKED, how="anti"))
        cohort = settled(pl.concat([cohort, frontier]))
    return cohort


def _bonds(facts: Mapping[str, pl.LazyFrame], adult_age: int) -> pl.LazyFrame:
    """`person_key`, `other_key`, `since`, `until`: every bond from either side."""
    return pl.concat(
        [_households(facts), _marriages(facts), _minorities(facts, adult_age), _declarations(facts)]
    ).filter((pl.col("person_key") != pl.col("other_key")) & (pl.col("since") < pl.col("until")))


def _households(facts: Mapping[str, pl.LazyFrame]) -> pl.LazyFrame:
    ordinary = facts["registrations"].filter((pl.col("household_type") == "collective").fill_null(value=False).not_())
    spells = ordinary.select(
        "household_no", "person_key", since="started_on", until=pl.col("ended_on").fill_null(_EVER)
    )
    return spells.join(spells, on="household_no", suffix="_other").select(
        "person_key",
        other_key="person_key_other",
        since=pl.max_horizontal("since", "since_other"),
        until=pl.min_horizontal("until", "until_other"),
    )


def _marriages(facts: Mapping[str, pl.LazyFrame]) -> pl.LazyFrame:
    return (
        marriage_events(facts["marriages"])
        .group_by("person_key", other_key="spouse_key")
        .agg(since=pl.col("registered_on").min())
        .with_columns(until=_EVER)
        .select(_BOND)
    )


def _minorities(facts: Mapping[str, pl.LazyFrame], adult_age: int) -> pl.LazyFrame:
    """A child and its parents until a year after coming of age, also before a birth date that is wrong."""
    down = (
        parents(facts["registrations"])
        .join(facts["identities"], on="person_key")
        .select(
            "person_key",
            other_key="parent_key",
            since=_NEVER,
            until=pl.col("birth_on").dt.offset_by(f"{adult_age + 1}y"),
        )
    )
    up = down.select("since", "until", person_key="other_key", other_key="person_key")
    return pl.concat([down, up.select(_BOND)])


def _declarations(facts: Mapping[str, pl.LazyFrame]) -> pl.LazyFrame:
    listed = facts["declarations"].select("family_no", "declared_on", "person_key").unique()
    return (
        listed.join(listed, on=["family_no", "declared_on"], suffix="_other")
        .group_by("person_key", other_key="person_key_other")
        .agg(since=pl.col("declared_on").min())
        .with_columns(until=_EVER)
        .select(_BOND)
    )
