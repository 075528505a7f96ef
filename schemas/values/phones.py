"""Cells that hold telephone numbers."""

import polars as pl

from schemas.columns import Column
from schemas.values.cells import NOTHING, TEXT, Context, cleaned, differs, plain_text

__all__ = ["read_phone"]


def read_phone(_column: Column, frame: pl.DataFrame, _context: Context) -> pl.LazyFrame:
    """Telephone numbers as digits; a text that is none becomes null and is counted, the row stays."""
    clean = plain_text(TEXT).str.replace_all(r"[\s()\-—.']", "").str.replace(r"^(\+|00)?86(1[0-9]{10})$", "$2")
    lazy = cleaned(frame, clean, r"^1[0-9]{10}$")
    usable = pl.col("clean").str.contains(r"^(1[0-9]{10}|0[0-9]{9,11}|[2-9][0-9]{6,7})$")
    tidied = pl.when(~pl.col("blank") & ~usable).then(pl.lit("phone_dropped")).otherwise(differs("phone_tidied"))
    return lazy.with_columns(value=pl.when(usable).then(pl.col("clean")), reason=NOTHING, tidied=tidied)
