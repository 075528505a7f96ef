"""Cells that hold amounts of money, read to the fen in whole numbers."""

from collections.abc import Mapping

import polars as pl

from schemas.columns import Column
from schemas.values.cells import (
    NOTHING,
    TEXT,
    Context,
    Reader,
    Step,
    also,
    counted,
    first_of,
    matching,
    tidied,
    trimmed,
    widths,
)

__all__ = ["MONEY", "UNITS"]

UNITS: Mapping[str, int] = {
    "分": 1,
    "角": 10,
    "元": 100,
    "圆": 100,
    "百元": 10_000,
    "千": 100_000,
    "千元": 100_000,
    "万": 1_000_000,
    "万元": 1_000_000,
    "亿": 10_000_000_000,
    "亿元": 10_000_000_000,
}  # units of money in fen
_CENTS = 100
_PLACES = 8  # decimal places of an amount that are read
_HALF = 5  # of the ninth decimal
_LARGEST = 10**15  # fen; sums of any number of real rows stay within Int64
_MONEY = rf"^(?<sign>[+-]?)(?<whole>[0-9]{{0,10}})(?:\.(?<fraction>[0-9]*))?(?<unit>{'|'.join(UNITS)})?$"
_PLAIN = r"^(?:-?[1-9][0-9]{0,9}(?:\.[0-9]{1,2})?|0(?:\.[0-9]{1,2})?|-0\.(?:[1-9][0-9]?|0[1-9]))$"
_GROUPED = r"^[1-9][0-9]{0,2}(?:,[0-9]{3}){1,2}(?:\.[0-9]{1,2})?$"  # plain but for its separators
_NOISE = (
    r"\.[0-9]*(0{6,}|9{6,})[0-9]{0,3}$"  # what binary fractions leave behind: 0.30000000000000004, 1.1499999999999999
)
_WORDS = r"[零壹贰貳叁參肆伍陆陸柒捌玖拾佰仟萬]|^[一二三四五六七八九十百千万亿]+[元圆]"

_STEPS: tuple[Step, ...] = (
    ("money_width", lambda text: trimmed(widths(text))),
    ("money_currency", lambda text: text.str.replace(r"^\s*(?:人民币|RMB|CNY|¥)\s*:?", "").str.replace(r"[整正]$", "")),
    (
        "money_sign",
        lambda text: (
            text.str.strip_chars()
            .str.replace(r"^(?:红字|\(红字\)):?\s*([0-9.,]+元?)$", "-$1")
            .str.replace(r"^([0-9.,]+元?)\s*\(红字\)$", "-$1")
            .str.replace(r"^\(\s*¥?([0-9.,]+元?)\s*\)$", "-$1")
            .str.replace(r"^[−–—﹣－]", "-")
            .str.replace(r"^([0-9.,]+)-$", "-$1")
            .str.replace(r"^([+-])\s*¥?\s*", "$1")
        ),
    ),
    (
        "money_grouping",
        lambda text: (
            pl.when(text.str.contains(r"^[+-]?[0-9]{1,3}([, ][0-9]{3})+(\.[0-9]*)?\D{0,2}$"))
            .then(text.str.replace_all(r"[, ]", ""))
            .when(text.str.contains(r"^[+-]?[0-9]{1,4}(,[0-9]{4})+(\.[0-9]*)?\D{0,2}$"))
            .then(text.str.replace_all(",", ""))
            .otherwise(text.str.replace(r"^([+-]?[0-9.]+)\s+(\D{1,2})$", "$1$2"))
        ),
    ),
)

_UNSIGNED = r"^[0-9.,元万¥ ]+$"  # nothing to be made half-width, no sign
_UNSIGNED_STEPS: tuple[Step, ...] = (
    ("money_width", lambda text: text.str.strip_chars(" ")),
    _STEPS[1],
    ("money_sign", lambda text: text.str.strip_chars(" ")),
    _STEPS[3],
)  # what is left of the steps for such texts


