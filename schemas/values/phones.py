"""Cells that hold telephone numbers."""

import polars as pl

from schemas.columns import Column
from schemas.values.cells import NOTHING, TEXT, Context, Reader, Step, also, counted, matching, tidied, trimmed, widths

__all__ = ["PHONE"]

_GAP = r"[ \-.—–]?"
_MOBILE = rf"(?:^|[^0-9])(?:\(?(?:\+|00)?86\)?{_GAP})?(1[3-9](?:{_GAP}[0-9]){{9}})(?:[^0-9]|$)"
_SERVICE = rf"(?:^|[^0-9])([48]00(?:{_GAP}[0-9]){{7}})(?:[^0-9]|$)"
_AREA = rf"(?:^|[^0-9])\(?(0(?:10|2[0-9]|[3-9][0-9]{{2}}))\)?{_GAP}([2-9](?:{_GAP}[0-9]){{6,7}})(?:[^0-9]|$)"
_EXTENSION = r"(?:转|分机|ext\.?|[xX#]|[\-—–])\s*([0-9]{1,6})$"
_LOCAL = rf"^([2-9](?:{_GAP}[0-9]){{6,7}})$"
_SEVERAL = r"[0-9]{7,}[^0-9]+[0-9\-]*[0-9]{7,}"
_STEPS: tuple[Step, ...] = (
    ("phone_width", lambda text: trimmed(widths(text))),
    ("phone_spaces", lambda text: text.str.replace_all(r"\s+", " ")),
)


def _digits(text: pl.Expr) -> pl.Expr:
    return text.str.replace_all(r"[^0-9]", "")


def _quick(_column: Column, _context: Context) -> tuple[pl.Expr, pl.Expr]:
    return TEXT, NOTHING


def _slow(_column: Column, frame: pl.DataFrame, _context: Context) -> pl.LazyFrame:
    """Telephone numbers as digits; of several the first mobile one; a text that is none becomes null, the row stays."""
    lazy = tidied(frame, _STEPS)
    clean = pl.col("clean")
    line = clean.str.extract_groups(_AREA).struct
    extension = clean.str.extract(_EXTENSION)
    fixed = (
        line.field("1")
        + _digits(line.field("2"))
        + pl.when(extension != "").then("-" + extension).otherwise(pl.lit(""))
    )
    several = clean.str.count_matches(r"[0-9](?:[ \-.]?[0-9]){6,}") > 1
    mobile = _digits(clean.str.extract(_MOBILE))
    masked = clean.str.contains(r"[0-9][*×xX●]{2,}")
    value = pl.coalesce(mobile, fixed, _digits(clean.str.extract(_SERVICE)), _digits(clean.str.extract(_LOCAL)))
    lazy = lazy.with_columns(value=pl.when(~masked).then(value), reason=NOTHING)
    read = pl.col("value")
    return also(
        lazy,
        counted(read.is_null() & masked, "masked_phones"),
        counted(read.is_null() & ~masked, "phone_dropped"),
        counted(read.is_not_null() & several & (mobile.is_not_null()), "phone_first"),
        counted(read.is_not_null() & (read != clean), "phone_restyled"),
    )


PHONE = Reader(matching(r"^1[3-9][0-9]{9}$", _quick), _slow)
