"""Families that are proposed to leave, for programs: agreed, approved by a second person, or kept; one by one."""

from datetime import date
from typing import Annotated, Any

from fastapi import Query, Request
from pydantic import Field

from portal.access import Reader
from portal.api.operation import Asking, Paged, Rows, Telling, next_page, operation, told
from portal.exits import exit_of
from portal.forms import desk_of
from portal.people import people_of
from registry.casework.exits import ProposedExit, agree_exit, approve_exit, proposed_exits, refuse_exit
from registry.decisions import DECISION_REASONS
from registry.roles import Actor

__all__ = ["OPERATIONS"]

_TAG = "exits"


class Exit(Telling):
    """A family and a ground that the newest list proposes to leave; `kind` is empty until somebody has agreed."""

    exit_id: str
    family_id: str
    ground: str
    reason: str | None
    proposed_since: date
    persons: int
    street_code: str | None
    community_code: str | None
    kind: str
    agreed_by: str | None
    head_name: str | None = Field(description="First character only without `family.identity`")


class Exits(Rows[Exit]):
    """A page of proposed exits."""


class _Asked(Paged):
    pass


class Judgement(Asking):
    """On what the act rests."""

    reason: str = Field(json_schema_extra={"enum": [*DECISION_REASONS.codes]}, max_length=100)


class Approval(Asking):
    """Nothing is to be said: who approves, approves what the first person agreed to."""


def list_exits(request: Request, reader: Reader, asked: Annotated[_Asked, Query()]) -> Any:
    """What awaits the reader's area, the longest waiting first."""
    found = proposed_exits(desk_of(request), actor=reader)
    items = _named(request, reader, found[asked.offset : asked.offset + asked.size])
    on = next_page(request, asked.page, asked.size, len(found))
    return {"total": len(found), "page": asked.page, "size": asked.size, "next": on, "items": items}


def _named(request: Request, reader: Actor, rows: list[ProposedExit]) -> list[dict[str, object]]:
    heads = people_of(request, reader, "exits API", [each.family_id for each in rows])
    return [
        told(Exit, each, head_name=heads[each.family_id].name if each.family_id in heads else None) for each in rows
    ]


def agree_to_exit(request: Request, reader: Reader, exit_id: str, asked: Judgement) -> Any:
    """The first of two: agree that the family leaves."""
    desk = desk_of(request)
    one = exit_of(desk, reader, exit_id)
    return _named(request, reader, [agree_exit(desk, one.family_id, one.ground, asked.reason, actor=reader)])[0]


def approve_an_exit(request: Request, reader: Reader, exit_id: str, asked: Approval) -> Any:  # noqa: ARG001 - empty
    """The second of two, another person than the first: approve, which records the decision."""
    desk = desk_of(request)
    one = exit_of(desk, reader, exit_id)
    return _named(request, reader, [approve_exit(desk, one.family_id, one.ground, actor=reader)])[0]


def keep_family(request: Request, reader: Reader, exit_id: str, asked: Judgement) -> Any:
    """Keep the family: one person is enough, which records the decision."""
    desk = desk_of(request)
    one = exit_of(desk, reader, exit_id)
    return _named(request, reader, [refuse_exit(desk, one.family_id, one.ground, asked.reason, actor=reader)])[0]


OPERATIONS = (
    operation("/exits", list_exits, "case.read", "拟退出", tag=_TAG, answer=Exits),
    operation(
        "/exits/{exit_id}/agree", agree_to_exit, "case.assign", "拟同意退出", tag=_TAG, answer=Exit, method="POST"
    ),
    operation(
        "/exits/{exit_id}/approve", approve_an_exit, "case.approve", "同意退出", tag=_TAG, answer=Exit, method="POST"
    ),
    operation(
        "/exits/{exit_id}/refuse", keep_family, "case.assign", "不同意退出，保留", tag=_TAG, answer=Exit,
        method="POST",
    ),
)  # fmt: skip
