"""The groups by which a score is checked for fairness: who a family is, for the report and for nothing else.

What belongs here: sex and age band of the head, street, kind of household and disability of each family at a date. No
feature and no score reads this table.
"""

from collections.abc import Iterable, Mapping
from datetime import date

import polars as pl

from editions.compute import STAGES, StageInput, collected, run_stages
from editions.history import Knowledge
from linkage.frames import is_open
from rules.parameters import Parameters, ParametersAt

__all__ = ["DIMENSIONS", "GROUPS", "fairness_groups", "groups_at"]

_NEEDED = ("facts", "register", "members", "incomes", "families")

DIMENSIONS: Mapping[str, str] = {
    "sex": "户主性别",
    "age_group": "户主年龄段",
    "street_code": "街道",
    "household_type": "家庭类型",
    "disability": "残疾",
}


GROUPS: Mapping[str, str] = {
    "female": "女", "male": "男", "yes": "有", "no": "无", "single": "单人", "elders": "老年人家庭",
    "one_parent": "单亲", "with_minors": "有未成年人", "other": "其他", "unknown": "不详",
}  # fmt: skip
"""What the groups are called; bands of age and streets speak for themselves or have titles elsewhere."""


def fairness_groups(tables: Mapping[str, pl.LazyFrame], as_of: date, parameters: ParametersAt) -> pl.LazyFrame:
    """One row a family of the tables `families`, `members` and `conditions`: `family_id` and `DIMENSIONS` as text.

    `household_type` is `elders` (all members), `single`, `one_parent` (an adult with minors), `with_minors` or `other`;
    `disability` says whether a member holds a certificate (`yes` or `no`).
    """
    bounds = parameters.integers("fairness.age_bounds_years")
    elder, adult = parameters.integer("fairness.elder_age_years"), parameters.integer("family.adult_age_years")
    people = tables["members"].select("family_id", "person_key", "sex", "birth_on")
    people = people.join(_disabled(tables, as_of), on="person_key", how="left").with_columns(
        disabled=pl.col("disabled").fill_null(value=False),
        elder=_aged(elder, as_of).fill_null(value=False),
        minor=(~_aged(adult, as_of)).fill_null(value=False),
    )
    kinds = people.group_by("family_id").agg(
        household_type=_household_type(),
        disability=pl.when(pl.col("disabled").any()).then(pl.lit("yes")).otherwise(pl.lit("no")),
    )
    heads = people.select("sex", age_group=_band(bounds, as_of), head_key="person_key")
    return (
        tables["families"]
        .select("family_id", "head_key", "street_code")
        .join(heads.unique("head_key"), on="head_key", how="left")
        .join(kinds, on="family_id", how="left")
        .select("family_id", *DIMENSIONS)
    )


def groups_at(known: Knowledge, days: Iterable[date], parameters: Parameters) -> pl.DataFrame:
    """`fairness_groups` of each of `days` as known then, with `as_of`."""
    found = [_groups_at(known, day, parameters.as_of(day)) for day in sorted(set(days))]
    return pl.concat(found)


def _groups_at(known: Knowledge, day: date, parameters: ParametersAt) -> pl.DataFrame:
    feed_tables, people = known(day)
    given = StageInput(as_of=day, parameters=parameters, tables={}, feed_tables=feed_tables, identities=people)
    tables = run_stages(given, tuple(each for each in STAGES if each.name in _NEEDED), keep=collected)
    return fairness_groups(tables, day, parameters).with_columns(as_of=pl.lit(day)).collect()


def _aged(years: int, as_of: date) -> pl.Expr:
    """Whether a person has reached `years` at `as_of`; null where the birth is not known."""
    return pl.col("birth_on").dt.offset_by(f"{years}y") <= as_of


def _band(bounds: list[int], as_of: date) -> pl.Expr:
    """The band of age between two bounds, such as `35-59`."""
    ends = sorted(bounds)
    found: pl.Expr = pl.when(pl.col("birth_on").is_not_null()).then(pl.lit(f"0-{ends[0] - 1}"))
    for place, least in enumerate(ends):
        label = f"{least}-{ends[place + 1] - 1}" if place + 1 < len(ends) else f"{least}+"
        found = pl.when(_aged(least, as_of)).then(pl.lit(label)).otherwise(found)
    return found


def _household_type() -> pl.Expr:
    adults, minors = (~pl.col("minor")).sum(), pl.col("minor").sum()
    return (
        pl.when(pl.col("elder").all())
        .then(pl.lit("elders"))
        .when(pl.len() == 1)
        .then(pl.lit("single"))
        .when((minors > 0) & (adults == 1))
        .then(pl.lit("one_parent"))
        .when(minors > 0)
        .then(pl.lit("with_minors"))
        .otherwise(pl.lit("other"))
    )


def _disabled(tables: Mapping[str, pl.LazyFrame], as_of: date) -> pl.LazyFrame:
    held = is_open(pl.col("started_on"), pl.col("ended_on"), pl.lit(as_of))
    certified = tables["conditions"].filter((pl.col("kind") == "disability") & held)
    return certified.select("person_key", disabled=pl.lit(value=True)).unique()
