"""What is known of each family at `as_of`, and what is not: one row a family.

What belongs here: household facts as plain counts and sums. Whether they make a hit, a tier or a
score is decided by `rules/` and `scoring/`.
"""

from collections.abc import Mapping
from datetime import date

import polars as pl

from editions.evidence import income_evidence
from editions.members import family_heads
from linkage.frames import age_reached, inside_window, is_open, settled
from rules.parameters import ParametersAt
from schemas.tables import STAGES

__all__ = ["families"]

_PERSON = "person_key"
_WORK = ("wages", "contribution")


def families(tables: Mapping[str, pl.LazyFrame], as_of: date, parameters: ParametersAt) -> pl.LazyFrame:
    """The table `families`, over the living members in scope (table `members`)."""
    people = settled(_people(tables, as_of, parameters))
    heads = family_heads(tables["members"]).rename({_PERSON: "head_key"})
    counts = people.group_by("family_id").agg(
        pl.col("street_code").first(),
        pl.col("community_code").first(),
        pl.len().cast(pl.Int64).alias("members"),
        pl.col("counted").cast(pl.Int64).sum().alias("counted_members"),
        pl.col("medical_fen").sum(),
        *(
            pl.col(flag).cast(pl.Int64).sum()
            for flag in (
                "severe_disabilities",
                "severe_illnesses",
                "aged_80",
                "minors",
                "students",
                "unemployed",
                "working",
            )
        ),
    )
    evidence = income_evidence(tables, as_of, parameters)
    return (
        counts.join(heads, on="family_id", how="left")
        .join(evidence, on="family_id", how="left")
        .select(STAGES["families"].schema.names())
    )


def _people(tables: Mapping[str, pl.LazyFrame], as_of: date, parameters: ParametersAt) -> pl.LazyFrame:
    """The members, each with what counts for the family."""
    today = pl.lit(as_of)
    adult = age_reached(pl.col("birth_on"), today, parameters.integer("family.adult_age_years"))
    aged = age_reached(pl.col("birth_on"), today, parameters.integer("allowances.old_age_years"))
    now = tables["conditions"].filter(is_open(pl.col("started_on"), pl.col("ended_on"), today))
    grades = parameters.integers("income_evidence.severe_disability_grades")
    kind = pl.col("kind")
    flags = {
        "severe_disabilities": now.filter((kind == "disability") & pl.col("grade").is_in(grades)),
        "severe_illnesses": now.filter(kind == "severe_illness"),
        "studying": now.filter((kind == "study") & (pl.col("detail") == "full_time")),
        "unemployed": _unemployed(tables, as_of, parameters),
        "working": _working(tables),
    }
    people = tables["members"]
    for name, holders in flags.items():
        marked = holders.select(_PERSON).unique().with_columns(pl.lit(value=True).alias(name))
        people = people.join(marked, on=_PERSON, how="left")
    return (
        people.join(_medical(tables, as_of, parameters), on=_PERSON, how="left")
        .with_columns(
            *(pl.col(name).fill_null(value=False) for name in flags),
            aged_80=aged.fill_null(value=False),
            adult=adult.fill_null(value=True),
        )
        .with_columns(minors=~pl.col("adult"), students=pl.col("studying") & pl.col("adult"))
    )


def _medical(tables: Mapping[str, pl.LazyFrame], as_of: date, parameters: ParametersAt) -> pl.LazyFrame:
    """`person_key`, `medical_fen`: out-of-pocket cost of the settlements inside the window."""
    months = parameters.integer("medical_share_of_income.window_months")
    return (
        tables["expenses"]
        .filter(inside_window(pl.col("spent_on"), pl.lit(as_of), months))
        .group_by(_PERSON)
        .agg(medical_fen=pl.col("out_of_pocket_fen").sum())
    )


def _unemployed(tables: Mapping[str, pl.LazyFrame], as_of: date, parameters: ParametersAt) -> pl.LazyFrame:
    """Those with unemployment benefit for one of the latest months."""
    months = parameters.integer("need_warnings.recent_months")
    return tables["incomes"].filter(
        (pl.col("income_kind") == "unemployment_benefit")
        & ~pl.col("declared")
        & inside_window(pl.col("month"), pl.lit(as_of), months)
    )


def _working(tables: Mapping[str, pl.LazyFrame]) -> pl.LazyFrame:
    """Those with wages or a contribution for the last month of the income window."""
    latest = tables["income_window"].filter(pl.col("computable")).select(month="last_month")
    return tables["income_rows"].filter(pl.col("income_kind").is_in(_WORK)).join(latest, on="month", how="semi")
