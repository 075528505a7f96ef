"""Cells that hold text: business numbers, free text and addresses."""

import polars as pl

from schemas.characters import SPACES, UNSEEN, half_width
from schemas.columns import Column
from schemas.values.cells import (
    NOTHING,
    TEXT,
    Context,
    Reader,
    Step,
    first_of,
    matching,
    tidied,
    too_long,
    trimmed,
    widths,
)

__all__ = ["ADDRESS", "NUMBER", "PLAIN_TEXT"]

_EXACT_DIGITS = 15  # as many digits of a number as a spreadsheet keeps
_CONTROL = r"\x00-\x1F\x7F"

_NUMBER_STEPS: tuple[Step, ...] = (
    ("number_width", widths),
    ("number_spaces", lambda text: trimmed(text).str.replace_all(f"[{SPACES}{_CONTROL}]", "")),
)
_TEXT_STEPS: tuple[Step, ...] = (
    ("text_unseen", lambda text: text.str.replace_all(f"[{UNSEEN}]", "")),
    ("text_spaces", lambda text: text.str.replace_all(f"[{SPACES}{_CONTROL}]+", " ").str.strip_chars()),
)
_ADDRESS_STEPS: tuple[Step, ...] = (
    ("address_width", half_width),
    *_TEXT_STEPS,
    ("address_spaces", lambda text: text.str.replace_all(r"([^\x00-\x7F]) | ([^\x00-\x7F])", "$1$2")),
)


def _as_is(_column: Column, _context: Context) -> tuple[pl.Expr, pl.Expr]:
    return TEXT, NOTHING


def _slow_number(_column: Column, frame: pl.DataFrame, _context: Context) -> pl.LazyFrame:
    """Business numbers: text without spaces and a leading apostrophe."""
    lazy = tidied(frame, _NUMBER_STEPS)
    clean = pl.col("clean")
    rounded = clean.str.contains(r"^[+-]?[0-9](\.[0-9]+)?[eE]\+?[0-9]+$")
    if "numeric" in frame.columns:
        rounded = rounded | (pl.col("numeric") & (clean.str.len_chars() > _EXACT_DIGITS))
    return lazy.with_columns(value=clean, reason=pl.coalesce(first_of((rounded, "excel_number")), too_long()))


def _slow_text(_column: Column, frame: pl.DataFrame, _context: Context) -> pl.LazyFrame:
    """Free text: outer space off, line breaks and runs of space made one space."""
    return tidied(frame, _TEXT_STEPS).with_columns(value="clean", reason=too_long())


def _slow_address(_column: Column, frame: pl.DataFrame, _context: Context) -> pl.LazyFrame:
    """Addresses: as text, with half-width digits and signs and no space beside Chinese characters."""
    return tidied(frame, _ADDRESS_STEPS).with_columns(value="clean", reason=too_long())


NUMBER = Reader(matching(r"^[0-9A-Za-z()\-]{0,19}[0-9][0-9A-Za-z()\-]{0,40}$", _as_is), _slow_number)
PLAIN_TEXT = Reader(matching(r"^[\p{Han}0-9]{2,40}$", _as_is), _slow_text)
ADDRESS = Reader(matching(r"^[\p{Han}0-9]{2,60}$", _as_is), _slow_address)
