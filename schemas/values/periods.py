"""Cells that hold months and tax periods; a span of days must cover exactly one of them."""

import polars as pl

from schemas.columns import Column
from schemas.values.cells import TEXT, Context, Reader, also, counted, first_of, matching, tidied
from schemas.values.dates import DATE_STEPS, OTHER_CALENDAR, days

__all__ = ["MONTH", "PERIOD"]

_ISO_MONTH = r"^[0-9]{4}-[0-9]{2}$"
_ISO_PERIOD = r"^[0-9]{4}-[0-9]{2}$"
_ONE_DAY = r"[12][0-9]{3}(?:[0-9]{4}|[-/.][0-9]{1,2}[-/.][0-9]{1,2}|年[0-9]{1,2}月[0-9]{1,2}日?)"
_ONE_MONTH = r"[12][0-9]{3}(?:[0-9]{2}|[-/.][0-9]{1,2}|年[0-9]{1,2}月?)"
_UNTIL = r"(?:至|到|~|〜|[-–—]+)"
_SPAN = rf"^(?:{_ONE_DAY}|{_ONE_MONTH}){_UNTIL}[0-9]|季|半年|[1-4]Q|Q[1-4]"
_SAME_YEAR = rf"^([12][0-9]{{3}})年([0-9]{{1,2}})月?{_UNTIL}([0-9]{{1,2}})月$"


def _months(text: pl.Expr) -> pl.Expr:
    """First days of months written 2024-05, 202405, 2024/5, 2024年5月, or as a day of that month.

    "2024.1" is refused: a spreadsheet writes both January and October like this.
    """
    month = text.str.replace_all(r"\s", "").str.replace(r"月份?$", "").str.replace_all(r"[年/]", "-")
    month = month.str.replace(r"^([0-9]{4})\.([0-9]{2}|[2-9])$", "$1-$2")
    month = month.str.replace(r"^([0-9]{4})([0-9]{2})$", "$1-$2")
    shaped = pl.when(month.str.contains(r"^[12][0-9]{3}-[0-9]{1,2}$")).then(month + "-01")
    return pl.coalesce(shaped.str.to_date("%Y-%m-%d", strict=False), days(text).dt.truncate("1mo"))


def _spans(text: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """First and last day of spans such as 20240101至20240131, 202401-202412 or 2024年1月至12月."""
    packed = text.str.replace_all(r"\s", "").str.replace(_SAME_YEAR, "${1}年${2}月至${1}年${3}月")

    def ends(style: str, number: int) -> pl.Expr:
        return packed.str.extract(f"^({style}){_UNTIL}({style})$", number)

    first = pl.coalesce(days(ends(_ONE_DAY, 1)), _months(ends(_ONE_MONTH, 1)))
    last = pl.coalesce(days(ends(_ONE_DAY, 2)), _months(ends(_ONE_MONTH, 2)).dt.month_end())
    return first, last


def _spanned_month(text: pl.Expr) -> pl.Expr:
    """The first day of the month that a span covers exactly; null for any other text."""
    first, last = _spans(text)
    return pl.when((first == first.dt.month_start()) & (last == first.dt.month_end())).then(first)


def _spanned_year(text: pl.Expr) -> pl.Expr:
    """The year that a span covers exactly, as text; null for any other text."""
    first, last = _spans(text)
    whole = (first.dt.ordinal_day() == 1) & (last == first.dt.offset_by("11mo").dt.month_end())
    return pl.when(whole).then(first.dt.strftime("%Y"))


def _why_not(code: str) -> tuple[tuple[pl.Expr, str], ...]:
    """Why a text that could not be read is no period: it spans several, counts other years, or is none at all."""
    unread, clean = pl.col("value").is_null(), pl.col("clean").str.replace_all(r"\s", "")
    return (
        (unread & clean.str.contains(_SPAN), "period_range"),
        (unread & clean.str.contains(OTHER_CALENDAR), "other_calendar"),
        (unread, code),
    )


def _quick_month(_column: Column, context: Context) -> tuple[pl.Expr, pl.Expr]:
    value = (TEXT + "-01").str.to_date("%Y-%m-%d", strict=False)
    return value, first_of((value.is_null(), "bad_month"), (value > context.today, "future_date"))


def _slow_month(_column: Column, frame: pl.DataFrame, context: Context) -> pl.LazyFrame:
    """Months, as their first day; a span of days that covers exactly one month is that month."""
    lazy = tidied(frame, DATE_STEPS)
    clean = pl.col("clean")
    lazy = lazy.with_columns(value=pl.coalesce(_months(clean), _spanned_month(clean)))
    reason = first_of(*_why_not("bad_month"), (pl.col("value") > context.today, "future_date"))
    spanned = _months(clean).is_null()
    return also(
        lazy.with_columns(reason=reason),
        counted(spanned, "period_span"),
        counted(~spanned & ~clean.str.contains(_ISO_MONTH), "month_restyled"),
    )


def _quick_period(_column: Column, context: Context) -> tuple[pl.Expr, pl.Expr]:
    month = (TEXT + "-01").str.to_date("%Y-%m-%d", strict=False)
    return TEXT, first_of((month.is_null(), "bad_period"), (month > context.today, "future_date"))


def _slow_period(_column: Column, frame: pl.DataFrame, context: Context) -> pl.LazyFrame:
    """Tax periods: a month as "2024-05" or a year as "2024"; a span of days must cover exactly one of these."""
    lazy = tidied(frame, DATE_STEPS)
    clean = pl.col("clean")
    year = clean.str.replace_all(r"\s", "").str.extract(r"^([12][0-9]{3})年?(?:度|全年)?$")
    month = _months(pl.when(year.is_null()).then(clean))
    single = pl.coalesce(year, month.dt.strftime("%Y-%m"))
    spanned = pl.coalesce(_spanned_month(clean).dt.strftime("%Y-%m"), _spanned_year(clean))
    lazy = lazy.with_columns(value=pl.coalesce(single, spanned), single=single)
    late = pl.col("value").str.slice(0, 7) > context.today.strftime("%Y-%m")
    reason = first_of(*_why_not("bad_period"), (late, "future_date"))
    return also(
        lazy.with_columns(reason=reason),
        counted(pl.col("single").is_null(), "period_span"),
        counted(pl.col("single") != clean, "period_restyled"),
    )


MONTH = Reader(matching(_ISO_MONTH, _quick_month), _slow_month)
PERIOD = Reader(matching(_ISO_PERIOD, _quick_period), _slow_period)
