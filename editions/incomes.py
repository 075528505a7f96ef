"""Income of the twelve months: which months, and which records enter the sum (domain line 10)."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from linkage.frames import settled
from rules.parameters import ParametersAt
from schemas.tables import STAGES

__all__ = ["income_rows", "income_window"]

_YEAR = r"^[0-9]{4}$"
_KIND = ["person_key", "income_kind"]
_RESIDENT_PENSION = "pension_resident"


def income_window(tables: Mapping[str, pl.LazyFrame], as_of: date, parameters: ParametersAt) -> pl.LazyFrame:
    """The table `income_window`: the latest consecutive months that every required feed has delivered.

    A month is delivered when the feed has a row for it. Without such months, or with the last of them
    too long before `as_of`, the window is not computable.
    """
    feeds = parameters.texts("low_income_family.required_feeds")
    months = parameters.integer("low_income_family.window_months")
    lag = parameters.integer("low_income_family.max_lag_months")
    delivered = (
        tables["incomes"]
        .filter(pl.col("source_feed").is_in(feeds) & pl.col("month").is_not_null())
        .select("month", "source_feed")
        .unique()
        .group_by("month")
        .agg(feeds=pl.len().cast(pl.Int64))
        .filter(pl.col("feeds") == len(feeds))
        .select("month")
        .sort("month")
    )
    # Of n sorted months the one n-1 places back is n-1 months back exactly when none between is missing.
    earliest = pl.col("month").shift(months - 1)
    whole = delivered.with_columns(first_month=earliest).filter(
        pl.col("first_month").dt.offset_by(f"{months - 1}mo") == pl.col("month")
    )
    latest = pl.lit(as_of.replace(day=1)).dt.offset_by(f"-{lag}mo")
    last = pl.col("month").max()
    return whole.filter(pl.col("month") >= latest).select(
        first_month=last.dt.offset_by(f"-{months - 1}mo"), last_month=last, computable=last.is_not_null()
    )


def income_rows(tables: Mapping[str, pl.LazyFrame], as_of: date, parameters: ParametersAt) -> pl.LazyFrame:  # noqa: ARG001
    """The table `income_rows`: records that bear on the months of `income_window`; none when it is not computable.

    A declared amount enters the sum only where the feed of record has no row of that person and kind
    for the month or its year. An annual figure enters whole when its year ends inside the months, else
    it is evidence alone. Contributions and deposits are evidence, never income.
    """
    window = settled(tables["income_window"].filter(pl.col("computable")))
    incomes = _in_window(tables["incomes"].filter(pl.col("income_kind").is_not_null()), window)
    recorded = tables["incomes"].filter(~pl.col("declared"))
    told = (
        incomes.join(
            recorded.select(*_KIND, "period", by_month=pl.lit(value=True)).unique(), on=[*_KIND, "period"], how="left"
        )
        .join(
            recorded.select(*_KIND, year="period", by_year=pl.lit(value=True)).unique(), on=[*_KIND, "year"], how="left"
        )
        .with_columns(
            overruled=pl.col("declared") & (pl.col("by_month").is_not_null() | pl.col("by_year").is_not_null())
        )
    )
    counted = pl.col("ends_inside") & ~pl.col("overruled")
    exempt_until = parameters.text("low_income_family.resident_pension_exempt_until")
    exempt = (pl.col("income_kind") == _RESIDENT_PENSION) & (pl.col("period").str.slice(0, 7) <= exempt_until)
    basic = pl.when(exempt).then(pl.col("basic_fen").fill_null(0)).otherwise(0)
    summed = told.with_columns(
        counted=counted,
        counted_fen=pl.when(counted).then(pl.col("amount_fen").fill_null(0) - basic).otherwise(0),
    )
    evidence = _in_window(
        tables["work_evidence"].with_columns(period=pl.col("month").dt.strftime("%Y-%m"), income_kind="kind"), window
    ).with_columns(counted=pl.lit(value=False), counted_fen=pl.lit(0, dtype=pl.Int64))
    names = STAGES["income_rows"].schema.names()
    return pl.concat([summed.select(names), evidence.select(names)])


def _in_window(rows: pl.LazyFrame, window: pl.LazyFrame) -> pl.LazyFrame:
    """Rows of a month inside, and annual rows whose year overlaps; `ends_inside`: the period ends inside.

    Adds `year`, the year of the period as text.
    """
    annual = pl.col("period").str.contains(_YEAR)
    start = pl.when(annual).then(pl.col("period") + "-01-01").str.to_date("%Y-%m-%d", strict=False)
    first, last = pl.col("first_month"), pl.col("last_month")
    begins = pl.coalesce("month", start)
    ends = pl.coalesce("month", start.dt.offset_by("11mo"))
    return (
        rows.with_columns(begins=begins, ends=ends, year=pl.col("period").str.slice(0, 4))
        .join(window.select("first_month", "last_month"), how="cross")
        .filter((pl.col("begins") <= last) & (pl.col("ends") >= first))
        .with_columns(ends_inside=pl.col("ends").is_between(first, last))
    )
