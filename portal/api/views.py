"""Views of the list for programs: kept, named otherwise, shared and removed, by the rules of the list page."""

from typing import Any

from fastapi import HTTPException, Request, status
from pydantic import Field

from portal.access import Reader
from portal.api.operation import Asking, Telling, Word, operation
from portal.list_query import Wanted
from portal.published import edition_for
from registry.roles import Actor
from registry.saved_views import (
    EVERY_ROLE,
    View,
    keep_view,
    remove_view,
    rename_view,
    share_view,
    unshare_view,
    views_of,
)

__all__ = ["OPERATIONS"]

_TAG = "list"


class ViewOut(Telling):
    """A view of the reader, or one that is shared with the reader's role and area; `words` are those of the list."""

    view_id: str
    title: str
    words: dict[str, Any]
    owner: str
    own: bool
    shared_role: str | None
    shared_area: str | None


class NewView(Wanted):
    """The words of the list as they are to be kept, without a day, and the name of the view."""

    title: Word = Field(min_length=1)


class Named(Asking):
    """Another name."""

    title: Word = Field(min_length=1)


class Sharing(Asking):
    """With which role, in which area; without a role nobody but the owner sees it any more."""

    role: Word = Field(default="", description=f"Code of a role, or `{EVERY_ROLE}`")
    area: Word = Field(default="district", description="`district`, or the code of a street or community")


class Removing(Asking):
    """Nothing is to be said."""


def list_views(request: Request, reader: Reader) -> Any:
    """The reader's own views by name, then those that are shared with the reader."""
    return views_of(request.app.state.engine, actor=reader)


def keep_list_view(request: Request, reader: Reader, asked: NewView) -> Any:
    """Keep filters, order and columns under a name; one of that name gets the new words. A keyword is never kept."""
    asked.wanted(request, reader, edition_for(request, None))  # refuses what it does not know
    words = asked.model_dump(exclude={"title"}, mode="json")
    if words["sort"] == Wanted.model_fields["sort"].default:
        words["sort"] = ""
    return _view(request, reader, keep_view(request.app.state.engine, asked.title, words, actor=reader))


def rename_list_view(request: Request, reader: Reader, view_id: str, asked: Named) -> Any:
    """Call one's own view otherwise."""
    rename_view(request.app.state.engine, view_id, asked.title, actor=reader)
    return _view(request, reader, view_id)


def remove_list_view(request: Request, reader: Reader, view_id: str, asked: Removing) -> Any:  # noqa: ARG001 - empty
    """Forget one's own view; those that are left are answered."""
    engine = request.app.state.engine
    remove_view(engine, view_id, actor=reader)
    return views_of(engine, actor=reader)


def share_list_view(request: Request, reader: Reader, view_id: str, asked: Sharing) -> Any:
    """Show one's own view to a role in an area within one's own, or keep it to oneself again; recorded."""
    engine = request.app.state.engine
    if asked.role:
        share_view(engine, view_id, asked.role, asked.area, actor=reader)
    else:
        unshare_view(engine, view_id, actor=reader)
    return _view(request, reader, view_id)


def _view(request: Request, reader: Actor, view_id: str) -> View:
    found = {each.view_id: each for each in views_of(request.app.state.engine, actor=reader)}
    if view_id not in found:
        raise HTTPException(status.HTTP_404_NOT_FOUND)
    return found[view_id]


OPERATIONS = (
    operation("/views", list_views, "list.read", "名单视图", tag=_TAG, answer=list[ViewOut]),
    operation("/views", keep_list_view, "list.read", "保存名单视图", tag=_TAG, answer=ViewOut, method="POST"),
    operation(
        "/views/{view_id}/rename", rename_list_view, "list.read", "视图改名", tag=_TAG, answer=ViewOut, method="POST"
    ),
    operation(
        "/views/{view_id}/remove", remove_list_view, "list.read", "删除视图", tag=_TAG, answer=list[ViewOut],
        method="POST",
    ),
    operation(
        "/views/{view_id}/share", share_list_view, "list.share", "共享视图", tag=_TAG, answer=ViewOut, method="POST"
    ),
)  # fmt: skip
