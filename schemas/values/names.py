"""Cells that hold names of people."""

import polars as pl

from schemas.columns import Column
from schemas.values.cells import TEXT, Context, cleaned, differs, too_long

__all__ = ["read_name"]


def read_name(_column: Column, frame: pl.DataFrame, _context: Context) -> pl.LazyFrame:
    """Names: no space between Chinese characters, one middle dot (·), single spaces in others."""
    clean = (
        TEXT.str.replace_all(r"[\x{200B}-\x{200F}\x{2060}\x{FEFF}\x00-\x1F\x7F]", "")
        .str.replace_all(r"\s*[•‧∙・．●⋅･‐]\s*", "·")
        .str.replace_all(r"[\s\x{3000}\x{00A0}]+", " ")
        .str.strip_chars()
        .str.replace_all(r"([^\x00-\x7F]) +", "$1")
    )
    lazy = cleaned(frame, clean, r"^[\p{Han}·]*[\p{Han}--无]$")
    return lazy.with_columns(value=pl.col("clean"), reason=too_long(), tidied=differs("name_tidied"))