def _quick(_column: Column, context: Context) -> tuple[pl.Expr, pl.Expr]:
    """Ten digits and two decimals are exact in a float to far less than a fen."""
    cents = (TEXT.cast(pl.Float64, strict=False) * _CENTS).round().cast(pl.Int64, strict=False)
    if context.factor > _CENTS:
        times = context.factor // _CENTS
        huge = cents.abs() > _LARGEST // times
        return pl.when(~huge).then(cents) * times, first_of((huge, "out_of_range"))
    if context.factor == _CENTS:
        return cents, NOTHING
    parts = _CENTS // context.factor
    return cents // parts, first_of((cents % parts != 0, "money_too_fine"))


def _slow(column: Column, frame: pl.DataFrame, context: Context) -> pl.LazyFrame:
    """Amounts in whole fen; what computers leave of binary fractions is rounded, real parts of a fen are refused."""
    grouped = frame["text"].str.contains(_GROUPED)
    rest = frame.filter(~grouped)
    unsigned = rest["text"].str.contains(_UNSIGNED)
    easy, others = rest.filter(unsigned), rest.filter(~unsigned)
    parts = [_grouped(column, frame.filter(grouped), context)]
    parts += [
        _amounts(tidied(each, steps), context)
        for each, steps in ((easy, _UNSIGNED_STEPS), (others, _STEPS))
        if each.height
    ]
    return pl.concat(each.select(*frame.columns, "value", "reason", "blank", "failed", "tidied") for each in parts)


def _grouped(column: Column, frame: pl.DataFrame, context: Context) -> pl.LazyFrame:
    """What plain amounts with separators say: as without them, and each is counted."""
    bare = frame.lazy().with_columns(sent=TEXT, text=TEXT.str.replace_all(",", "", literal=True))
    value, reason = _quick(column, context)
    read = bare.with_columns(value=value, reason=reason, blank=pl.lit(value=False), failed=pl.lit(value=False))
    return read.with_columns(text="sent", tidied=pl.lit("money_grouping"))


def _amounts(lazy: pl.LazyFrame, context: Context) -> pl.LazyFrame:
    """What the `clean` texts say."""
    clean = pl.col("clean")
    lazy = lazy.with_columns(part=clean.str.extract_groups(_MONEY)).unnest("part")
    fraction = pl.col("fraction").fill_null("")
    noisy = clean.str.contains(_NOISE)
    digits = (pl.col("whole") + fraction).str.len_chars()
    factor = pl.col("unit").replace_strict(UNITS, default=None, return_dtype=pl.Int64).fill_null(context.factor)
    exact = pl.col("whole").str.pad_start(1, "0").cast(pl.Int64) * 10**_PLACES + _rounded(fraction)
    lazy = lazy.with_columns(exact=pl.when(digits > 0).then(exact), factor=factor)
    # one factor divides 10**8 or is a multiple of it, so that no step leaves the integers
    divisor = (10**_PLACES // pl.col("factor")).clip(1)
    multiplier = (pl.col("factor") // 10**_PLACES).clip(1)
    units = (pl.col("exact") + divisor // 2) // divisor
    lazy = lazy.with_columns(
        size=pl.when(units <= _LARGEST // multiplier).then(units * multiplier),
        finer=(pl.col("exact") % divisor != 0) | (fraction.str.slice(_PLACES).str.contains("[1-9]") & ~noisy),
    )
    value = pl.when(pl.col("sign") == "-").then(-pl.col("size")).otherwise("size")
    reason = first_of(
        (pl.col("exact").is_null() & clean.str.contains(_WORDS), "money_in_words"),
        (pl.col("exact").is_null(), "bad_money"),
        (pl.col("size").is_null(), "out_of_range"),
        (pl.col("finer"), "money_too_fine"),
    )
    return also(
        lazy.with_columns(value=value, reason=reason),
        counted(pl.col("unit").is_not_null(), "money_unit"),
        counted(noisy, "money_float"),
        counted(pl.col("unit").is_null() & ~noisy & ~clean.str.contains(_PLAIN), "money_restyled"),
    )


def _rounded(fraction: pl.Expr) -> pl.Expr:
    """The first eight decimals as a whole number, rounded by the ninth."""
    nine = fraction.str.pad_end(_PLACES + 1, "0").str.slice(0, _PLACES + 1).cast(pl.Int64)
    return (nine + _HALF) // 10


MONEY = Reader(matching(_PLAIN, _quick), _slow)
