"""Counts of an edition, made once when it is written.

What belongs here: the rows of `edition_aggregate`; what they mean stands with that model.
"""

from collections.abc import Mapping

import polars as pl

__all__ = ["aggregates"]

_KEY = ("measure", "topic", "part", "street_code", "community_code", "tier")


def aggregates(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Families and members a group, layer, street, community and tier; warnings a rule, kind, street and community."""
    listed = tables["list"].select(
        "members",
        "street_code",
        "community_code",
        "tier",
        part=pl.col("layer"),
        topic=pl.col("groups").fill_null("").str.split(";"),
    )
    every = listed.with_columns(topic=pl.lit(""))
    grouped = listed.explode("topic").filter(pl.col("topic").fill_null("") != "")
    families = pl.concat([every, grouped.select(every.columns)])
    warned = tables["warnings"].select(
        "street_code", "community_code", tier=pl.lit(""), part=pl.col("kind"), topic=pl.col("rule_id")
    )
    return pl.concat(
        [
            _counted(families, "families", pl.len()),
            _counted(families, "members", pl.col("members").sum()),
            _counted(warned, "warnings", pl.len()),
        ]
    )


def _counted(rows: pl.DataFrame, measure: str, amount: pl.Expr) -> pl.DataFrame:
    return (
        rows.with_columns(
            pl.lit(measure).alias("measure"),
            pl.col("street_code", "community_code", "tier", "topic", "part").fill_null(""),
        )
        .group_by(_KEY)
        .agg(amount.cast(pl.Int64).alias("amount"))
        .sort(_KEY)
    )
