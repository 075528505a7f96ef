"""The overview for programs: counts of the reader's area, and the words in which everything is coded."""

from datetime import date
from typing import Annotated, Any

from fastapi import Query, Request
from pydantic import BeforeValidator, Field

from editions.changes import CHANGE_KINDS, CHANGE_MANNERS, CHANGE_REASONS
from editions.grounds import GROUNDS
from editions.standing import STATUSES
from portal.access import Reader
from portal.api.operation import Asking, Line, Said, Telling, operation, told
from portal.overview import today, visited, worked
from portal.published import MONTHS, counted
from registry.casework import codes
from registry.casework.follow_store import rates
from registry.counts import Cross, cross, timeline
from registry.decisions import DECISION_REASONS
from registry.exports.result import EXPORT_CONTENTS, EXPORT_PURPOSES
from registry.feed_health import absent_feeds
from registry.filters import EVIDENCE, LAYERS, LIST_CHANGES, TIERS, WARNING_KINDS
from registry.list_columns import LIST_COLUMNS
from registry.queries import LIST_SORTS, require_edition
from registry.roles import PERMISSIONS, PURPOSES, ROLES
from registry.whatif import STARTS
from schemas.codes import CODE_LISTS, CodeList
from schemas.errors import UnknownNameError

__all__ = ["OPERATIONS", "WORDS", "Figure"]

_TAG = "overview"

Figure = Annotated[float | None, BeforeValidator(lambda value: None if value is None or value != value else value)]  # noqa: PLR0124
"""A measure; null where it cannot be told."""

WORDS: dict[str, CodeList] = {
    **CODE_LISTS,
    "tier": TIERS,
    "layer": LAYERS,
    "list_status": STATUSES,
    "income_evidence": EVIDENCE,
    "warning_kind": WARNING_KINDS,
    "ground": GROUNDS,
    "change": CHANGE_KINDS,
    "change_reason": CHANGE_REASONS,
    "change_manner": CHANGE_MANNERS,
    "list_change": LIST_CHANGES,
    "list_column": LIST_COLUMNS,
    "list_sort": LIST_SORTS,
    "export_purpose": EXPORT_PURPOSES,
    "export_contents": EXPORT_CONTENTS,
    "decision_reason": DECISION_REASONS,
    "permission": PERMISSIONS,
    "purpose": PURPOSES,
    "role": ROLES,
    "audience": codes.AUDIENCE,
    "case_state": codes.CASE_STATES,
    "case_event": codes.CASE_EVENTS,
    "act_reason": codes.REASONS,
    "channel": codes.CHANNELS,
    "exit_event": codes.EXIT_EVENTS,
    "objection_against": codes.AGAINST,
    "objection_state": codes.OBJECTION_STATES,
    "filed_by": codes.FILED_BY,
    "department_answer": codes.DEPARTMENT_ANSWERS,
    "follow_up": codes.FOLLOW_UPS,
    "follow_state": codes.FOLLOW_STATES,
    "follow_reason": codes.FOLLOW_REASONS,
    "receiver": codes.RECEIVERS,
    "wish": codes.WISHES,
    "whatif_start": STARTS,
}


class _Moment(Asking):
    as_of: date | None = Field(default=None, description="The list of that day; without it the newest")


class Month(Telling):
    """Families of one published month by layer."""

    as_of: date
    registered: int
    extended: int


class Part(Telling):
    """Families of a group, or warnings of a rule, in a street and in all; "" is every family, each once."""

    topic: str
    street: str
    number: int


class Absent(Telling):
    """A feed without a delivery for the month; of a snapshot the month that is used instead (`stale`)."""

    feed: str
    title: Said
    stale: str | None


class Worked(Telling):
    """Cases of one kind in one street; those kinds alone whose warnings the reader may see."""

    audience: str
    street: str
    open: int
    overdue: int
    closed: int


