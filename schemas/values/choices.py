"""Cells that hold one of a closed set: codes of a code list, yes and no."""

from unicodedata import normalize

import polars as pl

from schemas.columns import Column
from schemas.values.cells import NOTHING, NULL_WORDS, TEXT, Context, cleaned, plain_text

__all__ = ["read_boolean", "read_code"]

_BOOLEANS = {
    "是": True,
    "有": True,
    "1": True,
    "y": True,
    "yes": True,
    "true": True,
    "否": False,
    "没有": False,
    "0": False,
    "n": False,
    "no": False,
    "false": False,
}


def read_code(column: Column, frame: pl.DataFrame, _context: Context) -> pl.LazyFrame:
    """One of the code list's labels; any other text is an unknown code, never the nearest one."""
    if column.codes is None:  # the contract refuses this; said again for the type checker
        raise AssertionError(column.name)
    lookup = {normalize("NFKC", label): code for label, code in column.codes.by_label.items()}
    lazy = frame.lazy().with_columns(clean=plain_text(TEXT).str.replace_all(r"\s", ""))
    blank = pl.col("clean").is_null() | pl.col("clean").is_in([*NULL_WORDS, *column.codes.ignored])
    value = pl.col("clean").replace_strict(lookup, default=None, return_dtype=pl.String)
    lazy = lazy.with_columns(value=value, blank=blank)
    return lazy.with_columns(reason=pl.when(pl.col("value").is_null()).then(pl.lit("unknown_code")), tidied=NOTHING)


def read_boolean(_column: Column, frame: pl.DataFrame, _context: Context) -> pl.LazyFrame:
    """Yes and no."""
    lazy = cleaned(frame, plain_text(TEXT).str.to_lowercase(), r"^[是否]$")
    value = pl.col("clean").replace_strict(_BOOLEANS, default=None, return_dtype=pl.Boolean)
    lazy = lazy.with_columns(value=value)
    return lazy.with_columns(reason=pl.when(pl.col("value").is_null()).then(pl.lit("bad_boolean")), tidied=NOTHING)
