"""The monitoring list: families on which a ground stands.

What belongs here: putting together what the rules, tiers, classes and scores say, one row a family,
and which members and score reasons are published with it.
"""

from collections.abc import Mapping
from datetime import date

import narwhals as nw
import polars as pl

from editions.grounds import REGISTER
from editions.hits import as_polars, rule_context
from editions.stage import MATURED_TABLE
from editions.standing import GRACE, LISTED, PROPOSED
from rules.classes import difficulty_classes
from rules.parameters import ParametersAt
from rules.tiers import tier_of, tier_reasons
from schemas.tables import get_table
from scoring.calibration import CalibrationLimits, calibration
from scoring.drift import DriftLimits
from scoring.features import model_table
from scoring.guard import drift_of, guarded
from scoring.model import NeedModel, scores
from scoring.scorecard import scorecard

__all__ = ["features", "listed_families", "of_listed", "score_tables", "shadow_scores"]

_SEPARATOR = ";"


def features(tables: Mapping[str, pl.LazyFrame], as_of: date, parameters: ParametersAt) -> pl.LazyFrame:
    """The table `features` of all families at as_of."""
    return as_polars(model_table(rule_context(tables, as_of, parameters)), "features")


def score_tables(
    tables: Mapping[str, pl.LazyFrame], parameters: ParametersAt, model: NeedModel | None = None
) -> dict[str, pl.LazyFrame]:
    """The tables `scores`, `score_reasons`, `score_drift` and `score_calibration` of all families at as_of.

    The model scores; the scorecard where there is none, where the families have drifted from those of its training, or
    where its chances for the families of a year ago (`matured`) did not come true. Training leaves out families on the
    register, and so do both comparisons.
    """
    registered = tables["members"].filter("on_register").select("family_id")
    alike = tables["features"].join(registered, on="family_id", how="anti")
    drifted = drift_of(alike, model, DriftLimits.of(parameters))
    came_true = calibration(tables[MATURED_TABLE], CalibrationLimits.of(parameters))
    scored, reasons = guarded(tables["features"], model, scorecard(parameters), drifted, came_true)
    return {
        "scores": scored.select(get_table("scores").schema.names()),
        "score_reasons": reasons.select(get_table("score_reasons").schema.names()),
        "score_drift": drifted,
        "score_calibration": came_true,
    }


def shadow_scores(tables: Mapping[str, pl.LazyFrame], model: NeedModel | None) -> pl.LazyFrame:
    """The table `shadow_scores`: what a model on trial would have said; nothing reads it."""
    current = tables["scores"].select("family_id", current_score="score")
    known = tables["features"]
    if model is None:
        return get_table("shadow_scores").empty()
    found = as_polars(scores(nw.from_native(known), model), "scores")
    return found.join(current, on="family_id").select(get_table("shadow_scores").schema.names())


def listed_families(tables: Mapping[str, pl.LazyFrame], as_of: date, parameters: ParametersAt) -> pl.LazyFrame:
    """The table `list`: one row a family on which a ground stands.

    A family is `registered` when it stands on the register, else `extended`; its groups are told in both layers (domain
    line 4). Tiers weigh the groups that stand. A family that is no more, and on which something stands all the same, is
    told as it was in the month before; it has no score, for nothing of this month could be its reasons.
    """
    standings = tables["standings"]
    context = rule_context({**tables, "hits": _as_hits(standings)}, as_of, parameters)
    tiers = _tiers(tier_reasons(context).to_native())
    classes = _joined(difficulty_classes(rule_context(tables, as_of, parameters)).to_native(), "class_id", "classes")
    present = tables["families"].select("family_id", present=pl.lit(value=True))
    listed = _stands(standings).join(present, on="family_id", how="left")
    former = _former(listed.filter(pl.col("present").is_null()), tables)
    rows = (
        listed.join(former.select("family_id"), on="family_id", how="anti")
        .join(tables["families"], on="family_id", how="left")
        .join(tiers, on="family_id", how="left")
        .join(classes, on="family_id", how="left")
        .join(tables["scores"].select("family_id", "score"), on="family_id", how="left")
        .with_columns(pl.col("tier_points").fill_null(0), pl.col("tier_reasons", "classes").fill_null(""))
    )
    tiered = nw.from_native(rows).with_columns(tier=tier_of(nw.col("tier_points"), context))
    return pl.concat([as_polars(tiered, "list"), former])


def _as_hits(standings: pl.LazyFrame) -> pl.LazyFrame:
    """What stands, in the columns by which tiers weigh hits."""
    return standings.select("family_id", "person_key", "basis", rule_id="ground")


def _stands(standings: pl.LazyFrame) -> pl.LazyFrame:
    """Per family its layer, groups, those of them that are only proposed to leave, and its status."""
    of_group = pl.col("ground") != REGISTER
    ground = pl.col("ground")
    held = standings.filter(of_group, pl.col("status") != PROPOSED).select("family_id", "ground").unique()
    proposed = (
        standings.filter(of_group)
        .join(held, on=["family_id", "ground"], how="anti")
        .group_by("family_id")
        .agg(proposed_groups=ground.unique().sort().str.join(_SEPARATOR))
    )
    status = pl.col("status")
    return (
        standings.group_by("family_id")
        .agg(
            layer=pl.when((~of_group).any()).then(pl.lit("registered")).otherwise(pl.lit("extended")),
            groups=ground.filter(of_group).unique().sort().str.join(_SEPARATOR),
            status=pl.when((status == LISTED).any())
            .then(pl.lit(LISTED))
            .when((status == GRACE).any())
            .then(pl.lit(GRACE))
            .otherwise(pl.lit(PROPOSED)),
        )
        .join(proposed, on="family_id", how="left")
        .with_columns(pl.col("groups", "proposed_groups").fill_null(""))
    )


def _former(listed: pl.LazyFrame, tables: Mapping[str, pl.LazyFrame]) -> pl.LazyFrame:
    """Rows of `list` for families that are no more, with what the month before knew of them, but without a score."""
    people = tables["carried"].sort("family_id", "birth_on", "person_key", nulls_last=True)
    carried = people.group_by("family_id").agg(
        members=pl.len().cast(pl.Int64), eldest=pl.col("person_key").first(), people=pl.col("person_key")
    )
    new = ["family_id", "layer", "groups", "status", "proposed_groups"]
    kept = tables["previous_list"].select(pl.exclude(*new[1:], "members"))
    head = pl.when(pl.col("people").list.contains(pl.col("head_key"))).then("head_key").otherwise("eldest")
    rows = listed.select(new).join(kept, on="family_id").join(carried, on="family_id")
    told = rows.with_columns(head_key=head, score=pl.lit(None, pl.Int64))
    return told.select(get_table("list").schema.names())


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
