"""The lawful erasure of one person from everything that is kept of deliveries.

What belongs here: finding the person's rows, replacing the originals that hold them, and taking them out of lake, vault
and quarantine. A shared file is replaced by the accepted rows of the others, sealed under a new key, and the old key
destroyed; what is left of the person is row numbers and a key that leads to nobody.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from shutil import rmtree

import polars as pl
from sqlalchemy import Engine, insert, or_, select
from sqlalchemy.orm import Session

from registry.archive import archive, destroy_object, object_names, sha256_of
from registry.audit import append_within
from registry.casework.written_terms import finish_written, record_erased, written_about
from registry.engine import WHOLE, write_transaction
from registry.erasures import PERSON, erasures, originals
from registry.errors import ErasedError, ErasureError
from registry.files import work_dir, writing
from registry.models import DeliveryRecord, EditionAlias, Erasure
from registry.retaking import accepted_rows
from registry.retention import remove_landed
from registry.store import delivery_files
from registry.vault import Vault
from schemas.codes import CodeList
from schemas.contract import get_feed
from schemas.errors import UnknownNameError
from schemas.settings import Settings

__all__ = ["ERASURE_REASONS", "ErasedPerson", "erase_person", "finish_persons"]

ERASURE_REASONS = CodeList(
    "erasure_reason",
    "删除依据",
    {
        "purpose_met": ("处理目的已实现或无法实现",),
        "term_over": ("停止提供服务或保存期限届满",),
        "consent_withdrawn": ("个人撤回同意",),
        "unlawful": ("违法违规或违反约定处理",),
        "other_law": ("法律、行政法规规定的其他情形",),
    },
)
"""《个人信息保护法》第四十七条."""
_ACT_BYTES = 8
_REFUSED = "refused"
_DERIVED = ("stages", "states")
_ROW = ["source_sheet", "source_row"]


@dataclass(frozen=True, slots=True)
class ErasedPerson:
    """What an erasure did; `refused` files are kept whose rows nobody could read, so nobody could search them.

    `written` are notes and photos of visits, words of objections and wishes.
    """

    act_id: str
    deliveries: int
    rows: int
    written: int
    refused: int


@dataclass(frozen=True, slots=True)
class _Held:
    """A delivery that holds rows of the person, and their places in it."""

    record: DeliveryRecord
    rows: pl.DataFrame


def erase_person(  # who, why, by whom and with whose approval
    settings: Settings, engine: Engine, person_key: str, *, reason: str, by: str, approved_by: str
) -> ErasedPerson:
    """Erase the person of that key; raises `ErasureError` without a second person or without any row of theirs.

    The record comes before anything is destroyed; `finish_persons` does what a crash left undone.
    """
    if reason not in ERASURE_REASONS.labels:
        raise UnknownNameError("reason", reason, ERASURE_REASONS.labels)
    if not approved_by.strip() or approved_by.strip().casefold() == by.strip().casefold():
        raise ErasureError("an erasure needs a second person who approves it, other than the one who does it")
    finish_persons(settings, engine)
    keys = _all_keys(engine, person_key)
    numbers = Vault(settings).people(keys)["id_number"].drop_nulls().to_list()
    held = [each for each in _records(engine) if each.status != _REFUSED]
    found = [each for each in (_held(settings, one, keys, numbers) for one in held) if each is not None]
    if not found:
        raise ErasureError("no delivery holds a row of this person; check the key, or see whether it was erased before")
    act_id = secrets.token_hex(_ACT_BYTES)
    former = sorted(set(keys) - {person_key})
    said = {"act_id": act_id, "person_key": person_key, "reason": reason, "erased_by": by, "approved_by": approved_by}
    rows = [
        {**said, "kind": PERSON, "delivery_id": each.record.delivery_id, "erased_at": datetime.now(UTC)}
        | {"manifest": _manifest(each, former) | _reduced(settings, engine, each, act_id)}
        for each in found
    ]
    total = sum(each.rows.height for each in found)
    with write_transaction(engine, WHOLE) as connection:
        connection.execute(insert(Erasure), rows)
        objects = written_about(connection, keys)
        written = record_erased(
            connection, objects, act_id=act_id, reason=reason, by=by, approved_by=approved_by, person_key=person_key
        )
        details = {"act_id": act_id, "deliveries": len(found), "rows": total, "written": written}
        details["approved_by"] = approved_by
        title = ERASURE_REASONS.title_of(reason)
        append_within(connection, actor=by, action="erase", purpose=title, details=details)
    _take_out(settings, [each.record for each in found], keys, numbers)
    finish_persons(settings, engine)
    refused = sum(each.status == _REFUSED for each in _records(engine))
    return ErasedPerson(act_id, len(found), total, written, refused)


def finish_persons(settings: Settings, engine: Engine) -> None:
    """Destroy every original that an erasure on record has replaced, what no record knows of, and erased notes."""
    finish_written(settings, engine)
    records = {each.delivery_id: each for each in _records(engine)}
    current = originals(engine)
    for erasure in erasures(engine, PERSON):
        record = records[erasure.delivery_id]
        kept = current[erasure.delivery_id][0]
        for name in object_names(settings, erasure.delivery_id):
            if name != kept:
                destroy_object(settings, name)
        keys = [erasure.person_key or "", *erasure.manifest["former_keys"]]
        _take_out(settings, [record], keys, ())
        remove_landed(settings, record)
    unknown = [path.stem for path in settings.keys_dir.glob("*/*-*.key")]
    known = {name for name, _ in current.values()}
    for name in unknown:
        if name not in known:
            destroy_object(settings, name)


def _all_keys(engine: Engine, person_key: str) -> list[str]:
    """The key and every key that any edition knew the person by."""
    alias = EditionAlias
    query = select(alias.old_key, alias.person_key).where(
        or_(alias.old_key == person_key, alias.person_key == person_key)
    )
    with engine.connect() as connection:
        return sorted({person_key, *(key for pair in connection.execute(query) for key in pair)})


def _held(settings: Settings, record: DeliveryRecord, keys: Sequence[str], numbers: Sequence[str]) -> _Held | None:
    files = delivery_files(settings, record.feed, record.month, record.delivery_id)
    rows = pl.DataFrame(schema={"source_sheet": pl.String, "source_row": pl.Int64})
    if files.table.is_file():
        rows = pl.scan_parquet(files.table).filter(_about(record.feed, keys)).select(_ROW).collect()
    aside = 0
    if numbers and files.quarantine.is_file():
        aside = pl.scan_parquet(files.quarantine).filter(_tells(numbers)).select(pl.len()).collect().item()
    return _Held(record, rows) if rows.height or aside else None


def _about(feed: str, keys: Sequence[str]) -> pl.Expr:
    """Rows in which any identifier is the person's."""
    columns = [str(each.keyed_as) for each in get_feed(feed).identifiers]
    return pl.any_horizontal(pl.col(name).is_in(list(keys)) for name in columns).fill_null(value=False)


