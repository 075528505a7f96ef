"""Files that nobody else may read and that are never half-written.

What belongs here: private directories (0700), private files (0600), and writing under a temporary name first.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["keep", "private_dir", "private_file", "work_dir", "writing"]

_DIRECTORY_MODE = 0o700
_FILE_MODE = 0o600


def private_dir(path: Path) -> Path:
    """Make `path` and its missing parents, each with mode 0700, and return it."""
    if not path.is_dir():
        private_dir(path.parent)
        path.mkdir(mode=_DIRECTORY_MODE, exist_ok=True)
        path.chmod(_DIRECTORY_MODE)
    return path


def private_file(path: Path) -> None:
    """Make an empty file at `path`, mode 0600, where there is none; its directory is there.

    One that is there is not opened: to close it again would drop every lock that this process holds on it, so those of
    SQLite's transactions in other threads as well (https://www.sqlite.org/howtocorrupt.html, 2.2).
    """
    if not path.exists():
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, _FILE_MODE))


@contextmanager
def work_dir(home: Path) -> Iterator[Path]:
    """A private directory on the file system of `home` that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="work-", dir=private_dir(home / "tmp")) as name:
        yield Path(name)


def keep(temporary: Path, final: Path) -> Path:
    """Move a finished file to its place in one step: after it the whole file is there, before it none."""
    temporary.chmod(_FILE_MODE)
    with temporary.open("rb") as stream:
        os.fsync(stream.fileno())
    private_dir(final.parent)
    return temporary.replace(final)


@contextmanager
def writing(final: Path) -> Iterator[Path]:
    """A temporary path beside `final` that becomes it when the block succeeds, and vanishes when not."""
    final.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".", suffix=f".tmp{final.suffix}", dir=final.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        keep(temporary, final)
    finally:
        temporary.unlink(missing_ok=True)
