"""The living people in scope at `as_of`, and the family of each (domain lines 4, 5, 11 and 12)."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from linkage.families import families_at
from linkage.frames import inside_window, is_open, settled
from linkage.persons import registered_at
from rules.parameters import ParametersAt
from schemas.tables import STAGES

__all__ = ["family_heads", "members"]

_TABLE = STAGES["members"]
_PLACE = ["street_code", "community_code"]
_PERSON = "person_key"


def members(tables: Mapping[str, pl.LazyFrame], as_of: date, parameters: ParametersAt) -> pl.LazyFrame:
    """The table `members`: every living person in scope at `as_of`.

    The street is that of the family: of its declaration, else of its head's registration, residence
    permit or delivery by a street.
    """
    everybody = settled(_everybody(tables, as_of))
    found = families_at(
        tables,
        everybody,
        basis=parameters.text("family.basis"),
        grace_months=parameters.integer("family.grace_months"),
        adult_age=parameters.integer("family.adult_age_years"),
        rigid_expense_months=parameters.integer("register.rigid_expense_months"),
    )
    homes = settled(registered_at(tables["registrations"], everybody))
    residences = settled(_residences(tables, as_of, parameters.integer("residence.street_months")))
    in_scope = pl.concat([homes.select(_PERSON), residences.select(_PERSON)]).unique()
    declared = pl.col("family_basis") == "declared"
    people = (
        found.join(in_scope.with_columns(here=pl.lit(value=True)), on=_PERSON, how="left")
        .filter(pl.col("here").fill_null(value=False) | declared)
        .join(tables["identities"], on=_PERSON, how="left")
        .join(_on_register(tables), on=_PERSON, how="left")
        .join(_uncounted(tables, as_of, parameters), on=_PERSON, how="left")
        .with_columns(
            pl.col("on_register").fill_null(value=False),
            counted=pl.col("uncounted").is_null(),
            in_scope=pl.lit(value=True),
        )
    )
    people = settled(people)
    return people.join(_places(tables, people, homes, residences), on="family_id", how="left").select(
        _TABLE.schema.names()
    )


def family_heads(people: pl.LazyFrame) -> pl.LazyFrame:
    """`family_id`, `person_key`: the applicant or head, else the eldest; those who joined come last.

    Reads `family_id`, `family_basis`, `relation`, `birth_on` and `person_key`.
    """
    joined = pl.col("family_basis") == "joined"
    return (
        people.with_columns(second=(pl.col("relation") != "self").fill_null(value=True) | joined, third=joined)
        .sort("family_id", "second", "third", "birth_on", _PERSON, nulls_last=True)
        .unique("family_id", keep="first", maintain_order=True)
        .select("family_id", _PERSON)
    )


def _everybody(tables: Mapping[str, pl.LazyFrame], as_of: date) -> pl.LazyFrame:
    """Whoever may be in scope, at `as_of`."""
    keys = [tables[name].select(_PERSON) for name in ("registrations", "declarations", "residences")]
    return pl.concat(keys).drop_nulls().unique().with_columns(on=pl.lit(as_of))


def _residences(tables: Mapping[str, pl.LazyFrame], as_of: date, street_months: int) -> pl.LazyFrame:
    """The one residence of each person that holds: a permit, else the latest delivery by a street.

    The last valid day of a permit is printed on it. A registration that ended on or after the day of
    a street's delivery says that the person has left since.
    """
    residences = tables["residences"].select(_PERSON, "basis", "started_on", "ended_on", *_PLACE)
    today = pl.lit(as_of)
    permits = residences.filter(
        (pl.col("basis") == "permit")
        & (pl.col("started_on") <= today)
        & (pl.col("ended_on").is_null() | (pl.col("ended_on") >= today))
    )
    left = (
        tables["registrations"]
        .filter(pl.col("ended_on") <= today)
        .group_by(_PERSON)
        .agg(left_on=pl.col("ended_on").max())
    )
    streets = (
        residences.filter((pl.col("basis") == "street") & inside_window(pl.col("started_on"), today, street_months))
        .join(left, on=_PERSON, how="left")
        .filter(pl.col("left_on").is_null() | (pl.col("left_on") < pl.col("started_on")))
        .drop("left_on")
    )
    return (
        pl.concat([permits, streets])
        .sort(_PERSON, "basis", "started_on", *_PLACE, descending=[False, False, True, False, False], nulls_last=True)
        .unique(_PERSON, keep="first", maintain_order=True)
        .select(_PERSON, *_PLACE)
    )


def _on_register(tables: Mapping[str, pl.LazyFrame]) -> pl.LazyFrame:
    return tables["register_spells"].group_by(_PERSON).agg(pl.col("on_register").any())


def _uncounted(tables: Mapping[str, pl.LazyFrame], as_of: date, parameters: ParametersAt) -> pl.LazyFrame:
    """Those who are not counted as members (民发〔2021〕57号)."""
    kinds = parameters.texts("low_income_family.uncounted_conditions")
    return (
        tables["conditions"]
        .filter(pl.col("kind").is_in(kinds) & is_open(pl.col("started_on"), pl.col("ended_on"), pl.lit(as_of)))
        .select(_PERSON)
        .unique()
        .with_columns(uncounted=pl.lit(value=True))
    )


def _places(
    tables: Mapping[str, pl.LazyFrame], people: pl.LazyFrame, homes: pl.LazyFrame, residences: pl.LazyFrame
) -> pl.LazyFrame:
    """`family_id` and the street and community of each family."""
    declarations = (
        tables["declarations"]
        .filter(pl.col("street_code").is_not_null())
        .with_columns(head=pl.col("relation_to_applicant") == "self")
        .sort("family_no", "declared_on", "head", *_PLACE, _PERSON)
        .unique("family_no", keep="last", maintain_order=True)
        .select(*_PLACE, family_id=pl.lit("D:") + pl.col("family_no"))
    )
    sources = [
        (declarations, "family_id", "_declared"),
        (homes.select(_PERSON, *_PLACE), _PERSON, "_home"),
        (residences, _PERSON, "_residence"),
    ]
    placed = family_heads(people)
    for source, key, suffix in sources:
        placed = placed.join(source.rename({each: each + suffix for each in _PLACE}), on=key, how="left")
    known = [pl.col(f"street_code{suffix}").is_not_null() for _, _, suffix in sources]
    return placed.select(
        "family_id", *(_first(known, [f"{each}{source[2]}" for source in sources], each) for each in _PLACE)
    )


def _first(known: list[pl.Expr], columns: list[str], name: str) -> pl.Expr:
    """The column of the first source that knows the street, so that the community is of the same source."""
    chosen: pl.Expr = pl.lit(None, dtype=pl.String)
    for condition, column in zip(reversed(known), reversed(columns), strict=True):
        chosen = pl.when(condition).then(pl.col(column)).otherwise(chosen)
    return chosen.alias(name)
