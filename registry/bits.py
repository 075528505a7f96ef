"""Sets of rows as bits: one bit a row, so that a million rows are an eighth of a megabyte, and two sets meet at once.

What belongs here: making such a set, counting it, and finding the places of its members by their number.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Bits", "Places", "count_of", "packed", "places_of"]

Bits: TypeAlias = NDArray[np.uint64]
"""Sixty-four rows a word; the first row is the lowest bit of the first word, and bits beyond the last row are unset."""

Places: TypeAlias = NDArray[np.int32]
"""Places of rows, counted from 0."""

_WORD = 64


def packed(marks: NDArray[np.bool_]) -> Bits:
    """The rows that are marked."""
    whole = np.zeros(-(-len(marks) // _WORD) * (_WORD // 8), dtype=np.uint8)
    bits = np.packbits(marks, bitorder="little")
    whole[: len(bits)] = bits
    return whole.view("<u8")


def count_of(bits: Bits) -> int:
    """How many rows are in the set."""
    return int(np.bitwise_count(bits).sum(dtype=np.int64))


def places_of(bits: Bits, offset: int, limit: int) -> Places:
    """The places of `limit` rows of the set after the first `offset` of them, as far as there are any."""
    upto = np.bitwise_count(bits).cumsum(dtype=np.int64)
    first = int(np.searchsorted(upto, offset, side="right"))
    last = int(np.searchsorted(upto, offset + limit, side="left")) + 1
    holding = first + np.flatnonzero(bits[first:last])  # words that hold none cost nothing more
    rows = np.unpackbits(bits[holding].view(np.uint8), bitorder="little").reshape(-1, _WORD)
    words, places = np.nonzero(rows)
    skipped = offset - (int(upto[first - 1]) if first else 0)
    found = holding[words] * _WORD + places
    return found[skipped : skipped + limit].astype(np.int32)
