"""Work on pieces in threads while the pieces before them are taken away, in the order of the pieces.

What belongs here: that order and how many pieces are in memory at once. Polars lets other threads run while it works.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

__all__ = ["in_order"]

_THREADS = 2  # more would hold more pieces in memory; Polars has threads of its own
_Given = TypeVar("_Given")
_Made = TypeVar("_Made")


def in_order(work: Callable[[_Given], _Made], pieces: Iterable[_Given]) -> Iterator[_Made]:
    """What `work` makes of each piece; at most three pieces are worked on or wait to be taken away."""
    waiting: deque[Future[_Made]] = deque()
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="piece") as pool:
        for piece in pieces:
            waiting.append(pool.submit(work, piece))
            if len(waiting) > _THREADS:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
