"""The month's plan of visits: drawn from the newest list, kept, and told of.

What belongs here: the one way to a plan that is handed out, for commands, pages and programs. Who is picked stands in
`editions.visits`, how a plan is kept in `registry.visits`, how a filled one comes back in `registry.visits_taken`.
"""

from dataclasses import dataclass
from datetime import date

import polars as pl

from editions.visits import NEED, RANDOM, VisitChoice, visit_plan
from registry.audit import append
from registry.casework.desk import Desk
from registry.casework.rights import permit
from registry.errors import CaseError, CaseNotFoundError
from registry.kept_tables import kept_tables
from registry.lock import writer_lock
from registry.queries import EditionInfo, edition_rows, require_edition
from registry.roles import Actor
from registry.visits import keep_plan, kept_plan, kept_plans
from registry.visits_taken import WAIT_SECONDS, answers_of
from schemas.settings import Settings

__all__ = [
    "DrawnPlan",
    "PlanTold",
    "StreetTold",
    "draw_plan",
    "is_kept",
    "keep_drawn",
    "plan_families",
    "plan_of",
    "plan_of_month",
    "plans_told",
]

_READ = ("families", "members", "scores", "visits")
_UNKNOWN = ""


@dataclass(frozen=True, slots=True)
class DrawnPlan:
    """Whom to visit after `edition`, of the area of whoever drew it, and the facts that it was drawn from."""

    edition: EditionInfo
    choice: VisitChoice
    plan: pl.DataFrame
    people: pl.LazyFrame
    visits: pl.LazyFrame


@dataclass(frozen=True, slots=True)
class StreetTold:
    """A street's part of a plan: families by need and drawn, those left to draw from, and outcomes back."""

    street_code: str
    need: int
    random: int
    left: int
    answered: int


@dataclass(frozen=True, slots=True)
class PlanTold:
    """A plan that is kept, street by street."""

    as_of: date
    streets: tuple[StreetTold, ...]

    @property
    def visits(self) -> int:
        """Families of the plan."""
        return sum(each.need + each.random for each in self.streets)

    @property
    def answered(self) -> int:
        """Families whose outcome came back."""
        return sum(each.answered for each in self.streets)


def draw_plan(
    desk: Desk,
    *,
    actor: Actor,
    as_of: date | None = None,
    capacity: int | None = None,
    random_percent: int | None = None,
) -> DrawnPlan:
    """Whom to visit in the actor's area by the edition of `as_of`, the newest without one; nothing is kept.

    Without `capacity` and `random_percent` it is the declared numbers. The same choice gives the same plan.

    Raises `NoEditionError`, `NotPermittedError`, and `CaseError` where the edition's tables are kept no longer.
    """
    permit(actor, "visit.plan")
    edition = require_edition(desk.engine, as_of)
    tables = kept_tables(desk.settings, edition, _READ)
    if tables is None:
        raise CaseError("what this list was computed from is no longer kept; plan visits by a newer list")
    at = desk.parameters.as_of(edition.as_of)
    choice = VisitChoice.of(at, edition.edition_id, capacity=capacity, random_percent=random_percent)
    warnings = edition_rows(desk.engine, edition.edition_id, "warnings").lazy()
    plan = visit_plan(tables | {"warnings": warnings}, edition.as_of, at, choice).collect()
    return DrawnPlan(edition, choice, actor.area.rows(plan), tables["members"], tables["visits"])


