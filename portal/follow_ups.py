"""Measures and small wishes (微心愿) of the reader's area, and what becomes of them.

What belongs here: the list and its forms. New ones are recorded on the page of a family.
"""

from typing import Annotated

from fastapi import Query, Request, Response
from pydantic import Field

from portal.access import Posted, Reader
from portal.asked import Asked
from portal.family_desk import receivers
from portal.forms import desk_of, done, optional_day_of, text_of, version_of
from portal.page import Nav, Page, render
from portal.people import people_of
from registry.casework.codes import FOLLOW_REASONS, FOLLOW_STATES, FOLLOW_UPS, WISHES
from registry.casework.desk import instant
from registry.casework.families import is_visible
from registry.casework.follow_store import OPEN_FOLLOW_UPS, follow_ups
from registry.casework.follow_ups import MEASURES, STEPS, WITH_REASON, move_on
from registry.casework.sealed import objects_of
from registry.roles import Actor
from schemas.codes import CODE_LISTS
from schemas.errors import UnknownNameError

__all__ = ["PAGES"]

_ROWS = 50


class _Asked(Asked):
    """What a reader of the list asks for; unknown words are refused by the list itself."""

    PATH = "/follow-ups"

    kind: str = ""
    state: str = "open_ones"
    owner: str = ""
    receiver: str = ""
    due: str = Field(default="", pattern="^(overdue)?$")


def _list(request: Request, reader: Reader, asked: Annotated[_Asked, Query()]) -> Response:
    return _drawn(request, reader, asked)


def _drawn(request: Request, reader: Actor, asked: _Asked, problem: str = "", code: int = 200) -> Response:
    desk = desk_of(request)
    page = asked.page
    today = desk.day(instant(None))
    choices = receivers(CODE_LISTS["street"].only(reader.area.streets))
    if asked.receiver and asked.receiver not in choices:
        raise UnknownNameError("receiver", asked.receiver, choices)
    rows, total = follow_ups(
        desk.engine,
        actor=reader,
        kind=asked.kind or None,
        states=OPEN_FOLLOW_UPS if asked.state == "open_ones" else (asked.state,),
        owner=(reader.name if asked.owner == "me" else asked.owner) or None,
        receiver=asked.receiver or None,
        due_before=today if asked.due else None,
        limit=_ROWS,
        offset=(page - 1) * _ROWS,
    )
    with desk.engine.connect() as connection:
        objects = objects_of(connection, [each.follow_up_id for each in rows])
    heads = people_of(request, reader, "follow-ups page", [each.family_id for each in rows])
    with desk.engine.connect() as connection:  # a family on the newest list is known; what of the few others is asked
        visible = {name for name, head in heads.items() if head.members or is_visible(connection, reader, name)}
    return render(
        request,
        "follow_ups.html",
        code=code,
        title="措施和微心愿",
        problem=problem,
        asked=asked,
        rows=rows,
        objects=objects,
        visible=visible,
        total=total,
        today=today,
        kept=asked.hidden(),
        choices=choices,
        heads=heads,
        kinds=FOLLOW_UPS,
        states=FOLLOW_STATES,
        open_states=OPEN_FOLLOW_UPS,
        steps=STEPS,
        with_reason=WITH_REASON,
        reasons=FOLLOW_REASONS,
        measures=MEASURES,
        wishes=WISHES,
        receivers=receivers(),
        page=page,
        back=asked.address(page - 1) if page > 1 else None,
        on=asked.address(page + 1) if total > page * _ROWS else None,
    )


def _move(request: Request, reader: Reader, posted: Posted, follow_up_id: str) -> Response:
    asked = _Asked.sent(posted)
    return done(
        request,
        lambda desk: move_on(
            desk,
            follow_up_id,
            text_of(posted, "state"),
            actor=reader,
            version=version_of(posted),
            on=optional_day_of(posted, "on"),
            reason=text_of(posted, "reason") or None,
        ),
        to=asked.address(asked.page),
        drawn=lambda said, code: _drawn(request, reader, asked, said, code),
        told="moved_on",
    )


PAGES = (
    Page("/follow-ups", _list, "measure.work", nav=Nav("措施和微心愿", 34)),
    Page("/follow-ups/{follow_up_id}/move", _move, "measure.work", methods=("POST",)),
)
