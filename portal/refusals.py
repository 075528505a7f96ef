"""What is said of an address that asks for what is not known: which filter or word it is, and which there are.

What belongs here: the words that each page reads out of its address, and the sentences about others. A value that was
typed is never repeated; the name of a filter is, where it can only be a name.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from inspect import isclass
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel

from portal.language import gettext
from portal.page import API, PUBLIC, SAFE_METHODS, Page
from schemas.errors import UnknownNameError

__all__ = ["known_filters", "refuse_unknown_filters", "unknown_filters_told", "unknown_word_told"]

_UNKNOWN = "extra_forbidden"
_MOST_TOLD = 60
_NAME = re.compile(r"[A-Za-z][A-Za-z_.]{0,39}")


def known_filters(app: FastAPI) -> dict[str, tuple[str, ...]]:
    """The words that each page for people takes in its address, by the page's path."""
    page_of: Mapping[object, Page] = app.state.page_of
    return {
        route.path: _words(route, page_of[route.endpoint])
        for route in app.routes
        if isinstance(route, APIRoute) and "GET" in page_of[route.endpoint].methods
        if not page_of[route.endpoint].is_api
        if page_of[route.endpoint].permission != PUBLIC
    }


def refuse_unknown_filters(request: Request) -> None:
    """Refuse a filter that the page does not have: a slip of the pen must not read as "all"; asked of every route.

    Pages open to everybody are left alone: an identity provider adds words of its own.

    Raises:
        RequestValidationError: for the words that are none.
    """
    if request.method not in SAFE_METHODS or not request.query_params:
        return
    known = _known(request)
    unknown = [] if known is None else [name for name in request.query_params if name not in known]
    if unknown:
        raise RequestValidationError([{"loc": ("query", name), "type": _UNKNOWN} for name in unknown])


def unknown_filters_told(request: Request, errors: Sequence[Any]) -> str:
    """What is wrong with the words of an address, and which there are."""
    unknown = [_named(each) for each in errors if each["type"] == _UNKNOWN]
    wrong = [_named(each) for each in errors if each["type"] != _UNKNOWN]
    said = []
    if unknown:
        said.append(gettext("没有这个筛选条件：%(names)s。") % {"names": _listed(unknown)})
    if wrong:
        said.append(gettext("这些条件的值无法识别：%(names)s。") % {"names": _listed(wrong)})
    known = _known(request)
    if known is not None:
        there = _listed(known) if known else gettext("无")
        said.append(gettext("此页面可以用的条件：%(known)s。") % {"known": there})
    return " ".join(said)


def unknown_word_told(error: UnknownNameError) -> str:
    """Of what kind the word is that nobody knows, and which words there are."""
    what = gettext(error.what)
    if not error.known:
        return gettext("没有这个代码或名称：%(what)s。") % {"what": what}
    known = _listed(error.known[:_MOST_TOLD])
    return gettext("没有这个代码或名称：%(what)s。可以用的有：%(known)s。") % {"what": what, "known": known}


def _known(request: Request) -> tuple[str, ...] | None:
    """Of the page that was asked for; None where nobody declared them."""
    known: Mapping[str, tuple[str, ...]] = request.app.state.known_filters
    route = request.scope.get("route")
    if request.url.path.startswith(API) or request.method not in SAFE_METHODS or route is None:
        return None
    return known.get(route.path)


def _words(route: APIRoute, page: Page) -> tuple[str, ...]:
    shapes = [page.asked] if page.asked is not None else []
    plain = []
    for each in route.dependant.query_params:
        asked = each.field_info.annotation
        if isclass(asked) and issubclass(asked, BaseModel):
            shapes.append(asked)
        else:
            plain.append(each.alias)
    return (*plain, *[field.alias or name for shape in shapes for name, field in shape.model_fields.items()])


def _named(error: Any) -> str:
    """The name of a filter; what may be anything else that was typed is not repeated."""
    name = next((str(each) for each in error["loc"] if each not in {"query", "body"}), "")
    return name if _NAME.fullmatch(name) else gettext("（名称不显示）")


def _listed(names: Iterable[str]) -> str:
    return gettext("、").join(dict.fromkeys(names))
