"""Whether what is kept is what was recorded: the archived bytes, and the rows of every published edition.

What belongs here: checks without side effects, for `doudi verify`. The audit chain has its own in `registry.audit`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from editions.hashing import content_hash, table_hash
from editions.inputs import input_hash_of
from editions.stage import DECISIONS
from registry.archive import object_names, opened_object
from registry.decisions import known_decisions
from registry.edition_parameters import changed_overlays, recorded_parameters
from registry.erasures import DELIVERY, erasures, originals
from registry.errors import ArchiveError, ErasedError, ReplayError
from registry.models import AuditEvent, DeliveryRecord, Edition, Publication
from registry.queries import edition_rows, frozen_at_of
from schemas.settings import Settings

__all__ = ["KeepingCheck", "check_archive", "check_manifests", "check_parameters"]

_NO_BYTES = "0" * 64  # of a link, which is not followed
_STRAYS = frozenset({"unknown_feed", "bad_month", "bad_name"})  # refused without being kept
_Report = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class KeepingCheck:
    """What was checked: how many, what does not hold, how many were erased on record.

    `unsealed` counts what is older than the events that would prove it.
    """

    checked: int
    faults: tuple[str, ...] = ()
    erased: int = 0
    unsealed: int = 0

    @property
    def holds(self) -> bool:
        """Whether everything is as it was recorded."""
        return not self.faults


def check_archive(settings: Settings, engine: Engine, *, report: _Report = lambda _: None) -> KeepingCheck:
    """Every archived delivery opens and has its recorded SHA-256; every erased one cannot be opened any more."""
    gone = {each.delivery_id for each in erasures(engine, DELIVERY)}
    faults, erased, checked, instead = [], 0, 0, originals(engine)
    for record in _archived(engine):
        checked += 1
        report(f"{record.month} {record.feed}")
        if record.delivery_id in gone:
            erased += 1
            if object_names(settings, record.delivery_id):
                faults.append(f"delivery {record.delivery_id} was erased, but a key of it is there; run doudi prune")
            continue
        name, sha256 = instead.get(record.delivery_id, (record.delivery_id, record.sha256))
        if any(each != name for each in object_names(settings, record.delivery_id)):
            faults.append(f"delivery {record.delivery_id}: a replaced original has a key; run doudi prune --yes")
        if not name:
            erased += 1
            continue
        try:
            with opened_object(settings, name, sha256):
                pass
        except ErasedError:
            faults.append(f"delivery {record.delivery_id}: its key is gone, and no erasure is recorded")
        except ArchiveError as error:
            faults.append(str(error))
    return KeepingCheck(checked, tuple(faults), erased)


def check_manifests(engine: Engine, *, report: _Report = lambda _: None) -> KeepingCheck:
    """The rows of every published edition have the hashes of its manifest, and the manifest that of its input set.

    The decisions that were known when it was made are still those of its input set; the audit chain knows its content.
    """
    editions, faults, told = _published(engine), [], _published_hashes(engine)
    for each in editions:
        report(f"edition {each.edition_id}")
        if each.content_hash not in told[each.edition_id]:
            faults.append(f"edition {each.edition_id} as of {each.as_of}: no event of its publication has its hash")
        faults += [f"edition {each.edition_id} as of {each.as_of}: {fault}" for fault in _faults(engine, each)]
    return KeepingCheck(len(editions), tuple(faults))


def check_parameters(settings: Settings, engine: Engine) -> KeepingCheck:
    """The parameters of every published edition can be had as they were recorded, overlays among them."""
    faults: dict[str, list[str]] = {}
    for each in _published(engine):
        told = each.manifest["inputs"]["parameters"]
        if told["digest"] in faults:
            continue
        faults[told["digest"]] = [
            f"edition {each.edition_id}: the kept overlay {name} is gone or changed"
            for name in changed_overlays(settings, told)
        ]
        try:
            recorded_parameters(settings, each.edition_id, told)
        except ReplayError as error:
            faults[told["digest"]].append(str(error))
    return KeepingCheck(len(faults), tuple(fault for each in faults.values() for fault in each))


def _published(engine: Engine) -> list[Edition]:
    published = select(Publication.edition_id)
    query = select(Edition).where(Edition.edition_id.in_(published)).order_by(Edition.as_of, Edition.created_at)
    with Session(engine) as session:
        return list(session.scalars(query))


def _published_hashes(engine: Engine) -> dict[str, set[str]]:
    """What the events of publications sealed, by edition."""
    found: dict[str, set[str]] = defaultdict(set)
    with engine.connect() as connection:
        for details in connection.scalars(select(AuditEvent.details).where(AuditEvent.action == "publish")):
            found[details["edition_id"]].add(details["content_hash"])
    return found


def _archived(engine: Engine) -> Iterator[DeliveryRecord]:
    """Deliveries whose bytes are kept: all but strays."""
    with Session(engine) as session:
        records = list(session.scalars(select(DeliveryRecord).order_by(DeliveryRecord.delivery_id)))
    return (each for each in records if each.sha256 != _NO_BYTES and not _is_stray(each.receipt))


def _is_stray(receipt: dict[str, Any]) -> bool:
    return receipt.get("refusal_code") in _STRAYS


def _faults(engine: Engine, edition: Edition) -> Iterator[str]:
    if input_hash_of(edition.manifest["inputs"]) != edition.input_hash:
        yield "the recorded input set was changed after it was written"
    decided = edition.manifest["inputs"]["extra"].get(DECISIONS)
    frozen_at = frozen_at_of(edition.manifest, edition.created_at)
    if decided is not None and decided != table_hash(known_decisions(engine, edition.as_of, recorded_by=frozen_at)):
        yield "the decisions that it was made from were changed after they were recorded"
    frames = {name: edition_rows(engine, edition.edition_id, name) for name in edition.manifest["tables"]}
    for name, frame in frames.items():
        told = edition.manifest["tables"][name]
        if table_hash(frame) != told["hash"]:
            yield f"table {name} was changed after it was written: {told['rows']} rows then, {frame.height} now"
    if content_hash(frames) != edition.content_hash:
        yield "its content hash is not that of its tables"