def keep_drawn(desk: Desk, drawn: DrawnPlan, *, actor: Actor) -> bool:
    """Keep the plan as the one that is handed out, recorded first; False when it is kept already.

    One of the same month and area is replaced as long as no outcome of it has come back: whoever could draw anew after
    that could choose what the visits tell of those who were missed.

    Raises `CaseError` when outcomes have come back, `LockedError` while another command writes.
    """
    permit(actor, "visit.plan")
    as_of = drawn.edition.as_of
    with writer_lock(desk.settings, wait_seconds=WAIT_SECONDS):
        before = plan_of_month(desk.settings, as_of, actor)
        if is_kept(drawn, before):
            return False
        if before is not None and not actor.area.rows(answers_of(desk.settings, before[0])).is_empty():
            raise CaseError("outcomes of this month's plan have come back already; it is not drawn anew")
        append(
            desk.engine,
            actor=actor.name,
            action="visit_plan",
            purpose="安排走访",
            details={
                **actor.recorded,
                "edition_id": drawn.edition.edition_id,
                "as_of": as_of.isoformat(),
                "capacity": drawn.choice.capacity,
                "random_percent": drawn.choice.random_percent,
                "rows": {manner: int((drawn.plan["manner"] == manner).sum()) for manner in (NEED, RANDOM)},
                "replaced": before is not None,
            },
        )
        keep_plan(desk.settings, as_of, drawn.plan, drawn.people.collect(), actor.area)
    return True


def is_kept(drawn: DrawnPlan, before: tuple[date, pl.DataFrame] | None) -> bool:
    """Whether it is the plan `before`, as `plan_of_month` gave it."""
    if before is None or before[0] != drawn.edition.as_of:
        return False
    return before[1].sort("family_id").equals(drawn.plan.sort("family_id"))


def plan_of_month(settings: Settings, as_of: date, actor: Actor) -> tuple[date, pl.DataFrame] | None:
    """The actor's part of the plan that is kept for the month of `as_of`, with its day; None without one."""
    days = [day for day, _ in kept_plans(settings, date.max) if f"{day:%Y-%m}" == f"{as_of:%Y-%m}"]
    found = [(day, plan) for day in days if (plan := plan_of(settings, day, actor)) is not None]
    return found[-1] if found else None


def plan_of(settings: Settings, as_of: date, actor: Actor) -> pl.DataFrame | None:
    """The actor's part of the plan kept for `as_of`, as `editions.visits.visit_plan` gave it; None without families."""
    kept = kept_plan(settings, as_of)
    if kept is None:
        return None
    own = actor.area.rows(kept).drop("person_key")
    return None if own.is_empty() else own


def plans_told(settings: Settings, *, actor: Actor) -> list[PlanTold]:
    """The plans that are kept, the newest first, of the actor's area; raises `NotPermittedError`."""
    permit(actor, "visit.plan")
    told = [_told(settings, day, actor.area.rows(plan)) for day, plan in kept_plans(settings, date.max)]
    return [each for each in reversed(told) if each.streets]


def plan_families(settings: Settings, as_of: date, *, actor: Actor) -> pl.DataFrame:
    """The families of the plan kept for `as_of` in the actor's area, in the order of a walk, with what came back.

    A row a family: `family_id`, `head_key`, `street_code`, `community_code`, `visited_on` and `visit_outcome`, both
    null as long as nothing came back. Nothing tells why a family is visited.

    Raises `CaseNotFoundError` where there is no plan, `NotPermittedError`.
    """
    permit(actor, "visit.plan")
    plan = plan_of(settings, as_of, actor)
    if plan is None:
        raise CaseNotFoundError(f"there is no plan of {as_of} in your area")
    answers = answers_of(settings, as_of).select("family_id", "visited_on", "visit_outcome")
    return (
        plan.select("family_id", "head_key", "street_code", "community_code")
        .join(answers, on="family_id", how="left")
        .sort("street_code", "community_code", "family_id", nulls_last=True)
    )


def _told(settings: Settings, day: date, plan: pl.DataFrame) -> PlanTold:
    answered = set(answers_of(settings, day)["family_id"])
    streets = [
        StreetTold(
            street_code=street or _UNKNOWN,
            need=int((part["manner"] == NEED).sum()),
            random=int((part["manner"] == RANDOM).sum()),
            left=int(part["left"][0]),
            answered=sum(each in answered for each in part["family_id"]),
        )
        for (street,), part in plan.sort("street_code").partition_by("street_code", as_dict=True).items()
    ]
    return PlanTold(day, tuple(streets))
