"""Cells that hold whole numbers, such as grades and areas."""

import polars as pl

from schemas.columns import Column
from schemas.values.cells import TEXT, Context, Reader, Step, also, counted, first_of, matching, tidied, trimmed, widths

__all__ = ["INTEGER"]

_SPOKEN = {
    **dict(zip("一二三四五六七八九十", range(1, 11), strict=True)),
    **dict(zip("壹贰叁肆", range(1, 5), strict=True)),
    **dict(zip(("I", "II", "III", "IV"), range(1, 5), strict=True)),
}
_PLAIN = r"^(0|[1-9][0-9]{0,8})$"
_STEPS: tuple[Step, ...] = (
    ("integer_width", lambda text: trimmed(widths(text))),
    ("integer_unit", lambda text: text.str.replace_all(r"\s", "").str.replace(r"(级|平方米|平米|㎡|m2|人|个|户)$", "")),
    (
        "integer_grouping",
        lambda text: (
            pl.when(text.str.contains(r"^[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?$"))
            .then(text.str.replace_all(",", ""))
            .otherwise(text)
        ),
    ),
)


def _quick(_column: Column, _context: Context) -> tuple[pl.Expr, pl.Expr]:
    return TEXT.cast(pl.Int64, strict=False), pl.lit(None, dtype=pl.String)


def _slow(column: Column, frame: pl.DataFrame, _context: Context) -> pl.LazyFrame:
    """Whole numbers, with grades as departments write them (一级, 1级); areas are rounded to whole metres."""
    lazy = tidied(frame, _STEPS)
    clean = pl.col("clean")
    spoken = clean.replace_strict(_SPOKEN, default=None, return_dtype=pl.Int64)
    whole = clean.str.extract(r"^([+-]?[0-9]{1,12})(?:\.0*)?$").cast(pl.Int64, strict=False)
    value = pl.coalesce(whole, spoken)
    decimal = clean.str.extract(r"^([0-9]{1,9}\.[0-9]+)$")
    if column.name.endswith("_m2"):
        exact = decimal.str.slice(0, 16).cast(pl.Decimal(20, 4), strict=False)
        value = pl.coalesce(value, (exact + 0.5).floor().cast(pl.Int64))
    lazy = lazy.with_columns(value=value, whole=whole)
    lazy = lazy.with_columns(reason=first_of((pl.col("value").is_null(), "bad_integer")))
    return also(
        lazy,
        counted(pl.col("whole").is_null() & decimal.is_not_null(), "area_rounded"),
        counted(decimal.is_null() & ~clean.str.contains(r"^-?(0|[1-9][0-9]*)$"), "integer_restyled"),
        counted(pl.col("whole").is_not_null() & decimal.is_not_null(), "integer_restyled"),
    )


INTEGER = Reader(matching(_PLAIN, _quick), _slow)
