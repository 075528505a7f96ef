"""Deliveries: which department delivered what for which month, and the receipts. Counts and reasons only."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from fastapi import HTTPException, Request, Response, status

from portal.access import Permission
from portal.overview import MONTHS
from portal.page import Page, render
from registry.store import receipts
from schemas.contract import DEPARTMENTS, Feed, all_feeds, get_feed
from schemas.reasons import REASONS, SKIPS, TIDIED, caveat_text
from schemas.receipts import Receipt

__all__ = ["PAGES"]

_WORST_FIRST = ("refused", "partial", "accepted")
_STATUSES = {"accepted": "全部接收", "partial": "部分接收", "refused": "未接收"}


@dataclass(frozen=True, slots=True)
class _Cell:
    """What one feed delivered for one month: its senders together, each in the latest revision."""

    status: str
    rows: int


def _cell(held: Iterable[Receipt]) -> _Cell:
    latest: dict[str, Receipt] = {}
    for each in held:
        known = latest.get(each.sender)
        replaces = known is None or known.status == "refused" or each.status != "refused"
        if replaces:
            latest[each.sender] = each
    worst = min((each.status for each in latest.values()), key=_WORST_FIRST.index)
    return _Cell(worst, sum(each.rows_accepted for each in latest.values()))


def _matrix(request: Request) -> Response:
    feeds = all_feeds()
    held: dict[tuple[str, str], list[Receipt]] = defaultdict(list)
    elsewhere: list[Receipt] = []
    for each in receipts(request.app.state.engine):
        if each.feed in feeds and _is_month(each.month):
            held[each.feed, each.month].append(each)
        else:
            elsewhere.append(each)
    departments: dict[str, list[Feed]] = defaultdict(list)
    for feed in feeds.values():
        departments[DEPARTMENTS[feed.department]].append(feed)
    months = sorted({month for _, month in held})[-MONTHS:]
    return render(
        request,
        "deliveries.html",
        title="数据交付",
        departments={title: departments[title] for title in DEPARTMENTS.values() if title in departments},
        months=months,
        cells={key: _cell(each) for key, each in held.items()},
        elsewhere=elsewhere,
        statuses=_STATUSES,
    )


def _is_month(month: str) -> bool:
    return re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month) is not None


def _receipts(request: Request, feed: str, month: str) -> Response:
    contract = get_feed(feed)
    found = receipts(request.app.state.engine, feed=feed, month=month)
    if not found:
        raise HTTPException(status.HTTP_404_NOT_FOUND, f"{contract.title} {month} 没有交付。")
    return render(
        request,
        "receipts.html",
        title=f"{contract.title} {month}",
        feed=contract,
        department=DEPARTMENTS[contract.department],
        receipts=found,
        statuses=_STATUSES,
        reasons=REASONS,
        skips=SKIPS,
        tidied=TIDIED,
        caveat_text=caveat_text,
    )


PAGES = (
    Page("/deliveries", _matrix, Permission.DELIVERIES),
    Page("/deliveries/{feed}/{month}", _receipts, Permission.DELIVERIES),
)
