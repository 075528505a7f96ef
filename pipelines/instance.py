"""Dagster's own storage of an installation.

What belongs here: preparing `<home>/dagster` and opening it. Its configuration is the repository's
`dagster.yaml`, linked there, so that storage follows the installation and not the working directory.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
from sqlalchemy import Engine, event

from pipelines.errors import InstanceConfigError
from schemas.settings import Settings

__all__ = ["open_instance", "prepare_instance"]

_CONFIG = Path(__file__).resolve().parent.parent / "dagster.yaml"


def prepare_instance(settings: Settings) -> Path:
    """Make the directory of Dagster's storage with its configuration; a file of the installation's own stays."""
    home = settings.dagster_home.absolute()
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    link = home / _CONFIG.name
    if link.is_symlink() and link.resolve() != _CONFIG:
        link.unlink()
    if not link.exists():
        if not _CONFIG.is_file():
            raise InstanceConfigError(f"{_CONFIG} is missing; restore it from the repository")
        link.symlink_to(_CONFIG)
    return home


@contextmanager
def open_instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """The installation's Dagster instance, which records runs, events and checks."""
    home = prepare_instance(settings)
    with _kept_open(home), dg.DagsterInstance.from_config(str(home)) as instance:
        yield instance


@contextmanager
def _kept_open(home: Path) -> Iterator[None]:
    """Spare Dagster's SQLite files a checkpoint and two syncs for each event.

    Dagster opens and closes a connection for each event, and closing the last one makes SQLite write its
    log back. One idle connection a file prevents that; `synchronous=NORMAL` leaves out the sync at each
    commit, which in WAL mode can lose the last events in a power failure, never the file. The registry,
    which is the record, keeps its own settings.
    """
    with ExitStack() as held:
        files: set[str] = set()

        def ease(connection: Any, _record: object) -> None:
            if not isinstance(connection, sqlite3.Connection):
                return
            file = str(connection.execute("PRAGMA database_list").fetchone()[2])
            if not file or not Path(file).is_relative_to(home):
                return
            connection.execute("PRAGMA synchronous=NORMAL")
            if file not in files:
                files.add(file)
                connection.execute("PRAGMA journal_mode=WAL")
                idle = held.enter_context(closing(sqlite3.connect(file, check_same_thread=False)))
                idle.execute("SELECT count(*) FROM sqlite_master").fetchone()

        event.listen(Engine, "connect", ease)
        held.callback(event.remove, Engine, "connect", ease)
        yield
