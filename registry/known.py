"""What the registry knows of a file before it is read: the same delivery, a revision that is taken, the same bytes.

What belongs here: these three questions, which taking a file in and trying one ask alike.
"""

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from registry.errors import RevisionTakenError
from registry.models import DeliveryRecord
from schemas.delivery import Delivery
from schemas.receipts import Receipt
from schemas.told import Told

__all__ = ["earlier_receipt", "original_of", "refuse_taken_revision"]

_REFUSED = "refused"


def earlier_receipt(engine: Engine, delivery: Delivery) -> Receipt | None:
    """The receipt of this very delivery, if it was taken in; a refused one is tried again."""
    with Session(engine) as session:
        record = session.get(DeliveryRecord, delivery.delivery_id)
        if record is None or record.status == _REFUSED:
            return None
        return Receipt.model_validate(record.receipt)


def refuse_taken_revision(engine: Engine, delivery: Delivery) -> None:
    """Raise `RevisionTakenError` when the sender has delivered this revision of the month in another file."""
    record = DeliveryRecord
    query = select(record.file_name, record.sha256).where(
        record.feed == delivery.feed,
        record.sender == delivery.sender,
        record.month == delivery.month,
        record.revision == delivery.revision,
        record.status != _REFUSED,
        record.delivery_id != delivery.delivery_id,
    )
    with Session(engine) as session:
        taken = session.execute(query).first()
    if taken is not None:
        message = Told(
            "%(sender)s%(month)s的第%(revision)s版此前已送达，文件名为“%(name)s”，内容%(same)s；"
            "更正文件请存为%(sender)s.r%(next)s.扩展名",
            sender=delivery.sender,
            month=delivery.month,
            revision=delivery.revision,
            name=taken.file_name,
            same="相同" if taken.sha256 == delivery.sha256 else "不同",
            next=delivery.revision + 1,
        )
        raise RevisionTakenError(message, file=delivery.file_name)


def original_of(session: Session, delivery: Delivery) -> DeliveryRecord | None:
    """The first delivery of the same bytes, if there was one."""
    record = DeliveryRecord
    query = (
        select(record)
        .where(record.sha256 == delivery.sha256, record.delivery_id != delivery.delivery_id)
        .order_by(record.received_at, record.delivery_id)
        .limit(1)
    )
    return session.scalars(query).first()
