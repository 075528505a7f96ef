"""The raw archive: sealed bytes, their keys, and what happens when either is touched."""

import io
import shutil
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from registry.archive import opened, raw_path, seal_plain, sealed_path, sha256_of
from registry.errors import ArchiveError, ErasedError
from registry.files import private_dir
from registry.intake import ingest, new_files
from registry.keys import destroy_key, has_key, key_path
from registry.models import DeliveryRecord
from registry.sealing import seal, unseal
from registry.store import known_records
from schemas.settings import Settings
from tests.unit.registry.deliveries import land, row

KEY = bytes(range(32))
PIECE = 1 << 20
JUNE = date(2026, 6, 30)


def _take(settings: Settings, engine: Engine, *rows: str, name: str = "330108001.csv") -> DeliveryRecord:
    """Take one file in."""
    land(settings, rows, name=name)
    for each in new_files(settings, engine):
        receipt = ingest(each, settings, engine, today=JUNE)
    return next(each for each in known_records(engine, JUNE) if each.delivery_id == receipt.delivery_id)


def _sealed(content: bytes) -> bytes:
    made = io.BytesIO()
    seal(io.BytesIO(content), made, KEY, "one")
    return made.getvalue()


def _unsealed(sealed: bytes, *, key: bytes = KEY, name: str = "one") -> bytes:
    made = io.BytesIO()
    unseal(io.BytesIO(sealed), made, key, name)
    return made.getvalue()


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])
def test_what_was_sealed_comes_back(size: int) -> None:
    """If this fails, a file of a certain size is lost."""
    content = bytes(index % 251 for index in range(size))
    assert _unsealed(_sealed(content)) == content


def test_touched_pieces_are_noticed() -> None:
    """If this fails, archived bytes can be changed, left out, moved or cut off behind the auditor's back."""
    sealed = _sealed(b"a" * (3 * PIECE))
    head, size = 16, PIECE + 16
    first, second, third = (sealed[head + place * size : head + (place + 1) * size] for place in range(3))
    touched = {
        "changed": sealed[:head] + b"x" + sealed[head + 1 :],
        "left out": sealed[:head] + first + third,
        "moved": sealed[:head] + second + first + third,
        "cut off": sealed[:head] + first + second,
        "longer": sealed + b"x",
        "other head": sealed[: head - 1] + b"x" + sealed[head:],
        "other form": b"x" + sealed[1:],
    }
    for what, each in touched.items():
        with pytest.raises(ArchiveError):
            assert not _unsealed(each), what


def test_another_key_or_name_opens_nothing() -> None:
    """If this fails, the files of two deliveries can be exchanged."""
    for wrong in ({"key": bytes(32)}, {"name": "two"}):
        with pytest.raises(ArchiveError, match="not what was written"):
            _unsealed(_sealed(b"a"), **wrong)


def test_a_destroyed_key_takes_the_bytes_with_it(settings: Settings, engine: Engine) -> None:
    """If this fails, an erased delivery can still be read; or an equal one of another sender goes with it."""
    one = _take(settings, engine, row(1))
    two = _take(settings, engine, row(1), name="330108002.csv")
    assert one.sha256 == two.sha256
    assert destroy_key(settings, one.delivery_id)
    assert not destroy_key(settings, one.delivery_id)
    with pytest.raises(ErasedError, match="hash and manifest"), opened(settings, one):
        pass
    with opened(settings, two) as raw:
        assert sha256_of(raw) == two.sha256
        assert raw.parent.stat().st_mode & 0o777 == 0o700
    assert not raw.exists()


def test_a_key_of_another_delivery_does_not_fit(settings: Settings, engine: Engine) -> None:
    """If this fails, keys can be exchanged on the disk without notice."""
    one = _take(settings, engine, row(1))
    two = _take(settings, engine, row(2), name="330108002.csv")
    shutil.copy(key_path(settings, two.delivery_id), key_path(settings, one.delivery_id))
    with pytest.raises(ArchiveError, match="does not open"), opened(settings, one):
        pass


def test_the_master_key_can_lie_elsewhere(settings: Settings, engine: Engine, tmp_path: Path) -> None:
    """If this fails, the key to everything has to lie beside what it opens; or a lost one is replaced in silence."""
    place = tmp_path / "safe" / "archive.key"
    outside = settings.model_copy(update={"archive_key_file": place})
    with pytest.raises(ArchiveError, match="is not at"):
        _take(outside, engine, row(1))
    private_dir(place.parent)
    place.write_text("7a" * 32)
    place.chmod(0o644)
    with pytest.raises(ArchiveError, match="chmod 600"):
        _take(outside, engine, row(1))
    place.chmod(0o600)
    record = _take(outside, engine, row(1))
    assert not (settings.keys_dir / "master.key").exists()
    with pytest.raises(ArchiveError, match="restore it from a backup"):
        _take(settings, engine, row(2), name="330108002.csv")
    with opened(outside, record) as raw:
        assert sha256_of(raw) == record.sha256


def test_a_plain_archive_is_sealed_once(settings: Settings, engine: Engine) -> None:
    """If this fails, an installation that was upgraded keeps identity numbers as plain text, or loses its files."""
    record = _take(settings, engine, row(1))
    with opened(settings, record) as raw:
        content = raw.read_bytes()
    sealed_path(settings, record.delivery_id).unlink()
    assert destroy_key(settings, record.delivery_id)
    plain = raw_path(settings, record.sha256)
    private_dir(plain.parent)
    plain.write_bytes(content)
    assert seal_plain(settings, engine) == 1
    assert seal_plain(settings, engine) == 0
    assert has_key(settings, record.delivery_id)
    assert not plain.parent.exists()
    with opened(settings, record) as again:
        assert again.read_bytes() == content
