"""Small things that every module of `linkage/` and `editions/` does with frames.

What belongs here: calendar windows and the settling of frames that are read many times. Nothing about
persons or families.
"""

from datetime import date

import polars as pl

__all__ = ["FOREVER", "age_reached", "inside_window", "is_open", "settled"]

FOREVER = date(9999, 12, 31)  # the end of what has none


def settled(frame: pl.LazyFrame) -> pl.LazyFrame:
    """The frame computed now: for one that several later steps read, so that it is computed once."""
    return frame.collect().lazy()


def inside_window(day: pl.Expr, on: pl.Expr, months: int) -> pl.Expr:
    """Whether `on` is inside the window of `months` from `day`, both ends included (domain line 3)."""
    return (day <= on) & (on <= day.dt.offset_by(f"{months}mo"))


def is_open(start: pl.Expr, end: pl.Expr, on: pl.Expr) -> pl.Expr:
    """Whether something that lasts from `start` up to the day before `end` (null: no end) holds at `on`."""
    return (start <= on) & (end.is_null() | (end > on))


def age_reached(birth: pl.Expr, on: pl.Expr, years: int) -> pl.Expr:
    """Whether a person born on `birth` has reached the age of `years` at `on`; null without a birth date."""
    return birth.dt.offset_by(f"{years}y") <= on
