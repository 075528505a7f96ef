"""Cells that hold identity numbers; their arithmetic stands in `schemas.identifiers`."""

import polars as pl

from schemas.columns import Column
from schemas.id_bytes import shaped_problems
from schemas.identifiers import ID_STEPS, id_problem_expr, upgraded_id_expr
from schemas.values.cells import TEXT, Context, Quick, Reader, also, counted, first_of, tidied

__all__ = ["ID", "too_many_zeros", "zero_ended"]

_FEW = 3
_MANY_ZEROS = 0.1  # of the numbers of a file
_LENGTH = 18
_EXACT_DIGITS = 15  # as many digits of a number as a spreadsheet keeps


def zero_ended(numbers: pl.Series) -> int:
    """How many cells have 18 characters of which the last are 000."""
    return int((numbers.str.ends_with("000") & (numbers.str.len_bytes() == _LENGTH)).sum())


def too_many_zeros(zeros: int, records: int) -> bool:
    """Whether so many numbers end in 000 that a spreadsheet must have rounded them before writing them out.

    One number in a thousand ends like this by birth, and one rounded number in eleven has a fitting check digit.
    """
    return zeros >= _FEW and zeros >= records * _MANY_ZEROS


def _quick(_column: Column, text: pl.Series, context: Context) -> Quick:
    plain, problem = shaped_problems(text, today=context.today)
    if context.zeroed:
        rounded = first_of((pl.col("text").str.ends_with("000"), "excel_number"))
        problem = pl.DataFrame({"text": text, "problem": problem}).select(pl.coalesce(rounded, "problem")).to_series()
    return Quick(plain, text, problem)


def _slow(_column: Column, frame: pl.DataFrame, context: Context) -> pl.LazyFrame:
    """GB 11643 numbers: tidied, 15 digits brought to 18, and checked."""
    lazy = tidied(frame, ID_STEPS)
    clean = pl.col("clean")
    lazy = lazy.with_columns(value=upgraded_id_expr(clean))
    rounded = TEXT.str.contains(r"^\s*[+-]?[0-9](\.[0-9]+)?[eE]\+?[0-9]+\s*$|^[0-9]{14,18}\.[0-9]*$")
    if "numeric" in frame.columns:
        rounded = rounded | (pl.col("numeric") & (clean.str.len_chars() > _EXACT_DIGITS))
    if context.zeroed:
        rounded = rounded | clean.str.ends_with("000")
    problem = id_problem_expr(pl.col("value"), today=context.today)
    lazy = lazy.with_columns(reason=pl.coalesce(first_of((rounded, "excel_number")), problem))
    return also(lazy, counted(pl.col("value") != clean, "id_15_to_18"))


ID = Reader(_quick, _slow)
