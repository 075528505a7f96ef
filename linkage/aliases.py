"""Corrected identity numbers: which key a person is known by now (domain line 15).

What belongs here: following corrections from old to new, and replacing old keys in any frame.
"""

from collections.abc import Iterable

import polars as pl

from linkage.frames import settled

__all__ = ["current_keys", "replace_keys"]

_DOUBLINGS = 4  # each doubles the length of chain that is followed: sixteen corrections of one person


def current_keys(aliases: pl.LazyFrame) -> pl.LazyFrame:
    """One row an old key: `old_key`, and as `person_key` the key that the chain of corrections ends with.

    Of several corrections of one key the latest holds (then the larger new key); a correction that a
    later one takes back is dropped. The frame is settled: every table of an edition is joined with it.
    """
    latest = settled(
        aliases.filter(pl.col("old_key") != pl.col("person_key"))
        .sort("old_key", "corrected_on", "person_key")
        .unique("old_key", keep="last", maintain_order=True)
        .select("old_key", "person_key", "corrected_on")
    )
    taken_back = latest.join(
        latest, left_on=["old_key", "person_key"], right_on=["person_key", "old_key"], suffix="_back"
    ).filter(
        (pl.col("corrected_on_back") > pl.col("corrected_on"))
        | ((pl.col("corrected_on_back") == pl.col("corrected_on")) & (pl.col("old_key") > pl.col("person_key")))
    )
    chain = latest.join(taken_back, on="old_key", how="anti").select("old_key", "person_key")
    for _ in range(_DOUBLINGS):
        step = chain.select(pl.col("old_key").alias("person_key"), pl.col("person_key").alias("next_key"))
        chain = chain.join(step, on="person_key", how="left").select(
            "old_key", pl.coalesce("next_key", "person_key").alias("person_key")
        )
    return settled(chain)


def replace_keys(frame: pl.LazyFrame, columns: Iterable[str], current: pl.LazyFrame) -> pl.LazyFrame:
    """`frame` with the key columns `columns` brought to the keys of `current` (see `current_keys`)."""
    order = frame.collect_schema().names()
    for column in columns:
        step = current.select(pl.col("old_key").alias(column), pl.col("person_key").alias("__current"))
        frame = (
            frame.join(step, on=column, how="left", maintain_order="left")
            .with_columns(pl.coalesce("__current", column).alias(column))
            .select(order)
        )
    return frame
