"""Texts that people write and photos: sealed under a key each, outside the registry.

What belongs here: keeping, reading and destroying them. The registry knows size, kind and a commitment made with the
key itself: when the key is gone, nobody can try out which text it was.
"""

import io
import secrets
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from pathlib import Path

from sqlalchemy import Connection, insert, select

from registry.errors import ArchiveError
from registry.files import keep, work_dir
from registry.keys import destroy, destroy_key, has_key, new_key, read_key
from registry.models import SealedObject
from registry.sealing import seal, unseal
from schemas.settings import Settings

__all__ = [
    "NOTE",
    "PHOTO",
    "REASON",
    "Kept",
    "destroy_sealed",
    "has_bytes",
    "objects_of",
    "put",
    "read",
    "record_kept",
    "sealing",
    "text_object",
]

NOTE, PHOTO, REASON = "note", "photo", "reason"
_ID_BYTES = 8
_COMMITMENT_BYTES = 32


@dataclass(frozen=True, slots=True)
class Kept:
    """What was sealed, before the registry knows of it."""

    object_id: str
    kind: str
    media_type: str
    size_bytes: int
    commitment: str


def put(settings: Settings, content: bytes, *, kind: str, media_type: str) -> Kept:
    """Seal `content` under a new key; `record_kept` makes it known in the transaction of what it belongs to.

    Whoever is interrupted between the two leaves sealed bytes that nobody refers to.
    """
    object_id = secrets.token_hex(_ID_BYTES)
    key = new_key(settings, object_id)
    with work_dir(settings.home) as work:
        staged = work / "sealed"
        with staged.open("wb") as writer:
            seal(io.BytesIO(content), writer, key, object_id)
        keep(staged, _path(settings, object_id))
    return Kept(object_id, kind, media_type, len(content), _commitment(key, content))


@contextmanager
def sealing(settings: Settings, contents: Iterable[tuple[bytes, str, str]]) -> Iterator[list[Kept]]:
    """Contents (bytes, kind, media type), sealed for a block that makes them known; destroyed where it fails."""
    kept: list[Kept] = []
    try:
        for content, kind, media_type in contents:
            kept.append(put(settings, content, kind=kind, media_type=media_type))
        yield kept
    except BaseException:
        for each in kept:
            destroy_sealed(settings, each.object_id)
        raise


def text_object(text: str, kind: str = NOTE) -> list[tuple[bytes, str, str]]:
    """A text as a content to seal; none when there is nothing in it."""
    stripped = text.strip()
    return [(stripped.encode(), kind, "text/plain; charset=utf-8")] if stripped else []


def record_kept(connection: Connection, kept: Kept, *, subject: str, subject_id: str, by: str, at: datetime) -> None:
    """Make a sealed object known as belonging to a visit, an objection or a wish."""
    connection.execute(
        insert(SealedObject).values(
            object_id=kept.object_id,
            kind=kept.kind,
            subject=subject,
            subject_id=subject_id,
            media_type=kept.media_type,
            size_bytes=kept.size_bytes,
            commitment=kept.commitment,
            kept_by=by,
            kept_at=at,
        )
    )


def objects_of(connection: Connection, subject_ids: Iterable[str]) -> dict[str, list[tuple[str, str]]]:
    """Id and kind of the objects of each visit, objection or wish that has any, in the order of keeping."""
    rows = connection.execute(
        select(SealedObject.subject_id, SealedObject.object_id, SealedObject.kind)
        .where(SealedObject.subject_id.in_(sorted(set(subject_ids))))
        .order_by(SealedObject.kept_at, SealedObject.object_id)
    )
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for subject_id, object_id, kind in rows:
        found[subject_id].append((object_id, kind))
    return dict(found)


def read(settings: Settings, connection: Connection, object_id: str) -> bytes:
    """The bytes of a sealed object; who may have them, the caller has asked.

    Raises `ErasedError` when its key was destroyed, `ArchiveError` when it is not what it was.
    """
    committed = connection.execute(
        select(SealedObject.commitment).where(SealedObject.object_id == object_id)
    ).scalar_one()
    key, path = read_key(settings, object_id), _path(settings, object_id)
    if not path.is_file():
        raise ArchiveError(f"the sealed object {object_id} is not there; restore it from a backup")
    plain = io.BytesIO()
    with path.open("rb") as reader:
        unseal(reader, plain, key, object_id)
    content = plain.getvalue()
    if not secrets.compare_digest(_commitment(key, content), committed):
        raise ArchiveError(f"the sealed object {object_id} is not what was kept; restore a backup")
    return content


def has_bytes(settings: Settings, object_id: str) -> bool:
    """Whether the object can still be opened: its key was not destroyed."""
    return has_key(settings, object_id)


def destroy_sealed(settings: Settings, object_id: str) -> bool:
    """Destroy the key of an object, then its bytes; whether there was a key."""
    had = has_key(settings, object_id) and destroy_key(settings, object_id)
    path = _path(settings, object_id)
    if path.is_file():
        destroy(path)
    return had


def _path(settings: Settings, object_id: str) -> Path:
    return settings.vault_dir / "sealed" / object_id[:2] / object_id


def _commitment(key: bytes, content: bytes) -> str:
    return blake2b(content, key=key, digest_size=_COMMITMENT_BYTES, person=b"doudi-kept").hexdigest()
