"""The queue of cases, and what is done with several of them at once.

What belongs here: the page with its filters, and the form below it. One case has its page in `portal/cases.py`.
"""

from typing import Annotated

from fastapi import Query, Request, Response, status
from fastapi.responses import RedirectResponse
from pydantic import Field
from starlette.datastructures import FormData

from portal.access import Posted, Reader, is_secure
from portal.asked import Asked
from portal.faults import said
from portal.forms import desk_of, number_of, text_of
from portal.language import gettext
from portal.page import Nav, Page, render
from portal.people import people_of_cases
from portal.told import tell
from registry.casework.acts import assign_all, close_all
from registry.casework.codes import AUDIENCE, CASE_STATES, OPEN, REASONS
from registry.casework.counting import case_counts
from registry.casework.desk import Desk, instant
from registry.casework.queue import SORTS, QueueFilter, queue
from registry.casework.rights import audiences
from registry.casework.workers import able_workers
from registry.errors import CaseError
from registry.filters import TIERS
from registry.roles import Actor
from rules import get_rule, rules_of
from schemas.codes import CODE_LISTS, CodeList
from schemas.errors import UnknownNameError

__all__ = ["PAGES"]

_ROWS = 50
_NEED = "need"
_OVERDUE = "overdue"
_SORT_TITLES = {"due": "期限", "urgency": "等级", "opened": "立案时间", "street": "街道"}


class _Asked(Asked):
    """What a reader of the queue asks for; unknown words are refused by the queue itself."""

    PATH = "/cases"

    state: str = "open"
    audience: str = _NEED
    street: str = ""
    community: str = ""
    assignee: str = ""
    urgency: str = ""
    rule: str = ""
    due: str = Field(default="", pattern=f"^({_OVERDUE})?$")
    sort: str = "due"

    def wanted(self, reader: Actor, desk: Desk) -> QueueFilter:
        """The same as the queue takes it; raises `UnknownNameError` for a place that is not the reader's."""
        for what, code, known in (
            ("street", self.street, reader.area.streets),
            ("community", self.community, reader.area.communities),
        ):
            if code and code not in known:
                raise UnknownNameError(what, code, known)
        return QueueFilter(
            states=OPEN if self.state == "open" else (self.state,),
            audience=self.audience,
            street=self.street or None,
            community=self.community or None,
            assignee=(reader.name if self.assignee == "me" else self.assignee) or None,
            urgency=self.urgency or None,
            rule=get_rule(self.rule).id if self.rule else None,
            due_before=desk.day(instant(None)) if self.due else None,
        )


def _queue(request: Request, reader: Reader, asked: Annotated[_Asked, Query()]) -> Response:
    return _drawn(request, reader, asked)


def _drawn(request: Request, reader: Actor, asked: _Asked, problem: str = "", code: int = 200) -> Response:
    desk = desk_of(request)
    today = desk.day(instant(None))
    page, audience = asked.page, asked.audience
    found = queue(
        desk.engine, asked.wanted(reader, desk), actor=reader, sort=asked.sort, limit=_ROWS, offset=(page - 1) * _ROWS
    )
    return render(
        request,
        "cases.html",
        code=code,
        title="核查任务",
        problem=problem,
        found=found,
        heads=people_of_cases(request, reader, "cases page", {each.case_id: each.family_id for each in found.rows}),
        asked=asked,
        kept=asked.hidden(),
        ticked=_ticked_before(request) if problem else (),
        today=today,
        counts=case_counts(desk.engine, today, actor=reader, audience=audience, by="state"),
        workers=able_workers(desk.engine, actor=reader, audience=audience) if reader.may("case.assign") else {},
        audiences={each: AUDIENCE.title_of(each) for each in audiences(reader)},
        states=CASE_STATES,
        tiers=TIERS,
        streets=CODE_LISTS["street"].only(reader.area.streets),
        communities=_communities(reader, asked.street),
        all_communities=CODE_LISTS["community"],
        rules=sorted(rules_of(audience), key=lambda rule: rule.id),
        reasons=REASONS,
        sorts={each: _SORT_TITLES[each] for each in SORTS},
        rule=get_rule,
        page=page,
        back=asked.address(page - 1) if page > 1 else None,
        on=asked.address(page + 1) if found.total > page * _ROWS else None,
    )


def _communities(reader: Actor, street: str) -> CodeList:
    """Those to choose from: of one street, for a whole district has too many to look through."""
    streets = reader.area.streets
    chosen = street or (streets[0] if len(streets) == 1 else "")
    return CODE_LISTS["community"].only(
        [each for each in reader.area.communities if chosen and each.startswith(chosen)]
    )


def _bulk(request: Request, reader: Reader, posted: Posted) -> Response:
    """Dispatch or close the cases that were ticked: all of them, or none with the reason told and the ticks kept."""
    desk = desk_of(request)
    asked = _Asked.sent(posted)
    closing = text_of(posted, "act") == "close"
    try:
        chosen = _chosen(posted)
        if closing:
            close_all(desk, chosen, actor=reader)
        else:
            assign_all(desk, chosen, text_of(posted, "to"), actor=reader, reason=text_of(posted, "reason") or None)
    except CaseError as error:
        return _drawn(request, reader, asked, said(error), status.HTTP_409_CONFLICT)
    except UnknownNameError:
        wrong = gettext("有一项没有选择，或者选择的内容不在列出的选项中。")
        return _drawn(request, reader, asked, wrong, status.HTTP_422_UNPROCESSABLE_CONTENT)
    response = RedirectResponse(asked.address(asked.page), status.HTTP_303_SEE_OTHER)
    word = "closed_all" if closing else "assigned_all"
    tell(response, word, len(chosen), secure=is_secure(request.app.state.settings))
    return response


def _ticked_before(request: Request) -> tuple[str, ...]:
    return tuple(str(each).partition(":")[0] for each in request.state.typed.getlist("case"))


def _chosen(posted: FormData) -> dict[str, int]:
    """The cases that were ticked with the version that was seen of each."""
    chosen = dict(_ticked(str(each)) for each in posted.getlist("case"))
    if not chosen:
        raise CaseError("tick the cases that are meant")
    return chosen


def _ticked(value: str) -> tuple[str, int]:
    case_id, _, version = value.partition(":")
    return case_id, number_of(version)


PAGES = (
    Page("/cases", _queue, "case.read", nav=Nav("核查任务", 30)),
    Page("/cases/bulk", _bulk, "case.assign", methods=("POST",)),
)
