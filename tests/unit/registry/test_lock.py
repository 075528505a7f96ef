"""One writer at a time."""

import subprocess
import sys

import pytest

from registry.errors import LockedError
from registry.lock import writer_lock
from schemas.settings import Settings

_OTHER = """
import sys
from pathlib import Path
from registry.errors import LockedError
from registry.lock import writer_lock
from schemas.settings import Settings
try:
    with writer_lock(Settings(home=Path(sys.argv[1]))):
        print("held")
except LockedError as error:
    print(type(error).__name__)
"""


def _other_process(settings: Settings) -> str:
    command = [sys.executable, "-c", _OTHER, str(settings.home)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603


def test_a_second_writer_is_told_to_wait(settings: Settings) -> None:
    """If this fails, two runs write the same edition at once."""
    with writer_lock(settings):
        assert _other_process(settings) == "LockedError"
    assert _other_process(settings) == "held"


def test_a_writer_may_take_it_again(settings: Settings) -> None:
    """If this fails, a command that calls another waits for itself."""
    with writer_lock(settings), writer_lock(settings, wait_seconds=5):
        assert _other_process(settings) == "LockedError"
    assert _other_process(settings) == "held"


def test_the_lock_is_released_on_failure(settings: Settings) -> None:
    """If this fails, one failed run blocks the installation."""
    with pytest.raises(LockedError, match="planted"), writer_lock(settings):
        raise LockedError("planted")
    assert _other_process(settings) == "held"
