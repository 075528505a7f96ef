"""The tasks of an edition: the open questions of a family, merged into one visit.

What belongs here: which warnings make one task. Needs make the visit of a family; what is to be verified makes a task
of the desk, apart from it, so that a visitor's work tells nothing of a suspicion: not by its number, day or order.
"""

from collections.abc import Mapping
from datetime import date

import polars as pl

from editions.warnings import warning_ids
from rules.parameters import ParametersAt
from schemas.tables import get_table

__all__ = ["AUDIENCES", "edition_tasks"]

AUDIENCES = ("need", "verify")
"""Kinds of warnings that make tasks: of a visitor, and of the desk."""

_SEPARATOR = ";"
_FIELD = "\x1f"


def edition_tasks(tables: Mapping[str, pl.LazyFrame], _as_of: date, _parameters: ParametersAt) -> pl.LazyFrame:
    """The table `tasks`, one row a family and audience.

    The place is that of the family, and of a person without family that of the person. The urgency is the family's
    tier. The earliest day of its questions counts for the task.
    """
    asked = tables["warnings"].filter(pl.col("kind").is_in(AUDIENCES)).rename({"kind": "audience"})
    merged = asked.group_by("family_id", "audience").agg(
        pl.len().cast(pl.Int64).alias("warnings"),
        pl.col("rule_id").unique().sort().str.join(_SEPARATOR).alias("rules"),
        pl.col("raised_on").min(),
        pl.col("due_on").min(),
        pl.col("street_code").sort_by("warning_id", "street_code").first().alias("street_told"),
        pl.col("community_code").sort_by("warning_id", "community_code").first().alias("community_told"),
    )
    placed = merged.join(
        tables["families"].select("family_id", "street_code", "community_code"), on="family_id", how="left"
    )
    listed = tables["list"].select("family_id", urgency="tier")
    task_id = pl.concat_str("family_id", "audience", separator=_FIELD).map_batches(
        warning_ids, return_dtype=pl.String, is_elementwise=True
    )
    return (
        placed.join(listed, on="family_id", how="left")
        .with_columns(
            task_id=task_id,
            urgency=pl.col("urgency").fill_null("none"),
            street_code=pl.coalesce("street_code", "street_told"),
            community_code=pl.coalesce("community_code", "community_told"),
        )
        .select(get_table("tasks").schema.names())
    )
