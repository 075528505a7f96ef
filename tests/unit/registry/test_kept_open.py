"""Connections that stay open serve one asker at a time, and never a file that is no more."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from registry.engine import engine_at
from registry.kept_open import MOST_IDLE, lent, read_ahead

_WRITES = (
    "import sqlite3, sys; sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None).execute('BEGIN IMMEDIATE')"
)


def _told(path: Path) -> list[str]:
    with lent(path) as connection:
        return [str(each) for (each,) in connection.execute("SELECT word FROM told")]


def _put(path: Path, word: str) -> None:
    with lent(path) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS told (word TEXT)")
        connection.execute("INSERT INTO told VALUES (?)", (word,))


def test_one_connection_serves_one_question_after_the_other(tmp_path: Path) -> None:
    """If this fails, each page opens the vault anew, or two readers speak over one connection."""
    path = tmp_path / "lines.db"
    with lent(path) as first, lent(path) as second:
        assert first is not second
    with lent(path) as third:
        assert third in (first, second)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_transaction_keeps_its_lock_when_another_thread_asks(tmp_path: Path) -> None:
    """If this fails, two processes write the vault's index or the registry at once, and it is destroyed."""
    path = tmp_path / "lines.db"
    _put(path, "kept")
    with lent(path) as writing:
        writing.execute("BEGIN IMMEDIATE")
        with lent(path):
            engine_at(f"sqlite:///{path}").dispose()
            read_ahead(path)
        other = subprocess.run(  # noqa: S603  # a line of this file
            [sys.executable, "-c", _WRITES, str(path)], capture_output=True, text=True, check=False
        )
        writing.execute("ROLLBACK")
    assert "database is locked" in other.stderr


def test_a_file_that_was_replaced_is_read_anew(tmp_path: Path) -> None:
    """If this fails, names that were erased with the old file are still shown."""
    path, other = tmp_path / "lines.db", tmp_path / "new.db"
    _put(path, "old")
    _put(other, "new")
    other.replace(path)
    assert _told(path) == ["new"]


def test_what_failed_is_closed_and_few_stay_open(tmp_path: Path) -> None:
    """If this fails, a broken transaction holds its lock for good, or files of every home stay open."""
    path = tmp_path / "lines.db"
    _put(path, "kept")
    with pytest.raises(sqlite3.OperationalError), lent(path) as broken:
        broken.executescript("BEGIN IMMEDIATE; nonsense")
    _put(path, "later")
    assert _told(path) == ["kept", "later"]
    for number in range(MOST_IDLE * 2):
        _put(tmp_path / f"{number}.db", "word")
    held = {each.readlink() for each in Path("/proc/self/fd").iterdir() if each.is_symlink() and each.exists()}
    assert 0 < sum(each.parent == tmp_path and each.suffix == ".db" for each in held) <= MOST_IDLE


def test_the_whole_of_a_file_is_read_ahead_also_when_it_was_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If this fails, an export of all families reads a cold vault page by page, or the old file keeps its place."""
    path, other = tmp_path / "lines.db", tmp_path / "new.db"
    path.write_bytes(bytes(300_000))
    other.write_bytes(bytes(600_000))
    ends: dict[int, int] = {}

    def asked(held: int, start: int, length: int, _advice: int) -> None:
        assert ends.get(os.fstat(held).st_size, 0) == start
        assert length <= 128 * 1024, "the system would leave out the rest"
        ends[os.fstat(held).st_size] = start + length

    monkeypatch.setattr(os, "posix_fadvise", asked)
    read_ahead(path)
    other.replace(path)
    read_ahead(path)
    assert {size: end >= size for size, end in ends.items()} == {300_000: True, 600_000: True}
    held = [each for each in Path("/proc/self/fd").iterdir() if str(each.resolve()).startswith(str(path))]
    assert len(held) == 1
