"""Plans of visits for programs: made by capacity, told, out as a workbook, and the filled one back, row by row."""

from datetime import date
from typing import Annotated, Any

from fastapi import Query, Request, Response
from pydantic import Field

from portal.access import Reader
from portal.api.operation import Asking, Paged, Rows, Telling, next_page, operation
from portal.api.sheets import BASE64_KILOBYTES, XLSX, Filled, Receipt, taken_or_told
from portal.forms import desk_of
from portal.visit_plans import families_shown, made, plan_file
from registry.visit_plans import plan_families, plans_told
from registry.visits_taken import take_visits

__all__ = ["OPERATIONS"]

_TAG = "cases"


class StreetOut(Telling):
    """A street's part: families picked by need, drawn at random from the `left` ones, and outcomes that came back."""

    street_code: str
    need: int
    random: int
    left: int
    answered: int


class PlanOut(Telling):
    """A plan that is kept, by the day of its list."""

    as_of: date
    visits: int
    answered: int
    streets: list[StreetOut]


class NewPlan(Asking):
    """How many visits each street can make; without a number the declared one."""

    capacity: int | None = Field(default=None, ge=1, le=100_000)
    random_percent: int | None = Field(default=None, ge=0, le=100, description="Share of them that is drawn")
    replace: bool = Field(default=False, description="Whether another plan of the month is to be replaced")


class Made(Telling):
    """The day of the list that the plan was made from."""

    as_of: date


class FamilyOut(Telling):
    """A family of a plan, in the order of a walk; nothing tells why it is visited. Name only for those who may know."""

    family_id: str
    street_code: str | None
    community_code: str | None
    person_name: str | None
    visited_on: date | None
    visit_outcome: str | None


class Families(Rows[FamilyOut]):
    """A page of families of a plan."""


class PlanWanted(Asking):
    """Nothing is to be said: the workbook goes to those who visit, and taking it is recorded."""


def list_visit_plans(request: Request, reader: Reader) -> Any:
    """The plans of visits that are kept, the newest first."""
    return plans_told(request.app.state.settings, actor=reader)


def make_visit_plan(request: Request, reader: Reader, asked: NewPlan) -> Any:
    """Draw and keep the plan of the newest list, of the reader's area; recorded."""
    day = made(
        desk_of(request),
        reader,
        capacity=asked.capacity,
        random_percent=asked.random_percent,
        replace=asked.replace,
    )
    return {"as_of": day}


def list_plan_families(request: Request, reader: Reader, as_of: date, asked: Annotated[Paged, Query()]) -> Any:
    """The families of a plan in the reader's area, with what came back; recorded."""
    desk = desk_of(request)
    found = plan_families(desk.settings, as_of, actor=reader)
    return {
        "total": found.height,
        "page": asked.page,
        "size": asked.size,
        "next": next_page(request, asked.page, asked.size, found.height),
        "items": families_shown(desk, reader, as_of, found.slice(asked.offset, asked.size)).to_dicts(),
    }


def export_visit_plan(request: Request, reader: Reader, as_of: date, asked: PlanWanted) -> Response:  # noqa: ARG001 - empty
    """The plan as the workbook that is filled in: no group, score or diagnosis on it; recorded."""
    return plan_file(request, reader, as_of)


def take_filled_plan(request: Request, reader: Reader, asked: Filled) -> Any:
    """Keep the outcomes of a filled plan; a row that cannot be read is told with its reason, and not kept."""
    desk = desk_of(request)
    return taken_or_told(request, asked, lambda path: take_visits(desk, path, actor=reader))


OPERATIONS = (
    operation("/visit-plans", list_visit_plans, "visit.plan", "走访计划", tag=_TAG, answer=list[PlanOut]),
    operation(
        "/visit-plans/make", make_visit_plan, "visit.plan", "制订走访计划", tag=_TAG, answer=Made, method="POST"
    ),
    operation(
        "/visit-plans/take", take_filled_plan, "visit.sheet", "交回走访计划的结果", tag=_TAG, answer=Receipt,
        method="POST", body_kilobytes=BASE64_KILOBYTES,
    ),
    operation(
        "/visit-plans/{as_of}", list_plan_families, "visit.plan", "走访计划的家庭", tag=_TAG, answer=Families
    ),
    operation(
        "/visit-plans/{as_of}/download", export_visit_plan, "visit.plan", "下载走访计划", tag=_TAG, method="POST",
        media=(XLSX,),
    ),
)  # fmt: skip
