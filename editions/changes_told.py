"""What stands behind each change: the ground, its reason and manner, the version of its parameters, the evidence.

What belongs here: joining the changes of an edition with its standings and exits. Which changes there are stands in
`editions.changes`.
"""

import polars as pl

from schemas.tables import SOURCE

__all__ = ["TOLD", "with_told"]

TOLD: dict[str, pl.DataType] = {
    "ground": pl.String(),
    "parameters_version": pl.String(),
    "evidence_key": pl.String(),
    "decision_id": pl.String(),
    **{name: column.dtype for name, column in SOURCE.items()},
}
"""Columns that this module fills."""

_JOINED, _VERIFIED = "family_joined", "verified_inclusion"
_ROW = ["family_id", "ground", "reason", "manner", "evidence_on", *[name for name in TOLD if name != "ground"]]


def with_told(rows: pl.DataFrame, standings: pl.DataFrame, exits: pl.DataFrame) -> pl.DataFrame:
    """`rows` (of `CHANGE_SCHEMA`) with what `standings` and `exits` of the later edition say about each.

    A row about a group is told by that ground, one about the family by the one that weighs most: what a person has
    confirmed, then the latest fact.
    """
    stands = standings.with_columns(manner=pl.when(pl.col("ground") == _VERIFIED).then(pl.lit("confirmed")))
    left = (pl.col("change") == "left") & (pl.col("reason") != _JOINED)
    former = pl.coalesce("previous_family_id", "family_id")  # exits name the family that was left
    parts = [
        _joined(rows.filter(left).with_columns(at=former), exits.select(_ROW), overrule=True),
        _joined(rows.filter(pl.col("change") == "proposed"), _proposed(stands), overrule=True),
        _joined(rows.filter(~left & (pl.col("change") != "proposed")), stands.select(_ROW), overrule=False),
    ]
    gone = (pl.col("change") == "left") & (pl.col("manner") == "proposed")  # a person did, in a month between the two
    manner = pl.when(gone).then(pl.lit("confirmed")).otherwise("manner").alias("manner")
    return pl.concat(parts).select(rows.columns).with_columns(manner)


def _proposed(stands: pl.DataFrame) -> pl.DataFrame:
    return stands.filter(pl.col("status") == "proposed_exit").with_columns(manner=pl.lit("proposed")).select(_ROW)


def _joined(rows: pl.DataFrame, told: pl.DataFrame, *, overrule: bool) -> pl.DataFrame:
    """`rows` with the weightiest of `told`; `overrule` lets it say reason and manner, too."""
    ranked = told.sort(
        ["manner", "evidence_on", "ground", "evidence_key"], descending=[True, True, False, False], nulls_last=True
    )
    group = pl.col("scope") == "group"
    rows = rows if "at" in rows.columns else rows.with_columns(at="family_id")
    ranked = ranked.rename({"family_id": "at"})
    by_group = ranked.unique(["at", "ground"], keep="first", maintain_order=True).with_columns(rule_id="ground")
    by_family = ranked.unique("at", keep="first", maintain_order=True)
    found = [
        rows.filter(group).join(by_group, on=["at", "rule_id"], how="left", suffix="_told"),
        rows.filter(~group).join(by_family, on="at", how="left", suffix="_told"),
    ]
    said = ["reason", "manner"] if overrule else ["manner"]
    filled = [pl.coalesce(f"{name}_told", name).alias(name) for name in (*said, *TOLD)]
    return pl.concat([each.with_columns(*filled, evidence_on=_day()).select(rows.columns) for each in found])


def _day() -> pl.Expr:
    return pl.coalesce("evidence_on", "evidence_on_told")
