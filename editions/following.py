"""Following families from one edition to another through their persons: the ids change, the people stay.

What belongs here: which family of a later edition continues which one of an earlier, and both their states side by
side. What changed, and why, is told by `editions.changes`.
"""

from dataclasses import dataclass
from datetime import date

import polars as pl

__all__ = ["LEAVING", "Frames", "Pair", "paired"]

LEAVING = "proposed_exit"
"""The status of a family, or of one of its groups, that is proposed to leave and stays until a person confirms."""

_STATE = ("street_code", "tier", "layer", "status")


@dataclass(frozen=True, kw_only=True)
class Frames:
    """What one edition published: tables of `schemas.tables`, and the deaths and corrected keys that it knows.

    `hits` may hold any rules; only those named in a family's `groups` count. `deaths` has `person_key` and `died_on`,
    `aliases` has `old_key` and `person_key` (current keys). `standings` and `exits` tell of the later edition which
    ground stands behind a change; without them nothing is confirmed.
    """

    as_of: date
    listed: pl.DataFrame
    members: pl.DataFrame
    hits: pl.DataFrame
    deaths: pl.DataFrame
    aliases: pl.DataFrame
    standings: pl.DataFrame | None = None
    exits: pl.DataFrame | None = None


@dataclass(frozen=True)
class Pair:
    """Two editions, and `lineage`: before_id, after_id, one to one."""

    before: Frames
    after: Frames
    lineage: pl.DataFrame

    def states(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Each family of either edition, and each family in one group (`rule_id`).

        `family_id` is null when it is gone, `previous_family_id` when it is new; street, tier, layer and status stand
        as `..._before` and `..._after`, beside `was` and `is_now`.
        """
        families = _side_by_side(_states(self.before), _states(self.after), self.lineage, [])
        groups = _group_states(self.before), _group_states(self.after)
        return families, _side_by_side(*groups, self.lineage, ["rule_id"])


def paired(before: Frames, after: Frames) -> Pair:
    """Both editions under the keys of the later one, and which family continues which."""
    earlier = _with_current_keys(before, after.aliases)
    return Pair(earlier, after, _lineage(earlier, after))


def _with_current_keys(frames: Frames, aliases: pl.DataFrame) -> Frames:
    """The earlier edition with the keys by which its persons are known in the later one."""
    step = aliases.select(pl.col("old_key").alias("person_key"), pl.col("person_key").alias("current"))

    def current(frame: pl.DataFrame) -> pl.DataFrame:
        joined = frame.join(step, on="person_key", how="left", maintain_order="left")
        return joined.with_columns(person_key=pl.coalesce("current", "person_key")).drop("current")

    return Frames(
        as_of=frames.as_of,
        listed=frames.listed,
        members=current(frames.members),
        hits=current(frames.hits),
        deaths=frames.deaths,
        aliases=frames.aliases,
    )


def _lineage(before: Frames, after: Frames) -> pl.DataFrame:
    """Which family continues which, one to one: by its id, else by most persons in common, those with hits first."""
    same = before.listed.join(after.listed, on="family_id", how="semi").select(
        before_id="family_id", after_id="family_id"
    )
    struck = before.hits.select("person_key").unique().with_columns(struck=pl.lit(1))
    old = (
        before.members.join(before.listed, on="family_id", how="semi")
        .join(same, left_on="family_id", right_on="before_id", how="anti")
        .join(struck, on="person_key", how="left")
        .select("person_key", "struck", before_id="family_id")
    )
    new = (
        after.members.join(after.listed, on="family_id", how="semi")
        .join(same, left_on="family_id", right_on="after_id", how="anti")
        .select("person_key", after_id="family_id")
    )
    common = (
        old.join(new, on="person_key")
        .group_by("before_id", "after_id")
        .agg(struck=pl.col("struck").sum(), persons=pl.len())
        .sort(["struck", "persons", "before_id", "after_id"], descending=[True, True, False, False])
    )
    best = common.unique("before_id", keep="first", maintain_order=True)
    chosen = best.unique("after_id", keep="first", maintain_order=True).select("before_id", "after_id")
    return pl.concat([same, chosen])


def _states(frames: Frames) -> pl.DataFrame:
    return frames.listed.select("family_id", *_STATE)


def _group_states(frames: Frames) -> pl.DataFrame:
    proposed = pl.col("proposed_groups").fill_null("").str.split(";").list.contains(pl.col("rule_id"))
    return (
        frames.listed.select(
            "family_id", *_STATE, "proposed_groups", rule_id=pl.col("groups").fill_null("").str.split(";")
        )
        .explode("rule_id")
        .filter(pl.col("rule_id") != "")
        .with_columns(status=pl.when(proposed).then(pl.lit(LEAVING)).otherwise(pl.lit("listed")))
    )


def _side_by_side(before: pl.DataFrame, after: pl.DataFrame, lineage: pl.DataFrame, also: list[str]) -> pl.DataFrame:
    """One row a family (and group) of either edition: its state before and after, null where it is not there."""
    old = before.join(lineage, left_on="family_id", right_on="before_id", how="left").select(
        *also,
        pl.col("after_id").alias("family_id"),
        pl.col("family_id").alias("previous_family_id"),
        **{f"{each}_before": pl.col(each) for each in _STATE},
    )
    new = after.join(lineage, left_on="family_id", right_on="after_id", how="left").select(
        *also, "family_id", pl.col("before_id").alias("ancestor"), **{f"{each}_after": pl.col(each) for each in _STATE}
    )
    joined = old.join(new, on=["family_id", *also], how="full", coalesce=True)
    return joined.rename({"street_code_before": "street_before", "street_code_after": "street_after"}).with_columns(
        was=pl.col("layer_before").is_not_null(), is_now=pl.col("layer_after").is_not_null()
    )
