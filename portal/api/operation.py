"""How an operation of the API is declared, and what all answers share.

What belongs here: `operation`, which makes the `Page` of an address for programs, and the shapes of pages of rows. What
an operation answers stands with its resource.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Generic, Literal, TypeVar
from urllib.parse import urlencode

from fastapi import Depends, HTTPException, Request, Response, status
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from portal.language import gettext
from portal.page import Page

__all__ = [
    "PREFIX",
    "Asking",
    "Line",
    "Paged",
    "Rows",
    "Said",
    "Telling",
    "Text",
    "Word",
    "next_page",
    "operation",
    "told",
]

PREFIX = "/api/v1"
Row = TypeVar("Row")
_FILE = {"schema": {"type": "string", "format": "binary"}}

Word = Annotated[str, StringConstraints(max_length=100, pattern=r"^[^\x00-\x1f]*$")]
"""A code, a name of an account, an id: one line."""

Text = Annotated[str, StringConstraints(max_length=4000, pattern=r"^[^\x00]*$")]
"""What people write."""


Said = Annotated[str, BeforeValidator(lambda text: gettext(text) if isinstance(text, str) else text)]
"""A title or a sentence beside a code, in the language of the request as far as it is known there."""


class Asking(BaseModel):
    """What a program sends; a field that is not declared is refused."""

    model_config = ConfigDict(extra="forbid")


class Telling(BaseModel):
    """What is answered; read from the objects of the services, field by field, so that nothing else gets out."""

    model_config = ConfigDict(from_attributes=True)


class Line(Telling):
    """A code with its title."""

    code: str
    title: Said


class Paged(Asking):
    """Which page of the rows, and how many a page."""

    page: int = Field(default=1, ge=1, le=100_000, description="Page, the first is 1")
    size: int = Field(default=50, ge=1, le=500, description="Rows a page")

    @property
    def offset(self) -> int:
        """How many rows come before."""
        return (self.page - 1) * self.size


class Rows(Telling, Generic[Row]):
    """A page of rows."""

    total: int = Field(description="Rows on all pages")
    page: int
    size: int
    next: str | None = Field(description="Address of the next page; null on the last")
    items: list[Row]


def next_page(request: Request, page: int, size: int, total: int, **kept: str) -> str | None:
    """The address of the page after this one, with the words that were asked with; None when this is the last."""
    if page * size >= total:
        return None
    words = [(name, value) for name, value in request.query_params.multi_items() if name not in {"page", *kept}]
    return f"{request.url.path}?{urlencode([*words, *kept.items(), ('page', page + 1)])}"


def told(shape: type[BaseModel], source: object, **more: object) -> dict[str, object]:
    """The fields of a shape from an object of a service, but for those that are given by name."""
    return {name: more[name] if name in more else getattr(source, name) for name in shape.model_fields}


def _known_words(request: Request) -> None:
    """Refuse a word of the address that the description does not name: a slip must not read as "all"."""
    if not all(value.isprintable() for value in request.path_params.values()):
        raise HTTPException(status.HTTP_404_NOT_FOUND)
    known: Mapping[tuple[str, str], frozenset[str]] = request.app.state.api_words
    allowed = known[request.scope["route"].path, request.method.lower()]
    unknown = [name for name in request.query_params if name not in allowed]
    if unknown:
        raise RequestValidationError([{"loc": ("query", name), "type": "extra_forbidden"} for name in unknown])


def operation(  # noqa: PLR0913  # what an operation declares, each by name
    path: str,
    endpoint: Callable[..., object],
    permission: str,
    summary: str,
    *,
    tag: str,
    answer: Any = None,
    media: tuple[str, ...] = (),
    method: Literal["GET", "POST"] = "GET",
    may_conflict: bool = False,
    exclude_unset: bool = False,
    body_kilobytes: int = 64,
) -> Page:
    """The declaration of one operation; its id is the endpoint's name, its description the endpoint's docstring.

    The `summary` is Chinese; what the operation is called in English is its id in words, and stands beside it.

    `answer` is the model of a JSON answer, `media` the types of one that is a file. `may_conflict` says that it can be
    refused because of how things stand (409); what is posted can always be.
    """
    options: dict[str, Any] = {
        "response_model": answer,
        "response_model_exclude_unset": exclude_unset,
        "operation_id": endpoint.__name__.strip("_"),
        "summary": f"{summary} / {endpoint.__name__.strip('_').replace('_', ' ').capitalize()}",
        "tags": [tag],
        "dependencies": [Depends(_known_words)],
        "openapi_extra": {"x-permission": permission, "x-may-conflict": may_conflict or method == "POST"},
    }
    if media:
        options["responses"] = {200: {"description": "The file", "content": dict.fromkeys(media, _FILE)}}
        options["response_class"] = Response
    return Page(PREFIX + path, endpoint, permission, methods=(method,), body_kilobytes=body_kilobytes, options=options)
