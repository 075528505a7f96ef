"""Rows set aside: by feed and month, then row by row with what is wrong and how to mend it.

What belongs here: pages. The original row is shown on request, to those who hand it back, and each view is recorded.
"""

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Form, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from portal.access import Reader
from portal.language import gettext
from portal.page import Page, render
from portal.words import named
from registry.errors import NoDeliveryError
from registry.receipts import deliveries, find_delivery, successor
from registry.set_aside import Place, SetAside, originals, places, released, set_aside
from schemas.contract import DEPARTMENTS, all_feeds, get_feed
from schemas.reasons import REASONS
from schemas.receipts import Receipt

__all__ = ["PAGES", "receipt_of"]

_DELIVERIES = 50
_ROWS = 50
_MONTH = r"^(\d{4}-(0[1-9]|1[0-2]))?$"


class _Asked(BaseModel):
    """What a reader narrows the deliveries by; an empty field of the form means all."""

    model_config = ConfigDict(extra="forbid")

    feed: str = ""
    month: str = Field(default="", pattern=_MONTH)
    reason: str = ""
    state: str = Field(default="open", pattern="^(open|all)$")
    page: int = Field(default=1, ge=1)


class _Rows(BaseModel):
    """Which rows of a delivery."""

    model_config = ConfigDict(extra="forbid")

    reason: str = ""
    page: int = Field(default=1, ge=1)


def _overview(request: Request, asked: Annotated[_Asked, Query()]) -> Response:
    state = request.app.state
    found = set_aside(
        state.engine,
        state.settings,
        feed=asked.feed,
        month=asked.month,
        reason=asked.reason,
        open_only=asked.state == "open",
    )
    first = (asked.page - 1) * _DELIVERIES
    kept = {key: value for key, value in asked.model_dump(exclude={"page"}).items() if value}
    return render(
        request,
        "quarantine.html",
        title=gettext("隔离行"),
        asked=asked,
        shown=[(each, released(state.settings, each)) for each in found[first : first + _DELIVERIES]],
        total=len(found),
        rows=sum(_counted(each, asked.reason) for each in found),
        feeds=all_feeds(),
        departments=DEPARTMENTS,
        reasons=REASONS,
        back=_address(kept, asked.page - 1) if asked.page > 1 else None,
        on=_address(kept, asked.page + 1) if len(found) > first + _DELIVERIES else None,
    )


def _counted(each: SetAside, reason: str) -> int:
    return each.receipt.reasons.get(reason, 0) if reason else each.receipt.rows_quarantined


def _address(kept: dict[str, object], page: int) -> str:
    return f"/quarantine?{urlencode({**kept, 'page': page})}"


def _delivery(request: Request, delivery_id: str, asked: Annotated[_Rows, Query()]) -> Response:
    receipt = receipt_of(request, delivery_id, asked.reason)
    first = (asked.page - 1) * _ROWS
    found = places(request.app.state.settings, receipt, reason=asked.reason, limit=_ROWS, offset=first)
    return _drawn(request, receipt, asked, found, originals_shown=False)


def _originals(
    request: Request,
    reader: Reader,
    delivery_id: str,
    reason: Annotated[str, Form(max_length=60)] = "",
    page: Annotated[int, Form(ge=1)] = 1,
) -> Response:
    state = request.app.state
    receipt = receipt_of(request, delivery_id, reason)
    found = originals(
        state.engine,
        state.settings,
        delivery_id,
        actor=reader,
        reason=reason,
        limit=_ROWS,
        offset=(page - 1) * _ROWS,
    )
    return _drawn(request, receipt, _Rows(reason=reason, page=page), found, originals_shown=True)


def receipt_of(request: Request, delivery_id: str, reason: str) -> Receipt:
    """The receipt of a delivery of a feed that is known; raises `NoDeliveryError` for any other, or another reason."""
    receipt = find_delivery(request.app.state.engine, request.app.state.settings, delivery_id).receipt
    if receipt.feed not in all_feeds() or (reason and reason not in receipt.reasons):
        raise NoDeliveryError("there is no such delivery, or no row that was set aside for that reason")
    return receipt


def _drawn(
    request: Request, receipt: Receipt, asked: _Rows, found: Sequence[Place], *, originals_shown: bool
) -> Response:
    state = request.app.state
    feed = get_feed(receipt.feed)
    later = successor(deliveries(state.engine, state.settings, feed=receipt.feed), receipt)
    kept = find_delivery(state.engine, state.settings, receipt.delivery_id)
    total = receipt.reasons.get(asked.reason, 0) if asked.reason else receipt.rows_quarantined
    return render(
        request,
        "quarantine_rows.html",
        title=f"{named(feed.title, feed.name)} {receipt.month}",
        feed=feed,
        department=DEPARTMENTS[feed.department],
        receipt=receipt,
        later=later,
        release=released(state.settings, SetAside(kept, later)),
        asked=asked,
        found=found,
        total=total,
        reasons=REASONS,
        originals_shown=originals_shown,
        first=(asked.page - 1) * _ROWS,
        last=asked.page * _ROWS >= total,
    )


PAGES = (
    Page("/quarantine", _overview, "deliveries.read"),
    Page("/quarantine/{delivery_id}", _delivery, "deliveries.read"),
    Page("/quarantine/{delivery_id}/originals", _originals, "receipt.mend", methods=("POST",), body_kilobytes=8),
)
