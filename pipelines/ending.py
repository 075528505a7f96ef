"""Being told to end: by Ctrl-C, by whoever stops a service, by a machine that shuts down.

What belongs here: that a run ends at once, whichever of its parts is working, and says what stands. Left to itself,
Dagster takes the signal for the failure of one step, or forgets it between two jobs, and the months are published as if
a feed had not been delivered.
"""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pipelines.errors import RunEndedError

__all__ = ["ends_when_told"]

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_MOST = 4096


@contextmanager
def ends_when_told() -> Iterator[Callable[[], None]]:
    """Either signal ends the block with `RunEndedError`, in a background job too, where shells hold back Ctrl-C.

    What it gives raises that error once a signal has come, whoever else has taken it: to be asked after each job.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: None  # signals are the main thread's
        return
    came, comes = os.pipe()  # Python writes the number of each signal there, whichever handler is in place
    for end in (came, comes):
        os.set_blocking(end, False)
    earlier = signal.set_wakeup_fd(comes, warn_on_full_buffer=False)
    before = {each: signal.signal(each, signal.default_int_handler) for each in _SIGNALS}

    def check() -> None:
        try:
            told = os.read(came, _MOST)
        except BlockingIOError:
            return
        if set(told) & set(_SIGNALS):
            raise RunEndedError

    try:
        yield check
    except KeyboardInterrupt:
        raise RunEndedError from None
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
        signal.set_wakeup_fd(earlier)
        for end in (came, comes):
            os.close(end)
