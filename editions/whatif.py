"""What other parameters would change: two editions of one day, side by side.

What belongs here: the comparison of two sets of published tables that were made from the same deliveries, decisions and
models, and which of the changed parameters bear on each difference. It is pure, and it publishes nothing. Families are
followed through their persons, as between two months (`editions.following`); the counts stand in
`editions.whatif_balance`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import polars as pl

from editions.following import LEAVING, paired
from editions.whatif_balance import Tables, balance_of, frames_of
from rules import all_rules

__all__ = ["DIFFERENCES", "DIFFERENCE_SCHEMA", "Comparison", "bearing_on", "compare"]

DIFFERENCES = (
    "entered",
    "not_left",
    "left",
    "not_entered",
    "proposed",
    "unproposed",
    "tier_changed",
    "layer_changed",
    "moved",
    "group_changed",
)
"""How a family differs, the weightiest first: each family is told by one.

`entered` is listed under the changed parameters alone; `not_left` is, too, and left the published list in this month.
`left` leaves by rule, or because a person has confirmed it; `not_entered` would not be listed at all. `proposed` is
proposed to leave and stays until a person confirms; `unproposed` is so no longer.
"""

DIFFERENCE_SCHEMA: dict[str, pl.DataType] = {
    "change": pl.String(),  # of DIFFERENCES
    "family_id": pl.String(),
    "previous_family_id": pl.String(),
    "street_before": pl.String(),
    "street_after": pl.String(),
    "layer_before": pl.String(),
    "layer_after": pl.String(),
    "tier_before": pl.String(),
    "tier_after": pl.String(),
    "status_before": pl.String(),
    "status_after": pl.String(),
    "members": pl.Int64(),
    "groups_in": pl.String(),
    "groups_out": pl.String(),
    "groups_proposed": pl.String(),
    "groups_unproposed": pl.String(),
    "reason": pl.String(),  # of editions.changes.CHANGE_REASONS: why it leaves or is proposed to
    "tier_reasons_before": pl.String(),
    "tier_reasons_after": pl.String(),
    "parameters": pl.String(),
}
_WARNING_SCHEMA: dict[str, pl.DataType] = {
    "kind": pl.String(),
    "rule_id": pl.String(),
    "before": pl.Int64(),
    "raised": pl.Int64(),
    "dropped": pl.Int64(),
    "after": pl.Int64(),
}
_MOVES = ("groups_in", "groups_out", "groups_proposed", "groups_unproposed")
_TIER_FILES = ("tiers", "classes")
_AFTERWARDS = ("scorecard", "drift", "feed_health", "need_warnings")  # they put nobody on the list
_MARK = ";"
_PERSON_GROUND = ["person_key", "ground"]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What differs between an edition and the same one under other parameters.

    `balance` (`editions.whatif_balance.BALANCE_SCHEMA`): families and people before, in, out and after by all, layer,
    group, ground met, tier and street, and who is proposed to leave. `tier_moves`: tier_before, tier_after, families; a
    null is a family that is not listed. `families` (`DIFFERENCE_SCHEMA`): one row a family that differs. `warnings`:
    kind, rule_id, before, raised, dropped, after. `rescored` and `reclassed` count families listed in both whose score
    or difficulty classes differ.
    """

    balance: pl.DataFrame
    tier_moves: pl.DataFrame
    families: pl.DataFrame
    warnings: pl.DataFrame
    rescored: int
    reclassed: int

    @property
    def differs(self) -> bool:
        """Whether anything at all differs."""
        moved = self.warnings.select((pl.col("raised") + pl.col("dropped")).sum()).item()
        grounds = self.balance.select(pl.sum_horizontal("people_in", "people_out").sum()).item()
        return bool(self.families.height or moved or grounds or self.rescored or self.reclassed)

    @property
    def counts(self) -> dict[str, int]:
        """How many families differ in which way, each of `DIFFERENCES`."""
        found = dict(self.families.group_by("change").len().iter_rows())
        return {change: int(found.get(change, 0)) for change in DIFFERENCES}


def compare(before: Tables, after: Tables, *, as_of: date, changed: Iterable[str]) -> Comparison:
    """Every difference from `before` to `after`, two editions of `as_of` from the same inputs.

    Args:
        before: the tables list, members, hits, warnings, standings and exits of the published edition.
        after: the same tables under the changed parameters.
        as_of: day of both.
        changed: names of the parameters that differ.
    """
    families, grouped = paired(frames_of(before, as_of), frames_of(after, as_of)).states()
    found = _families(families, grouped, before, after, sorted(set(changed)))
    return Comparison(
        balance=balance_of(families, grouped, before, after, as_of),
        tier_moves=_tier_moves(found),
        families=found,
        warnings=_warnings(before["warnings"], after["warnings"]),
        rescored=_differing(before["list"], after["list"], "score"),
        reclassed=_differing(before["list"], after["list"], "classes"),
    )


