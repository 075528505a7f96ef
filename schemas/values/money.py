"""Cells that hold amounts of money."""

from collections.abc import Mapping

import polars as pl

from schemas.columns import Column
from schemas.values.cells import TEXT, Context, cleaned, plain_text, restyled

__all__ = ["UNITS", "read_money"]

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
_PLACES = 8  # decimal places of an amount that are read; further ones hardly change a rounded fen
_LARGEST = 10**15  # fen; sums of any number of real rows stay within Int64
_MONEY = rf"^(?<sign>[+-]?)(?<whole>[0-9]{{0,10}})(?:\.(?<fraction>[0-9]*))?(?<unit>{'|'.join(UNITS)})?$"
_PLAIN_MONEY = r"^-?[0-9]{1,10}(\.[0-9]{1,2})?$"


def read_money(_column: Column, frame: pl.DataFrame, context: Context) -> pl.LazyFrame:
    """Amounts in whole fen, computed in integers; finer parts are rounded half away from zero and counted."""
    clean = (
        plain_text(TEXT)
        .str.replace_all(r"[\s,¥']|人民币|RMB|CNY", "")
        .str.replace(r"^\((.*)\)$", "-$1")
        .str.replace_all(r"[−–—]", "-")
    )
    lazy = cleaned(frame, clean, _PLAIN_MONEY)
    lazy = lazy.with_columns(part=pl.col("clean").str.extract_groups(_MONEY)).unnest("part")
    fraction = pl.col("fraction").fill_null("").str.slice(0, _PLACES).str.pad_end(_PLACES, "0")
    exact = pl.col("whole").str.pad_start(1, "0").cast(pl.Int64) * 10**_PLACES + fraction.cast(pl.Int64)
    digits = (pl.col("whole") + pl.col("fraction").fill_null("")).str.len_chars()
    lazy = lazy.with_columns(
        exact=pl.when(digits > 0).then(exact),
        factor=pl.col("unit").replace_strict(UNITS, default=None, return_dtype=pl.Int64).fill_null(context.factor),
    )
    # one factor divides 10**8 or is a multiple of it, so that no step leaves the integers
    divisor = (10**_PLACES // pl.col("factor")).clip(1)
    multiplier = (pl.col("factor") // 10**_PLACES).clip(1)
    units = (pl.col("exact") + divisor // 2) // divisor
    size = pl.when(units <= _LARGEST // multiplier).then(units * multiplier)
    rounded = pl.col("exact") % divisor != 0
    lazy = lazy.with_columns(
        value=pl.when(pl.col("sign") == "-").then(-size).otherwise(size),
        rounded=rounded.fill_null(value=False),
    )
    unreadable, huge = pl.col("exact").is_null(), pl.col("value").is_null()
    reason = pl.when(unreadable).then(pl.lit("bad_money")).when(huge).then(pl.lit("out_of_range"))
    tidied = (
        pl.when(pl.col("rounded")).then(pl.lit("money_rounded")).otherwise(restyled(_PLAIN_MONEY, "money_restyled"))
    )
    return lazy.with_columns(reason=reason, tidied=tidied)
