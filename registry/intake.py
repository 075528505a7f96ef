"""Taking a delivered file in: archive, read by contract, check the gate, pseudonymise, keep, record.

What belongs here: that order, and that nothing is ever half there. Everything is made in a private work folder, moved
to its place file by file, and recorded in the database last: what is not recorded does not exist, and is made anew,
byte for byte, by the next attempt. Reading stands in `schemas.delivery`, keys in `linkage.identity`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeAlias

from sqlalchemy import Connection, Engine, delete, insert, select
from sqlalchemy.orm import Session

from linkage.identity import IdentityKey
from registry.archive import archiving, copy_hashed, sha256_of
from registry.delivered import DeliveredTables
from registry.delivery_seal import seal_delivery
from registry.engine import write_transaction
from registry.errors import BadMonthError, BadNameError, IntakeGateError, UnknownFeedError
from registry.files import keep, work_dir
from registry.known import earlier_receipt, original_of, refuse_taken_revision
from registry.landing import LandedFile, Stray, discover
from registry.models import DeliveryRecord
from registry.people_index import look_again
from registry.store import DeliveryFiles, delivery_files
from schemas.delivery import Delivery
from schemas.errors import DeliveryError
from schemas.receipts import Receipt
from schemas.settings import Settings
from schemas.taking import take_into

__all__ = ["ingest", "new_files", "record_strays"]

_Seen: TypeAlias = tuple[str, str, str, int, int]

_REFUSED = "refused"
_DELIVERIES = "deliveries"
_STRAY_CODES = frozenset({UnknownFeedError.code, BadMonthError.code, BadNameError.code})


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A landed file with what its bytes and its file system say."""

    delivery: Delivery
    size_bytes: int
    modified_ns: int


def new_files(settings: Settings, engine: Engine, *, again: bool = False) -> list[LandedFile]:
    """Files of the landing folder that have not been taken in or refused; `again` lists refused ones once more.

    A file of known place, size and time of change is not read again; one of known place and size is known by its
    bytes. Of any other no bytes can be known.
    """
    seen, known = _seen(engine, but=_is_refused if again else _is_stray)
    sized = {each[:-1] for each in seen}

    def is_new(landed: LandedFile) -> bool:
        fingerprint = _fingerprint(landed)
        if fingerprint in seen:
            return False
        return fingerprint[:-1] not in sized or _delivery(landed, sha256_of(landed.path)).delivery_id not in known

    return [each for each in discover(settings).files if is_new(each)]


def record_strays(settings: Settings, engine: Engine) -> list[Receipt]:
    """Refuse every new file whose place or name cannot be understood; returns their receipts.

    Its bytes are not kept: without a feed there is no legal basis for that.
    """
    seen, known = _seen(engine)
    recorded = []
    for stray in discover(settings).strays:
        if _fingerprint(stray.landed, stray.place) in seen:
            continue
        arrival = _stray_arrival(stray)
        if arrival.delivery.delivery_id not in known:
            receipt = Receipt.refused(arrival.delivery, stray.error)
            with write_transaction(engine, _DELIVERIES) as connection:
                _record(connection, arrival, receipt, duplicate_of=None)
            recorded.append(receipt)
    return recorded


def ingest(
    landed: LandedFile, settings: Settings, engine: Engine, *, today: date, run_id: str | None = None
) -> Receipt:
    """Take one file in and return its receipt; a file that was taken in before gives that receipt again.

    `run_id` is the run that takes it in; it is recorded beside the receipt.

    A file that cannot be taken is refused: its receipt is recorded and the run goes on. Raises `IntakeGateError` when
    rows do not balance; then nothing of the delivery is kept, neither on disk nor in the database.
    """
    with work_dir(settings.home) as work:
        raw = work / "raw"
        sha256 = copy_hashed(landed.path, raw)
        arrival = _Arrival(_delivery(landed, sha256), raw.stat().st_size, landed.path.stat().st_mtime_ns)
        earlier = earlier_receipt(engine, arrival.delivery)
        if earlier is not None:
            return earlier
        with archiving(raw, settings, arrival.delivery.delivery_id) as archive:
            try:
                refuse_taken_revision(engine, arrival.delivery)
                tables = DeliveredTables(work, arrival.delivery, IdentityKey.from_settings(settings))
                receipt = take_into(raw, arrival.delivery, tables, today=today)
            except DeliveryError as error:
                receipt = Receipt.refused(arrival.delivery, error)
            else:
                _check_gate(receipt, tables)
                _keep_tables(work, tables, delivery_files(settings, landed.feed, landed.month, receipt.delivery_id))
                look_again(settings.vault_dir)
            archive()
        _keep_receipt(work, receipt, settings)
        with write_transaction(engine, _DELIVERIES) as connection:
            original = original_of(Session(connection), arrival.delivery)
            copied = original.delivery_id if original else None
            _record(connection, arrival, receipt, duplicate_of=copied, run_id=run_id, taken_on=today)
    return receipt


