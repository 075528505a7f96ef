"""The raw archive: delivered bytes, known by their SHA-256, each delivery sealed under a key of its own.

What belongs here: hashing, keeping and finding delivered bytes. The registry knows the hash of the bytes; what lies on
the disk opens with the delivery's key alone. `opened` is the one way to the bytes.
"""

import hashlib
import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from secrets import token_bytes

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from registry.errors import ArchiveError
from registry.files import keep, work_dir
from registry.keys import destroy, destroy_key, has_key, keep_key, key_path, read_key
from registry.lock import writer_lock
from registry.models import DeliveryRecord
from registry.sealing import KEY_BYTES, seal, unseal
from schemas.settings import Settings

__all__ = [
    "archive",
    "archiving",
    "copy_hashed",
    "destroy_object",
    "object_names",
    "opened",
    "opened_object",
    "raw_path",
    "seal_plain",
    "sealed_path",
    "sha256_of",
]

_CHUNK = 1 << 22
_PLAIN = "[0-9a-f][0-9a-f]"  # the folders of earlier versions
_LOCK_SECONDS = 3600


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, as 64 hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def raw_path(settings: Settings, sha256: str) -> Path:
    """Where earlier versions kept the bytes with this hash as they were delivered."""
    return settings.raw_dir / sha256[:2] / sha256


def sealed_path(settings: Settings, delivery_id: str) -> Path:
    """Where the sealed bytes of a delivery are kept."""
    return settings.raw_dir / "sealed" / delivery_id[:2] / delivery_id


def copy_hashed(source: Path, target: Path) -> str:
    """Copy `source` to `target` in one reading and return the SHA-256 of what was copied."""
    digest = hashlib.sha256()
    chunks = cycle(memoryview(bytearray(_CHUNK)) for _ in range(2))
    with source.open("rb", buffering=0) as reader, target.open("wb") as writer, ThreadPoolExecutor(1) as beside:
        hashing = beside.submit(digest.update, b"")
        for chunk in chunks:
            read = chunk[: reader.readinto(chunk)]
            hashing.result()
            if not read:
                break
            hashing = beside.submit(digest.update, read)
            writer.write(read)
    return digest.hexdigest()


def archive(path: Path, settings: Settings, delivery_id: str) -> None:
    """Seal the bytes of `path` under a new key of the delivery; what is archived already is left as it is."""
    with archiving(path, settings, delivery_id) as keep_sealed:
        keep_sealed()


@contextmanager
def archiving(path: Path, settings: Settings, delivery_id: str) -> Iterator[Callable[[], None]]:
    """As `archive`, but bytes are sealed beside what the block does, and are archived when it calls what it is given.

    If it never does, nothing of them stays. `path` must not change meanwhile.
    """
    final = sealed_path(settings, delivery_id)
    if final.exists() and has_key(settings, delivery_id):
        yield _nothing
        return
    key = token_bytes(KEY_BYTES)
    with work_dir(settings.home) as work, ThreadPoolExecutor(1, thread_name_prefix="seal") as beside:
        staged = work / "sealed"
        sealing = beside.submit(_seal_to, path, staged, key, delivery_id)

        def keep_sealed() -> None:
            sealing.result()
            keep_key(settings, delivery_id, key)
            keep(staged, final)

        yield keep_sealed


def _seal_to(path: Path, staged: Path, key: bytes, delivery_id: str) -> None:
    with path.open("rb") as reader, staged.open("wb") as writer:
        seal(reader, writer, key, delivery_id)
        writer.flush()
        os.fsync(writer.fileno())


def _nothing() -> None:
    """It is archived already."""


def destroy_object(settings: Settings, name: str) -> bool:
    """Destroy the key of an archived object, then its bytes; whether there was a key."""
    had = destroy_key(settings, name)
    if sealed_path(settings, name).is_file():
        destroy(sealed_path(settings, name))
    return had


def object_names(settings: Settings, delivery_id: str) -> list[str]:
    """Everything archived of a delivery that has a key: the original, or what took its place."""
    return sorted(path.stem for path in key_path(settings, delivery_id).parent.glob(f"{delivery_id}*.key"))


@contextmanager
def opened(settings: Settings, record: DeliveryRecord) -> Iterator[Path]:
    """The delivered bytes as a private file, for as long as the block lasts, checked against their hash.

    Raises `ErasedError` when the delivery's key was destroyed, `ArchiveError` when bytes or key are not what they were.
    """
    with opened_object(settings, record.delivery_id, record.sha256) as plain:
        yield plain


@contextmanager
def opened_object(settings: Settings, name: str, sha256: str) -> Iterator[Path]:
    """As `opened`, of anything archived by its name."""
    key = read_key(settings, name)
    sealed = sealed_path(settings, name)
    if not sealed.is_file():
        raise ArchiveError(f"the archived file of {name} is not at {sealed}; restore it from a backup")
    with work_dir(settings.home) as work:
        plain = work / "raw"
        with sealed.open("rb") as reader, plain.open("wb") as writer:
            unseal(reader, writer, key, name)
        if sha256_of(plain) != sha256:
            raise ArchiveError(f"the archived file of {name} has another SHA-256 than {sha256}; restore a backup")
        yield plain


def seal_plain(settings: Settings, engine: Engine) -> int:
    """Seal what an earlier version archived as it was delivered, and destroy the plain files; returns how many."""
    if not any(settings.raw_dir.glob(_PLAIN)):
        return 0
    holders: dict[str, list[str]] = defaultdict(list)
    with Session(engine) as session:
        for delivery_id, sha256 in session.execute(select(DeliveryRecord.delivery_id, DeliveryRecord.sha256)):
            holders[sha256].append(delivery_id)
    sealed = 0
    with writer_lock(settings, wait_seconds=_LOCK_SECONDS):
        for plain in sorted(settings.raw_dir.glob(f"{_PLAIN}/*")):
            for delivery_id in holders.get(plain.name, ()):
                archive(plain, settings, delivery_id)
            destroy(plain)
            sealed += 1
        for folder in settings.raw_dir.glob(_PLAIN):
            folder.rmdir()
    return sealed
