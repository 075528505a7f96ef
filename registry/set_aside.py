"""Rows set aside: in which deliveries they are, where they stand in the file, and the original row by right.

What belongs here: looking them up. Places and reasons tell nothing of a person; the original row does, so that it is
shown to those who hand it back to its department, and each view is recorded.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl
from sqlalchemy import Engine

from registry.receipts import Kept, deliveries, find_delivery, successor
from registry.release import release_of
from registry.roles import Actor, require
from registry.store import delivery_files
from registry.views import record_view
from schemas.contract import all_feeds
from schemas.errors import UnknownNameError
from schemas.reasons import REASONS
from schemas.receipts import Receipt, Release
from schemas.settings import Settings
from schemas.taking import QUARANTINE_SCHEMA

__all__ = ["Place", "SetAside", "originals", "places", "released", "set_aside"]

_REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class SetAside:
    """A delivery with rows set aside, and the latest revision that stands in its place; None while they are open."""

    kept: Kept
    later: Receipt | None

    @property
    def receipt(self) -> Receipt:
        """Its receipt."""
        return self.kept.receipt


@dataclass(frozen=True, slots=True)
class Place:
    """One row set aside: where it stands, what is wrong and how to mend it.

    `also` are the further columns in trouble. `original` is the row as it was delivered, by column title, and None for
    whoever may not see it.
    """

    sheet: str
    row: int | None
    column: str
    reason: str
    also: tuple[str, ...]
    original: dict[str, str | None] | None


def set_aside(
    engine: Engine, settings: Settings, *, feed: str = "", month: str = "", reason: str = "", open_only: bool = True
) -> list[SetAside]:
    """The deliveries that have rows set aside, the latest month first; unknown feeds and reasons raise.

    With `open_only` those alone that no later revision has replaced.
    """
    if feed and feed not in all_feeds():
        raise UnknownNameError("feed", feed, all_feeds())
    if reason and reason not in REASONS:
        raise UnknownNameError("reason", reason, REASONS)
    held = deliveries(engine, settings, feed=feed or None)
    found = [
        SetAside(each, successor(held, each.receipt))
        for each in held
        if each.receipt.status != _REFUSED
        and each.receipt.rows_quarantined
        and month in {"", each.receipt.month}
        and (not reason or reason in each.receipt.reasons)
    ]
    wanted = [each for each in found if each.later is None or not open_only]
    return sorted(wanted, key=lambda each: (each.receipt.month, each.kept.received_at), reverse=True)


def released(settings: Settings, each: SetAside) -> Release | None:
    """How many of its rows came right in the revision that stands in its place."""
    return None if each.later is None else release_of(settings, each.receipt, each.later)


def places(settings: Settings, receipt: Receipt, *, reason: str = "", limit: int, offset: int = 0) -> list[Place]:
    """The rows of a delivery, as they stand in its file, without what stands in them; none once they were destroyed."""
    return [_place(row, original=False) for row in _rows(settings, receipt, reason, limit, offset)]


def originals(
    engine: Engine, settings: Settings, delivery_id: str, *, actor: Actor, reason: str = "", limit: int, offset: int = 0
) -> list[Place]:
    """The same with the original rows; recorded. Raises `NotPermittedError`, `NoDeliveryError`."""
    require(actor, "receipt.mend")
    receipt = find_delivery(engine, settings, delivery_id).receipt
    shown = [_place(row, original=True) for row in _rows(settings, receipt, reason, limit, offset)]
    filters = {"feed": receipt.feed, "month": receipt.month, "delivery": delivery_id, "reason": reason}
    record_view(engine, actor, "quarantine", edition_id="", rows=len(shown), filters=filters)
    return shown


def _rows(settings: Settings, receipt: Receipt, reason: str, limit: int, offset: int) -> Sequence[dict[str, object]]:
    path = delivery_files(settings, receipt.feed, receipt.month, receipt.delivery_id).quarantine
    if not receipt.rows_quarantined or not path.exists():
        return []
    held = pl.scan_parquet(path).select(QUARANTINE_SCHEMA.names())
    wanted = held.filter(pl.col("reason") == reason) if reason else held
    found: list[dict[str, object]] = wanted.slice(offset, limit).collect().to_dicts()
    return found


def _place(row: dict[str, object], *, original: bool) -> Place:
    pairs = [each.partition(":") for each in str(row["all_reasons"] or "").split(";")]
    also = tuple(code for column, _, code in pairs if code and column != row["column"])
    number = row["source_row"]
    return Place(
        sheet=str(row["source_sheet"] or ""),
        row=number if isinstance(number, int) else None,
        column=str(row["column_title"] or ""),
        reason=str(row["reason"]),
        also=also,
        original=json.loads(str(row["original"])) if original else None,
    )
