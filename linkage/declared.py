"""Declared families at a date (domain line 11; readings: *Declared family at d*).

What belongs here: which family numbers govern, whom their declarations still list, and who has come
in since. Everybody else is the matter of `linkage.families`.
"""

from collections.abc import Mapping

import polars as pl

from linkage.frames import inside_window, is_open, settled
from linkage.kinship import below, beside
from linkage.persons import ASKED, living, marriage_events, parents, registered_at, spell_ends, spouses_at

__all__ = ["declared_at", "declared_rows"]

_ON = pl.col("on")
_FAMILY = ["family_no", "on"]
_MEMBER = ["family_no", "person_key", "on"]
_LEAVES_BY_DIVORCE = ("spouse", "child_in_law")


def declared_at(
    facts: Mapping[str, pl.LazyFrame],
    cohort: pl.LazyFrame,
    lives: pl.LazyFrame,
    homes: pl.LazyFrame,
    *,
    grace_months: int,
    rigid_expense_months: int,
) -> pl.LazyFrame:
    """`person_key`, `on`, `family_no`, `declared_on`, `relation`: who belongs to a declared family at `on`.

    `cohort` holds the persons and dates asked about; parents, spouses and co-declared persons of
    somebody in it have to be in it too; `homes` says where they are registered at `on`. `relation`
    is that to the applicant.
    """
    listed = settled(
        _listed(facts, cohort, lives, grace_months=grace_months, rigid_expense_months=rigid_expense_months)
    )
    rest = settled(_undeclared(facts, homes, lives, listed))
    married_in = settled(_married_in(facts, rest, listed))
    with_spouses = pl.concat([listed, married_in])
    children = _born_in(facts, rest.join(married_in, on=ASKED, how="anti"), with_spouses)
    return pl.concat([with_spouses, children])


def declared_rows(declarations: pl.LazyFrame) -> pl.LazyFrame:
    """`family_no`, `declared_on`, `person_key`, `relation`: each declared member once a declaration."""
    relation = pl.col("relation_to_applicant")
    return (
        declarations.select("family_no", "declared_on", "person_key", relation=relation)
        .with_columns(first=pl.col("relation") != "self")
        .sort("family_no", "declared_on", "person_key", "first", "relation", nulls_last=True)
        .unique(["family_no", "declared_on", "person_key"], keep="first", maintain_order=True)
        .drop("first")
    )


def _listed(
    facts: Mapping[str, pl.LazyFrame],
    cohort: pl.LazyFrame,
    lives: pl.LazyFrame,
    *,
    grace_months: int,
    rigid_expense_months: int,
) -> pl.LazyFrame:
    """The remaining declared members, each with the one declaration that holds for the person."""
    rows = settled(declared_rows(facts["declarations"]))
    families = settled(
        cohort.select(ASKED)
        .join(rows.select("person_key", "family_no").unique(), on="person_key")
        .select(_FAMILY)
        .unique()
    )
    spells = spell_ends(facts["spells"], rigid_expense_months)
    governing = _governing(spells, facts["applications"], families, grace_months)
    latest = (
        governing.join(rows.select("family_no", "declared_on").unique(), on="family_no")
        .filter(pl.col("declared_on") <= _ON)
        .group_by(_FAMILY)
        .agg(pl.col("declared_on").max(), pl.col("spell_on").first())
    )
    members = settled(latest.join(rows, on=["family_no", "declared_on"]))
    return (
        _remaining(facts, members, lives)
        .sort(*ASKED, "declared_on", "spell_on", "family_no", descending=[False, False, True, True, False])
        .unique(ASKED, keep="first", maintain_order=True)
        .select(*ASKED, "family_no", "declared_on", "relation")
    )


def _governing(
    spells: pl.LazyFrame, applications: pl.LazyFrame, families: pl.LazyFrame, grace_months: int
) -> pl.LazyFrame:
    """Which of `families` (`family_no`, `on`) govern; `spell_on` says whether a spell is on.

    An application that is decided without a date counts as open.
    """
    closed_on = pl.when(pl.col("decision") != "pending").then(pl.col("decided_on"))
    grounds = pl.concat(
        [
            spells.select("family_no", "started_on", "ended_on", spell=pl.lit(value=True)),
            applications.select("family_no", started_on="applied_on", ended_on=closed_on, spell=pl.lit(value=False)),
        ]
    ).unique()
    started, ended = pl.col("started_on"), pl.col("ended_on")
    lasting = is_open(started, ended, _ON)
    grace = ended.is_not_null() & inside_window(ended, _ON, grace_months)
    return (
        families.join(grounds, on="family_no")
        .with_columns(lasting=lasting)
        .filter(pl.col("lasting") | grace.fill_null(value=False))
        .group_by(_FAMILY)
        .agg(spell_on=(pl.col("lasting") & pl.col("spell")).any())
    )


