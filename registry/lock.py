"""One writer at a time in an installation.

What belongs here: the lock file `<home>/lock` that every command which changes anything holds while it works.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from registry.errors import LockedError
from registry.files import private_dir
from schemas.settings import Settings

__all__ = ["writer_lock"]


@contextmanager
def writer_lock(settings: Settings, *, wait_seconds: float = 0) -> Iterator[None]:
    """Hold the writer's lock, re-entrant within a thread; raises `LockedError` after `wait_seconds`."""
    path = private_dir(settings.home) / "lock"
    lock = FileLock(path, mode=0o600, is_singleton=True)
    try:
        lock.acquire(timeout=wait_seconds)
    except Timeout:
        raise LockedError(f"another doudi command is writing (lock {path}); wait for it to end") from None
    try:
        yield
    finally:
        lock.release()
