"""Trying a file as the bureau would take it in, with nothing kept of it.

What belongs here: the sink that forgets. The file goes the way of `registry.intake`, piece by piece, so its receipt is
the one that the delivery would get, and a large file needs no more memory.
"""

from datetime import date
from pathlib import Path

import polars as pl
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from registry.errors import RevisionTakenError
from registry.known import earlier_receipt, original_of, refuse_taken_revision
from schemas.delivery import Delivery
from schemas.errors import DeliveryError
from schemas.reasons import caveat
from schemas.receipts import Receipt
from schemas.taking import QUARANTINE_SCHEMA, take_into

__all__ = ["foreseen", "try_file"]


def try_file(path: Path, delivery: Delivery, *, today: date, shown: int = 0) -> tuple[Receipt, pl.DataFrame]:
    """The receipt of the file, and the first `shown` of the rows that would be set aside (`QUARANTINE_SCHEMA`)."""
    rows = _FirstAside(shown)
    try:
        receipt = take_into(path, delivery, rows, today=today)
    except DeliveryError as error:
        rows.begin()
        receipt = Receipt.refused(delivery, error)
    return receipt, rows.table


def foreseen(engine: Engine, delivery: Delivery, receipt: Receipt) -> tuple[Receipt, str | None]:
    """The receipt with what the registry knows of the file, and why it would be refused whatever stands in it."""
    caveats: list[str] = []
    refusal = None
    try:
        refuse_taken_revision(engine, delivery)
    except RevisionTakenError as error:
        caveats.append(caveat("revision_taken", 1))
        refusal = str(error)
    if earlier_receipt(engine, delivery) is not None:
        caveats.append(caveat("delivered_before", 1))
    with Session(engine) as session:
        if not receipt.zero_report and original_of(session, delivery) is not None:
            caveats.append(caveat("known_bytes", 1))
    return receipt.model_copy(update={"caveats": [*receipt.caveats, *caveats]}), refusal


class _FirstAside:
    """Remembers the first rows set aside; no more of them are shown to anyone."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.begin()

    def begin(self) -> None:
        self.table = pl.DataFrame(schema=QUARANTINE_SCHEMA)

    def add(self, accepted: pl.DataFrame, quarantined: pl.DataFrame) -> None:  # noqa: ARG002 - a sink gets both
        if wanted := self._most - self.table.height:
            self.table = pl.concat([self.table, quarantined.head(wanted)])
