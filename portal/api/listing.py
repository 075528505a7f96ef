"""The list for programs: the same words, rows and files as the list page (`portal.list_query`)."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import Query, Request, Response, status
from fastapi.exceptions import HTTPException
from pydantic import Field

from portal.access import Reader
from portal.api.operation import Rows, next_page, operation
from portal.api.shapes import row_shape
from portal.language import gettext
from portal.list_download import TYPES, Order, list_file
from portal.list_query import Listed, Wanted, count_of, list_page, mark_of
from registry.exports.result import EXPORT_PURPOSES
from registry.queries import require_edition
from registry.roles import Actor

__all__ = ["COLUMNS_OF", "OPERATIONS"]

_TAG = "list"
_SHOWN_BY = "list API"
_Keyword = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[^\x00-\x1f]*$")]

COLUMNS_OF: dict[str, tuple[str, ...]] = {
    "tier": ("tier",),
    "score": ("score",),
    "place": ("street_code", "community_code"),
    "layer": ("layer",),
    "groups": ("groups", "proposed_groups"),
    "classes": ("classes",),
    "members": ("members",),
    "evidence": ("income_evidence",),
    "status": ("status",),
}
"""What each column of the list page (`registry.list_columns`) shows, as columns of the contract."""

ListRow: Any = row_shape(
    "ListRow",
    "list",
    "family_id",
    [each for columns in COLUMNS_OF.values() for each in columns],
    head_name=(
        str | None,
        Field(default=None, title="户主", description="Name of the head; only for readers who may know identities"),
    ),
)


class _Asked(Wanted):
    page: int = Field(default=1, ge=1, le=100_000, description="Page, the first is 1")
    size: int = Field(default=50, ge=1, le=500, description="Families a page")
    mark: str = Field(default="", max_length=100, description="Refuse when the list is no more the one of this mark")


class Search(_Asked):
    """A keyword beside the words of the list; posted, so that no name and no number stands in an address."""

    keyword: _Keyword = Field(
        description="Beginning of a name; a whole identity number, telephone number, family id or household number"
    )


class FileWanted(Wanted):
    """Which families, and the file that is wanted."""

    format: Literal["xlsx", "csv"]
    purpose: str = Field(
        max_length=40, description="For what it is taken", json_schema_extra={"enum": [*EXPORT_PURPOSES.codes]}
    )
    contents: Literal["all", "shown"] = Field(
        default="all", description="Every column, and the members as well; or the columns of `column` alone"
    )
    keyword: str = Field(default="", max_length=40, pattern=r"^[^\x00-\x1f]*$")
    unmask: bool = Field(default=False, description="Whole identity numbers; needs family.unmask")
    mark: str = Field(default="", max_length=100, description="Refuse when the list is no more the one of this mark")


class ListPage(Rows[ListRow]):
    """A page of the list of an edition."""

    as_of: date = Field(description="Last day of the month that the list is for")
    mark: str = Field(description="By which the next page, and a file, are known to be of the same list")


def list_families(request: Request, reader: Reader, asked: Annotated[_Asked, Query()]) -> Any:
    """Families of the list, the most urgent first unless another order is asked for.

    Without `as_of` the newest list answers. A row holds the columns that were asked for; all of them when none was.
    Families that left are told as the list before had them.
    Give the `mark` of the first page with each further one: a list that was published anew meanwhile is refused (409).
    """
    return _page(request, reader, asked, "")


def search_families(request: Request, reader: Reader, asked: Search) -> Any:
    """Families of the list by a keyword: a person's name, number or telephone, or the number of a family."""
    return _page(request, reader, asked, asked.keyword)


def _page(request: Request, reader: Actor, asked: _Asked, keyword: str) -> dict[str, Any]:
    found = list_page(request, reader, asked, keyword, page=asked.page, size=asked.size, what=_SHOWN_BY)
    found.recorded.result()
    if asked.mark and asked.mark != found.mark:
        raise HTTPException(status.HTTP_409_CONFLICT, gettext("名单已重新发布，请从第一页重新读取。"))
    kept = {"as_of": f"{found.edition.as_of}", "mark": found.mark}
    return {
        "as_of": found.edition.as_of,
        "mark": found.mark,
        "total": found.total,
        "page": asked.page,
        "size": asked.size,
        "next": None if keyword else next_page(request, asked.page, asked.size, found.total, **kept),
        "items": _rows(found, asked, named=reader.may("family.identity")),
    }


def _rows(found: Listed, asked: Wanted, *, named: bool) -> list[dict[str, Any]]:
    shown = ["family_id", *[column for each in asked.columns for column in COLUMNS_OF[each]]]
    rows = [{name: row[name] for name in shown} for row in found.rows]
    if named:
        for row in rows:
            row["head_name"] = found.names.get(row["family_id"])
    return rows


def export_families(request: Request, reader: Reader, asked: FileWanted) -> Response:
    """The families as a file, watermarked and recorded as one that is taken from the list page.

    With `mark`, it is refused (409) when the list is no more the one that was read.
    """
    mark = asked.mark
    if not mark:
        edition = require_edition(request.app.state.engine, asked.as_of)
        wanted = asked.wanted(request, reader, edition, asked.keyword)
        mark = mark_of(reader, edition, count_of(request, edition, wanted), wanted)
    order = Order(
        fmt=asked.format,
        purpose=asked.purpose,
        keyword=asked.keyword,
        mark=mark,
        unmask=asked.unmask,
        contents=asked.contents,
    )
    return list_file(request, reader, asked, order)


OPERATIONS = (
    operation(
        "/families", list_families, "list.read", "监测名单", tag=_TAG, answer=ListPage, may_conflict=True,
        exclude_unset=True,
    ),
    operation(
        "/families/search", search_families, "family.identity", "按关键词查找家庭", tag=_TAG, answer=ListPage,
        method="POST", exclude_unset=True,
    ),
    operation(
        "/families/export", export_families, "export.list", "下载监测名单", tag=_TAG, method="POST",
        media=tuple(each.partition(";")[0] for each in TYPES.values()),
    ),
)  # fmt: skip
