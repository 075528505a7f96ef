"""A backup is whole, holds no keys, and can be put back."""

import tarfile
import threading
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, make_url, text

from registry.audit import append, verify
from registry.backup import backup, restore
from registry.engine import engine_at
from registry.errors import BackupError
from registry.queries import current_edition
from schemas.settings import Settings
from tests.unit.registry.examples import published, two_families


@pytest.fixture
def place(engine: Engine, postgres_url: str) -> str:
    """Where a backup of the registry goes: an empty database of the server; "" for a file of the new home."""
    if engine.dialect.name == "sqlite":
        return ""
    server = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text("DROP DATABASE IF EXISTS restored"))
        connection.execute(text("CREATE DATABASE restored"))
    server.dispose()
    return make_url(postgres_url).set(database="restored").render_as_string(hide_password=False)


def _furnish(settings: Settings, engine: Engine) -> str:
    """An installation with an edition, files and keys."""
    for name in ("raw/ab/abc", "vault/f/2026-06/d.parquet", "keys/d", "sources.d/a.yaml", "sources.d/a.url"):
        file = settings.home / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(name.encode() * 1000)
    (settings.home / "identity.key").write_text("5e" * 32)
    return published(engine, two_families())


def test_a_backup_is_put_back(settings: Settings, engine: Engine, place: str, tmp_path: Path) -> None:
    """After a fire there would be no list, and no proof of the one before."""
    edition_id = _furnish(settings, engine)
    file, home = tmp_path / "b.tar", tmp_path / "new"
    made = backup(settings, engine, file, actor="a")
    assert file.stat().st_mode & 0o777 == 0o600
    found = restore(file, home, url=place)
    assert (found.holds, found.events) == (True, made.events)
    again = engine_at(place or f"sqlite:///{home / 'registry.db'}")
    edition = current_edition(again)
    again.dispose()
    assert edition is not None
    assert edition.edition_id == edition_id
    assert (home / "raw/ab/abc").read_bytes() == (settings.home / "raw/ab/abc").read_bytes()
    assert home.stat().st_mode & 0o777 == 0o700


def test_keys_and_addresses_are_not_in_it(settings: Settings, engine: Engine, tmp_path: Path) -> None:
    """Whoever finds a backup would read what departments delivered, and reach their databases."""
    _furnish(settings, engine)
    backup(settings, engine, tmp_path / "b.tar", actor="a")
    with tarfile.open(tmp_path / "b.tar") as archive:
        names = archive.getnames()
    assert "sources.d/a.yaml" in names
    assert [each for each in names if "key" in each or each.endswith(".url")] == []


def test_a_backup_while_others_write_is_whole(settings: Settings, engine: Engine, place: str, tmp_path: Path) -> None:
    """The bureau would have to stop for each backup, or find out at the fire that it holds half an act."""
    _furnish(settings, engine)
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            append(engine, actor="w", action="export", purpose="x", details={"rows": 1})

    writer = threading.Thread(target=write)
    writer.start()
    try:
        backup(settings, engine, tmp_path / "b.tar", actor="a")
    finally:
        stop.set()
        writer.join()
    assert restore(tmp_path / "b.tar", tmp_path / "new", url=place).holds
    assert verify(engine).holds


def test_what_is_there_is_not_overwritten(settings: Settings, engine: Engine, tmp_path: Path) -> None:
    """A slip in a path would cost the installation, or the backup before."""
    _furnish(settings, engine)
    file = tmp_path / "b.tar"
    backup(settings, engine, file, actor="a")
    with pytest.raises(BackupError, match="there already"):
        backup(settings, engine, file, actor="a")
    with pytest.raises(BackupError, match="not empty"):
        restore(file, settings.home)


@pytest.mark.parametrize("place", ["member", "end"])
def test_a_damaged_backup_is_refused(settings: Settings, engine: Engine, tmp_path: Path, place: str) -> None:
    """Staff would work on with rows that nobody wrote."""
    _furnish(settings, engine)
    file = tmp_path / "b.tar"
    backup(settings, engine, file, actor="a")
    content = file.read_bytes()
    spoilt = (
        content.replace(b"raw/ab/abcraw", b"raw/ab/abcrow", 1) if place == "member" else content[: len(content) // 2]
    )
    file.write_bytes(spoilt)
    with pytest.raises(BackupError):
        restore(file, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_backup_of_postgresql_goes_to_an_empty_database(settings: Settings, postgres: Engine, tmp_path: Path) -> None:
    """A province would mix two registries, or be told nothing of where its backup goes."""
    _furnish(settings, postgres)
    backup(settings, postgres, tmp_path / "b.tar", actor="a")
    full = postgres.url.render_as_string(hide_password=False)
    with pytest.raises(BackupError, match="pg_restore"):
        restore(tmp_path / "b.tar", tmp_path / "other", url=full)
    with pytest.raises(BackupError, match="name the empty database"):
        restore(tmp_path / "b.tar", tmp_path / "third")
