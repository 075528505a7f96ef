"""Deliveries for programs: who delivered what for which month, and the receipts. Counts and places, never a value."""

from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import Query, Request, Response
from pydantic import Field

from portal.access import Reader
from portal.api.operation import Asking, Paged, Rows, Said, Telling, Word, next_page, operation, told
from portal.deliveries import cells_of, receipt_file
from registry.receipts import Kept, deliveries, find_delivery, sender_trend, successor
from schemas.contract import all_feeds, get_feed
from schemas.receipts import next_steps
from schemas.unread import UnreadColumn

__all__ = ["OPERATIONS"]

_TAG = "deliveries"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_Month = Annotated[str, Field(pattern=r"^(\d{4}-(0[1-9]|1[0-2]))?$")]


class FeedMonth(Telling):
    """What one feed delivered for one month: its senders together, each in the latest revision.

    `status` is accepted, partial, refused, zero (reported to have nothing), missing or waiting.
    """

    feed: str
    title: Said
    department: str
    month: str
    status: str
    rows: int
    late_days: int
    replaced: int = Field(description="Revisions that later ones have replaced")


class DeliveryLine(Telling):
    """One delivery and the counts of its receipt."""

    delivery_id: str
    feed: str
    month: str
    sender: str
    revision: int
    file_name: str
    sha256: str
    status: str
    received_at: datetime
    late_days: int | None
    rows_read: int
    rows_accepted: int
    rows_quarantined: int
    skipped: dict[str, int]
    zero_report: bool


class Deliveries(Rows[DeliveryLine]):
    """A page of deliveries."""


class Point(Telling):
    """What the sender delivered for one month, in its latest revision."""

    month: str
    status: str
    rows: int
    quarantined_percent: float
    null_percent: float | None
    late_days: int | None


class DeliveryDetail(Telling):
    """The receipt: why rows were set aside, what was tidied, what to do next, and the sender's other months."""

    delivery: DeliveryLine
    reasons: dict[str, int]
    normalised: dict[str, int]
    unknown_codes: dict[str, int]
    caveats: list[str]
    unread_columns: list[UnreadColumn]
    refusal_code: str | None
    refusal_title: Said | None
    replaced_by: str | None
    next_steps: list[str]
    trend: list[Point]


class _Asked(Paged):
    feed: Word = ""
    month: _Month = ""


class _Which(Asking):
    month: _Month = ""


class Mending(Asking):
    """Nothing is to be said: the workbook goes to the sender, and taking it is recorded."""


def list_feed_months(request: Request, asked: Annotated[_Which, Query()]) -> Any:
    """The matrix of feeds and months, undelivered ones included; the latest twelve months unless one is named."""
    state = request.app.state
    now = datetime.now(ZoneInfo(state.settings.timezone)).date()
    feeds = all_feeds()
    _, cells = cells_of(deliveries(state.engine, state.settings), now)
    return [
        told(FeedMonth, cell, feed=feed, title=feeds[feed].title, department=feeds[feed].department, month=month)
        for (feed, month), cell in sorted(cells.items())
        if asked.month in {"", month}
    ]


def list_deliveries(request: Request, asked: Annotated[_Asked, Query()]) -> Any:
    """All recorded deliveries, refused ones included, by feed, month, sender and revision."""
    state = request.app.state
    feed = get_feed(asked.feed).name if asked.feed else None
    found = deliveries(state.engine, state.settings, feed=feed, month=asked.month or None)
    shown = found[asked.offset : asked.offset + asked.size]
    on = next_page(request, asked.page, asked.size, len(found))
    return {
        "total": len(found),
        "page": asked.page,
        "size": asked.size,
        "next": on,
        "items": [_line(each) for each in shown],
    }


def _line(kept: Kept) -> dict[str, object]:
    return told(DeliveryLine, kept.receipt, received_at=kept.received_at, late_days=kept.late_days)


def get_delivery(request: Request, delivery_id: str) -> Any:
    """One delivery with its receipt."""
    state = request.app.state
    kept = find_delivery(state.engine, state.settings, delivery_id)
    receipt = kept.receipt
    held = deliveries(state.engine, state.settings, feed=receipt.feed)
    later = successor(held, receipt)
    return told(
        DeliveryDetail,
        receipt,
        delivery=_line(kept),
        replaced_by=later.delivery_id if later else None,
        next_steps=next_steps(receipt) if later is None else [],
        trend=sender_trend(held, receipt),
    )


def take_receipt(request: Request, reader: Reader, delivery_id: str, asked: Mending) -> Response:  # noqa: ARG001 - empty
    """The receipt as a workbook with the rows to mend, for the department that sent them; recorded in the chain."""
    return receipt_file(request, reader, delivery_id)


OPERATIONS = (
    operation("/deliveries", list_deliveries, "deliveries.read", "数据交付", tag=_TAG, answer=Deliveries),
    operation(
        "/deliveries/months", list_feed_months, "deliveries.read", "各数据源各月的交付", tag=_TAG,
        answer=list[FeedMonth],
    ),
    operation(
        "/deliveries/{delivery_id}", get_delivery, "deliveries.read", "一份交付和回执", tag=_TAG, answer=DeliveryDetail
    ),
    operation(
        "/deliveries/{delivery_id}/receipt", take_receipt, "receipt.mend", "下载回执", tag=_TAG, method="POST",
        media=(_XLSX,),
    ),
)  # fmt: skip
