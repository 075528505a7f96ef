"""The register of assistance: merged spells, and who is on it at `as_of` (domain lines 1 and 2)."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from linkage.frames import FOREVER
from linkage.persons import spell_ends
from rules.parameters import ParametersAt
from schemas.tables import STAGES

__all__ = ["register_spells"]

_TABLE = STAGES["register_spells"]
_BY_START = ["started_on", "ended_on"]


def register_spells(tables: Mapping[str, pl.LazyFrame], as_of: date, parameters: ParametersAt) -> pl.LazyFrame:
    """The table `register_spells`: spells over all programmes, merged where one continues the other.

    A spell continues those before when it starts no later than `register.merge_gap_days` after their
    latest end. The source is that of the spell that ends last.
    """
    gap = pl.duration(days=parameters.integer("register.merge_gap_days"))
    effective = spell_ends(tables["spells"], parameters.integer("register.rigid_expense_months"))
    spells = effective.filter(pl.col("started_on") <= as_of).with_columns(pl.col("ended_on").fill_null(FOREVER))
    latest_end = pl.col("ended_on").cum_max().over("person_key", order_by=_BY_START)
    end_before = pl.col("latest_end").shift(1).over("person_key", order_by=_BY_START)
    begins = end_before.is_null() | (pl.col("started_on") > end_before + gap)
    merged = (
        spells.with_columns(latest_end=latest_end)
        .with_columns(begins=begins.cast(pl.Int64))
        .with_columns(island=pl.col("begins").cum_sum().over("person_key", order_by=_BY_START))
        .sort("person_key", "ended_on", "started_on", "source_delivery", "source_row")
        .group_by("person_key", "island")
        .agg(
            pl.col("started_on").min(),
            pl.col("ended_on").max(),
            *(pl.col(name).last() for name in _TABLE.columns if name.startswith("source_")),
        )
    )
    end = pl.col("ended_on")
    return merged.with_columns(on_register=end > as_of, ended_on=pl.when(end < FOREVER).then(end)).select(
        _TABLE.schema.names()
    )
