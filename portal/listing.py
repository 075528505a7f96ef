"""The list: one line a family, the most urgent first, with the head's name for readers who may know it."""

from asyncio import wrap_future
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any
from urllib.parse import urlencode

from fastapi import HTTPException, Request, Response, status
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import FormData

from portal.access import Posted, Reader
from portal.language import gettext
from portal.list_choices import boxes, headings, months_chosen, options
from portal.list_lines import drawn_rows
from portal.list_query import Asked, list_page
from portal.page import Nav, Page, render
from portal.published import months_for
from portal.turns import in_turn
from registry.queries import EditionInfo
from registry.roles import Actor, roles_with
from registry.saved_views import View, views_of
from registry.scoring_told import scored_in_words
from schemas.codes import CODE_LISTS

__all__ = ["PAGES", "PAGE_ROWS", "read_form"]

PAGE_ROWS = 50
_OF_THE_FORM = ("csrf", "keyword", "title", "shown", "format", "purpose", "unmask", "contents")
_LONGEST_WORD = 40


async def _list(request: Request, reader: Reader) -> Response:
    asked = _asked(request.query_params.multi_items())  # by ourselves: FastAPI takes three times as long
    return await _answered(request, reader, asked, "")


async def _found(request: Request, reader: Reader, posted: Posted) -> Response:
    """The list by a keyword, which is posted: no name and no number stands in an address."""
    asked, rest = read_form(posted)
    return await _answered(request, reader, asked, rest.get("keyword", "").strip())


async def _answered(request: Request, reader: Actor, asked: Asked, keyword: str) -> Response:
    """The page, once it is on the disk that its reader sees it."""
    page, recorded = await in_turn(request.app.state.turns, lambda: _drawn(request, reader, asked, keyword))
    await wrap_future(recorded)
    return page


def read_form(posted: FormData) -> tuple[Asked, dict[str, str]]:
    """The words of the list in a form, and the form's other fields.

    Raises:
        HTTPException: 422 for a keyword that is too long.
        RequestValidationError: for a field that is none, or a value that cannot be one.
    """
    given = [(name, value) for name, value in posted.multi_items() if isinstance(value, str)]
    rest = {name: value for name, value in given if name in _OF_THE_FORM}
    if len(rest.get("keyword", "")) > _LONGEST_WORD:
        raise HTTPException(status.HTTP_422_UNPROCESSABLE_CONTENT, gettext("关键词太长。"))
    return _asked([(name, value) for name, value in given if name not in _OF_THE_FORM]), rest


def _asked(given: Sequence[tuple[str, str]]) -> Asked:
    """The words of the list among names and values; raises as `read_form` does."""
    words: dict[str, object] = {name: value for name, value in given if name != "column"}
    try:
        return Asked.model_validate(words | {"column": [value for name, value in given if name == "column"]})
    except ValidationError as error:
        raise RequestValidationError(error.errors(include_url=False, include_context=False)) from None


def _drawn(request: Request, reader: Actor, asked: Asked, keyword: str) -> tuple[Response, Future[int]]:
    """The page, and what has its result when it is recorded that it is shown."""
    page = asked.page
    found = list_page(request, reader, asked, keyword, page=page, size=PAGE_ROWS, what="list page")
    edition = found.edition
    drawn = render(
        request,
        "list.html",
        title="监测名单",
        edition=edition,
        asked=asked.model_copy(update={"as_of": edition.as_of}),
        keyword=keyword,
        of=found.of,
        shown=len(found.rows),
        drawn=drawn_rows(
            found.rows,
            found.names if reader.may("family.identity") else None,
            found.of,
            columns=asked.columns,
            first=(page - 1) * PAGE_ROWS + 1,
            linked=reader.may("family.read"),
            left=found.left if found.of is not edition else None,
        ),
        total=found.total,
        mark=found.mark,
        told=found.told,
        scored_by=scored_in_words(found.of),
        page=page,
        pages=max(1, -(-found.total // PAGE_ROWS)),
        more=found.total > page * PAGE_ROWS,
        views=[(each, _address_of(each)) for each in views_of(request.app.state.engine, actor=reader)],
        share_roles=roles_with("list.read"),
        **_words(request, reader, edition, asked, keyword),
    )
    return drawn, found.recorded


def _address_of(view: View) -> str:
    """Of the list as a view keeps it."""
    plain = [(name, value) for name, value in view.words.items() if name != "column"]
    return f"/list?{urlencode([*plain, *[('column', each) for each in view.words.get('column', [])]])}"


def _words(request: Request, reader: Actor, edition: EditionInfo, asked: Asked, keyword: str) -> dict[str, Any]:
    """What may be chosen, and how codes are called."""
    return {
        "months": months_chosen(months_for(request, reader), edition.as_of),
        "own_streets": reader.area.streets,
        "own_communities": reader.area.communities,
        "streets": CODE_LISTS["street"],
        "options": options,
        "boxes": boxes(asked.columns),
        "headings": headings(asked.columns, asked.sort, None if keyword else asked.sorted_by),
    }


PAGES = (
    Page("/list", _list, "list.read", nav=Nav("监测名单", 20), asked=Asked),
    Page("/list/find", _found, "family.identity", methods=("POST",)),
)
