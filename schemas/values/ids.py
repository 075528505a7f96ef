"""Cells that hold identity numbers; their arithmetic stands in `schemas.identifiers`."""

import polars as pl

from schemas.columns import Column
from schemas.identifiers import id_problem_expr, tidy_id_expr, upgraded_id_expr
from schemas.values.cells import NOTHING, TEXT, Context, cleaned, damaged

__all__ = ["read_id"]

_PLAIN_ID = r"^[0-9]{17}[0-9X]$"
_FEW = 3
_MANY_ZEROS = 0.1  # of the numbers of a file


def read_id(_column: Column, frame: pl.DataFrame, context: Context) -> pl.LazyFrame:
    """GB 11643 numbers: tidied, 15 digits brought to 18, and checked."""
    lazy = cleaned(frame, tidy_id_expr(TEXT), _PLAIN_ID)
    dirty = not frame["text"].str.contains(_PLAIN_ID).all()
    lazy = lazy.with_columns(value=upgraded_id_expr(pl.col("clean")) if dirty else pl.col("clean"))
    lazy = lazy.with_columns(reason=id_problem_expr(pl.col("value"), today=context.today))
    lazy = _zeroed(damaged(lazy, frame), frame)
    tidied = (
        pl.when(pl.col("reason").is_not_null() | pl.col("blank"))
        .then(NOTHING)
        .when(pl.col("clean") != pl.col("value"))
        .then(pl.lit("id_15_to_18"))
        .when(pl.col("clean") != TEXT)
        .then(pl.lit("id_tidied"))
    )
    return lazy.with_columns(tidied=tidied)


def _zeroed(lazy: pl.LazyFrame, frame: pl.DataFrame) -> pl.LazyFrame:
    """Refuse numbers that end in 000 where too many do: a spreadsheet has rounded them and written them out.

    One number in a thousand ends like this by birth, and one rounded number in eleven has a fitting check digit.
    """
    zeros = frame["text"].str.contains(r"^[0-9]{15}000$")
    count = int(zeros.sum())
    if count < _FEW or count < frame.height * _MANY_ZEROS:
        return lazy
    rounded = pl.col("clean").str.ends_with("000")
    return lazy.with_columns(reason=pl.when(rounded).then(pl.lit("excel_number")).otherwise(pl.col("reason")))
