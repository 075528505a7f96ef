"""Cells that hold days, months and tax periods."""

from datetime import date

import polars as pl

from schemas.columns import Column
from schemas.values.cells import TEXT, Context, cleaned, plain_text, restyled

__all__ = ["read_date", "read_month", "read_period"]

_OPEN_ENDED = ("长期", "长期有效", "至今", "永久")


def _dates(text: pl.Expr) -> pl.Expr:
    """Dates in any of the accepted styles; null for others and for days that do not exist.

    20240301, 2024-03-01, 2024/3/1, 2024.3.1, 2024年3月1日, each with or without a time of day, and the
    serial numbers of a spreadsheet (1900 system, five digits: 1927 to 2173).
    """
    day = text.str.replace(r"[ T]+[0-9]{1,2}(:[0-9]{1,2}){1,2}(\.[0-9]+)?(Z|[+-][0-9]{2}:?[0-9]{2})?$", "")
    day = day.str.replace_all(r"\s", "").str.replace(r"[日号]$", "").str.replace_all(r"[年月/.]", "-")
    day = day.str.replace(r"^([0-9]{4})([0-9]{2})([0-9]{2})$", "$1-$2-$3")
    serial = day.str.extract(r"^([1-9][0-9]{4})(?:-[0-9]+)?$").cast(pl.Int32, strict=False)
    shaped = pl.when(day.str.contains(r"^[12][0-9]{3}-[0-9]{1,2}-[0-9]{1,2}$")).then(day)
    return pl.coalesce(
        shaped.str.to_date("%Y-%m-%d", strict=False),
        pl.lit(date(1899, 12, 30)) + pl.duration(days=serial),
    )


def read_date(column: Column, frame: pl.DataFrame, context: Context) -> pl.LazyFrame:
    """Days; spells that end in "long-term" have no end."""
    words = _OPEN_ENDED if column.future and not column.required else ()
    lazy = cleaned(frame, plain_text(TEXT), r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", *words)
    lazy = lazy.with_columns(value=_dates(pl.col("clean")))
    late = pl.col("value") > context.today if not column.future else pl.lit(value=False)
    reason = pl.when(pl.col("value").is_null()).then(pl.lit("bad_date")).when(late).then(pl.lit("future_date"))
    return lazy.with_columns(
        reason=reason, tidied=restyled(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}( 00:00:00)?$", "date_restyled")
    )


def _months(text: pl.Expr) -> pl.Expr:
    """First days of months written 2024-05, 202405, 2024/5, 2024年5月, or as a day of that month.

    "2024.1" is refused: a spreadsheet writes both January and October like this.
    """
    month = text.str.replace_all(r"\s", "").str.replace(r"月份?$", "").str.replace_all(r"[年/]", "-")
    month = month.str.replace(r"^([0-9]{4})\.([0-9]{2}|[2-9])$", "$1-$2")
    month = month.str.replace(r"^([0-9]{4})([0-9]{2})$", "$1-$2")
    shaped = pl.when(month.str.contains(r"^[12][0-9]{3}-[0-9]{1,2}$")).then(month + "-01")
    return pl.coalesce(shaped.str.to_date("%Y-%m-%d", strict=False), _dates(text).dt.truncate("1mo"))


def read_month(_column: Column, frame: pl.DataFrame, context: Context) -> pl.LazyFrame:
    """Months, as their first day."""
    lazy = cleaned(frame, plain_text(TEXT), r"^[0-9]{4}-[0-9]{2}$")
    lazy = lazy.with_columns(value=_months(pl.col("clean")))
    reason = (
        pl.when(pl.col("value").is_null())
        .then(pl.lit("bad_month"))
        .when(pl.col("value") > context.today)
        .then(pl.lit("future_date"))
    )
    return lazy.with_columns(reason=reason, tidied=restyled(r"^[0-9]{4}-[0-9]{2}$", "month_restyled"))


def read_period(_column: Column, frame: pl.DataFrame, context: Context) -> pl.LazyFrame:
    """Tax periods: a month as "2024-05" or a year as "2024"."""
    lazy = cleaned(frame, plain_text(TEXT), r"^[0-9]{4}(-[0-9]{2})?$")
    year = pl.col("clean").str.extract(r"^([12][0-9]{3})(?:年度?)?$")
    month = _months(pl.when(year.is_null()).then(pl.col("clean")))
    lazy = lazy.with_columns(value=pl.coalesce(year, month.dt.strftime("%Y-%m")))
    reason = (
        pl.when(pl.col("value").is_null())
        .then(pl.lit("bad_period"))
        .when(pl.col("value").str.slice(0, 7) > context.today.strftime("%Y-%m"))
        .then(pl.lit("future_date"))
    )
    return lazy.with_columns(reason=reason, tidied=restyled(r"^[0-9]{4}(-[0-9]{2})?$", "period_restyled"))