class Rate(Telling):
    """Measures or wishes of one street: recorded, done, overdue."""

    kind: str
    street_code: str | None
    recorded: int
    done: int
    overdue: int


class Between(Telling):
    """An estimate with its 95 % interval."""

    value: Figure
    low: Figure
    high: Figure


class Missing(Telling):
    """Families in need among those that were left, estimated from the random draws."""

    families: Between
    share: Between
    left: int
    answered: int
    found: int
    uncovered: int


class Visits(Telling):
    """What visits confirmed, and missed need, in the whole district."""

    months: int
    visited: int
    confirmed: Between | None
    missed: Missing | None


class Overview(Telling):
    """Counts of the reader's area; warnings of those kinds alone that the reader may see.

    `entered`, `left` and `proposed` are families since the month before, null without one. `edition_id` is told to
    readers who may see proofs, cases and measures to those who have a part in them, visits for the whole district.
    """

    as_of: date
    edition_id: str | None
    families: int
    members: int
    entered: int | None
    left: int | None
    proposed: int | None
    tiers: dict[str, int]
    layers: dict[str, int]
    groups: dict[str, int]
    streets: dict[str, int]
    warnings_by_kind: dict[str, int]
    warnings_by_rule: dict[str, int]
    families_by_street: list[Part]
    warnings_by_street: list[Part]
    months: list[Month]
    absent_feeds: list[Absent]
    cases: list[Worked]
    rates: list[Rate]
    visits: Visits | None


def get_overview(request: Request, reader: Reader, asked: Annotated[_Moment, Query()]) -> Any:
    """Families by group, tier and street, the months before, warnings, cases and measures: counts only."""
    engine = request.app.state.engine
    edition = require_edition(engine, asked.as_of)
    figures = counted(request, edition, reader.scope)
    return told(
        Overview,
        figures,
        edition_id=edition.edition_id if reader.may("proof.read") else None,
        streets={code or "unknown": number for code, number in figures.streets.items()},
        tiers={code or "none": number for code, number in figures.tiers.items()},
        families_by_street=_parts(cross(engine, edition.edition_id, "families", reader.scope)),
        warnings_by_street=_parts(cross(engine, edition.edition_id, "warnings", reader.scope)),
        months=[each for each in timeline(engine, MONTHS, reader.scope) if each.as_of <= edition.as_of],
        absent_feeds=absent_feeds(engine, edition),
        cases=[
            {"audience": audience, "street": street, **numbers}
            for audience in codes.AUDIENCE.codes
            for street, numbers in sorted(worked(request, reader, audience).items())
        ],
        rates=rates(engine, today(request), actor=reader) if reader.may("case.read") else [],
        visits=visited(request, reader),
    )


def _parts(found: Cross) -> list[dict[str, object]]:
    return [
        {"topic": topic, "street": street or "unknown", "number": number}
        for (topic, street), number in sorted(found.streets.items(), key=lambda each: (each[0][0], each[0][1] or ""))
    ]


def list_code_lists(request: Request) -> Any:  # noqa: ARG001 - the same for everybody
    """The lists of codes, with what each is called."""
    return [{"code": name, "title": words.title} for name, words in sorted(WORDS.items())]


def get_code_list(request: Request, code_list: str) -> Any:  # noqa: ARG001 - the same for everybody
    """The codes of one list with their titles, in their own order."""
    words = WORDS.get(code_list)
    if words is None:
        raise UnknownNameError("code list", code_list, WORDS)
    return [{"code": code, "title": words.title_of(code)} for code in words.codes]


OPERATIONS = (
    operation("/overview", get_overview, "overview.read", "监测概览", tag=_TAG, answer=Overview),
    operation("/codes", list_code_lists, "rules.read", "代码表", tag=_TAG, answer=list[Line]),
    operation("/codes/{code_list}", get_code_list, "rules.read", "一个代码表", tag=_TAG, answer=list[Line]),
)
