"""Income of the twelve months: which months, and which records enter the sum (domain line 10)."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from linkage.frames import looked_at
from rules.parameters import ParametersAt
from schemas.tables import SOURCE, STAGES

__all__ = ["income_rows", "income_window"]

_TO_DECEMBER = "11mo"
_NO_MONTHS = (date.max, date.min)
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
    window = looked_at(tables["income_window"].filter(pl.col("computable")).select("first_month", "last_month"))
    first, last = _NO_MONTHS if window.is_empty() else window.row(0)
    recorded = tables["incomes"].filter(~pl.col("declared"))
    declared = tables["incomes"].filter(pl.col("declared"))
    exempt_until = date.fromisoformat(parameters.text("low_income_family.resident_pension_exempt_until") + "-01")
    parts = [
        _monthly(recorded, first, last).with_columns(counted=pl.lit(value=True)),
        _annual(recorded, first, last),
        _overruled(_monthly(declared, first, last), recorded),
    ]
    evidence = _monthly(tables["work_evidence"], first, last).select(
        "person_key",
        *SOURCE,
        "month",
        income_kind="kind",
        period=pl.col("month").dt.strftime("%Y-%m"),
        counted_fen=pl.lit(0, dtype=pl.Int64),
        counted=pl.lit(value=False),
    )
    names = STAGES["income_rows"].schema.names()
    summed = [part.with_columns(counted_fen=_counted_fen(exempt_until)).select(names) for part in parts]
    return pl.concat([*summed, evidence.select(names)])


def _monthly(rows: pl.LazyFrame, first: date, last: date) -> pl.LazyFrame:
    """The rows of a month inside."""
    return rows.filter(pl.col("month").is_between(first, last))


def _annual(recorded: pl.LazyFrame, first: date, last: date) -> pl.LazyFrame:
    """The annual rows whose year overlaps; `counted` when the year ends inside. It is never divided."""
    starts = pl.col("period") + "-01-01"
    annual = recorded.filter(pl.col("month").is_null()).with_columns(starts=starts.str.to_date("%Y-%m-%d"))
    ends = pl.col("starts").dt.offset_by(_TO_DECEMBER)
    return (
        annual.filter((pl.col("starts") <= last) & (ends >= first))
        .with_columns(counted=ends.is_between(first, last))
        .drop("starts")
    )


def _overruled(declared: pl.LazyFrame, recorded: pl.LazyFrame) -> pl.LazyFrame:
    """Declared rows, `counted` where no feed has a row of the person and kind for the month or its year."""
    speaks = (
        recorded.join(declared.select(_KIND).unique(), on=_KIND, how="semi")
        .select(*_KIND, spoken="period")
        .unique()
        .with_columns(speaks=pl.lit(value=True))
    )
    return (
        declared.with_columns(year=pl.col("period").str.slice(0, 4))
        .join(speaks, left_on=[*_KIND, "period"], right_on=[*_KIND, "spoken"], how="left")
        .join(speaks, left_on=[*_KIND, "year"], right_on=[*_KIND, "spoken"], how="left", suffix="_of_year")
        .with_columns(counted=pl.col("speaks").is_null() & pl.col("speaks_of_year").is_null())
        .drop("year", "speaks", "speaks_of_year")
    )


def _counted_fen(exempt_until: date) -> pl.Expr:
    """What a row adds: its amount, of an exempt resident pension without the basic part; 0 when it does not count."""
    exempt = (pl.col("income_kind") == _RESIDENT_PENSION) & (pl.col("month") <= exempt_until)
    basic = pl.when(exempt).then(pl.col("basic_fen").fill_null(0)).otherwise(0)
    return pl.when("counted").then(pl.col("amount_fen").fill_null(0) - basic).otherwise(0).cast(pl.Int64)
