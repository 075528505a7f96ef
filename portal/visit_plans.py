"""The month's plan of visits on pages: made by capacity, seen, taken as a workbook, and the filled one back in.

What belongs here: the pages and forms. Who is picked, and what is kept, stands behind `registry.visit_plans`; how a
filled plan is checked, row by row, in `registry.visits_taken`.
"""

from datetime import date
from pathlib import Path
from typing import Annotated

import polars as pl
from fastapi import Query, Request, Response

from portal.access import Posted, Reader
from portal.filled_forms import KILOBYTES, KINDS, kind_names, receipt_of
from portal.forms import desk_of, done, text_of, whole_of
from portal.language import gettext
from portal.page import Nav, Page, render
from portal.sending import sent_file
from portal.words import street_name
from registry.casework.desk import Desk
from registry.casework.rights import no_case
from registry.errors import CaseError
from registry.exports.visits import export_visits
from registry.queries import current_edition
from registry.reader_vault import vault_for
from registry.roles import Actor
from registry.views import record_view
from registry.visit_plans import draw_plan, is_kept, keep_drawn, plan_families, plan_of, plan_of_month, plans_told
from registry.visits_taken import take_visits
from schemas.codes import CODE_LISTS

__all__ = ["PAGES", "families_shown", "made", "plan_file"]

_ROWS = 50
_MONTHS = 12
_MOST_VISITS = 100_000
_PERCENT = 100


def _plans(request: Request, reader: Reader) -> Response:
    return _drawn(request, reader)


def _drawn(request: Request, reader: Actor, problem: str = "", code: int = 200) -> Response:
    desk = desk_of(request)
    edition = current_edition(desk.engine)
    declared = None if edition is None else desk.parameters.as_of(edition.as_of)
    return render(
        request,
        "visit_plans.html",
        code=code,
        title="走访计划",
        problem=problem,
        as_of=None if edition is None else edition.as_of,
        capacity=None if declared is None else declared.integer("visits.capacity_per_street"),
        random_percent=None if declared is None else declared.integer("visits.random_percent"),
        planned=edition is not None and plan_of_month(desk.settings, edition.as_of, reader) is not None,
        plans=plans_told(desk.settings, actor=reader)[:_MONTHS],
        street_name=street_name,
        kinds=kind_names(),
        accepted=",".join(KINDS),
        megabytes=KILOBYTES // 1024,
    )


def _made(request: Request, reader: Reader, posted: Posted) -> Response:
    """The plan of the newest list, of the reader's area."""

    def make(desk: Desk) -> object:
        capacity = _whole(text_of(posted, "capacity"), 1, _MOST_VISITS)
        percent = _whole(text_of(posted, "random_percent"), 0, _PERCENT)
        return made(desk, reader, capacity=capacity, random_percent=percent, replace=bool(text_of(posted, "replace")))

    return done(
        request,
        make,
        to="/visit-plans",
        drawn=lambda said, code: _drawn(request, reader, said, code),
        told="planned",
    )


def made(desk: Desk, reader: Actor, *, capacity: int | None, random_percent: int | None, replace: bool) -> date:
    """Keep the plan of the newest list, of the reader's area, and tell its day.

    Raises `CaseError` where another plan is kept that was not to be replaced, and as `registry.visit_plans` does.
    """
    drawn = draw_plan(desk, actor=reader, capacity=capacity, random_percent=random_percent)
    before = plan_of_month(desk.settings, drawn.edition.as_of, reader)
    if before is not None and not replace and not is_kept(drawn, before):
        raise CaseError("there is a plan of this month already; say that it is to be replaced")
    keep_drawn(desk, drawn, actor=reader)
    return drawn.edition.as_of


def _whole(text: str, least: int, most: int) -> int | None:
    """A number that was typed, None for nothing; raises `CaseError`."""
    if not text:
        return None
    number = whole_of(text)
    if number is None or not least <= number <= most:
        raise CaseError("the number of visits or the random share is no whole number within the limits of the form")
    return number


def _plan(request: Request, reader: Reader, as_of: date, page: Annotated[int, Query(ge=1, le=10_000)] = 1) -> Response:
    desk = desk_of(request)
    families = plan_families(desk.settings, as_of, actor=reader)
    return render(
        request,
        "visit_plan.html",
        title=gettext("走访计划"),
        as_of=as_of,
        total=families.height,
        answered=families["visit_outcome"].count(),
        first=(page - 1) * _ROWS + 1,
        rows=families_shown(desk, reader, as_of, families.slice((page - 1) * _ROWS, _ROWS)).to_dicts(),
        streets=CODE_LISTS["street"],
        communities=CODE_LISTS["community"],
        outcomes=CODE_LISTS["visit_outcome"],
        page=page,
        back=f"/visit-plans/{as_of}?page={page - 1}" if page > 1 else None,
        on=f"/visit-plans/{as_of}?page={page + 1}" if families.height > page * _ROWS else None,
    )


def families_shown(desk: Desk, reader: Actor, as_of: date, families: pl.DataFrame) -> pl.DataFrame:
    """The families with `person_name` of their heads for readers who may know it, once that is recorded."""
    edition = current_edition(desk.engine)
    named = reader.may("family.identity")
    record_view(
        desk.engine,
        reader,
        "visits",
        edition_id=edition.edition_id if edition else "",
        rows=families.height,
        filters={"as_of": as_of.isoformat(), "identities": str(named).lower()},
    )
    if not named:
        return families.with_columns(person_name=pl.lit(None, pl.String))
    people = vault_for(desk.engine, desk.settings, reader).people(families["head_key"].drop_nulls())
    return families.join(
        people.select("person_key", "person_name"),
        left_on="head_key",
        right_on="person_key",
        how="left",
        maintain_order="left",
    )


def _downloaded(request: Request, reader: Reader, as_of: date) -> Response:
    return plan_file(request, reader, as_of)


def plan_file(request: Request, reader: Actor, as_of: date) -> Response:
    """The plan as the workbook that is filled in and handed back; raises `CaseNotFoundError` where there is none."""
    desk = desk_of(request)
    plan = plan_of(desk.settings, as_of, reader)
    if plan is None:
        raise no_case("plan", as_of.isoformat())

    def write(path: Path) -> None:
        export_visits(desk.engine, desk.settings, plan, actor=reader, as_of=as_of, path=path)

    return sent_file(request, write, name=f"走访计划-{as_of}", fmt="xlsx")


def _taken(request: Request, reader: Reader, posted: Posted) -> Response:
    """The filled plan, checked like a delivery; every row says what became of it."""
    desk = desk_of(request)
    return receipt_of(
        request,
        posted,
        lambda path, name: take_visits(desk, path, actor=reader, file_name=name),
        form=gettext("走访计划"),
        title="走访计划回执",
        back=("/visit-plans", gettext("回到走访计划")),
        drawn=lambda said, code: _drawn(request, reader, said, code),
    )


_POST = ("POST",)

PAGES = (
    Page("/visit-plans", _plans, "visit.plan", nav=Nav("走访计划", 29)),
    Page("/visit-plans/make", _made, "visit.plan", methods=_POST),
    Page("/visit-plans/take", _taken, "visit.sheet", methods=_POST, body_kilobytes=KILOBYTES),
    Page("/visit-plans/{as_of}", _plan, "visit.plan"),
    Page("/visit-plans/{as_of}/download", _downloaded, "visit.plan", methods=_POST),
)
