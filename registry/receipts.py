"""What stands on a receipt beside the counts: the sender's other months, how late it was, what a correction brought.

What belongs here: looking these up, and the rows that are still set aside. Nothing here shows the content of a row; the
workbook that does is `registry.exports.receipt`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from registry.arrivals import Place, arrivals
from registry.errors import NoDeliveryError
from registry.models import DeliveryRecord
from schemas.receipts import Receipt, TrendPoint
from schemas.settings import Settings

__all__ = ["Kept", "OpenRows", "deliveries", "find_delivery", "open_rows", "sender_trend", "successor"]

_REFUSED = "refused"
_MONTHS = 13  # shown of a sender: the month and a year before it


@dataclass(frozen=True, slots=True)
class Kept:
    """A recorded delivery: its receipt, and by how many days the sender's month came late (None where unknown)."""

    receipt: Receipt
    received_at: datetime
    late_days: int | None


@dataclass(frozen=True, slots=True)
class OpenRows:
    """How many rows of a feed's month are set aside for a reason and have not been delivered anew."""

    feed: str
    month: str
    sender: str
    delivery_id: str
    reason: str
    rows: int


def deliveries(engine: Engine, settings: Settings, *, feed: str | None = None, month: str | None = None) -> list[Kept]:
    """All recorded deliveries, refused ones included, in the order of feed, month, sender and revision."""
    record = DeliveryRecord
    query = select(record).order_by(record.feed, record.month, record.sender, record.revision, record.delivery_id)
    if feed is not None:
        query = query.where(record.feed == feed)
    if month is not None:
        query = query.where(record.month == month)
    late = arrivals(engine, settings)
    with Session(engine) as session:
        return [_kept(each, late) for each in session.scalars(query)]


def find_delivery(engine: Engine, settings: Settings, delivery_id: str) -> Kept:
    """The delivery of that id; raises `NoDeliveryError`."""
    with Session(engine) as session:
        found = session.get(DeliveryRecord, delivery_id)
        if found is None:
            raise NoDeliveryError(f"no delivery {delivery_id!r}; name a feed and a month to see those that there are")
        return _kept(found, arrivals(engine, settings))


def sender_trend(held: Iterable[Kept], receipt: Receipt) -> list[TrendPoint]:
    """The sender's deliveries of the feed up to the month of `receipt`, each month in its latest revision."""
    latest: dict[str, Kept] = {}
    for each in held:
        same = (each.receipt.feed, each.receipt.sender) == (receipt.feed, receipt.sender)
        if same and each.receipt.month <= receipt.month and _newer(each.receipt, latest.get(each.receipt.month)):
            latest[each.receipt.month] = each
    return [TrendPoint.of(latest[month].receipt, latest[month].late_days) for month in sorted(latest)[-_MONTHS:]]


def successor(held: Iterable[Kept], receipt: Receipt) -> Receipt | None:
    """The latest accepted revision that stands in the place of `receipt`, if there is one."""
    later = [
        each.receipt
        for each in held
        if (each.receipt.feed, each.receipt.month, each.receipt.sender) == (receipt.feed, receipt.month, receipt.sender)
        and each.receipt.status != _REFUSED
        and each.receipt.revision > receipt.revision
    ]
    return max(later, key=lambda each: each.revision, default=None)


def open_rows(held: Sequence[Kept]) -> list[OpenRows]:
    """The rows set aside in deliveries that no later revision has replaced, by feed, month, sender and reason."""
    places: dict[tuple[str, str, str], list[Receipt]] = defaultdict(list)
    for each in held:
        if each.receipt.status != _REFUSED:
            places[each.receipt.feed, each.receipt.month, each.receipt.sender].append(each.receipt)
    found = []
    for (feed, month, sender), given in sorted(places.items()):
        latest = max(given, key=lambda each: each.revision)
        counts = Counter(latest.reasons)
        found += [OpenRows(feed, month, sender, latest.delivery_id, code, counts[code]) for code in sorted(counts)]
    return found


def _newer(receipt: Receipt, known: Kept | None) -> bool:
    if known is None:
        return True
    return (receipt.status != _REFUSED, receipt.revision) >= (known.receipt.status != _REFUSED, known.receipt.revision)


def _kept(record: DeliveryRecord, late: Mapping[Place, int | None]) -> Kept:
    place = (record.feed, record.sender, record.month)
    return Kept(Receipt.model_validate(record.receipt), record.received_at, late.get(place))
