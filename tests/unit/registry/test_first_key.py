"""The secrets of a new installation: whoever is first makes them, and nobody replaces what another sealed by."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import TypeVar

import pytest

from linkage.identity import IdentityKey
from registry.errors import ArchiveError
from registry.keys import key_path, new_key, read_key
from schemas.settings import Settings

_T = TypeVar("_T")
_AT_ONCE = 8
_HOMES = 40


def _together(act: Callable[[int], _T]) -> list[_T]:
    """What came of an act that eight begin at the same moment."""
    line = Barrier(_AT_ONCE)

    def run(number: int) -> _T:
        line.wait()
        return act(number)

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(run, range(_AT_ONCE)))


def _settings(home: Path) -> Settings:
    return Settings(home=home, database_url="", identity_key="")


def test_what_is_sealed_by_several_at_once_in_a_new_home_opens_again(tmp_path: Path) -> None:
    """One who replaced the master key of another would make what that one sealed unreadable for ever."""
    for home in range(_HOMES):
        settings = _settings(tmp_path / f"{home}")
        made = _together(lambda number, where=settings: new_key(where, f"{number:02d}-note"))
        assert [read_key(settings, f"{number:02d}-note") for number in range(_AT_ONCE)] == made
        assert [each.name for each in settings.keys_dir.iterdir() if each.is_file()] == ["master.key"]


def test_everybody_who_asks_at_once_for_the_key_of_people_gets_the_same(tmp_path: Path) -> None:
    """Otherwise the same person has two keys in one installation, and is missed."""
    for home in range(_HOMES):
        settings = _settings(tmp_path / f"{home}")
        assert len({each.secret for each in _together(lambda _, where=settings: IdentityKey.from_settings(where))}) == 1
        assert [each.name for each in settings.home.iterdir()] == ["identity.key"]


def test_a_lost_master_key_is_not_made_anew(tmp_path: Path) -> None:
    """A new one beside keys wrapped by the lost one would hide the loss until the first reading."""
    settings = _settings(tmp_path)
    new_key(settings, "01-note")
    (settings.keys_dir / "master.key").unlink()
    with pytest.raises(ArchiveError, match="restore it from a backup"):
        new_key(settings, "02-note")
    assert not key_path(settings, "02-note").exists()
