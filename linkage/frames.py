"""Small things that every module of `linkage/` and `editions/` does with frames.

What belongs here: calendar windows and the settling of frames that are read many times. Nothing about
persons or families.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from typing import Protocol

import polars as pl

__all__ = ["FOREVER", "Watcher", "age_reached", "inside_window", "is_open", "looked_at", "settled", "watched"]

FOREVER = date(9999, 12, 31)  # the end of what has none


class Watcher(Protocol):
    """Told where plans are cut, so that lineage does not end there."""

    def settled(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """What stands for the frame from now on."""

    def looked_at(self, frame: pl.LazyFrame) -> None:
        """The rows of the frame decide what is done next."""


_WATCHER: ContextVar[Watcher | None] = ContextVar("watcher", default=None)


@contextmanager
def watched(watcher: Watcher) -> Iterator[None]:
    """Tell `watcher` of every cut within the block."""
    token = _WATCHER.set(watcher)
    try:
        yield
    finally:
        _WATCHER.reset(token)


def settled(frame: pl.LazyFrame, *, streaming: bool = False) -> pl.LazyFrame:
    """The frame computed now: for one that several later steps read, so that it is computed once."""
    watcher = _WATCHER.get()
    if watcher is not None:
        return watcher.settled(frame)
    return frame.collect(engine="streaming" if streaming else "auto").lazy()


def looked_at(frame: pl.LazyFrame) -> pl.DataFrame:
    """The rows of a small frame that decide what is done next."""
    watcher = _WATCHER.get()
    if watcher is not None:
        watcher.looked_at(frame)
    return frame.collect()


def inside_window(day: pl.Expr, on: pl.Expr, months: int) -> pl.Expr:
    """Whether `on` is inside the window of `months` from `day`, both ends included (domain line 3)."""
    return (day <= on) & (on <= day.dt.offset_by(f"{months}mo"))


def is_open(start: pl.Expr, end: pl.Expr, on: pl.Expr) -> pl.Expr:
    """Whether something that lasts from `start` up to the day before `end` (null: no end) holds at `on`."""
    return (start <= on) & (end.is_null() | (end > on))


def age_reached(birth: pl.Expr, on: pl.Expr, years: int) -> pl.Expr:
    """Whether a person born on `birth` has reached the age of `years` at `on`; null without a birth date."""
    return birth.dt.offset_by(f"{years}y") <= on
