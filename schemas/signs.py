"""Texts of equal length as a matrix of their bytes, for what is quicker by arithmetic than by patterns.

What belongs here: from Polars to NumPy without a copy of each text, and tables of what two signs together mean.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import polars as pl

__all__ = ["NO_DIGITS", "by_pairs", "two_digits"]

NO_DIGITS = 1 << 12
"""What `two_digits` says of two signs of which one is no digit; sixteen of it and small numbers fit in 16 bits."""

_PAIRS = 1 << 16
_STRETCH = 1 << 14  # texts
_ZERO = ord("0")


def by_pairs(work: Callable[[Any], Any], text: pl.Series, size: int) -> Any:
    """What `work` makes of texts that have `size` bytes each, an even number.

    It is given the texts in stretches that stay in the processor's cache: a matrix of 16-bit numbers, one column a
    text, row by row every second and following sign, of which the first is the lower byte. What it gives has one
    column a text too.
    """
    import numpy as np  # noqa: PLC0415 - heavy

    signs = text.cast(pl.Binary).bin.reinterpret(dtype=pl.Array(pl.UInt8, size)).to_numpy()
    pairs = signs.reshape(-1, size).view("<u2")
    starts = range(0, max(1, len(pairs)), _STRETCH)
    return np.concatenate([work(np.ascontiguousarray(pairs[each : each + _STRETCH].T)) for each in starts], axis=-1)


@cache
def two_digits(first: int, second: int, *, ten: bool = False) -> Any:
    """By the number of a pair: `first` times its first digit and `second` times its second, or `NO_DIGITS`.

    The second may be an X with the value ten where `ten` says so.
    """
    import numpy as np  # noqa: PLC0415 - heavy

    table = np.full(_PAIRS, NO_DIGITS, dtype=np.uint16)
    seconds = {_ZERO + digit: digit for digit in range(10)} | ({ord("X"): 10} if ten else {})
    for digit in range(10):
        for sign, value in seconds.items():
            table[_ZERO + digit | sign << 8] = first * digit + second * value
    return table
