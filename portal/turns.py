"""How many requests are worked at once.

What belongs here: the few threads of pages that compute and hardly wait, and the bound for all others. One processor
works at a time however many threads there are: forty that want it hand it round, and a hundred pages a second took
half as much work again, which one process does not have (docs/adr/0034).
"""

from collections.abc import Callable

from anyio import CapacityLimiter
from anyio.to_thread import current_default_thread_limiter, run_sync
from fastapi import Response

__all__ = ["in_turn", "limit_threads", "turns"]

_PAGES_AT_ONCE = 2
_OTHERS_AT_ONCE = 12  # fewer than the connections to the registry, so that none waits for one in vain


def turns() -> CapacityLimiter:
    """The threads of pages that compute, for one application."""
    return CapacityLimiter(_PAGES_AT_ONCE)


def limit_threads() -> None:
    """Bound the threads of all that does not take turns: downloads, letters, what waits for others. Inside the loop."""
    current_default_thread_limiter().total_tokens = _OTHERS_AT_ONCE


async def in_turn(limiter: CapacityLimiter, work: Callable[[], Response]) -> Response:
    """What `work` gives, computed in a thread when its turn comes; the context of the request goes with it."""
    return await run_sync(work, limiter=limiter)
