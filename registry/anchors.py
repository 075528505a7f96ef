"""Anchors: the head of the audit chain, day by day, in a file that can be kept where nobody of the installation writes.

What belongs here: writing and reading anchor files and exported chains, both JSON lines. Checking stands in
`registry.seal`.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from filelock import FileLock
from sqlalchemy import Engine, func, select

from registry.errors import AuditError
from registry.files import private_dir, writing
from registry.models import AuditEvent
from registry.seal import GENESIS, Anchor, ChainCheck, check_chain

__all__ = ["Anchored", "anchor", "check_files", "exporting", "read_anchors", "read_chain"]

_NO_ANCHOR = "%(path)s line %(place)s is no anchor; restore the file from where it is kept"
_CHANGED = "%(path)s line %(place)s: the anchor was changed after it was written"
_NOT_NEXT = "%(path)s line %(place)s: the anchor does not follow the one before it"
_NO_OBJECT = "%(path)s line %(place)s is not a JSON object; the file is torn or of another kind"
_INSTALLATION = 16
_LOCK_SECONDS = 60
_FIELDS = frozenset({each.name for each in fields(Anchor)} | {"seal"})


@dataclass(frozen=True, slots=True)
class Anchored:
    """An anchor as its line has it: with its own seal."""

    anchor: Anchor
    seal: str


def anchor(engine: Engine, path: Path) -> Anchor | None:
    """Append the head of the chain to the anchors in `path` and return it; None while the chain has no event.

    Raises `AuditError` when the file is not whole, is of another installation, or knows a longer chain: what the
    anchors prove is not covered up by a new one.
    """
    private_dir(path.parent)
    with FileLock(f"{path}.lock", timeout=_LOCK_SECONDS, mode=0o600):
        known = list(_lines(path)) if path.exists() else []
        made = _head(engine, known[-1] if known else None)
        if made is not None:
            _append(path, made)
    return made


def _head(engine: Engine, before: Anchored | None) -> Anchor | None:
    event = AuditEvent
    with engine.connect() as connection:
        last = connection.execute(select(event.seq, event.event_hash).order_by(event.seq.desc()).limit(1)).one_or_none()
        first = connection.execute(select(event.event_hash).order_by(event.seq).limit(1)).scalar()
        count = connection.execute(select(func.count()).select_from(event)).scalar_one()
        held = None if before is None else connection.execute(
            select(event.event_hash).where(event.seq == before.anchor.seq)
        ).scalar()  # fmt: skip
    if before is not None and held != before.anchor.head:
        raise AuditError(
            "event %(seq)s is not the one that was anchored at %(at)s; see doudi verify, "
            "and begin a new file of anchors only when what happened is known",
            seq=before.anchor.seq,
            at=before.anchor.at,
        )
    if last is None or first is None:
        return None
    return Anchor(
        number=before.anchor.number + 1 if before else 1,
        installation=first[:_INSTALLATION],
        seq=last.seq,
        events=count,
        head=last.event_hash,
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        previous=before.seal if before else GENESIS,
    )


def _append(path: Path, made: Anchor) -> None:
    line = json.dumps({**asdict(made), "seal": _seal(made)}, sort_keys=True) + "\n"
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, line.encode())
        os.fsync(handle)
    finally:
        os.close(handle)


def _seal(made: Anchor) -> str:
    text = json.dumps(asdict(made), ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def read_anchors(path: Path) -> list[Anchor]:
    """The anchors of a file, each of which follows the one before; raises `AuditError` with the line that does not."""
    return [each.anchor for each in _lines(path)]


def _lines(path: Path) -> Iterator[Anchored]:
    previous, number, seq = GENESIS, 0, 0
    for place, line in _json_lines(path):
        if set(line) != _FIELDS:
            raise AuditError(_NO_ANCHOR, path=path, place=place)
        sealed = line.pop("seal")
        made = Anchor(**line)
        if _seal(made) != sealed:
            raise AuditError(_CHANGED, path=path, place=place)
        if (made.previous, made.number) != (previous, number + 1) or made.seq < seq:
            raise AuditError(_NOT_NEXT, path=path, place=place)
        previous, number, seq = sealed, made.number, made.seq
        yield Anchored(made, sealed)


def read_chain(path: Path) -> Iterator[dict[str, Any]]:
    """The events of an exported chain, one at a time; raises `AuditError` for a line that is no event."""
    for place, line in _json_lines(path):
        if not isinstance(line.get("seq"), int) or not {"event_hash", "previous_hash"} <= line.keys():
            raise AuditError(f"{path} line {place} is no event of an audit chain")
        yield line


def _json_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        with path.open(encoding="utf-8") as lines:
            for place, text in enumerate(lines, start=1):
                yield place, _line(path, place, text)
    except OSError as error:
        raise AuditError("%(path)s cannot be read: %(why)s", path=path, why=error.strerror) from None


def _line(path: Path, place: int, text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise AuditError(_NO_OBJECT, path=path, place=place)
    return found


@contextmanager
def exporting(path: Path) -> Iterator["ChainFile"]:
    """A file that takes the events of a chain as JSON lines; it is there when all of them are."""
    with writing(path) as temporary, temporary.open("w", encoding="utf-8") as lines:
        yield ChainFile(lines)


@dataclass(frozen=True, slots=True)
class ChainFile:
    """An exported chain while it is written."""

    lines: TextIO

    def put(self, event: Mapping[str, Any]) -> None:
        """Write one event with its hash."""
        self.lines.write(json.dumps(dict(event), ensure_ascii=True, separators=(",", ":")) + "\n")


def check_files(chain: Path, anchors: Path | None) -> ChainCheck:
    """Check an exported chain against anchors, without an installation."""
    return check_chain(read_chain(chain), read_anchors(anchors) if anchors is not None else ())
