"""Dagster's own storage of an installation.

What belongs here: preparing `<home>/dagster` and opening it. Its configuration is the repository's
`dagster.yaml`, linked there, so that storage follows the installation and not the working directory. With
`DOUDI_DAGSTER_DATABASE_URL` it is a copy that adds PostgreSQL; the URL itself is written nowhere.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import dagster as dg
from sqlalchemy import Engine, event, make_url

from pipelines.errors import InstanceConfigError
from schemas.settings import Settings

__all__ = ["open_instance", "prepare_instance"]

_CONFIG = Path(__file__).resolve().parent.parent / "dagster.yaml"
_URL = "DOUDI_DAGSTER_DATABASE_URL"
_DRIVER = "postgresql+psycopg2"  # the only one that Dagster's statements are written for
_STORAGE = f"""# Written by doudi, since {_URL} is set; a file without this line is left as it is.
storage:
  postgres:
    postgres_url:
      env: {_URL}

"""


def prepare_instance(settings: Settings) -> Path:
    """Make the directory of Dagster's storage with its configuration; a file of the installation's own stays."""
    home = settings.dagster_home.absolute()
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    link = home / _CONFIG.name
    if not _CONFIG.is_file():
        raise InstanceConfigError(f"{_CONFIG} is missing; restore it from the repository")
    if settings.dagster_database_url:
        _put_on_postgresql(settings, link)
        return home
    if (link.is_symlink() and link.resolve() != _CONFIG) or _is_ours(link):
        link.unlink()
    if not link.exists():
        link.symlink_to(_CONFIG)
    return home


def _put_on_postgresql(settings: Settings, config: Path) -> None:
    """Dagster's tables in a database of their own: both keep a table of the same name for their migrations."""
    url, registry = make_url(settings.dagster_database_url), make_url(settings.registry_url)
    if url.get_backend_name() != "postgresql":
        raise InstanceConfigError(f"{_URL} is of {url.get_backend_name()}; it must begin with postgresql://")
    if (url.host, url.port, url.database) == (registry.host, registry.port, registry.database):
        raise InstanceConfigError(f"{_URL} is the registry's own database; make another one for Dagster")
    if find_spec("dagster_postgres") is None:
        raise InstanceConfigError(f"{_URL} needs the package dagster-postgres; install doudi[postgres]")
    os.environ[_URL] = url.set(drivername=_DRIVER).render_as_string(hide_password=False)
    if config.is_symlink():
        config.unlink()
    if not config.exists() or _is_ours(config):
        config.write_text(_STORAGE + _CONFIG.read_text(encoding="utf-8"), encoding="utf-8")


def _is_ours(config: Path) -> bool:
    return config.is_file() and not config.is_symlink() and config.read_text(encoding="utf-8").startswith(_STORAGE)


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
