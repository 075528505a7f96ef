"""A secret of the installation, in a file of its own that only its owner may read.

What belongs here: making it once, whoever asks at the same time, and putting its folder on the disk. Reading it stands
with its users.
"""

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

__all__ = ["make_secret", "sync_folder"]

_DIRECTORY_MODE = 0o700


def make_secret(path: Path, *, size: int) -> None:
    """Write `size` random bytes in hexadecimal to `path`, unless somebody was first: nobody's secret is replaced.

    Before it the file is not there, after it whole and on the disk, so that nobody reads half a secret.
    """
    path.parent.mkdir(mode=_DIRECTORY_MODE, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    draft = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(size))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            path.hardlink_to(draft)
    finally:
        draft.unlink()
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Put on the disk what a folder holds and no longer holds."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