def _tells(numbers: Sequence[str]) -> pl.Expr:
    """Rows set aside whose text holds one of the numbers, in whatever width and spacing, of 18 or 15 digits."""
    text = pl.col("original").str.normalize("NFKC").str.replace_all(r"[\s']", "").str.to_uppercase()
    forms = [form for each in numbers for form in (each.upper(), each[:6] + each[8:17])]
    return text.str.contains_any(forms).fill_null(value=False)


def _manifest(held: _Held, former: Sequence[str]) -> dict[str, object]:
    record = held.record
    return {
        "feed": record.feed,
        "month": record.month,
        "sha256": record.sha256,
        "former_keys": list(former),
        "rows": [list(each) for each in held.rows.sort(_ROW).rows()],
    }


def _reduced(settings: Settings, engine: Engine, held: _Held, act_id: str) -> dict[str, str]:
    """Seal the accepted rows of the others under a new key; nothing when the original is gone already."""
    name = f"{held.record.delivery_id}-{act_id}"
    with work_dir(settings.home) as work:
        made = work / "reduced.parquet"
        try:
            accepted = accepted_rows(settings, held.record, work, originals(engine).get(held.record.delivery_id))
        except ErasedError:
            return {}
        accepted.join(held.rows.lazy(), on=_ROW, how="anti", maintain_order="left").sink_parquet(made)
        archive(made, settings, name)
        return {"reduced": name, "reduced_sha256": sha256_of(made)}


def _take_out(
    settings: Settings, records: Sequence[DeliveryRecord], keys: Sequence[str], numbers: Sequence[str]
) -> None:
    """Write the tables of these deliveries anew without the person; drop what was computed from them."""
    named = False
    for record in records:
        files = delivery_files(settings, record.feed, record.month, record.delivery_id)
        person = pl.col("person_key").is_in(list(keys)).fill_null(value=False)
        changed = _without(files.table, _about(record.feed, keys))
        changed |= _without(files.identities, person)
        spelled = _without(files.vault, person)
        named |= spelled
        changed |= spelled
        if numbers:
            changed |= _without(files.quarantine, _tells(numbers))
        if changed:
            for folder in _DERIVED:
                rmtree(settings.lake_dir / folder, ignore_errors=True)
    if named:
        Vault(settings).refresh()


def _without(path: Path, rows: pl.Expr) -> bool:
    """Write a table anew without `rows`; whether there were any."""
    if not path.is_file() or not pl.scan_parquet(path).filter(rows).select(pl.len()).collect().item():
        return False
    with writing(path) as temporary:
        pl.scan_parquet(path).filter(~rows).sink_parquet(temporary)
    return True


def _records(engine: Engine) -> list[DeliveryRecord]:
    with Session(engine) as session:
        return list(session.scalars(select(DeliveryRecord).order_by(DeliveryRecord.delivery_id)))
