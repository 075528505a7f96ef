"""Reading the deliveries of an edition again from the raw archive, into a folder aside.

What belongs here: which deliveries an edition was made from and as what they counted then, and their tables made anew
by the contract: keys, identities and nothing else. What a delivery says of people is thrown away at once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from editions.knowledge import KnownDelivery
from linkage.identity import IdentityKey
from registry.archive import copy_hashed, opened, opened_object
from registry.arrivals import came_on
from registry.delivered import DeliveredTables
from registry.erasures import originals
from registry.errors import ErasedError, ReplayError
from registry.files import private_dir, work_dir
from registry.models import DeliveryRecord
from registry.queries import EditionInfo
from registry.store import delivery_files, known_delivery
from schemas.delivery import Delivery
from schemas.settings import Settings
from schemas.taking import QUARANTINE_SCHEMA, take_into

__all__ = ["Recorded", "Retaken", "accepted_rows", "delivery_of", "recorded_deliveries", "retake"]

_REFUSED = "refused"
_Report = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Recorded:
    """A delivery of an input set; `accepted` says whether its rows counted then."""

    record: DeliveryRecord
    accepted: bool


@dataclass(frozen=True, slots=True)
class Retaken:
    """The deliveries of an edition after they were read again.

    `expired` are those whose bytes are no more; `changed` those whose rows are no longer as many as on the receipt.
    """

    settings: Settings
    deliveries: Sequence[Recorded]
    expired: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    def records(self, month: str) -> list[DeliveryRecord]:
        """Those of folder months up to `month`, refused ones included, in canonical order."""
        held = [each.record for each in self.deliveries if each.record.month <= month]
        return sorted(held, key=lambda each: (each.month, each.feed, each.sender, each.revision, each.delivery_id))

    def known(self, month: str) -> list[KnownDelivery]:
        """The accepted ones of folder months up to `month`, with the files made anew."""
        counted = {each.record.delivery_id for each in self.deliveries if each.accepted}
        return [known_delivery(self.settings, each) for each in self.records(month) if each.delivery_id in counted]


def recorded_deliveries(engine: Engine, edition: EditionInfo) -> list[Recorded]:
    """The deliveries of the edition's input set; raises `ReplayError` when one is not recorded.

    One that was refused then and taken in later counts as refused, without rows.
    """
    wanted = {each["delivery_id"] for each in edition.manifest["inputs"]["deliveries"]}
    with Session(engine) as session:
        held = list(session.scalars(select(DeliveryRecord)))
    records = {each.delivery_id: each for each in held if each.delivery_id in wanted}
    absent = sorted(wanted - set(records))
    if absent:
        raise ReplayError(
            f"edition {edition.edition_id}: {len(absent)} of its deliveries are not recorded "
            f"({', '.join(absent[:3])}); copy the registry as a whole"
        )
    return [_as_of_then(each, edition) for each in records.values()]


def retake(  # from where, to where, of what
    settings: Settings,
    engine: Engine,
    aside: Settings,
    key: IdentityKey,
    deliveries: Sequence[Recorded],
    *,
    report: _Report = lambda _: None,
) -> Retaken:
    """Read every accepted delivery of the archive of `settings` again and lay its tables under the home of `aside`."""
    expired, changed, instead = [], [], originals(engine)
    for each in deliveries:
        if not each.accepted:
            continue
        report(f"{each.record.month} {each.record.feed}")
        try:
            rows = _retake(settings, aside, key, each.record, instead.get(each.record.delivery_id))
        except ErasedError:
            expired.append(each.record.delivery_id)
            continue
        if each.record.delivery_id not in instead and rows != (each.record.rows_accepted, each.record.rows_quarantined):
            changed.append(each.record.delivery_id)
    return Retaken(aside, deliveries, tuple(expired), tuple(changed))


def delivery_of(record: DeliveryRecord) -> Delivery:
    """The delivery that a record speaks of."""
    return Delivery(
        feed=record.feed,
        month=record.month,
        sender=record.sender,
        revision=record.revision,
        file_name=record.file_name,
        sha256=record.sha256,
    )


def accepted_rows(
    settings: Settings, record: DeliveryRecord, work: Path, instead: tuple[str, str] | None
) -> pl.LazyFrame:
    """The accepted rows of a delivery, numbers and names included, in the private folder `work`.

    `instead` names what took the place of the original. Raises `ErasedError` when neither can be opened.
    """
    found = work / "accepted.parquet"
    if instead is not None:
        with opened_object(settings, *instead) as rows:
            copy_hashed(rows, found)
        return pl.scan_parquet(found)
    pieces = _Pieces(work / "pieces")
    with opened(settings, record) as raw:
        take_into(raw, delivery_of(record), pieces, today=came_on(record, settings))
    return pl.scan_parquet(pieces.paths)


class _Pieces:
    """The accepted rows of a delivery, piece by piece on the disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = private_dir(folder)
        self.paths: list[Path] = []

    def begin(self) -> None:
        """Forget every piece."""
        self.paths.clear()

    def add(self, accepted: pl.DataFrame, quarantined: pl.DataFrame) -> None:  # noqa: ARG002
        """Keep the accepted rows of a piece."""
        self.paths.append(self._folder / f"{len(self.paths):06}.parquet")
        accepted.write_parquet(self.paths[-1])


def _retake(
    settings: Settings, aside: Settings, key: IdentityKey, record: DeliveryRecord, instead: tuple[str, str] | None
) -> tuple[int, int]:
    """The tables of one delivery; returns how many rows were accepted and set aside."""
    files = delivery_files(aside, record.feed, record.month, record.delivery_id)
    for path in (files.table, files.identities):
        private_dir(path.parent)
    with work_dir(aside.home) as work:
        tables = DeliveredTables(work, delivery_of(record), key)
        if instead is None:
            with opened(settings, record) as raw:
                take_into(raw, delivery_of(record), tables, today=came_on(record, settings))
        else:
            tables.begin()
            tables.add(accepted_rows(settings, record, work, instead).collect(), QUARANTINE_SCHEMA.to_frame())
        rows = {"vault": work / "vault.parquet", "quarantine": work / "quarantine.parquet"}
        tables.write(table=files.table, identities=files.identities, **rows)
        return tables.held


def _as_of_then(record: DeliveryRecord, edition: EditionInfo) -> Recorded:
    accepted = record.status != _REFUSED
    if accepted and record.received_at > edition.created_at:
        record.status = _REFUSED
        record.rows_read = record.rows_accepted = record.rows_quarantined = 0
        record.receipt = {**record.receipt, "unknown_codes": {}, "profile": None}
        accepted = False
    return Recorded(record, accepted)
