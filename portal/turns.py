"""How many requests are worked at once.

What belongs here: the few threads of pages that compute and hardly wait, and the bound for all others. One processor
works at a time however many threads there are: forty that want it hand it round, and a hundred pages a second took
half as much work again, which one process does not have (docs/adr/0034).
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

from anyio.to_thread import current_default_thread_limiter

__all__ = ["in_turn", "limit_threads", "threads"]

_T = TypeVar("_T")
_AT_ONCE = 2
_OTHERS_AT_ONCE = 12  # fewer than the connections to the registry, so that none waits for one in vain


def threads(name: str) -> ThreadPoolExecutor:
    """The few threads of one kind of work, for one application."""
    return ThreadPoolExecutor(_AT_ONCE, thread_name_prefix=name)


def limit_threads() -> None:
    """Bound the threads of all that does not take turns: downloads, letters, what waits for others. Inside the loop."""
    current_default_thread_limiter().total_tokens = _OTHERS_AT_ONCE


async def in_turn(turns: Executor, work: Callable[[], _T]) -> _T:
    """What `work` gives, computed in a thread when its turn comes; the context of the request goes with it."""
    return await asyncio.get_running_loop().run_in_executor(turns, copy_context().run, work)
