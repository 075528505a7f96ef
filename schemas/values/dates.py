"""Cells that hold days, in any of the styles of writing them; months and periods stand in `schemas.values.periods`."""

from datetime import date

import polars as pl

from schemas.columns import Column
from schemas.values.cells import TEXT, Context, Reader, Step, also, counted, first_of, matching, tidied, trimmed, widths

__all__ = ["DATE", "DATE_STEPS", "OTHER_CALENDAR", "days", "serial_days"]

_OPEN_ENDED = ("长期", "长期有效", "至今", "永久", "无固定期限", "9999-12-31", "99991231", "2099-12-31", "20991231")
_ISO = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_PLAIN = r"^(?:1[89][0-9]{2}|20[0-8][0-9]|209[0-8])-[0-9]{2}-[0-9]{2}$"  # later years may mean "without end"
_EARLIEST = date(1800, 1, 1)  # nobody of whom a department reports was born earlier
_DIGITS = dict(zip("〇零○一二三四五六七八九", "000123456789", strict=True))
_SPOKEN_YEAR = r"^[〇零○O0一二三四五六七八九]{4}年"
_DAY_OF = r"[0-9]{4}[-/.年] ?[0-9]{1,2}[-/.月] ?[0-9]{1,2}"
_HALF_DAY = r"(?:上午|下午|AM|PM|am|pm)?"
_CLOCK = _HALF_DAY + r" ?[0-9]{1,2}[:时点](?:[0-9]{1,2}(?:[:分][0-9]{1,2}(?:\.[0-9]+)?)?)?[分秒]? ?" + _HALF_DAY
_ZONED = r"^([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}):([0-9]{2})(?::[0-9]{2}(?:\.[0-9]+)?)?(Z|[+-][0-9]{2}:?[0-9]{2})$"
_SHANGHAI = 8 * 60  # minutes ahead of UTC, the whole year
_DAY = 24 * 60
_TWO_DIGIT_YEAR = r"^'?[0-9]{2}[-/.年][0-9]{1,2}[-/.月][0-9]{1,2}日?$"
OTHER_CALENDAR = r"民国|民國|中华民国|农历|阴历|旧历|^[0-9]{1,3}年"


def _arabic(text: pl.Expr) -> pl.Expr:
    """Chinese numerals of a date as digits: 二〇二四年三月十一日."""
    digits = text.str.replace_many(list(_DIGITS), list(_DIGITS.values()))
    for pattern, number in (
        (r"([1-3])十([1-9])", "${1}${2}"),
        (r"([1-3])十", "${1}0"),
        (r"十([1-9])", "1${1}"),
        ("十", "10"),
    ):
        digits = digits.str.replace_all(pattern, number)
    return pl.when(text.str.contains(_SPOKEN_YEAR)).then(digits).otherwise(text)


DATE_STEPS: tuple[Step, ...] = (
    ("date_width", lambda text: trimmed(widths(text)).str.replace_all(r"\s+", " ")),
    ("date_numerals", _arabic),
)


def _local_day(text: pl.Expr) -> pl.Expr:
    """The day in China of a moment that is written with its zone; null for other texts."""
    part = text.str.extract_groups(_ZONED).struct
    zone = part.field("4").str.replace("Z", "+0000", literal=True).str.replace(":", "", literal=True)
    size = zone.str.slice(1, 2).cast(pl.Int32, strict=False) * 60 + zone.str.slice(3, 2).cast(pl.Int32, strict=False)
    ahead = pl.when(zone.str.starts_with("-")).then(-size).otherwise(size)
    minute = part.field("2").cast(pl.Int32, strict=False) * 60 + part.field("3").cast(pl.Int32, strict=False)
    shift = (minute - ahead + _SHANGHAI).floordiv(_DAY)
    return part.field("1").str.to_date("%Y-%m-%d", strict=False) + pl.duration(days=shift)


def serial_days(text: pl.Expr) -> pl.Expr:
    """Days of a spreadsheet's serial numbers (1900 system, five digits: 1927 to 2173), with or without a time."""
    serial = text.str.extract(r"^([1-9][0-9]{4})(?:\.[0-9]+)?$").cast(pl.Int32, strict=False)
    return pl.lit(date(1899, 12, 30)) + pl.duration(days=serial)


def days(text: pl.Expr) -> pl.Expr:
    """Dates in any of the accepted styles; null for others and for days that do not exist.

    20240301, 2024-03-01, 2024/3/1, 2024.3.1, 2024年3月1日, each with or without a time of day, moments with
    their zone, and a spreadsheet's serial numbers.
    """
    day = text.str.replace(r"^公[历元]", "").str.replace(r"\(?(?:星期|周)[一二三四五六日天]\)?", "")
    day = day.str.replace_all(r"[‐‑‒–—−]", "-").str.replace(rf"^({_DAY_OF}(?:[日号]|[ T]+|[日号] ?)){_CLOCK}$", "$1")
    day = (
        day.str.replace(r"^([0-9]{8})[ T][0-9:.]+$", "$1")
        .str.replace_all("[ T]", "")
        .str.replace(r"[日号]$", "")
        .str.replace_all(r"[年月/.]", "-")
    )
    day = day.str.replace(r"^([0-9]{4})([0-9]{2})([0-9]{2})$", "$1-$2-$3")
    shaped = pl.when(day.str.contains(r"^[12][0-9]{3}-[0-9]{1,2}-[0-9]{1,2}$")).then(day)
    read = pl.coalesce(_local_day(text), shaped.str.to_date("%Y-%m-%d", strict=False), serial_days(text))
    return pl.when(read >= _EARLIEST).then(read)


def _ahead(column: Column, context: Context) -> pl.Expr:
    return pl.lit(value=False) if column.future else pl.col("value") > context.today


def _quick(column: Column, context: Context) -> tuple[pl.Expr, pl.Expr]:
    day = TEXT.str.to_date("%Y-%m-%d", strict=False)
    late = pl.lit(value=False) if column.future else day > context.today
    value = pl.when(day >= _EARLIEST).then(day)
    return value, first_of((value.is_null(), "bad_date"), (late, "future_date"))


def _slow(column: Column, frame: pl.DataFrame, context: Context) -> pl.LazyFrame:
    """Days; spells that end in "long-term" have no end."""
    words = _OPEN_ENDED if column.future and not column.required else ()
    lazy = tidied(frame, DATE_STEPS, *words)
    clean = pl.col("clean")
    lazy = lazy.with_columns(value=days(clean))
    unread = pl.col("value").is_null()
    reason = first_of(
        (unread & clean.str.contains(_TWO_DIGIT_YEAR), "two_digit_year"),
        (unread & clean.str.contains(OTHER_CALENDAR), "other_calendar"),
        (unread, "bad_date"),
        (_ahead(column, context), "future_date"),
    )
    zoned = clean.str.contains(_ZONED)
    serial = clean.str.contains(r"^[1-9][0-9]{4}(\.[0-9]+)?$")
    styled = ~zoned & ~serial & ~clean.str.contains(_ISO)
    return also(
        lazy.with_columns(reason=reason),
        counted(zoned, "date_zone"),
        counted(serial, "date_serial"),
        counted(styled, "date_restyled"),
    )


DATE = Reader(matching(_PLAIN, _quick), _slow)
