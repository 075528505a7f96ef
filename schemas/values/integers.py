"""Cells that hold whole numbers, such as grades and areas."""

import polars as pl

from schemas.columns import Column
from schemas.values.cells import TEXT, Context, cleaned, plain_text, restyled

__all__ = ["read_integer"]

_SPOKEN = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}


def read_integer(column: Column, frame: pl.DataFrame, _context: Context) -> pl.LazyFrame:
    """Whole numbers, with grades as departments write them (一级, 1级); areas are rounded to whole metres."""
    clean = plain_text(TEXT).str.replace_all(r"[\s,]", "").str.replace(r"(级|平方米|平米|m2|人|个|户)$", "")
    lazy = cleaned(frame, clean, r"^[0-9]{1,9}$")
    spoken = pl.col("clean").replace_strict(_SPOKEN, default=None, return_dtype=pl.Int64)
    whole = pl.col("clean").str.extract(r"^([+-]?[0-9]{1,12})(?:\.0*)?$").cast(pl.Int64, strict=False)
    lazy = lazy.with_columns(value=pl.coalesce(whole, spoken))
    if column.name.endswith("_m2"):
        decimal = pl.col("clean").str.extract(r"^([0-9]{1,9}\.[0-9]+)$").cast(pl.Decimal(20, 4), strict=False)
        lazy = lazy.with_columns(value=pl.coalesce("value", (decimal + 0.5).floor().cast(pl.Int64)))
    reason = pl.when(pl.col("value").is_null()).then(pl.lit("bad_integer"))
    return lazy.with_columns(reason=reason, tidied=restyled(r"^-?[0-9]+$", "integer_restyled"))
