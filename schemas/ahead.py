"""Read pieces and work on them in threads while the pieces before them are taken away, in the order of the pieces.

What belongs here: that order and how many pieces are in memory at once. Polars lets other threads run while it works.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from threading import Event, Semaphore
from typing import TypeVar

__all__ = ["in_order"]

_THREADS = 2  # more would hold more pieces in memory; Polars has threads of its own
_Given = TypeVar("_Given")
_Made = TypeVar("_Made")


def in_order(work: Callable[[_Given], _Made], pieces: Iterable[_Given]) -> Iterator[_Made]:
    """What `work` makes of each piece; at most three pieces are read, worked on or wait to be taken away."""
    begun: SimpleQueue[Future[_Made] | None] = SimpleQueue()
    room, left = Semaphore(_THREADS), Event()

    def read() -> None:
        try:
            for piece in pieces:
                begun.put(pool.submit(work, piece))
                room.acquire()
                if left.is_set():
                    return
        finally:
            begun.put(None)

    with (
        ThreadPoolExecutor(_THREADS, thread_name_prefix="piece") as pool,
        ThreadPoolExecutor(1, thread_name_prefix="read") as reader,
    ):
        reading = reader.submit(read)
        try:
            while (made := begun.get()) is not None:
                yield made.result()
                room.release()
        finally:
            left.set()
            room.release()
        reading.result()
