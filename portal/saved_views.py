"""Keeping the list as it is asked for under a name, and renaming, sharing and removing what was kept.

What belongs here: the forms of the list page. What may be kept and shared is decided in `registry.saved_views`.
"""

from collections.abc import Callable
from urllib.parse import urlencode

from fastapi import Request, Response, status
from fastapi.responses import RedirectResponse
from sqlalchemy import Engine

from portal.access import Posted, Reader, local_path
from portal.faults import said
from portal.forms import text_of
from portal.language import gettext
from portal.list_query import Asked
from portal.listing import read_form
from portal.page import Page
from portal.problems import problem
from portal.published import edition_for
from registry.errors import SavedViewError
from registry.saved_views import keep_view, remove_view, rename_view, share_view, unshare_view

__all__ = ["PAGES"]

_LIST = "/list"


def _kept(request: Request, reader: Reader, posted: Posted) -> Response:
    asked, rest = read_form(posted)
    edition = edition_for(request, asked.as_of)
    asked.wanted(request, reader, edition)  # refuses what it does not know
    words = dict(asked.model_dump(exclude={"page", "as_of"}, mode="json")) | {"keyword": rest.get("keyword", "")}
    if words["sort"] == Asked().sort:
        words["sort"] = ""
    title = rest.get("title", "")
    back = f"{_LIST}?{urlencode(asked.fields())}"
    return _done(request, lambda engine: keep_view(engine, title, words, actor=reader), back)


def _renamed(request: Request, reader: Reader, posted: Posted, view_id: str) -> Response:
    title = text_of(posted, "title")
    return _done(request, lambda engine: rename_view(engine, view_id, title, actor=reader), _back(posted))


def _removed(request: Request, reader: Reader, posted: Posted, view_id: str) -> Response:
    return _done(request, lambda engine: remove_view(engine, view_id, actor=reader), _back(posted))


def _shared(request: Request, reader: Reader, posted: Posted, view_id: str) -> Response:
    role, area = text_of(posted, "role"), text_of(posted, "area")

    def act(engine: Engine) -> None:
        if role:
            share_view(engine, view_id, role, area, actor=reader)
        else:
            unshare_view(engine, view_id, actor=reader)

    return _done(request, act, _back(posted))


def _back(posted: Posted) -> str:
    back = local_path(text_of(posted, "back"))
    return back if back.startswith(_LIST) else _LIST


def _done(request: Request, act: Callable[[Engine], object], back: str) -> Response:
    """Do it and go back to the list, or say why it was not done."""
    try:
        act(request.app.state.engine)
    except SavedViewError as error:
        title = gettext("视图没有保存")
        return problem(request, status.HTTP_409_CONFLICT, said(error), title=title)
    return RedirectResponse(back, status.HTTP_303_SEE_OTHER)


_POST = ("POST",)

PAGES = (
    Page("/views", _kept, "list.read", methods=_POST),
    Page("/views/{view_id}/rename", _renamed, "list.read", methods=_POST),
    Page("/views/{view_id}/remove", _removed, "list.read", methods=_POST),
    Page("/views/{view_id}/share", _shared, "list.share", methods=_POST),
)