def _delivery(landed: LandedFile, sha256: str, place: str | None = None) -> Delivery:
    return Delivery(
        feed=landed.feed,
        month=landed.month,
        sender=landed.sender,
        revision=landed.revision,
        file_name=place or landed.file_name,
        sha256=sha256,
    )


def _stray_arrival(stray: Stray) -> _Arrival:
    """A link is not followed: what it points at was not delivered."""
    path = stray.landed.path
    status = path.lstat()
    sha256 = sha256_of(path) if path.is_file() and not path.is_symlink() else "0" * 64
    return _Arrival(_delivery(stray.landed, sha256, stray.place), status.st_size, status.st_mtime_ns)


def _fingerprint(landed: LandedFile, place: str | None = None) -> _Seen:
    status = landed.path.lstat()
    return landed.feed, landed.month, place or landed.file_name, status.st_size, status.st_mtime_ns


def _is_stray(receipt: dict[str, Any]) -> bool:
    """A stray is a delivery like any other once its feed has a contract."""
    return receipt.get("refusal_code") in _STRAY_CODES


def _is_refused(receipt: dict[str, Any]) -> bool:
    return receipt.get("status") == _REFUSED


def _seen(engine: Engine, *, but: Callable[[dict[str, Any]], bool] = lambda _: False) -> tuple[set[_Seen], set[str]]:
    """Fingerprints and ids of the recorded deliveries, without those whose receipts are `but`."""
    with Session(engine) as session:
        held = [each for each in session.scalars(select(DeliveryRecord)) if not but(each.receipt)]
    seen = {(each.feed, each.month, each.file_name, each.size_bytes, each.modified_ns) for each in held}
    return seen, {each.delivery_id for each in held}


def _check_gate(receipt: Receipt, tables: DeliveredTables) -> None:
    """Rows read = accepted + quarantined + skipped, and the tables hold exactly what the receipt says."""
    held = tables.held
    stated = (receipt.rows_accepted, receipt.rows_quarantined)
    if not receipt.balanced or held != stated:
        raise IntakeGateError(
            f"feed {receipt.feed}, file {receipt.file_name!r}: {receipt.rows_read} rows were read, but accepted "
            f"{held[0]} (receipt: {stated[0]}), quarantined {held[1]} (receipt: {stated[1]}) and skipped "
            f"{sum(receipt.skipped.values())} do not account for them; nothing of the file was kept"
        )


def _keep_tables(work: Path, tables: DeliveredTables, files: DeliveryFiles) -> None:
    """Write every table first, then move each to its place."""
    names = ("table", "identities", "vault", "quarantine")
    staged = {name: work / f"{name}.parquet" for name in names}
    tables.write(**staged)
    for name, temporary in staged.items():
        keep(temporary, getattr(files, name))


def _keep_receipt(work: Path, receipt: Receipt, settings: Settings) -> None:
    temporary = work / "receipt.json"
    temporary.write_text(receipt.model_dump_json(indent=2), encoding="utf-8")
    keep(temporary, delivery_files(settings, receipt.feed, receipt.month, receipt.delivery_id).receipt)


def _record(
    connection: Connection,
    arrival: _Arrival,
    receipt: Receipt,
    *,
    duplicate_of: str | None,
    run_id: str | None = None,
    taken_on: date | None = None,
) -> None:
    """The row that makes the delivery exist; a refusal that no longer holds gives way to it."""
    record = DeliveryRecord
    connection.execute(delete(record).where(record.delivery_id == receipt.delivery_id, record.status == _REFUSED))
    values = {
        "delivery_id": receipt.delivery_id,
        "feed": receipt.feed,
        "month": receipt.month,
        "sender": receipt.sender,
        "revision": receipt.revision,
        "file_name": receipt.file_name,
        "sha256": receipt.sha256,
        "size_bytes": arrival.size_bytes,
        "modified_ns": arrival.modified_ns,
        "status": receipt.status,
        "duplicate_of": duplicate_of,
        "rows_read": receipt.rows_read,
        "rows_accepted": receipt.rows_accepted,
        "rows_quarantined": receipt.rows_quarantined,
        "receipt": receipt.model_dump(mode="json") | ({"run_id": run_id} if run_id else {}),
        "message": receipt.refusal_message,
        "received_at": datetime.now(UTC),
        "taken_on": taken_on,
    }
    connection.execute(insert(record).values(values))
    seal_delivery(connection, values)
