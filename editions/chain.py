"""Whether every listed ground can be followed back to what was delivered or decided.

What belongs here: the pure check of an edition's rows against the deliveries that it names. Finding deliveries and
files stands in `registry.chain`; telling a chain to a reader stands in `registry.explain`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from editions.standing import LISTED
from schemas.tables import SOURCE

__all__ = ["DELIVERIES_SCHEMA", "NO_RECORD", "Chains", "broken_links", "check_chains"]

NO_RECORD = "no_income_record"
"""The one predicate whose evidence is an absence: the required income feeds were delivered and say nothing."""

DELIVERIES_SCHEMA: dict[str, pl.DataType] = {
    "delivery_id": pl.String(),
    "feed": pl.String(),
    "sha256": pl.String(),
    "counted": pl.Boolean(),
}
"""Accepted deliveries; `counted` are those of the input set."""

_HASH = "^[0-9a-f]{64}$"
_ROW = list(SOURCE)
_TOLD = ["family_id", "person_key", "rule_id", "decision_id", *_ROW]
_LINK = [*_TOLD, "basis", "kept"]
_GROUNDLESS = "a listed family without a ground"


@dataclass(frozen=True, slots=True)
class Chains:
    """How many grounds and hits were followed, and how many of them break off where."""

    followed: int
    broken: Mapping[str, int]

    @property
    def complete(self) -> bool:
        """Whether every one leads to its source."""
        return not self.broken


def check_chains(
    tables: Mapping[str, pl.LazyFrame],
    deliveries: pl.LazyFrame,
    rows: pl.LazyFrame,
    *,
    required_feeds: Iterable[str],
    decisions: pl.LazyFrame,
) -> Chains:
    """Follow every standing and every hit of a listed family to a decision, or to a delivered row.

    Args:
        tables: `list`, `standings` and `hits` of the edition.
        deliveries: all accepted deliveries, with `DELIVERIES_SCHEMA`.
        rows: the source columns of every accepted row of the deliveries that count.
        required_feeds: the feeds whose silence is the evidence of `NO_RECORD`.
        decisions: the decisions known to the edition (`decision_id`).

    A ground that facts no longer meet stands until a person confirms its end; its delivery may since have been
    replaced by a correction, and is then looked for among all accepted ones.
    """
    broken = broken_links(tables, deliveries, rows, required_feeds=required_feeds, decisions=decisions)
    counted = broken.filter(pl.col("where") != _GROUNDLESS).group_by("where").len().sort("where")
    found = dict(counted.iter_rows())
    if bare := broken.filter(pl.col("where") == _GROUNDLESS).height:
        found[_GROUNDLESS] = bare
    return Chains(int(_links(tables).select(pl.len()).collect().item()), found)


def broken_links(
    tables: Mapping[str, pl.LazyFrame],
    deliveries: pl.LazyFrame,
    rows: pl.LazyFrame,
    *,
    required_feeds: Iterable[str],
    decisions: pl.LazyFrame,
) -> pl.DataFrame:
    """The grounds and hits of `check_chains` that lead nowhere, and listed families without any.

    Columns: `where` the chain breaks off, `family_id`, `person_key`, `rule_id`, `decision_id` and the source named.
    """
    links = _links(tables).collect().lazy()
    followed = (
        links.join(deliveries.rename({"delivery_id": "source_delivery"}), on="source_delivery", how="left")
        .join(rows.unique().with_columns(delivered=pl.lit(value=True)), on=_ROW, how="left", nulls_equal=True)
        .join(decisions.select("decision_id", decided=pl.lit(value=True)).unique(), on="decision_id", how="left")
    )
    silent = set(required_feeds) <= set(_counted_feeds(deliveries))
    told = followed.select(_breach(silent=silent).alias("where"), *_TOLD).filter(pl.col("where").is_not_null())
    bare = _groundless(tables).select("family_id", where=pl.lit(_GROUNDLESS))
    return pl.concat([told, bare], how="diagonal").sort("where", "family_id", "person_key", "rule_id").collect()


def _links(tables: Mapping[str, pl.LazyFrame]) -> pl.LazyFrame:
    """What is to be followed, one row a standing and one a hit of a listed family."""
    listed = tables["list"].select("family_id")
    kept = (pl.col("status") != LISTED) | pl.col("decision_id").is_not_null()
    standings = tables["standings"].with_columns(kept=kept, rule_id="ground")
    hits = tables["hits"].join(listed, on="family_id", how="semi")
    hits = hits.with_columns(kept=pl.lit(value=False), decision_id=pl.lit(None, pl.String))
    return pl.concat([each.select(_LINK) for each in (standings, hits)])


def _counted_feeds(deliveries: pl.LazyFrame) -> list[str]:
    return deliveries.filter("counted").select(pl.col("feed").unique()).collect()["feed"].to_list()


def _breach(*, silent: bool) -> pl.Expr:
    """Where a chain breaks off; null for a complete one."""
    unsourced = pl.col("source_delivery").is_null()
    absence = (pl.col("basis") == NO_RECORD).fill_null(value=False)
    return (
        pl.when(unsourced & pl.col("decision_id").is_not_null())
        .then(pl.when(pl.col("decided").is_null()).then(pl.lit("a decision that is not recorded")))
        .when(unsourced & absence)
        .then(None if silent else pl.lit("an absence without the feeds that would show a record"))
        .when(unsourced)
        .then(pl.lit("evidence without a source"))
        .when(pl.col("feed").is_null() | (pl.col("feed") != pl.col("source_feed")))
        .then(pl.lit("a delivery that was never accepted"))
        .when(~pl.col("sha256").str.contains(_HASH))
        .then(pl.lit("a delivery whose raw file is not known"))
        .when(~pl.col("counted") & ~pl.col("kept"))
        .then(pl.lit("a delivery outside the input set"))
        .when(pl.col("counted") & pl.col("delivered").is_null())
        .then(pl.lit("a row that its delivery does not have"))
    )


def _groundless(tables: Mapping[str, pl.LazyFrame]) -> pl.LazyFrame:
    return tables["list"].join(tables["standings"], on="family_id", how="anti")
