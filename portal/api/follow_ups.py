"""Measures and small wishes (微心愿) for programs, and what is done for one family beside its case."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Query, Request
from pydantic import Field

from portal.access import Reader
from portal.api.objections import ObjectionLine
from portal.api.operation import Asking, Paged, Rows, Telling, Text, Word, next_page, operation, told
from portal.family_desk import desk_section
from portal.forms import desk_of
from portal.people import people_of
from registry.casework.codes import FOLLOW_STATES, FOLLOW_UPS, WISHES, known
from registry.casework.follow_store import OPEN_FOLLOW_UPS, Following, follow_ups
from registry.casework.follow_ups import Referral, move_on, record_wish, refer
from registry.roles import Actor

__all__ = ["OPERATIONS"]

_TAG = "follow-ups"
_OPEN = "open"


class FollowUp(Telling):
    """A measure that was referred, or a wish, and how it stands."""

    follow_up_id: str
    kind: str
    what: str
    family_id: str
    case_id: str | None
    receiver_kind: str | None
    receiver: str | None
    street_code: str | None
    community_code: str | None
    recorded_by: str
    recorded_at: datetime
    version: int
    at: datetime
    actor: str
    state: str
    happened_on: date
    due_on: date
    owner: str
    reason: str | None
    head_name: str | None = Field(description="First character only without `family.identity`")


class FollowUps(Rows[FollowUp]):
    """A page of measures and wishes."""


class Fact(Telling):
    """A delivered fact that an objection may be against."""

    rule_id: str
    evidence_key: str


class FamilyDesk(Telling):
    """What is done for a family, and what may be objected to; empty lists where the reader has no part in it."""

    follow_ups: list[FollowUp]
    objections: list[ObjectionLine]
    facts: list[Fact]


class _Asked(Paged):
    kind: str = Field(default="", json_schema_extra={"enum": ["", *FOLLOW_UPS.codes]})
    state: str = Field(default=_OPEN, json_schema_extra={"enum": [_OPEN, *FOLLOW_STATES.codes]})
    owner: Word = Field(default="", description="Name of an account; `me` for the token's own")


class Measure(Asking):
    """A measure, and who is to see to it: a department, the street's aid station, or a charity."""

    measure: Word
    receiver_kind: Word
    receiver: Word
    owner: Word = Field(min_length=1, description="Who follows it")
    due_on: date | None = None


class Wish(Asking):
    """A small wish in the family's own words, which are sealed."""

    wish: str = Field(json_schema_extra={"enum": [*WISHES.codes]})
    text: Text
    owner: Word = Field(min_length=1)
    due_on: date | None = None


class Move(Asking):
    """What became of it."""

    version: int = Field(ge=1, le=1_000_000)
    state: Word
    on: date | None = None
    reason: Word | None = None


def list_follow_ups(request: Request, reader: Reader, asked: Annotated[_Asked, Query()]) -> Any:
    """Measures and wishes of the reader's area, the earliest due first."""
    for words, code in ((FOLLOW_UPS, asked.kind), (FOLLOW_STATES, "" if asked.state == _OPEN else asked.state)):
        if code:
            known(words, code)
    rows, total = follow_ups(
        request.app.state.engine,
        actor=reader,
        kind=asked.kind or None,
        states=OPEN_FOLLOW_UPS if asked.state == _OPEN else (asked.state,),
        owner=(reader.name if asked.owner == "me" else asked.owner) or None,
        limit=asked.size,
        offset=asked.offset,
    )
    on = next_page(request, asked.page, asked.size, total)
    items = _named(request, reader, "follow-ups API", rows)
    return {"total": total, "page": asked.page, "size": asked.size, "next": on, "items": items}


def _named(request: Request, reader: Actor, what: str, rows: list[Following]) -> list[dict[str, object]]:
    heads = people_of(request, reader, what, [each.family_id for each in rows])
    return [
        told(FollowUp, each, head_name=heads[each.family_id].name if each.family_id in heads else None) for each in rows
    ]


def _one(request: Request, reader: Actor, row: Following) -> dict[str, object]:
    return _named(request, reader, "follow-up API", [row])[0]


def move_follow_up(request: Request, reader: Reader, follow_up_id: str, asked: Move) -> Any:
    """Say how it stands now: accepted, done, not done or cancelled; the last two with a reason."""
    moved = move_on(
        desk_of(request),
        follow_up_id,
        asked.state,
        actor=reader,
        version=asked.version,
        on=asked.on,
        reason=asked.reason,
    )
    return _one(request, reader, moved)


def get_family_desk(request: Request, reader: Reader, family_id: str) -> Any:
    """Measures, wishes and objections of one family, and the facts that an objection may be against."""
    section = desk_section(request, reader, family_id)
    return {
        "follow_ups": _named(request, reader, "family desk API", section["following"]),
        "objections": [told(ObjectionLine, each, head_name=None) for each in section["filed"]],
        "facts": section["facts"],
    }


def refer_measure(request: Request, reader: Reader, family_id: str, asked: Measure) -> Any:
    """Refer a measure for a family; it is then followed to its end."""
    return _one(request, reader, refer(desk_of(request), Referral(family_id=family_id, **dict(asked)), actor=reader))


def add_wish(request: Request, reader: Reader, family_id: str, asked: Wish) -> Any:
    """Record a small wish of a family."""
    wish = record_wish(
        desk_of(request), family_id, asked.wish, asked.text, asked.owner, actor=reader, due_on=asked.due_on
    )
    return _one(request, reader, wish)


OPERATIONS = (
    operation("/follow-ups", list_follow_ups, "measure.work", "措施和微心愿", tag=_TAG, answer=FollowUps),
    operation(
        "/follow-ups/{follow_up_id}/move", move_follow_up, "measure.work", "登记进展", tag=_TAG, answer=FollowUp,
        method="POST",
    ),
    operation(
        "/families/{family_id}/desk", get_family_desk, "case.read", "一户的跟进和异议", tag=_TAG, answer=FamilyDesk
    ),
    operation(
        "/families/{family_id}/measures", refer_measure, "measure.work", "转介措施", tag=_TAG, answer=FollowUp,
        method="POST",
    ),
    operation(
        "/families/{family_id}/wishes", add_wish, "measure.work", "登记微心愿", tag=_TAG, answer=FollowUp,
        method="POST",
    ),
)  # fmt: skip
