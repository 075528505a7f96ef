"""Rows set aside for programs: in which deliveries, where and why; the original row by right, and recorded."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Query, Request
from pydantic import Field

from portal.access import Reader
from portal.api.operation import Asking, Paged, Rows, Said, Telling, Word, next_page, operation, told
from portal.quarantine import receipt_of
from registry.roles import Actor
from registry.set_aside import Place, originals, places, released, set_aside
from schemas.reasons import REASONS
from schemas.receipts import Receipt

__all__ = ["OPERATIONS"]

_TAG = "deliveries"
_Month = Annotated[str, Field(pattern=r"^(\d{4}-(0[1-9]|1[0-2]))?$")]
_LAST_PAGE = 100_000


class Back(Telling):
    """How many of the rows came right in a later revision."""

    rows: int
    back: int


class SetAsideLine(Telling):
    """A delivery with rows set aside; `replaced_by` is the later revision in its place, null while they are open."""

    delivery_id: str
    feed: str
    month: str
    sender: str
    revision: int
    rows_read: int
    rows_quarantined: int
    reasons: dict[str, int]
    replaced_by: str | None
    released: Back | None
    next_file_name: str = Field(description="How the file that mends it is called")


class SetAsides(Rows[SetAsideLine]):
    """A page of deliveries with rows set aside."""


class PlaceOut(Telling):
    """One row: where it stands in the file, what is wrong, and how to mend it; never what stands in it.

    `also` are the reasons of further columns.
    """

    sheet: str
    row: int | None
    column: str
    reason: str
    title: Said
    fix: str
    also: list[str]


class OriginalOut(PlaceOut):
    """The same with the row as it was delivered, by column title: for whoever hands it back to its department."""

    original: dict[str, str | None]


class Places(Rows[PlaceOut]):
    """A page of the rows of a delivery."""


class Originals(Rows[OriginalOut]):
    """A page of the original rows of a delivery."""


class _Asked(Paged):
    feed: Word = ""
    month: _Month = ""
    reason: Word = ""
    open: bool = Field(default=True, description="Only what no later revision has replaced")


class _Which(Paged):
    reason: Word = ""


class Handing(Asking):
    """Which of the rows."""

    reason: Word = ""
    page: int = Field(default=1, ge=1, le=_LAST_PAGE)
    size: int = Field(default=50, ge=1, le=500)


def list_set_aside(request: Request, asked: Annotated[_Asked, Query()]) -> Any:
    """Deliveries that have rows set aside, the latest month first."""
    state = request.app.state
    found = set_aside(
        state.engine, state.settings, feed=asked.feed, month=asked.month, reason=asked.reason, open_only=asked.open
    )
    items = [
        told(
            SetAsideLine,
            each.receipt,
            replaced_by=each.later.delivery_id if each.later else None,
            released=released(state.settings, each),
        )
        for each in found[asked.offset : asked.offset + asked.size]
    ]
    on = next_page(request, asked.page, asked.size, len(found))
    return {"total": len(found), "page": asked.page, "size": asked.size, "next": on, "items": items}


def list_set_aside_rows(request: Request, delivery_id: str, asked: Annotated[_Which, Query()]) -> Any:
    """The rows of a delivery that were set aside, by place and reason."""
    receipt = receipt_of(request, delivery_id, asked.reason)
    settings = request.app.state.settings
    found = places(settings, receipt, reason=asked.reason, limit=asked.size, offset=asked.offset)
    total = _total(receipt, asked.reason)
    on = next_page(request, asked.page, asked.size, total)
    return {"total": total, "page": asked.page, "size": asked.size, "next": on, "items": _told(found, PlaceOut)}


def read_set_aside_rows(request: Request, reader: Reader, delivery_id: str, asked: Handing) -> Any:
    """The same with the rows as they were delivered, to be handed back to the department; each view is recorded.

    `next` is always null: pages are asked for by number.
    """
    receipt = receipt_of(request, delivery_id, asked.reason)
    found = _originals(request, reader, delivery_id, asked)
    shown = {"page": asked.page, "size": asked.size, "next": None}
    return {"total": _total(receipt, asked.reason), **shown, "items": _told(found, OriginalOut)}


def _originals(request: Request, reader: Actor, delivery_id: str, asked: Handing) -> list[Place]:
    state, first = request.app.state, (asked.page - 1) * asked.size
    return originals(
        state.engine,
        state.settings,
        delivery_id,
        actor=reader,
        reason=asked.reason,
        limit=asked.size,
        offset=first,
    )


def _total(receipt: Receipt, reason: str) -> int:
    return receipt.reasons.get(reason, 0) if reason else receipt.rows_quarantined


def _told(found: Sequence[Place], shape: type[PlaceOut]) -> list[dict[str, object]]:
    return [
        told(
            shape,
            each,
            title=REASONS[each.reason].title if each.reason in REASONS else each.reason,
            fix=REASONS[each.reason].fix if each.reason in REASONS else "",
        )
        for each in found
    ]


OPERATIONS = (
    operation("/quarantine", list_set_aside, "deliveries.read", "有隔离行的交付", tag=_TAG, answer=SetAsides),
    operation(
        "/quarantine/{delivery_id}", list_set_aside_rows, "deliveries.read", "一份交付的隔离行", tag=_TAG,
        answer=Places,
    ),
    operation(
        "/quarantine/{delivery_id}/originals", read_set_aside_rows, "receipt.mend", "隔离行的原行", tag=_TAG,
        answer=Originals, method="POST",
    ),
)  # fmt: skip