def _remaining(facts: Mapping[str, pl.LazyFrame], members: pl.LazyFrame, lives: pl.LazyFrame) -> pl.LazyFrame:
    """The living declared members who have neither moved away from the head nor been divorced out."""
    heads = members.filter(pl.col("relation") == "self").group_by(_FAMILY).agg(head_key=pl.col("person_key").min())
    headed = members.join(heads, on=_FAMILY, how="left")
    away = _apart(facts["registrations"], headed).join(_moved(facts["registrations"], headed), on=_MEMBER)
    divorced = _divorced(facts["marriages"], headed)
    return living(headed, lives).join(away, on=_MEMBER, how="anti").join(divorced, on=_MEMBER, how="anti")


def _moved(registrations: pl.LazyFrame, members: pl.LazyFrame) -> pl.LazyFrame:
    """Members of whom a spell of registration started or ended since the declaration."""
    since = [(pl.col("declared_on") < pl.col(day)) & (pl.col(day) <= _ON) for day in ("started_on", "ended_on")]
    return (
        members.select(*_MEMBER, "declared_on")
        .join(registrations.select("person_key", "started_on", "ended_on"), on="person_key")
        .filter(since[0] | since[1].fill_null(value=False))
        .select(_MEMBER)
        .unique()
    )


def _apart(registrations: pl.LazyFrame, headed: pl.LazyFrame) -> pl.LazyFrame:
    """Members who are not the head and not registered in one household with the head."""
    asked = pl.concat([headed.select(ASKED), headed.select("on", person_key="head_key").select(ASKED)])
    homes = settled(registered_at(registrations, asked.drop_nulls().unique()).select(*ASKED, "household_no"))
    of_head = homes.select("on", head_key="person_key", head_household="household_no")
    together = pl.col("household_no") == pl.col("head_household")
    return (
        headed.filter(pl.col("head_key").is_null() | (pl.col("head_key") != pl.col("person_key")))
        .join(homes, on=ASKED, how="left")
        .join(of_head, on=["head_key", "on"], how="left")
        .filter(~together.fill_null(value=False))
        .select(_MEMBER)
    )


def _divorced(marriages: pl.LazyFrame, members: pl.LazyFrame) -> pl.LazyFrame:
    """Members declared as spouse or child-in-law who have been divorced since."""
    divorces = marriage_events(marriages).filter(pl.col("marriage_event") == "divorce")
    return (
        members.filter(pl.col("relation").is_in(_LEAVES_BY_DIVORCE))
        .join(divorces.select("person_key", "registered_on"), on="person_key")
        .filter((pl.col("declared_on") < pl.col("registered_on")) & (pl.col("registered_on") <= _ON))
        .select(_MEMBER)
        .unique()
    )


def _undeclared(
    facts: Mapping[str, pl.LazyFrame], homes: pl.LazyFrame, lives: pl.LazyFrame, listed: pl.LazyFrame
) -> pl.LazyFrame:
    """The living registered persons whom no governing declaration lists, with `birth_on`."""
    births = facts["identities"].select("person_key", "birth_on")
    rest = living(homes.select(ASKED), lives).join(listed, on=ASKED, how="anti")
    return rest.join(births, on="person_key", how="left")


def _married_in(facts: Mapping[str, pl.LazyFrame], rest: pl.LazyFrame, listed: pl.LazyFrame) -> pl.LazyFrame:
    """Those of `rest` who have married a remaining declared member since the declaration."""
    partners = listed.select("on", "family_no", "declared_on", "relation", spouse_key="person_key")
    return (
        spouses_at(facts["marriages"], rest)
        .join(partners, on=["spouse_key", "on"])
        .filter(pl.col("married_on") > pl.col("declared_on"))
        .with_columns(relation=beside("relation"))
        .select(*ASKED, "family_no", "declared_on", "relation")
    )


def _born_in(facts: Mapping[str, pl.LazyFrame], rest: pl.LazyFrame, declared: pl.LazyFrame) -> pl.LazyFrame:
    """Those of `rest` who were born since the declaration to a member, the mother before the father."""
    of_parents = declared.select("on", "family_no", "declared_on", "relation", parent_key="person_key")
    return (
        rest.join(parents(facts["registrations"]), on="person_key")
        .join(of_parents, on=["parent_key", "on"])
        .filter(pl.col("birth_on") > pl.col("declared_on"))
        .sort(*ASKED, "parent", descending=[False, False, True])
        .unique(ASKED, keep="first", maintain_order=True)
        .with_columns(relation=below("relation"))
        .select(*ASKED, "family_no", "declared_on", "relation")
    )
