"""Cells that hold one of a closed set: codes of a code list, yes and no."""

import polars as pl

from schemas.codes import label_key
from schemas.columns import Column
from schemas.values.cells import TEXT, Context, Reader, Step, also, counted, first_of, matching, tidied, trimmed, widths

__all__ = ["BOOLEAN", "CODE"]

_YES = ("是", "有", "1", "y", "yes", "true", "t", "√", "✓", "✔", "对")
_NO = ("否", "没有", "0", "n", "no", "false", "f", "×", "✗", "✘", "不是")
_BOOLEANS = dict.fromkeys(_YES, True) | dict.fromkeys(_NO, False)
_NONE = r"^\b\B$"  # matches no text: every distinct label is looked up

_STEPS: tuple[Step, ...] = (
    ("code_width", widths),
    ("code_spaces", lambda text: trimmed(text).str.replace_all(r"\s", "")),
)
_BOOLEAN_STEPS: tuple[Step, ...] = (("boolean_restyled", lambda text: trimmed(widths(text)).str.to_lowercase()),)


def _nothing(column: Column, _context: Context) -> tuple[pl.Expr, pl.Expr]:
    return pl.lit(None, dtype=column.dtype), pl.lit(None, dtype=pl.String)


def _slow_code(column: Column, frame: pl.DataFrame, _context: Context) -> pl.LazyFrame:
    """One of the code list's labels; any other text is an unknown code, never the nearest one."""
    if column.codes is None:  # the contract refuses this; said again for the type checker
        raise AssertionError(column.name)
    lookup = {label_key(label): code for label, code in column.codes.by_label.items()}
    titles = {label_key(each[0]) for each in column.codes.labels.values()}
    lazy = tidied(frame, _STEPS, *column.codes.ignored)
    key = pl.col("clean").str.to_lowercase()
    value = key.replace_strict(lookup, default=None, return_dtype=pl.String)
    lazy = lazy.with_columns(value=value, blank=pl.col("blank") & value.is_null())
    lazy = lazy.with_columns(reason=first_of((pl.col("value").is_null(), "unknown_code")))
    return also(lazy, counted(~key.is_in(list(titles)), "code_synonym"))


def _slow_boolean(_column: Column, frame: pl.DataFrame, _context: Context) -> pl.LazyFrame:
    """Yes and no."""
    lazy = tidied(frame, _BOOLEAN_STEPS)
    value = pl.col("clean").replace_strict(_BOOLEANS, default=None, return_dtype=pl.Boolean)
    lazy = lazy.with_columns(value=value)
    lazy = lazy.with_columns(reason=first_of((pl.col("value").is_null(), "bad_boolean")))
    unchanged = pl.col("tidied").is_null() & ~TEXT.is_in(["是", "否"])
    return also(lazy, counted(unchanged, "boolean_restyled"))


def _quick_boolean(_column: Column, _context: Context) -> tuple[pl.Expr, pl.Expr]:
    return TEXT == "是", pl.lit(None, dtype=pl.String)


CODE = Reader(matching(_NONE, _nothing), _slow_code)
BOOLEAN = Reader(matching(r"^[是否]$", _quick_boolean), _slow_boolean)
