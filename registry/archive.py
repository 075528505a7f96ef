"""The raw archive: delivered bytes under their SHA-256, never changed.

What belongs here: hashing, keeping and finding delivered bytes.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from registry.errors import ArchiveError
from registry.files import keep, work_dir
from registry.models import DeliveryRecord
from schemas.settings import Settings

__all__ = ["archive", "copy_hashed", "opened", "raw_path", "sha256_of"]

_CHUNK = 1 << 20


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, as 64 hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def raw_path(settings: Settings, sha256: str) -> Path:
    """Where the bytes with this hash are kept."""
    return settings.raw_dir / sha256[:2] / sha256


def copy_hashed(source: Path, target: Path) -> str:
    """Copy `source` to `target` in one reading and return the SHA-256 of what was copied."""
    digest = hashlib.sha256()
    with source.open("rb") as reader, target.open("wb") as writer:
        while chunk := reader.read(_CHUNK):
            digest.update(chunk)
            writer.write(chunk)
    return digest.hexdigest()


def archive(path: Path, settings: Settings) -> str:
    """Keep the bytes of `path` in the archive and return their SHA-256; known bytes are not written again."""
    with work_dir(settings.home) as work:
        staged = work / "raw"
        sha256 = copy_hashed(path, staged)
        final = raw_path(settings, sha256)
        if not final.exists():
            keep(staged, final)
    return sha256


@contextmanager
def opened(settings: Settings, record: DeliveryRecord) -> Iterator[Path]:
    """The delivered bytes as a file, checked against their hash; raises `ArchiveError`."""
    path = raw_path(settings, record.sha256)
    if not path.is_file() or sha256_of(path) != record.sha256:
        raise ArchiveError(f"{path} is not there or was changed")
    yield path
