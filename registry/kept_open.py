"""Connections to a small SQLite file that stay open between two questions, since opening costs more than asking.

What belongs here: lending them, one to a thread at a time, and closing what is not asked for any more; having such a
file read ahead. A file that was replaced is opened anew.
"""

import atexit
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock

from registry.files import private_file

__all__ = ["MOST_IDLE", "lent", "read_ahead"]

MOST_IDLE = 16
"""So many, at most, stay open while nobody asks."""

_PATIENCE_SECONDS = 60.0
_AT_ONCE = 128 * 1024  # Linux reads no more of what one call names than it reads ahead by itself
_PRAGMAS = (
    "secure_delete=ON",  # what is erased leaves no trace in free pages
    "temp_store=MEMORY",
)
_File = tuple[Path, int, int, int]
_idle: list[tuple[_File, sqlite3.Connection]] = []  # the one that was asked last at the end
_ahead: dict[_File, int] = {}  # open as long as its file: closing it would drop every lock of this process on the file
_guard = Lock()


@contextmanager
def lent(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection in autocommit mode to the file at `path` (made 0600), for one question or transaction.

    One that an error leaves through is closed.
    """
    private_file(path)
    file = _file(path)
    connection = _taken(file) or _opened(path)
    try:
        yield connection
    except BaseException:
        connection.close()
        raise
    _given_back(file, connection)


def read_ahead(path: Path) -> None:
    """Have the system read the whole file into its free memory, since many places of it will be asked for.

    Page by page, a file that is not there yet takes several times as long. Where a system has no such call, nothing
    happens.
    """
    if not hasattr(os, "posix_fadvise"):
        return
    file = _file(path)
    with _guard:
        for replaced in [each for each in _ahead if each[0] == path and each != file]:
            os.close(_ahead.pop(replaced))
        if file not in _ahead:
            _ahead[file] = os.open(path, os.O_RDONLY)
        held = _ahead[file]
    with suppress(OSError):  # the file was replaced meanwhile
        for start in range(0, path.stat().st_size, _AT_ONCE):
            os.posix_fadvise(held, start, _AT_ONCE, os.POSIX_FADV_WILLNEED)


def _file(path: Path) -> _File:
    stat = path.stat()
    return path, stat.st_dev, stat.st_ino, os.getpid()


def _opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_PATIENCE_SECONDS, isolation_level=None, check_same_thread=False)
    for each in _PRAGMAS:
        connection.execute(f"PRAGMA {each}")
    return connection


def _taken(file: _File) -> sqlite3.Connection | None:
    with _guard:
        for place in range(len(_idle) - 1, -1, -1):
            if _idle[place][0] == file:
                return _idle.pop(place)[1]
    return None


def _given_back(file: _File, connection: sqlite3.Connection) -> None:
    with _guard:
        _idle.append((file, connection))
        replaced = [each for each in _idle if each[0][0] == file[0] and each[0] != file]
        unasked = replaced or _idle[: max(0, len(_idle) - MOST_IDLE)]
        for each in unasked:
            _idle.remove(each)
    for _, closing in unasked:
        closing.close()


@atexit.register
def _close_all() -> None:
    with _guard:
        while _idle:
            _idle.pop()[1].close()
