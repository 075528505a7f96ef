"""What a what-if starts from: the deliveries of a published edition, as they were counted then.

What belongs here: reading the manifest of an edition back. Later deliveries and revisions do not count.
"""

from sqlalchemy import Engine, select

from editions.knowledge import KnownDelivery
from registry.models import DeliveryRecord
from registry.queries import EditionInfo
from registry.store import delivery_files
from schemas.settings import Settings

__all__ = ["deliveries_of", "delivery_ids"]

_REFUSED = "refused"


def delivery_ids(edition: EditionInfo) -> frozenset[str]:
    """All deliveries of the edition's input set, refused ones included."""
    return frozenset(each["delivery_id"] for each in edition.manifest["inputs"]["deliveries"])


def deliveries_of(engine: Engine, settings: Settings, edition: EditionInfo) -> list[KnownDelivery]:
    """The deliveries whose rows the edition was computed from, in the order of its manifest."""
    with engine.connect() as connection:
        refused = set(
            connection.execute(select(DeliveryRecord.delivery_id).where(DeliveryRecord.status == _REFUSED)).scalars()
        )
    found = []
    for each in edition.manifest["inputs"]["deliveries"]:
        if each["delivery_id"] not in refused:
            files = delivery_files(settings, each["feed"], each["month"], each["delivery_id"])
            found.append(
                KnownDelivery(
                    feed=each["feed"],
                    month=each["month"],
                    sender=each["sender"],
                    revision=each["revision"],
                    delivery_id=each["delivery_id"],
                    path=files.table,
                    identities_path=files.identities,
                )
            )
    return found
