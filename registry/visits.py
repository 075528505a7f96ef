"""The plans of visits that were handed out, and what their answers say of the need that was missed.

What belongs here: keeping a plan (keys only, in the lake) and putting it beside the visits that departments delivered
since. Who is picked stands in `editions.visits`, the estimate in `scoring.missed`.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
from sqlalchemy import Engine

from editions.facts import build_facts
from editions.knowledge import identities, known_feed_tables
from editions.visits import NEED, RANDOM, answers
from registry.files import writing
from registry.scope import DISTRICT, Area
from registry.store import known_deliveries
from rules.parameters import Parameters
from schemas.settings import Settings
from scoring.intervals import Interval, wilson
from scoring.missed import Missed, Stratum, missed_need

__all__ = ["VisitFigures", "figures_known_at", "keep_plan", "kept_plan", "kept_plans", "plans_dir", "visit_figures"]


@dataclass(frozen=True, slots=True)
class VisitFigures:
    """Months with answers; what visits for need confirmed and what was missed, None before one is answered."""

    months: int
    visited: int
    confirmed: Interval | None
    missed: Missed | None


_NOTHING = VisitFigures(0, 0, None, None)


def keep_plan(settings: Settings, as_of: date, plan: pl.DataFrame, people: pl.DataFrame, area: Area = DISTRICT) -> Path:
    """Keep the plan handed out for `as_of`; it takes the place of any other one of the same month and area.

    Args:
        settings: of the installation.
        as_of: of the edition.
        plan: what `editions.visits.visit_plan` gave, of families of `area`.
        people: `family_id` and `person_key` of the members at the time.
        area: what the plan is of; what is kept of elsewhere stays.
    """
    path = plans_dir(settings) / f"{as_of}.parquet"
    members = people.select("family_id", "person_key").join(plan, on="family_id", how="semi").sort(pl.all())
    made = plan.join(members.group_by("family_id", maintain_order=True).agg("person_key"), on="family_id", how="left")
    kept = kept_plan(settings, as_of)
    with writing(path) as temporary:
        (made if kept is None else pl.concat([made, _elsewhere(kept, area).select(made.columns)])).sort(
            "family_id"
        ).write_parquet(temporary)
    _end_others(settings, as_of, area)
    return path


def _end_others(settings: Settings, as_of: date, area: Area) -> None:
    """Take the families of the area out of plans of other days of the month: a running month has a list each day."""
    for day, plan in kept_plans(settings, date.max):
        left = _elsewhere(plan, area)
        if day == as_of or f"{day:%Y-%m}" != f"{as_of:%Y-%m}" or left.height == plan.height:
            continue
        with writing(plans_dir(settings) / f"{day}.parquet") as temporary:
            left.write_parquet(temporary)


def kept_plan(settings: Settings, as_of: date) -> pl.DataFrame | None:
    """The plan kept for `as_of`, with `person_key` beside what `editions.visits.visit_plan` gave; None without one."""
    path = plans_dir(settings) / f"{as_of}.parquet"
    return pl.read_parquet(path) if path.is_file() else None


def _elsewhere(kept: pl.DataFrame, area: Area) -> pl.DataFrame:
    return kept.join(area.rows(kept).select("family_id"), on="family_id", how="anti")


def visit_figures(settings: Settings, parameters: Parameters, visits: pl.LazyFrame, known_at: date) -> VisitFigures:
    """What the plans before `known_at` found, by the facts of `visits` known then."""
    answered = [
        answers(plan.drop("person_key").lazy(), _people(plan), visits, as_of, parameters.as_of(as_of))
        .with_columns(as_of=pl.lit(as_of))
        .collect()
        for as_of, plan in kept_plans(settings, known_at)
    ]
    told = pl.concat(answered).filter(pl.col("found").is_not_null()) if answered else pl.DataFrame()
    if told.is_empty():
        return _NOTHING
    strata = [_stratum(part) for each in answered for part in each.filter(manner=RANDOM).partition_by("street_code")]
    for_need = told.filter(manner=NEED)["found"]
    return VisitFigures(
        months=told["as_of"].n_unique(),
        visited=told.height,
        confirmed=wilson(int(for_need.sum()), len(for_need)) if len(for_need) else None,
        missed=missed_need(strata),
    )


def figures_known_at(engine: Engine, settings: Settings, parameters: Parameters, day: date) -> VisitFigures:
    """`visit_figures` by the visits in the deliveries known at `day`, for whoever has no facts at hand: an overview.

    Without a plan of an earlier day nothing is read.
    """
    if not kept_plans(settings, day):
        return _NOTHING
    known = known_deliveries(engine, settings, day)
    visits = build_facts(known_feed_tables(known, day), identities(known, day), day)["visits"]
    return visit_figures(settings, parameters, visits, day)


def _stratum(drawn: pl.DataFrame) -> Stratum:
    told = drawn["found"].drop_nulls()
    return Stratum(left=int(drawn["left"][0]), answered=len(told), found=int(told.sum()))


def kept_plans(settings: Settings, known_at: date) -> list[tuple[date, pl.DataFrame]]:
    """Plans of days before `known_at`, in order."""
    days = {date.fromisoformat(each.stem): each for each in plans_dir(settings).glob("????-??-??.parquet")}
    return [(day, pl.read_parquet(days[day])) for day in sorted(days) if day < known_at]


def _people(plan: pl.DataFrame) -> pl.LazyFrame:
    return plan.lazy().select("family_id", "person_key").explode("person_key")


def plans_dir(settings: Settings) -> Path:
    """Where the plans that were handed out are kept."""
    return settings.lake_dir / "visits"
