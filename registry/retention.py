"""The end of a delivery's term: what has reached it, and what becomes of it.

What belongs here: terms of deliveries, and destroying originals. Hash, manifest and receipt stay, as do the rows that
know keys only; a person's lawful erasure stands in `registry.erasing`.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import polars as pl
from sqlalchemy import Engine, insert, select
from sqlalchemy.orm import Session

from editions.knowledge import in_force
from registry.archive import destroy_object, object_names, sha256_of
from registry.audit import append_within
from registry.engine import WHOLE, write_transaction
from registry.erasures import DELIVERY, TERM, erasures
from registry.keys import destroy
from registry.models import DeliveryRecord, Erasure
from registry.store import delivery_files, known_deliveries
from registry.vault import Vault
from rules.parameters import Parameters, ParametersAt
from schemas.contract import all_feeds, month_end
from schemas.settings import Settings

__all__ = ["Due", "due", "finish", "over_since", "prune", "remove_landed"]

_ACT_BYTES = 8


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery whose term has ended; when it is `live`, editions still build on its rows and names."""

    delivery_id: str
    feed: str
    month: str
    ended_on: date
    live: bool


def due(settings: Settings, engine: Engine, parameters: Parameters, today: date) -> list[Due]:
    """Deliveries whose term ended before `today` and that are not erased yet, by feed and month."""
    gone = {each.delivery_id for each in erasures(engine, DELIVERY)}
    live = {each.delivery_id for each in in_force(known_deliveries(engine, settings, today), today)}
    at = parameters.as_of(today)
    found = []
    for record in _records(engine):
        feed = all_feeds().get(record.feed)
        if feed is None or record.delivery_id in gone:
            continue
        ended = over_since(record.month, feed.retention_months, at)
        if ended is not None:
            name = record.delivery_id
            found.append(Due(name, record.feed, record.month, ended, live=name in live))
    return sorted(found, key=lambda each: (each.feed, each.month, each.delivery_id))


def prune(settings: Settings, engine: Engine, wanted: Sequence[Due], *, by: str) -> str | None:
    """Record the erasure of the `wanted` deliveries, then destroy what `finish` destroys; the id of the act.

    The record comes first: after a crash `finish` does what is left.
    """
    act_id = secrets.token_hex(_ACT_BYTES) if wanted else None
    if wanted:
        live = {each.delivery_id: each.live for each in wanted}
        records = [each for each in _records(engine) if each.delivery_id in live]
        with write_transaction(engine, WHOLE) as connection:
            rows = [_erasure(each, act_id or "", by, live=live[each.delivery_id]) for each in records]
            connection.execute(insert(Erasure), rows)
            details = {"act_id": act_id, "deliveries": len(rows)}
            append_within(connection, actor=by, action="prune", purpose="end of term", details=details)
    finish(settings, engine)
    return act_id


def finish(settings: Settings, engine: Engine) -> int:
    """Destroy whatever is left of deliveries that are erased on record; returns how many keys there were.

    Of each: key, sealed bytes, quarantined rows and the file in the landing folder. Of one that no edition builds on
    the names in the vault as well.
    """
    held = {each.delivery_id: each for each in _records(engine)}
    keys, named = 0, False
    for erasure in erasures(engine, DELIVERY):
        record = held[erasure.delivery_id]
        keys += sum(destroy_object(settings, name) for name in object_names(settings, record.delivery_id))
        files = delivery_files(settings, record.feed, record.month, record.delivery_id)
        if files.quarantine.is_file():
            destroy(files.quarantine)
        if not erasure.manifest["live"] and files.vault.is_file():
            destroy(files.vault)
            named = True
        remove_landed(settings, record)
    if named:
        Vault(settings).refresh()
    return keys


def remove_landed(settings: Settings, record: DeliveryRecord) -> bool:
    """Destroy the delivered file where it landed, when it is still there with these bytes."""
    path = settings.landing_dir / record.feed / record.month / record.file_name
    if not path.is_file() or path.is_symlink() or sha256_of(path) != record.sha256:
        return False
    destroy(path)
    return True


def _erasure(record: DeliveryRecord, act_id: str, by: str, *, live: bool) -> dict[str, object]:
    return {
        "act_id": act_id,
        "kind": DELIVERY,
        "delivery_id": record.delivery_id,
        "person_key": None,
        "reason": TERM,
        "manifest": {
            "feed": record.feed,
            "month": record.month,
            "sha256": record.sha256,
            "size_bytes": record.size_bytes,
            "rows_read": record.rows_read,
            "live": live,
        },
        "erased_by": by,
        "approved_by": None,
        "erased_at": datetime.now(UTC),
    }


def over_since(month: str, own_months: int | None, at: ParametersAt) -> date | None:
    """The last day of a delivery's term, when that is over on the day of `at`; None while the delivery can be opened.

    The term is counted from the end of the folder month; `own_months` is that of the feed's contract, if it names one.
    """
    months = own_months or at.integer("retention.delivery_months")
    last: date = pl.select(pl.lit(month_end(month)).dt.offset_by(f"{months}mo")).item()
    return last if last < at.day else None


def _records(engine: Engine) -> list[DeliveryRecord]:
    with Session(engine) as session:
        return list(session.scalars(select(DeliveryRecord).order_by(DeliveryRecord.delivery_id)))
