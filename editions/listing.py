"""The monitoring list: families in scope that are on the register or have a group hit.

What belongs here: putting together what the rules, tiers, classes and scores say, one row a family,
and which members and score reasons are published with it.
"""

from collections.abc import Mapping
from datetime import date

import narwhals as nw
import polars as pl

from editions.hits import as_polars, rule_context
from rules.classes import difficulty_classes
from rules.parameters import ParametersAt
from rules.tiers import tier_of, tier_reasons
from schemas.tables import get_table
from scoring.scorecard import score_reasons, scores

__all__ = ["listed_families", "of_listed", "score_tables"]

_SEPARATOR = ";"


def score_tables(tables: Mapping[str, pl.LazyFrame], as_of: date, parameters: ParametersAt) -> dict[str, pl.LazyFrame]:
    """The tables `scores` and `score_reasons` of all families at as_of."""
    context = rule_context(tables, as_of, parameters)
    reasons = score_reasons(context)
    return {
        "scores": as_polars(scores(context, reasons), "scores"),
        "score_reasons": as_polars(reasons, "score_reasons"),
    }


def listed_families(tables: Mapping[str, pl.LazyFrame], as_of: date, parameters: ParametersAt) -> pl.LazyFrame:
    """The table `list`: one row a listed family.

    A family is `registered` when any living member is on the register, else `extended`; its groups
    are recorded in both layers (domain line 4).
    """
    context = rule_context(tables, as_of, parameters)
    members = tables["members"].filter(pl.col("in_scope"))
    registered = members.filter(pl.col("on_register")).select("family_id", layer=pl.lit("registered")).unique()
    groups = _joined(tables["hits"].select("family_id", "rule_id"), "rule_id", "groups")
    listed = registered.join(groups, on="family_id", how="full", coalesce=True)
    tiers = _tiers(tier_reasons(context).to_native())
    classes = _joined(difficulty_classes(context).to_native(), "class_id", "classes")
    sum_of_points = pl.col("tier_points").fill_null(0)
    rows = (
        listed.join(tables["families"], on="family_id", how="left")
        .join(tiers, on="family_id", how="left")
        .join(classes, on="family_id", how="left")
        .join(tables["scores"].select("family_id", "score"), on="family_id", how="left")
        .with_columns(
            sum_of_points,
            pl.col("layer").fill_null("extended"),
            pl.col("groups", "tier_reasons", "classes").fill_null(""),
            status=pl.lit("listed"),
            proposed_groups=pl.lit(""),
        )
    )
    tiered = nw.from_native(rows).with_columns(tier=tier_of(nw.col("tier_points"), context))
    return as_polars(tiered, "list")


def of_listed(table: str, tables: Mapping[str, pl.LazyFrame]) -> pl.LazyFrame:
    """The rows of `table` that are of listed families, with the table's declared columns."""
    listed = tables["list"].select("family_id")
    return tables[table].join(listed, on="family_id", how="semi").select(get_table(table).schema.names())


def _joined(rows: pl.LazyFrame, column: str, name: str) -> pl.LazyFrame:
    """The distinct values of `column` of each family, sorted, in one text."""
    text = pl.col(column).sort().str.join(_SEPARATOR).alias(name)
    return rows.select("family_id", column).unique().group_by("family_id").agg(text)


def _tiers(reasons: pl.LazyFrame) -> pl.LazyFrame:
    """Per family the sum of points, and the reasons in one text, the heaviest first."""
    told = pl.format("{}={}", "reason", "points")
    return (
        reasons.sort(["points", "reason"], descending=[True, False])
        .group_by("family_id", maintain_order=True)
        .agg(
            pl.col("points").sum().alias("tier_points"),
            told.str.join(_SEPARATOR).alias("tier_reasons"),
        )
    )
