"""What the registry knows of deliveries, and where their tables lie.

What belongs here: the paths of the lake, the vault, the quarantine and the receipts; the deliveries known at a date.
Writing them is `registry.intake`'s work.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from editions.inputs import InputDelivery
from editions.knowledge import KnownDelivery
from registry.arrivals import arrivals
from registry.errors import RevisionTakenError
from registry.models import DeliveryRecord
from schemas.contract import all_feeds
from schemas.receipts import Receipt
from schemas.settings import Settings

__all__ = [
    "DeliveryFiles",
    "delivery_files",
    "feed_table_path",
    "input_deliveries",
    "known_deliveries",
    "known_delivery",
    "known_records",
    "receipts",
]

_REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class DeliveryFiles:
    """Where everything made of one delivery lies."""

    table: Path
    identities: Path
    vault: Path
    quarantine: Path
    receipt: Path


def delivery_files(settings: Settings, feed: str, month: str, delivery_id: str) -> DeliveryFiles:
    """The files of a delivery; whether they exist depends on its status."""
    place = Path(feed) / month
    table = f"{delivery_id}.parquet"
    return DeliveryFiles(
        table=settings.lake_dir / "feeds" / place / table,
        identities=settings.lake_dir / "identities" / place / table,
        vault=settings.vault_dir / place / table,
        quarantine=settings.quarantine_dir / place / table,
        receipt=settings.receipts_dir / place / f"{delivery_id}.json",
    )


def feed_table_path(settings: Settings, feed: str, month: str, delivery_id: str) -> Path:
    """The feed table of one accepted delivery: keys only, of the feed's `keyed_schema`."""
    return delivery_files(settings, feed, month, delivery_id).table


def known_deliveries(engine: Engine, settings: Settings, as_of: date) -> list[KnownDelivery]:
    """Accepted deliveries of folder months up to that of `as_of`, each in its latest revision."""
    return [known_delivery(settings, each) for each in known_records(engine, as_of) if each.status != _REFUSED]


def known_delivery(settings: Settings, record: DeliveryRecord) -> KnownDelivery:
    """The tables that lie in the home of `settings` for the delivery of `record`."""
    files = delivery_files(settings, record.feed, record.month, record.delivery_id)
    return KnownDelivery(
        feed=record.feed,
        month=record.month,
        sender=record.sender,
        revision=record.revision,
        delivery_id=record.delivery_id,
        path=files.table,
        identities_path=files.identities,
    )


def input_deliveries(engine: Engine, settings: Settings, as_of: date) -> tuple[InputDelivery, ...]:
    """What an input set records of deliveries: the accepted ones and, since they raise warnings, the refused ones."""
    late = arrivals(engine, settings)
    return tuple(
        InputDelivery(
            each.feed,
            each.month,
            each.sender,
            each.revision,
            each.delivery_id,
            each.sha256,
            (late.get((each.feed, each.sender, each.month)) or 0) if each.status != _REFUSED else 0,
        )
        for each in known_records(engine, as_of)
    )


def receipts(engine: Engine, *, feed: str | None = None, month: str | None = None) -> list[Receipt]:
    """The receipts of all deliveries, refused ones included, in the order of feed, month, sender and revision."""
    query = select(DeliveryRecord.receipt).order_by(
        DeliveryRecord.feed, DeliveryRecord.month, DeliveryRecord.sender, DeliveryRecord.revision
    )
    if feed is not None:
        query = query.where(DeliveryRecord.feed == feed)
    if month is not None:
        query = query.where(DeliveryRecord.month == month)
    with Session(engine) as session:
        return [Receipt.model_validate(each) for each in session.scalars(query)]


def known_records(engine: Engine, as_of: date) -> list[DeliveryRecord]:
    """Deliveries of known feeds and months up to `as_of` that later ones have not replaced, in canonical order."""
    query = select(DeliveryRecord).where(
        DeliveryRecord.month <= f"{as_of:%Y-%m}", DeliveryRecord.feed.in_(list(all_feeds()))
    )
    with Session(engine) as session:
        records = [each for each in session.scalars(query) if _is_month(each.month)]
    latest: dict[tuple[str, str, str], int] = {}
    for each in records:
        if each.status != _REFUSED:
            place = (each.feed, each.sender, each.month)
            latest[place] = max(latest.get(place, 0), each.revision)
    kept = [each for each in records if not _replaced(each, latest.get((each.feed, each.sender, each.month), 0))]
    return sorted(kept, key=lambda each: (each.month, each.feed, each.sender, each.revision, each.delivery_id))


def _replaced(record: DeliveryRecord, latest_revision: int) -> bool:
    """Whether an accepted delivery of the same feed, sender and month stands in its place.

    A refused file is settled by an accepted one of its own revision, unless it was refused because of that one.
    """
    if record.status != _REFUSED or record.receipt.get("refusal_code") == RevisionTakenError.code:
        return record.revision < latest_revision
    return record.revision <= latest_revision


def _is_month(text: str) -> bool:
    try:
        date.fromisoformat(f"{text}-01")
    except ValueError:
        return False
    return True
