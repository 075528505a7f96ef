"""Deliveries: which department delivered what for which month, and the receipts. Counts, reasons, places; no values."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, BinaryIO
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import HTTPException, Request, Response, status
from fastapi.responses import StreamingResponse
from sqlalchemy import Engine

from portal.access import Reader
from portal.charts import Chart, Row, bars
from portal.language import gettext
from portal.page import Nav, Page, render
from portal.published import MONTHS
from portal.words import named
from registry.agreements import FeedAgreement, agreements, agreements_of_feeds
from registry.errors import NoDeliveryError
from registry.exports.receipt import export_receipt, receipt_name
from registry.files import work_dir
from registry.receipts import Kept, deliveries, find_delivery, open_rows, sender_trend, successor
from registry.release import release_of
from registry.roles import Actor
from schemas.contract import DEPARTMENTS, Feed, all_feeds, get_feed
from schemas.reasons import REASONS, SKIPS, TIDIED, caveat_parts
from schemas.receipts import STATUSES, ZERO, Receipt, Release, TrendPoint, choices, next_steps
from schemas.settings import Settings

__all__ = ["PAGES", "Cell", "cells_of", "receipt_file"]

_WORST_FIRST = ("refused", "partial", "zero", "accepted")
_STATES: Mapping[str, str] = {
    "accepted": "全部接收",
    "partial": "部分接收",
    "refused": "未接收",
    "zero": ZERO,
    "missing": "逾期未交",
    "waiting": "未到报送日",
}
_TAGS = {"accepted": "good", "partial": "partial", "refused": "bad"}
_PART_BYTES = 64 * 1024
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Cell:
    """What one feed delivered for one month: its senders together, each in the latest revision."""

    status: str
    rows: int = 0
    late_days: int = 0
    replaced: int = 0  # revisions that later ones have replaced
    aside: int = 0  # rows set aside that nobody has delivered anew


@dataclass(frozen=True, slots=True)
class _Shown:
    """One delivery as its page shows it."""

    kept: Kept
    tag: str
    steps: Sequence[str]
    later: Receipt | None
    release: Release | None
    trend: Sequence[TrendPoint]
    chart: Chart

    @property
    def receipt(self) -> Receipt:
        """The receipt itself."""
        return self.kept.receipt


def _cell(held: Iterable[Kept]) -> Cell:
    latest: dict[str, Kept] = {}
    taken = 0
    for each in held:
        receipt = each.receipt
        taken += receipt.status != "refused"
        known = latest.get(receipt.sender)
        if known is None or known.receipt.status == "refused" or receipt.status != "refused":
            latest[receipt.sender] = each
    standing = [each for each in latest.values() if each.receipt.status != "refused"]
    return Cell(
        status=min((_state(each.receipt) for each in latest.values()), key=_WORST_FIRST.index),
        rows=sum(each.receipt.rows_accepted for each in standing),
        late_days=max((each.late_days or 0 for each in standing), default=0),
        replaced=taken - len(standing),
        aside=sum(each.receipt.rows_quarantined for each in standing),
    )


def _state(receipt: Receipt) -> str:
    return "zero" if receipt.zero_report and receipt.status == "accepted" else receipt.status


def _matrix(request: Request) -> Response:
    engine, settings = _of(request)
    feeds = all_feeds()
    known = deliveries(engine, settings)
    elsewhere = [each.receipt for each in known if not _has_a_place(each)]
    today = datetime.now(ZoneInfo(settings.timezone)).date()
    months, cells = cells_of(known, today)
    agreed = {each.feed.name: each for each in agreements_of_feeds(agreements(settings), today)}
    unagreed = sum(each.state != "in_force" for each in agreed.values())
    departments: dict[str, list[Feed]] = defaultdict(list)
    for feed in feeds.values():
        departments[DEPARTMENTS[feed.department]].append(feed)
    return render(
        request,
        "deliveries.html",
        title=gettext("数据交付"),
        departments={title: departments[title] for title in DEPARTMENTS.values() if title in departments},
        months=months,
        cells=cells,
        agreed=agreed,
        unagreed=unagreed if 2 * unagreed > len(agreed) else 0,  # where most lack one it is said once, not in each row
        elsewhere=elsewhere,
        states=_STATES,
        set_aside=_set_aside(known),
        reasons=REASONS,
    )


def cells_of(known: Iterable[Kept], today: date) -> tuple[list[str], dict[tuple[str, str], Cell]]:
    """The months to show, and what each feed delivered for each month; what is not there is missing or awaited."""
    held: dict[tuple[str, str], list[Kept]] = defaultdict(list)
    for each in known:
        if _has_a_place(each):
            held[each.receipt.feed, each.receipt.month].append(each)
    months = sorted({month for _, month in held})[-MONTHS:]
    cells = {key: _cell(each) for key, each in held.items()}
    for feed in all_feeds().values():
        for month in months:
            overdue = feed.expected_on(month) < today
            cells.setdefault((feed.name, month), Cell("missing" if overdue else "waiting"))
    return months, cells


def _has_a_place(kept: Kept) -> bool:
    return kept.receipt.feed in all_feeds() and _is_month(kept.receipt.month)


def _agreed(settings: Settings, feed: str) -> FeedAgreement:
    today = datetime.now(ZoneInfo(settings.timezone)).date()
    return next(each for each in agreements_of_feeds(agreements(settings), today) if each.feed.name == feed)


def _set_aside(known: Sequence[Kept]) -> list[tuple[str, int, int]]:
    """Reason, rows and feeds of the rows that are set aside and not delivered anew, most rows first."""
    rows: Counter[str] = Counter()
    feeds: dict[str, set[str]] = defaultdict(set)
    for each in open_rows(known):
        rows[each.reason] += each.rows
        feeds[each.reason].add(each.feed)
    return [(reason, count, len(feeds[reason])) for reason, count in rows.most_common()]


def _is_month(month: str) -> bool:
    return re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month) is not None


def _receipts(request: Request, feed: str, month: str) -> Response:
    contract = get_feed(feed)
    engine, settings = _of(request)
    held = deliveries(engine, settings, feed=feed)
    found = [each for each in held if each.receipt.month == month]
    if not found:
        raise HTTPException(status.HTTP_404_NOT_FOUND, f"{contract.title} {month} 没有交付。")
    return render(
        request,
        "receipts.html",
        title=f"{named(contract.title, contract.name)} {month}",
        feed=contract,
        department=DEPARTMENTS[contract.department],
        expected_on=contract.expected_on(month),
        agreed=_agreed(settings, feed),
        shown=[_shown(settings, each, held) for each in found],
        statuses=STATUSES,
        reasons=REASONS,
        skips=SKIPS,
        tidied=TIDIED,
        caveat_parts=caveat_parts,
        choices=choices,
    )


def _shown(settings: Settings, kept: Kept, held: Sequence[Kept]) -> _Shown:
    receipt = kept.receipt
    later = successor(held, receipt)
    trend = sender_trend(held, receipt)
    return _Shown(
        kept=kept,
        tag=_TAGS[receipt.status],
        steps=next_steps(receipt) if later is None else (),
        later=later,
        release=release_of(settings, receipt, later) if later is not None else None,
        trend=trend,
        chart=bars(gettext("历次报送的接收行数"), _accepted(trend), place=gettext("月份")),
    )


def _accepted(trend: Sequence[TrendPoint]) -> list[Row]:
    return [(each.month, gettext("接收行数"), each.rows) for each in trend]


def _download(request: Request, reader: Reader, delivery_id: str) -> Response:
    return receipt_file(request, reader, delivery_id)


def receipt_file(request: Request, reader: Actor, delivery_id: str) -> Response:
    """The receipt with the rows to mend. Its file is gone from the disk before the first byte is sent."""
    engine, settings = _of(request)
    try:
        name = receipt_name(find_delivery(engine, settings, delivery_id).receipt)
    except NoDeliveryError:
        raise HTTPException(status.HTTP_404_NOT_FOUND) from None
    with work_dir(settings.home) as folder:
        path = export_receipt(engine, settings, actor=reader, delivery_id=delivery_id, path=folder / "receipt.xlsx")
        opened = path.open("rb")
    disposition = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    return StreamingResponse(_parts(opened), media_type=_XLSX, headers=disposition)


def _parts(opened: BinaryIO) -> Iterator[bytes]:
    with opened:
        while part := opened.read(_PART_BYTES):
            yield part


def _of(request: Request) -> tuple[Engine, Settings]:
    state: Any = request.app.state
    return state.engine, state.settings


PAGES = (
    Page("/deliveries", _matrix, "deliveries.read", nav=Nav("数据交付", 50)),
    Page("/deliveries/{feed}/{month}", _receipts, "deliveries.read"),
    Page("/receipts/{delivery_id}", _download, "receipt.mend", methods=("POST",)),
)