def bearing_on(rule_ids: Iterable[str], changed: Iterable[str], *, tier: bool) -> tuple[str, ...]:
    """Those of the parameters `changed` that bear on a family's difference, in their order.

    These are the ones that its rules declare to read, those of tiers when it has another tier, and those that shape
    families, income or the register before any rule does. When none of these was changed, all may bear on it.
    """
    rules = all_rules()
    read = {name for each in rule_ids if each in rules for name in rules[each].parameters}
    names = tuple(changed)

    def bears(name: str) -> bool:
        file = name.partition(".")[0]
        return name in read or (tier if file in _TIER_FILES else file not in rules and file not in _AFTERWARDS)

    return tuple(each for each in names if bears(each)) or names


def _families(
    families: pl.DataFrame, grouped: pl.DataFrame, before: Tables, after: Tables, changed: list[str]
) -> pl.DataFrame:
    """One row a family that differs: how, its groups, why, and the parameters behind it."""
    here = pl.coalesce("family_id", "previous_family_id").alias("family_id")
    rows = (
        families.with_columns(here)
        .join(_moved_groups(grouped), on="family_id", how="left")
        .with_columns(pl.col(_MOVES).fill_null(""))
        .join(_gone_by_exit(before, after), on="previous_family_id", how="left")
        .join(_kept_from_exit(before, after), on="family_id", how="left")
        .join(_elsewhere(before, after, "previous_family_id"), on="previous_family_id", how="left")
        .join(_elsewhere(after, before, "family_id"), on="family_id", how="left", suffix="_split")
        .join(_proposals(before, after), on="family_id", how="left")
        .with_columns(change=_change())
        .filter(pl.col("change").is_not_null())
        .with_columns(reason=_reason())
    )
    reasons = pl.col("family_id"), pl.col("members"), pl.col("tier_reasons")
    old = before["list"].select(reasons).rename({"members": "members_before", "tier_reasons": "tier_reasons_before"})
    new = after["list"].select(reasons).rename({"members": "members_after", "tier_reasons": "tier_reasons_after"})
    full = (
        rows.join(old, left_on="previous_family_id", right_on="family_id", how="left")
        .join(new, on="family_id", how="left")
        .with_columns(members=pl.coalesce("members_after", "members_before"))
    )
    place = pl.col("change").replace_strict({each: n for n, each in enumerate(DIFFERENCES)}, return_dtype=pl.Int64)
    return (
        full.with_columns(_parameters(full, changed))
        .sort(place, "street_after", "street_before", "family_id", nulls_last=True)
        .select([pl.col(name).cast(dtype) for name, dtype in DIFFERENCE_SCHEMA.items()])
    )


def _change() -> pl.Expr:
    """How a family differs, of `DIFFERENCES`; null where it does not."""
    was, now = pl.col("was"), pl.col("is_now")
    leaving = {when: (pl.col(f"status_{when}") == LEAVING).fill_null(value=False) for when in ("before", "after")}
    other = {
        each: ~pl.col(f"{each}_before").eq_missing(pl.col(f"{each}_after")) for each in ("tier", "layer", "street")
    }
    return (
        pl.when(~was)
        .then(pl.when("stays").then(pl.lit("not_left")).otherwise(pl.lit("entered")))
        .when(~now)
        .then(pl.when(pl.col("exit_reason").is_not_null()).then(pl.lit("left")).otherwise(pl.lit("not_entered")))
        .when(leaving["after"] & ~leaving["before"])
        .then(pl.lit("proposed"))
        .when(leaving["before"] & ~leaving["after"])
        .then(pl.lit("unproposed"))
        .when(other["tier"])
        .then(pl.lit("tier_changed"))
        .when(other["layer"])
        .then(pl.lit("layer_changed"))
        .when(other["street"])
        .then(pl.lit("moved"))
        .when(pl.any_horizontal(pl.col(each) != "" for each in _MOVES))
        .then(pl.lit("group_changed"))
    )


def _reason() -> pl.Expr:
    """Why it leaves or is proposed to; of one that comes or goes with its persons, whence and where."""
    change = pl.col("change")
    return (
        pl.when(change == "left")
        .then("exit_reason")
        .when((change == "not_entered") & pl.col("elsewhere"))
        .then(pl.lit("family_joined"))
        .when((change == "entered") & pl.col("elsewhere_split"))
        .then(pl.lit("family_split"))
        .when((change == "proposed") | (pl.col("groups_proposed") != ""))
        .then("proposed_reason")
    )


