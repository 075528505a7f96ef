"""Whom to visit this month: in each street the most need first, and a declared share at random.

What belongs here: the plan, a pure function of an edition and what was chosen. The random share is drawn among all
families that were not picked for their need, so that what the score misses can be estimated (`scoring.missed`). Order
of draw is the hash of the edition and the family: anybody can draw again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from editions.warnings import warning_ids
from rules.parameters import ParametersAt

__all__ = ["NEED", "RANDOM", "VisitChoice", "answers", "visit_plan"]

NEED, RANDOM = "need", "random"
_PERCENT = 100
_FIELD = "\x1f"


@dataclass(frozen=True, slots=True)
class VisitChoice:
    """How many visits each street can make, the percentage of them drawn at random, and what seeds the draw."""

    capacity: int
    random_percent: int
    seed: str

    @classmethod
    def of(
        cls, parameters: ParametersAt, seed: str, *, capacity: int | None = None, random_percent: int | None = None
    ) -> "VisitChoice":
        """What was chosen, or the declared numbers."""
        declared = parameters.integer("visits.capacity_per_street"), parameters.integer("visits.random_percent")
        chosen = (capacity, random_percent)
        held = [own if given is None else given for given, own in zip(chosen, declared, strict=True)]
        return cls(held[0], held[1], seed)

    @property
    def drawn(self) -> int:
        """Visits of a street that are drawn; at least one as soon as a share is asked for."""
        if self.random_percent == 0:
            return 0
        return min(self.capacity, max(1, round(self.capacity * self.random_percent / _PERCENT)))


def visit_plan(
    tables: Mapping[str, pl.LazyFrame], as_of: date, parameters: ParametersAt, choice: VisitChoice
) -> pl.LazyFrame:
    """One row a family to visit: `family_id`, `head_key`, `street_code`, `community_code`, `manner`, `drawn`, `left`.

    Reads `families`, `members`, `scores`, `visits` and `warnings`. Families on the register are not visited by this
    plan, nor those visited lately without a newer fact. `manner` is `need` or `random`; `drawn` families were drawn of
    the `left` ones of the street that need alone did not pick. Fewer families than visits are all visited.
    """
    ranked = (
        _eligible(tables, as_of, parameters)
        .with_columns(
            draw=pl.concat_str(pl.lit(choice.seed), "family_id", separator=_FIELD).map_batches(
                warning_ids, return_dtype=pl.String, is_elementwise=True
            )
        )
        .sort("street_code", "score", "draw", descending=[False, True, False], nulls_last=True)
        .with_columns(place=pl.int_range(pl.len()).over("street_code"))
        .with_columns(needy=pl.col("place") < choice.capacity - choice.drawn)
    )
    left = (~pl.col("needy")).sum().over("street_code").cast(pl.Int64)
    drawn = pl.col("draw").rank("ordinal").over("street_code", "needy") <= choice.drawn
    return (
        ranked.with_columns(left=left, taken=pl.col("needy") | drawn)
        .filter("taken")
        .select(
            "family_id",
            "head_key",
            "street_code",
            "community_code",
            manner=pl.when("needy").then(pl.lit(NEED)).otherwise(pl.lit(RANDOM)),
            drawn=pl.min_horizontal(pl.lit(choice.drawn), "left").cast(pl.Int64),
            left="left",
        )
        .sort("street_code", "family_id")
    )


def _eligible(tables: Mapping[str, pl.LazyFrame], as_of: date, parameters: ParametersAt) -> pl.LazyFrame:
    """Families with a street, not on the register, and not visited lately without a newer fact."""
    registered = tables["members"].filter("on_register").select("family_id")
    seen = _last_visits(tables, as_of, parameters)
    newer = (
        tables["warnings"]
        .filter(pl.col("kind") == "need")
        .join(seen, on="family_id")
        .filter(pl.col("evidence_on") > pl.col("visited_on"))
        .select("family_id")
    )
    resting = seen.join(newer, on="family_id", how="anti")
    return (
        tables["families"]
        .filter(pl.col("street_code").is_not_null())
        .join(registered, on="family_id", how="anti")
        .join(resting, on="family_id", how="anti")
        .join(tables["scores"].select("family_id", "score"), on="family_id", how="left")
        .select("family_id", "head_key", "street_code", "community_code", pl.col("score").fill_null(0))
    )


def _last_visits(tables: Mapping[str, pl.LazyFrame], as_of: date, parameters: ParametersAt) -> pl.LazyFrame:
    """`family_id` and `visited_on` of the last visit that reached somebody, of families in their time of rest."""
    days, reached = parameters.integer("visits.rest_days"), parameters.texts("visits.reached_outcomes")
    visited = pl.col("visited_on")
    return (
        tables["visits"]
        .filter(visited <= as_of, visited.dt.offset_by(f"{days}d") > as_of, pl.col("visit_outcome").is_in(reached))
        .join(tables["members"].select("person_key", "family_id"), on="person_key")
        .group_by("family_id")
        .agg(visited.max())
    )


def answers(
    plan: pl.LazyFrame, people: pl.LazyFrame, visits: pl.LazyFrame, as_of: date, parameters: ParametersAt
) -> pl.LazyFrame:
    """The plan with `found`: whether the visit found need; null while nobody came, or nothing could be told.

    Args:
        plan: what `visit_plan` gave for `as_of`.
        people: `family_id` and `person_key` of the families at that time.
        visits: the facts of visits known now.
        as_of: of the plan.
        parameters: in force at `as_of`.
    """
    days = parameters.integer("visits.answer_days")
    needed, none = parameters.texts("visits.need_outcomes"), parameters.texts("visits.no_need_outcomes")
    visited, outcome = pl.col("visited_on"), pl.col("visit_outcome")
    told = (
        visits.filter(visited > as_of, visited <= pl.lit(as_of).dt.offset_by(f"{days}d"))
        .filter(outcome.is_in([*needed, *none]))
        .join(people.select("family_id", "person_key"), on="person_key")
        .group_by("family_id")
        .agg(found=outcome.is_in(needed).any())
    )
    return plan.join(told, on="family_id", how="left")
