"""How an installation is: its record, anchors, backups, disk and versions, without a look at anybody's data.

What belongs here: looking. What is wrong is said by the page or command that shows it.
"""

import platform
import shutil
from dataclasses import dataclass
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import Engine, func, select

from registry.anchors import read_anchors
from registry.engine import schema_revisions
from registry.errors import AuditError
from registry.models import Account, AuditEvent, DeliveryRecord, Publication
from registry.seal import Anchor
from registry.versions import code_version, package_version
from schemas.settings import Settings

__all__ = ["Disk", "Health", "health"]

_LIBRARIES = ("dagster", "polars", "sqlalchemy", "fastapi", "scikit-learn")
_FOLDERS = ("registry.db", "raw", "lake", "vault", "quarantine", "receipts", "exports", "whatif", "dagster", "tmp")
_BACKUP = "backup"


@dataclass(frozen=True, slots=True)
class Disk:
    """Bytes of the file system that holds the home, and of each part of the home that is there."""

    total: int
    free: int
    parts: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What is seen from outside: `head` is the schema of the database, `wanted` the one that the program needs.

    `anchored_seq` is the last event that an anchor holds, `anchored_at` when it was written; None without anchors.
    """

    database: str
    head: str
    wanted: str
    events: int
    last_event: datetime | None
    anchors: int
    anchored_seq: int | None
    anchored_at: datetime | None
    anchors_wrong: bool
    backup_at: datetime | None
    backup_files: int
    backup_bytes: int
    published_at: datetime | None
    published_as_of: date | None
    delivered_at: datetime | None
    accounts: int
    disabled: int
    disk: Disk
    package: str
    code: str
    python: str
    libraries: dict[str, str]


def health(engine: Engine, settings: Settings) -> Health:
    """Look at everything but the chain's seals, which `registry.audit.verify` recomputes."""
    anchors: list[Anchor] = []
    wrong = False
    if settings.anchors_file.exists():
        try:
            anchors = read_anchors(settings.anchors_file)
        except AuditError:
            wrong = True
    newest = anchors[-1] if anchors else None
    event = AuditEvent
    head, wanted = schema_revisions(engine)
    with engine.connect() as connection:
        events, last = connection.execute(select(func.count(), func.max(event.at))).one()
        kept = connection.execute(
            select(event.at, event.details).where(event.action == _BACKUP).order_by(event.seq.desc()).limit(1)
        ).one_or_none()
        published = connection.execute(
            select(Publication.published_at, Publication.as_of).order_by(Publication.publication_id.desc()).limit(1)
        ).one_or_none()
        delivered = connection.execute(select(func.max(DeliveryRecord.received_at))).scalar()
        accounts, disabled = connection.execute(select(func.count(), func.count(Account.disabled_at))).one()
    return Health(
        database=engine.dialect.name,
        head=head,
        wanted=wanted,
        events=events,
        last_event=datetime.fromisoformat(last) if last else None,
        anchors=len(anchors),
        anchored_seq=newest.seq if newest else None,
        anchored_at=datetime.fromisoformat(newest.at) if newest else None,
        anchors_wrong=wrong,
        backup_at=datetime.fromisoformat(kept.at) if kept else None,
        backup_files=int(kept.details["files"]) if kept else 0,
        backup_bytes=int(kept.details["size_bytes"]) if kept else 0,
        published_at=published.published_at if published else None,
        published_as_of=published.as_of if published else None,
        delivered_at=delivered,
        accounts=accounts,
        disabled=disabled,
        disk=_disk(settings.home),
        package=package_version(),
        code=code_version(),
        python=platform.python_version(),
        libraries={name: version(name) for name in _LIBRARIES},
    )


def _disk(home: Path) -> Disk:
    usage = shutil.disk_usage(home)
    parts = {name: _size(home / name) for name in _FOLDERS if (home / name).exists()}
    return Disk(usage.total, usage.free, parts)


def _size(path: Path) -> int:
    """Bytes of a file, or of all files below a folder; what vanishes meanwhile does not count."""
    if path.is_file():
        return path.stat().st_size
    total = 0
    for each in path.rglob("*"):
        try:
            total += each.lstat().st_size if each.is_file() else 0
        except FileNotFoundError:
            continue
    return total