def _moved_groups(grouped: pl.DataFrame) -> pl.DataFrame:
    """Per family the groups it enters and leaves, those proposed and those no longer so, each in one text."""
    was, now = pl.col("was"), pl.col("is_now")
    leaving = {when: (pl.col(f"status_{when}") == LEAVING).fill_null(value=False) for when in ("before", "after")}
    moves = {
        "groups_in": ~was,
        "groups_out": ~now,
        "groups_proposed": was & now & leaving["after"] & ~leaving["before"],
        "groups_unproposed": was & now & leaving["before"] & ~leaving["after"],
    }
    own = pl.coalesce("family_id", "previous_family_id")
    rule = pl.col("rule_id")
    return (
        grouped.with_columns(family_id=own, **moves)
        .sort("rule_id")
        .group_by("family_id")
        .agg(rule.filter(pl.col(name)).str.join(_MARK).alias(name) for name in moves)
    )


def _gone_by_exit(before: Tables, after: Tables) -> pl.DataFrame:
    """Families of the published list with somebody who leaves under the changed parameters alone, and why."""
    gone = after["exits"].join(before["exits"], on=_PERSON_GROUND, how="anti")
    found = gone.join(before["members"].select("person_key", previous_family_id="family_id"), on="person_key")
    return _first(found, "previous_family_id").rename({"reason": "exit_reason"})


def _kept_from_exit(before: Tables, after: Tables) -> pl.DataFrame:
    """Families with somebody who has left the published list in this month and stays under the changed parameters."""
    gone = before["exits"].join(after["exits"], on=_PERSON_GROUND, how="anti").select("person_key").unique()
    stay = after["members"].join(gone, on="person_key", how="semi").select("family_id").unique()
    return stay.with_columns(stays=pl.lit(value=True))


def _elsewhere(of: Tables, other: Tables, name: str) -> pl.DataFrame:
    """Families of one list of which somebody stands on the other."""
    there = other["members"].join(other["list"], on="family_id", how="semi")
    return (
        of["members"]
        .join(there, on="person_key", how="semi")
        .select(pl.col("family_id").alias(name))
        .unique()
        .with_columns(elsewhere=pl.lit(value=True))
    )


def _proposals(before: Tables, after: Tables) -> pl.DataFrame:
    """Families with a ground that is proposed to end under the changed parameters alone, and why."""
    proposed = pl.col("status") == LEAVING
    known = before["standings"].filter(proposed)
    new = after["standings"].filter(proposed).join(known, on=_PERSON_GROUND, how="anti")
    return _first(new, "family_id").rename({"reason": "proposed_reason"})


def _first(rows: pl.DataFrame, family: str) -> pl.DataFrame:
    """One reason a family: that of the latest fact."""
    ranked = rows.sort("evidence_on", "ground", "reason", descending=[True, False, False], nulls_last=True)
    return ranked.unique(family, keep="first", maintain_order=True).select(family, "reason")


def _parameters(rows: pl.DataFrame, changed: list[str]) -> pl.Series:
    """The parameters behind each row; there are few kinds of rows, and each kind is looked up once."""
    tier = (pl.col("tier_before") != pl.col("tier_after")).fill_null(value=False)  # entering is no matter of tiers
    keyed = rows.select(groups=pl.concat_str(_MOVES, separator=_MARK), tier=tier)
    kinds = keyed.unique(maintain_order=True)
    told: list[str] = [
        _MARK.join(bearing_on(groups.split(_MARK), changed, tier=differs)) for groups, differs in kinds.iter_rows()
    ]
    named = kinds.with_columns(pl.Series("parameters", told, dtype=pl.String))
    return keyed.join(named, on=["groups", "tier"], how="left", maintain_order="left")["parameters"]


def _tier_moves(families: pl.DataFrame) -> pl.DataFrame:
    different = ~pl.col("tier_before").eq_missing(pl.col("tier_after"))
    return (
        families.filter(different)
        .group_by("tier_before", "tier_after")
        .agg(families=pl.len().cast(pl.Int64))
        .sort("tier_before", "tier_after", nulls_last=True)
    )


def _warnings(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    joined = _by_rule(before, "before")
    for rows, name in (
        (after.join(before, on="warning_id", how="anti"), "raised"),
        (before.join(after, on="warning_id", how="anti"), "dropped"),
        (after, "after"),
    ):
        joined = joined.join(_by_rule(rows, name), on=["kind", "rule_id"], how="full", coalesce=True)
    columns = [
        pl.col(name).cast(dtype) if dtype == pl.String else pl.col(name).fill_null(0).cast(dtype)
        for name, dtype in _WARNING_SCHEMA.items()
    ]
    return joined.select(columns).sort("kind", "rule_id")


def _by_rule(warnings: pl.DataFrame, name: str) -> pl.DataFrame:
    return warnings.group_by("kind", "rule_id").agg(pl.len().cast(pl.Int64).alias(name))


def _differing(before: pl.DataFrame, after: pl.DataFrame, column: str) -> int:
    """Families of one id in both whose value of `column` differs."""
    both = before.select("family_id", old=column).join(after.select("family_id", new=column), on="family_id")
    return both.filter(~pl.col("old").eq_missing(pl.col("new"))).height
