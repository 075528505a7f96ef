"""Drawing at random within strata, so that anybody can draw the same items again.

What belongs here: sharing a sample out among strata, and the order of chance. It is the order of keyed hashes
(BLAKE2b, the seed as key): equal seeds and items give equal draws on every machine and version, and an item that
joins the population moves no other one.
"""

import re
import secrets
from hashlib import blake2b

import polars as pl

from registry.errors import SamplingError

__all__ = ["ITEM", "STRATUM", "checked_seed", "draw", "new_seed", "shares"]

ITEM, STRATUM = "item", "stratum"

_SEED = re.compile(r"[0-9A-Za-z]{4,32}")
_SEED_BYTES = 8
_ORDER_BYTES = 16


def new_seed() -> str:
    """A seed that nobody chose."""
    return secrets.token_hex(_SEED_BYTES)


def checked_seed(seed: str) -> str:
    """The seed, if it is one that can be written down; raises `SamplingError`."""
    if not _SEED.fullmatch(seed):
        raise SamplingError("a seed is 4 to 32 letters and digits; leave it out, and one is made")
    return seed


def shares(strata: pl.DataFrame, size: int, *, at_least: int) -> pl.DataFrame:
    """How many items each stratum gives: `stratum`, `items`, `share`, `extra`, in the order of `stratum`.

    `strata` has `stratum` and `items`. `share` is proportional to `items`, what is left over going to the largest
    remainders; its sum is `size`. `extra` is what a stratum lacks to `at_least`, or to all its items.
    """
    total = int(strata["items"].sum())
    if not 0 <= size <= total:
        raise SamplingError("%(size)s items cannot be drawn from %(total)s", size=size, total=total)
    exact = pl.col("items") * size
    floored = strata.with_columns(share=exact // max(total, 1), remainder=exact % max(total, 1))
    left = size - int(floored["share"].sum())
    ranked = floored.sort("remainder", STRATUM, descending=[True, False]).with_row_index("place")
    given = ranked.with_columns(share=pl.col("share") + (pl.col("place") < left).cast(pl.Int64))
    lacking = pl.min_horizontal(pl.lit(at_least, pl.Int64), "items") - pl.col("share")
    return given.select(STRATUM, "items", "share", extra=pl.max_horizontal(lacking, pl.lit(0, pl.Int64))).sort(STRATUM)


def draw(population: pl.DataFrame, shared: pl.DataFrame, seed: str) -> pl.DataFrame:
    """The items drawn: `item`, `stratum`, `place` (1 is the first of its stratum), `projected`.

    `population` has one row an `item`, with its `stratum`. Items beyond their stratum's share are not projected.
    Raises `SamplingError` when items are there twice.
    """
    if population[ITEM].n_unique() != population.height:
        raise SamplingError("the population has items twice; each must have the same chance")
    order = pl.Series("order", [_order(seed, each) for each in population[ITEM]], dtype=pl.String)
    placed = (
        population.select(ITEM, STRATUM)
        .with_columns(order)
        .sort(STRATUM, "order", ITEM)
        .with_columns(place=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over(STRATUM))
    )
    drawn = placed.join(shared, on=STRATUM).filter(pl.col("place") <= pl.col("share") + pl.col("extra"))
    return drawn.sort(STRATUM, "place").select(ITEM, STRATUM, "place", projected=pl.col("place") <= pl.col("share"))


def _order(seed: str, item: str) -> str:
    return blake2b(item.encode(), key=seed.encode(), digest_size=_ORDER_BYTES).hexdigest()
