"""Being told to end while something else holds the signals, as Dagster does."""

import os
import signal
import threading

import pytest

from pipelines.ending import ends_when_told
from pipelines.errors import RunEndedError


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_that_somebody_else_took_is_not_lost(number: signal.Signals) -> None:
    """A run that was told to end between two steps would go on, and publish."""
    taken: list[int] = []
    with ends_when_told() as check_not_ended:
        check_not_ended()
        signal.signal(number, lambda came, _: taken.append(came))
        os.kill(os.getpid(), number)
        with pytest.raises(RunEndedError):
            check_not_ended()
    assert taken == [number]


def _work_while_told_to_end(number: signal.Signals) -> None:
    with ends_when_told():
        os.kill(os.getpid(), number)
        threading.Event().wait(60)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_what_is_at_work_and_others_do_as_before(number: signal.Signals) -> None:
    """A run would be ended without a word; or whatever comes after it could not be ended."""
    before = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]
    with pytest.raises(RunEndedError, match="goes on from there"):
        _work_while_told_to_end(number)
    assert [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)] == before
    assert signal.set_wakeup_fd(-1) == -1


def test_beside_the_main_thread_nothing_is_asked_of_signals() -> None:
    """A run inside a server or a test would not start: Python gives signals to the main thread alone."""
    done: list[bool] = []

    def beside() -> None:
        with ends_when_told() as check_not_ended:
            check_not_ended()
            done.append(True)

    worker = threading.Thread(target=beside)
    worker.start()
    worker.join()
    assert done == [True]
