"""A backup of the installation in one file, made while others work, and putting it back.

What belongs here: the database as one consistent snapshot and the files it speaks of, each with its SHA-256. Keys are
left out: whoever finds a backup reads neither the raw archive nor makes person keys with it.
"""

import hashlib
import io
import json
import shutil
import sqlite3
import subprocess
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any

from sqlalchemy import URL, Engine

from registry.audit import append, verify
from registry.engine import engine_at
from registry.errors import BackupError
from registry.files import private_dir, work_dir, writing
from registry.seal import ChainCheck
from schemas.settings import Settings

__all__ = ["EXCLUDED", "Backup", "backup", "restore"]

EXCLUDED = ("keys", "identity.key", "sources.d/*.url", "dagster", "tmp", "exports", "quality", "whatif", "landing")
"""What a backup does not hold; the keys among it are kept apart, the others are made anew."""

_KEPT = ("raw", "lake", "vault", "quarantine", "receipts", "parameters.d", "models", "anchors.jsonl", "agreements.yaml")
_SOURCES = "sources.d"
_MANIFEST = "manifest.json"
_DATABASE = {"sqlite": "registry.db", "postgresql": "registry.dump"}
_KIND = "doudi backup 1"
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup holds."""

    database: str
    files: int
    size_bytes: int
    events: int


def backup(settings: Settings, engine: Engine, path: Path, *, actor: str) -> Backup:
    """Write a backup to `path` and record it; nobody has to stop working. Raises `BackupError`.

    The database is taken first: the files it speaks of were written before it spoke of them.
    """
    if path.exists():
        raise BackupError(f"{path} is there already; name another file")
    name = _DATABASE[engine.dialect.name]
    members: dict[str, dict[str, Any]] = {}
    with work_dir(settings.home) as work, writing(path) as temporary:
        snapshot = work / name
        events = _snapshot(engine, snapshot)
        with tarfile.open(temporary, "w") as archive:
            members[name] = _add(archive, snapshot, name)
            for file, inside in _files(settings):
                added = _add(archive, file, inside)
                if added:
                    members[inside] = added
            manifest = {
                "kind": _KIND,
                "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
                "database": engine.dialect.name,
                "events": events,
                "excluded": list(EXCLUDED),
                "members": members,
            }
            _add_text(archive, json.dumps(manifest, indent=1))
    made = Backup(engine.dialect.name, len(members), sum(each["size"] for each in members.values()), events)
    details = {"files": made.files, "size_bytes": made.size_bytes, "database": made.database}
    append(engine, actor=actor, action="backup", purpose="备份", details=details)
    return made


def restore(path: Path, home: Path, *, url: str = "") -> ChainCheck:
    """Put a backup into `home`, which must not hold anything, and a PostgreSQL one into the empty database of `url`.

    Every file is compared with its recorded SHA-256 before it takes its place, then the audit chain is verified.
    Raises `BackupError`, and leaves a home that is not whole with the name `<home>.part`.
    """
    if home.exists() and any(home.iterdir()):
        raise BackupError(f"{home} is not empty; name a folder that is")
    part = home.with_name(home.name + ".part")
    if part.exists():
        raise BackupError(f"{part} is left of a restore that did not end; look at it and remove it")
    private_dir(part)
    try:
        manifest = _unpack(path, part)
    except (tarfile.TarError, KeyError, ValueError) as error:
        raise BackupError(f"{path} is no whole backup ({type(error).__name__}); take another one") from None
    if manifest["database"] == "postgresql":
        _load(part / _DATABASE["postgresql"], url)
    if home.exists():
        home.rmdir()
    part.rename(home)
    engine = engine_at(url or f"sqlite:///{home / _DATABASE['sqlite']}")
    try:
        found = verify(engine)
    finally:
        engine.dispose()
    if found.events < manifest["events"]:
        raise BackupError(f"the restored chain has {found.events} events, the backup had {manifest['events']}")
    return found


def _snapshot(engine: Engine, target: Path) -> int:
    """One consistent copy of the database; how many events of the audit chain it holds at least."""
    events = verify(engine).events
    if engine.dialect.name == "postgresql":
        _run_tool("pg_dump", engine.url, "--format=custom", "--no-owner", f"--file={target}")
        return events
    with closing(sqlite3.connect(str(engine.url.database))) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
    return events


def _load(dump: Path, url: str) -> None:
    if not url:
        raise BackupError("the backup is of PostgreSQL; name the empty database it goes to with --to URL")
    engine = engine_at(url)
    try:
        _run_tool("pg_restore", engine.url, "--no-owner", "--exit-on-error", "--single-transaction", str(dump))
    finally:
        engine.dispose()
    dump.unlink()


def _run_tool(tool: str, url: URL, *arguments: str) -> None:
    """Run a program of PostgreSQL; the password goes by its environment, where other users do not see it."""
    program = shutil.which(tool)
    if program is None:
        raise BackupError(f"the program {tool} is not installed; install the client programs of PostgreSQL")
    given = {"host": url.host, "port": url.port, "username": url.username, "dbname": url.database}
    where = [f"--{name}={value}" for name, value in given.items() if value is not None]
    done = subprocess.run(  # noqa: S603  # a program of PostgreSQL with our own arguments
        [program, *where, "--no-password", *arguments],
        env={"PGPASSWORD": url.password or ""},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        first = (done.stderr.strip().splitlines() or ["no message"])[0]
        raise BackupError(f"{tool} did not succeed on database {url.database}: {first}")


def _files(settings: Settings) -> Iterator[tuple[Path, str]]:
    """Files of the home and their names in a backup; what is being written has a name that begins with a dot."""
    for name in _KEPT:
        top = settings.home / name
        found: Sequence[Path] = sorted(top.rglob("*")) if top.is_dir() else [top]
        for each in found:
            if each.is_file() and not each.is_symlink() and not each.name.startswith("."):
                yield each, each.relative_to(settings.home).as_posix()
    for each in sorted((settings.home / _SOURCES).glob("*.yaml")):
        yield each, f"{_SOURCES}/{each.name}"


def _add(archive: tarfile.TarFile, file: Path, inside: str) -> dict[str, Any]:
    """Add a file as it is now; nothing when it has gone meanwhile."""
    try:
        stream = file.open("rb")
    except FileNotFoundError:
        return {}
    with stream:
        entry = tarfile.TarInfo(inside)
        entry.size, entry.mode = file.stat().st_size, 0o600
        hashed = _Hashed(stream, hashlib.sha256())
        archive.addfile(entry, hashed)
    return {"size": entry.size, "sha256": hashed.sha256.hexdigest()}


@dataclass(slots=True)
class _Hashed:
    """A stream that is hashed as it is read."""

    stream: IO[bytes]
    sha256: Any

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        block = self.stream.read(size)
        self.sha256.update(block)
        return block


def _add_text(archive: tarfile.TarFile, text: str) -> None:
    entry = tarfile.TarInfo(_MANIFEST)
    entry.size, entry.mode = len(text.encode()), 0o600
    archive.addfile(entry, io.BytesIO(text.encode()))


def _unpack(path: Path, folder: Path) -> dict[str, Any]:
    """Take out what the manifest, which stands at the end, names; every byte of it is compared."""
    with tarfile.open(path, "r:") as archive:
        stream = archive.extractfile(_MANIFEST)
        if stream is None:
            raise BackupError(f"{path} has no manifest; it is no backup")
        manifest: dict[str, Any] = json.loads(stream.read())
        if manifest["kind"] != _KIND:
            raise BackupError(f"{path} is of another kind than {_KIND!r}")
        members: Mapping[str, Mapping[str, Any]] = manifest["members"]
        for name, recorded in members.items():
            _take_out(archive, name, recorded, folder)
    return manifest


def _take_out(archive: tarfile.TarFile, name: str, recorded: Mapping[str, Any], folder: Path) -> None:
    inside = PurePosixPath(name)
    if inside.is_absolute() or ".." in inside.parts:
        raise BackupError(f"the backup names {name!r}, which lies outside of it; it was made by somebody else")
    source = archive.extractfile(name)
    if source is None:
        raise BackupError(f"{name} is no file in the backup")
    target = folder / inside
    private_dir(target.parent)
    hashed = _Hashed(source, hashlib.sha256())
    with target.open("xb") as out:
        while block := hashed.read(_BLOCK):
            out.write(block)
    target.chmod(0o600)
    if hashed.sha256.hexdigest() != recorded["sha256"]:
        raise BackupError(f"{name} is not what was backed up; the file was changed or damaged; take another backup")
