"""Cells that hold text: business numbers, free text and addresses."""

import polars as pl

from schemas.columns import Column
from schemas.values.cells import TEXT, Context, cleaned, damaged, differs, plain_text, too_long

__all__ = ["read_number", "read_text"]


def read_number(_column: Column, frame: pl.DataFrame, _context: Context) -> pl.LazyFrame:
    """Business numbers: text without spaces and a leading apostrophe."""
    clean = plain_text(TEXT).str.replace_all(r"\s", "").str.replace(r"^['‘’`]", "")
    lazy = cleaned(frame, clean, r"^[0-9A-Za-z()\-]*[0-9][0-9A-Za-z()\-]*$")
    lazy = lazy.with_columns(value=pl.col("clean"), reason=too_long())
    return damaged(lazy, frame).with_columns(tidied=differs("number_tidied"))


def read_text(_column: Column, frame: pl.DataFrame, _context: Context) -> pl.LazyFrame:
    """Free text and addresses: outer space off, line breaks and runs of space made one space."""
    clean = TEXT.str.replace_all(r"[\s\x{3000}\x{00A0}\x00-\x1F\x7F]+", " ").str.strip_chars()
    lazy = cleaned(frame, clean, r"^[^\s\x{3000}\x{00A0}\x00-\x1F\x7F\-/\\—无暂nN]+$")
    return lazy.with_columns(value=pl.col("clean"), reason=too_long(), tidied=differs("text_tidied"))
