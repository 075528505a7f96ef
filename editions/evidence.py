"""How well the income of a family is known: none, partial or full, and its sum (domain line 10).

What belongs here: the evidence and the sum over the counted members. Which records bear on the months
stands in `editions.incomes`.
"""

from collections.abc import Mapping
from datetime import date

import polars as pl

from linkage.frames import age_reached, is_open, settled
from rules.parameters import ParametersAt

__all__ = ["income_evidence"]

_PERSON = "person_key"
_MONTH = [_PERSON, "month"]
_YEAR = r"^[0-9]{4}$"


def income_evidence(tables: Mapping[str, pl.LazyFrame], as_of: date, parameters: ParametersAt) -> pl.LazyFrame:
    """`family_id`, `income_evidence`, `income_fen` of every family of the table `members`.

    none: no counted member has a record; full: every counted member of working age who is not in
    full-time study has a record or a reason for each month; else partial. The sum is null without
    evidence, and all is `not_computable` when the months are.
    """
    counted = settled(tables["members"].filter(pl.col("counted")).select(_PERSON, "family_id", "birth_on"))
    income = tables["income_rows"].group_by(_PERSON).agg(pl.col("counted_fen").sum())
    excused = _excused(tables, counted, as_of, parameters).with_columns(excused=pl.lit(value=True))
    covered = _months_covered(tables).group_by(_PERSON).agg(pl.len().cast(pl.Int64).alias("months"))
    wanted = parameters.integer("low_income_family.window_months")
    known = (
        counted.join(income, on=_PERSON, how="left")
        .join(excused, on=_PERSON, how="left")
        .join(covered, on=_PERSON, how="left")
        .group_by("family_id")
        .agg(
            recorded=pl.col("counted_fen").is_not_null().any(),
            complete=(pl.col("excused").fill_null(value=False) | (pl.col("months").fill_null(0) >= wanted)).all(),
            income_fen=pl.col("counted_fen").sum(),
        )
    )
    level = pl.when("complete").then(pl.lit("full")).otherwise(pl.lit("partial"))
    recorded = pl.col("recorded").fill_null(value=False)
    level = pl.when(recorded).then(level).otherwise(pl.lit("none"))
    computable = pl.col("computable")
    return (
        tables["members"]
        .select("family_id")
        .unique()
        .join(known, on="family_id", how="left")
        .join(tables["income_window"].select("computable"), how="cross")
        .select(
            "family_id",
            income_evidence=pl.when(computable).then(level).otherwise(pl.lit("not_computable")),
            income_fen=pl.when(computable & recorded).then(pl.col("income_fen")),
        )
    )


def _excused(
    tables: Mapping[str, pl.LazyFrame], counted: pl.LazyFrame, as_of: date, parameters: ParametersAt
) -> pl.LazyFrame:
    """Those who need no record: not of working age, or with a reason from the closed list at `as_of`.

    The reasons: full-time study, severe disability, and what the family declared (student, registered
    unemployed, carer, retired).
    """
    today, birth = pl.lit(as_of), pl.col("birth_on")
    old = age_reached(birth, today, parameters.integer("income_evidence.working_age_to") + 1)
    young = ~age_reached(birth, today, parameters.integer("income_evidence.working_age_from"))
    kind = pl.col("kind")
    grades = parameters.integers("income_evidence.severe_disability_grades")
    severe = (kind == "disability") & pl.col("grade").is_in(grades)
    studying = (kind == "study") & (pl.col("detail") == "full_time")
    conditions = tables["conditions"].filter(
        is_open(pl.col("started_on"), pl.col("ended_on"), today) & (severe | studying)
    )
    livelihoods = parameters.texts("income_evidence.reason_livelihoods")
    declared = (
        tables["declarations"]
        .filter(pl.col("livelihood").is_not_null())
        .select(_PERSON, "declared_on", "livelihood", family_id=pl.lit("D:") + pl.col("family_no"))
        .sort(_PERSON, "family_id", "declared_on", "livelihood")
        .unique([_PERSON, "family_id"], keep="last", maintain_order=True)
        .filter(pl.col("livelihood").is_in(livelihoods))
        .join(counted, on=[_PERSON, "family_id"], how="semi")
    )
    reasons = [counted.filter(old | young), conditions, declared]
    return pl.concat([each.select(_PERSON) for each in reasons]).unique()


def _months_covered(tables: Mapping[str, pl.LazyFrame]) -> pl.LazyFrame:
    """`person_key`, `month`: the months of the window with a record, in a recorded year, or in full-time study."""
    window = tables["income_window"].filter(pl.col("computable"))
    months = settled(
        window.select(month=pl.date_ranges("first_month", "last_month", interval="1mo"))
        .explode("month")
        .with_columns(year=pl.col("month").dt.strftime("%Y"))
    )
    rows = tables["income_rows"]
    annual = rows.filter(pl.col("period").str.contains(_YEAR)).select(_PERSON, year="period").unique()
    study = tables["conditions"].filter((pl.col("kind") == "study") & (pl.col("detail") == "full_time"))
    after = pl.col("month").dt.offset_by("1mo")
    in_study = study.join(months, how="cross").filter(
        (pl.col("started_on") < after) & (pl.col("ended_on").is_null() | (pl.col("ended_on") > pl.col("month")))
    )
    return pl.concat(
        [
            rows.filter(pl.col("month").is_not_null()).select(_MONTH),
            annual.join(months, on="year").select(_MONTH),
            in_study.select(_MONTH),
        ]
    ).unique()
