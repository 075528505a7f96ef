"""The keys of the raw archive: one a delivery, each in a file of its own, wrapped by the master key.

What belongs here: making, reading and destroying them. They lie outside the database, so that a destroyed key is gone
and no copy of it stands in a log of transactions. Destroying overwrites the file before it is removed.
"""

import os
import secrets
from pathlib import Path

from registry.errors import ArchiveError, ErasedError
from registry.files import private_dir
from registry.sealing import KEY_BYTES
from schemas.secret_file import make_secret, sync_folder
from schemas.settings import Settings

__all__ = ["destroy", "destroy_key", "has_key", "keep_key", "key_path", "new_key", "read_key"]

_NONCE_BYTES = 12
_PRIVATE = 0o600
_OTHERS = 0o077
_CHUNK = 1 << 20


def key_path(settings: Settings, name: str) -> Path:
    """Where the wrapped key of a delivery lies."""
    return settings.keys_dir / name[:2] / f"{name}.key"


def has_key(settings: Settings, name: str) -> bool:
    """Whether the key of a delivery is there."""
    return key_path(settings, name).is_file()


def new_key(settings: Settings, name: str) -> bytes:
    """A new key for a delivery, kept wrapped; an earlier one is replaced."""
    key = secrets.token_bytes(KEY_BYTES)
    keep_key(settings, name, key)
    return key


def keep_key(settings: Settings, name: str, key: bytes) -> None:
    """Keep the key of a delivery, wrapped; an earlier one is replaced."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415  # slow to import

    nonce = secrets.token_bytes(_NONCE_BYTES)
    wrapped = nonce + AESGCM(_master(settings, make=True)).encrypt(nonce, key, name.encode())
    path = key_path(settings, name)
    private_dir(path.parent)
    _write(path.with_suffix(".tmp"), wrapped)
    path.with_suffix(".tmp").replace(path)
    sync_folder(path.parent)


def read_key(settings: Settings, name: str) -> bytes:
    """The key of a delivery; raises `ErasedError` when it is gone, `ArchiveError` when it cannot be unwrapped."""
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415  # slow to import
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    path = key_path(settings, name)
    if not path.is_file():
        raise ErasedError(
            f"the key of delivery {name} is gone and with it the bytes; hash and manifest are in the registry"
        )
    wrapped = path.read_bytes()
    try:
        return AESGCM(_master(settings, make=False)).decrypt(
            wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], name.encode()
        )
    except (InvalidTag, ValueError):
        raise ArchiveError(
            f"the key of delivery {name} does not open under this master key; give the right one as "
            "DOUDI_ARCHIVE_KEY_FILE, or restore the key from a backup"
        ) from None


def destroy_key(settings: Settings, name: str) -> bool:
    """Destroy the key of a delivery; False when there is none."""
    path = key_path(settings, name)
    if not path.is_file():
        return False
    destroy(path)
    return True


def destroy(path: Path) -> None:
    """Overwrite a file with noise, put that on the disk, and remove it."""
    with path.open("r+b", buffering=0) as file:
        left = os.fstat(file.fileno()).st_size
        while left > 0:
            left -= file.write(os.urandom(min(left, _CHUNK)))
        os.fsync(file.fileno())
    path.unlink()
    sync_folder(path.parent)


def _master(settings: Settings, *, make: bool) -> bytes:
    path = settings.archive_key_file or settings.keys_dir / "master.key"
    if make and settings.archive_key_file is None and not path.exists():
        wrapped = any(settings.keys_dir.glob("*/*.key"))
        if wrapped and not path.exists():  # looked at again: who was first makes the master key, then wraps by it
            raise ArchiveError(f"{path} is gone, but keys wrapped by it are there; restore it from a backup")
        private_dir(path.parent)
        make_secret(path, size=KEY_BYTES)
    if not path.is_file():
        raise ArchiveError(f"the master key of the archive is not at {path}; restore it from a backup")
    if path.stat().st_mode & _OTHERS:
        raise ArchiveError(f"{path} can be read by others; run: chmod 600 {path}")
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise ArchiveError(f"{path} is not a key of {2 * KEY_BYTES} hexadecimal digits")
    return key


def _write(path: Path, content: bytes) -> None:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
