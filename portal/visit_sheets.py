"""Visit sheets on pages: out as pages to print or as a workbook, and the filled register back in.

What belongs here: the pages and forms. What a sheet says stands in `registry.exports.visit_pages`; how a register is
checked, row by row, in `registry.casework.sheets`.
"""

from pathlib import Path

from fastapi import Request, Response, status
from starlette.datastructures import FormData

from portal.access import Posted, Reader
from portal.faults import said
from portal.filled_forms import KILOBYTES, KINDS, kind_names, receipt_of
from portal.forms import desk_of, text_of
from portal.language import gettext
from portal.page import Nav, Page, render
from portal.sending import sent_file
from registry.casework.codes import ANSWERS, CONTACTS, MEANS, OUTCOMES
from registry.casework.counting import workers
from registry.casework.queue import QueueFilter, queue
from registry.casework.sheets import take_sheets
from registry.errors import CaseError, CaseNotFoundError
from registry.exports.visit_pages import VisitPages, visit_pages
from registry.exports.visit_sheets import export_visit_sheets
from registry.roles import Actor
from schemas.codes import CODE_LISTS
from schemas.errors import UnknownNameError

__all__ = ["PAGES"]

_GIVEN = ("assigned", "checking")
_MINE = "me"


def _sheets(request: Request, reader: Reader) -> Response:
    return _drawn(request, reader)


def _drawn(request: Request, reader: Actor, problem: str = "", code: int = 200) -> Response:
    desk = desk_of(request)
    given = QueueFilter(states=_GIVEN, audience="need")
    return render(
        request,
        "visit_sheets.html",
        code=code,
        title="走访单",
        problem=problem,
        total=queue(desk.engine, given, actor=reader, limit=1).total,
        workers=workers(desk.engine, actor=reader) if reader.may("case.assign") else {},
        communities=CODE_LISTS["community"].only(reader.area.communities),
        kinds=kind_names(),
        accepted=",".join(KINDS),
        megabytes=KILOBYTES // 1024,
    )


def _printed(request: Request, reader: Reader, posted: Posted) -> Response:
    """The sheets as a page: one family on each side of paper."""
    try:
        made = _chosen(request, reader, posted)
    except CaseNotFoundError:
        raise
    except CaseError as error:
        return _drawn(request, reader, said(error), status.HTTP_409_CONFLICT)
    return render(
        request,
        "visit_print.html",
        title="入户走访单",
        made=made,
        answers=ANSWERS,
        means=MEANS,
        contacts=CONTACTS,
        outcomes=OUTCOMES,
    )


def _chosen(request: Request, reader: Actor, posted: FormData) -> VisitPages:
    assignee, community, cases = _narrowed(reader, posted)
    return visit_pages(desk_of(request), actor=reader, fmt="html", assignee=assignee, community=community, cases=cases)


def _downloaded(request: Request, reader: Reader, posted: Posted) -> Response:
    assignee, community, cases = _narrowed(reader, posted)
    desk = desk_of(request)

    def write(path: Path) -> None:
        export_visit_sheets(desk, actor=reader, assignee=assignee, community=community, cases=cases, path=path)

    try:
        return sent_file(request, write, name="走访单", fmt="xlsx")
    except CaseNotFoundError:
        raise
    except CaseError as error:
        return _drawn(request, reader, said(error), status.HTTP_409_CONFLICT)


def _narrowed(reader: Actor, posted: FormData) -> tuple[str | None, str | None, list[str] | None]:
    """Worker, community and ticked cases; raises `UnknownNameError` for a community that is not the reader's."""
    assignee, community = text_of(posted, "assignee"), text_of(posted, "community")
    known = reader.area.communities
    if community and community not in known:
        raise UnknownNameError("community", community, known)
    ticked = [str(each).partition(":")[0] for each in posted.getlist("case")]
    return (reader.name if assignee == _MINE else assignee) or None, community or None, ticked or None


def _taken(request: Request, reader: Reader, posted: Posted) -> Response:
    """The filled register, checked like a delivery; every row says what became of it."""
    desk = desk_of(request)
    return receipt_of(
        request,
        posted,
        lambda path, name: take_sheets(desk, path, actor=reader, file_name=name),
        form=gettext("登记表"),
        title="走访登记回执",
        back=("/sheets", gettext("回到走访单")),
        drawn=lambda said, code: _drawn(request, reader, said, code),
    )


_POST = ("POST",)

PAGES = (
    Page("/sheets", _sheets, "visit.sheet", nav=Nav("走访单", 31)),
    Page("/sheets/print", _printed, "visit.sheet", methods=_POST),
    Page("/sheets/download", _downloaded, "visit.sheet", methods=_POST),
    Page("/sheets/take", _taken, "visit.sheet", methods=_POST, body_kilobytes=KILOBYTES),
)
