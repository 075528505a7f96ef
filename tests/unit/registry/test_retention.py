"""The end of a delivery's term: what goes, what stays, and what is said of it."""

from datetime import date

import polars as pl
import pytest
from sqlalchemy import Engine

from registry.archive import opened, sealed_path
from registry.audit import verify
from registry.erasures import erasures
from registry.errors import ErasedError
from registry.intake import ingest, new_files
from registry.keeping import check_archive
from registry.keys import has_key, new_key
from registry.models import DeliveryRecord
from registry.retention import due, finish, prune
from registry.store import delivery_files, known_records
from rules.parameters import load_parameters
from schemas.settings import Settings
from tests.unit.registry.deliveries import FEED, land, row

TODAY = date(2026, 6, 30)
OLD = "2021-05"  # its term of 60 months ends on 2026-05-31
BAD = row(3, identity="330108198001010000")


@pytest.fixture
def old(settings: Settings, engine: Engine) -> DeliveryRecord:
    """A delivery whose term has ended, beside one whose term has not."""
    land(settings, [row(1), BAD], month=OLD)
    land(settings, [row(2)], month="2021-06")
    _take_all(settings, engine)
    return next(each for each in known_records(engine, TODAY) if each.month == OLD)


def _take_all(settings: Settings, engine: Engine) -> None:
    for each in new_files(settings, engine):
        ingest(each, settings, engine, today=TODAY)


def _due(settings: Settings, engine: Engine, today: date = TODAY) -> list[str]:
    return [each.month for each in due(settings, engine, load_parameters(None), today)]


@pytest.mark.usefixtures("old")
def test_a_term_ends_on_its_day(settings: Settings, engine: Engine) -> None:
    """If this fails, originals are destroyed too early, or kept beyond their term."""
    assert _due(settings, engine, date(2026, 5, 31)) == []
    assert _due(settings, engine, date(2026, 6, 1)) == [OLD]
    assert _due(settings, engine, TODAY) == [OLD]
    assert _due(settings, engine, date(2026, 7, 1)) == [OLD, "2021-06"]


def test_what_is_pruned_cannot_be_opened_and_stays_on_record(
    settings: Settings, engine: Engine, old: DeliveryRecord
) -> None:
    """If this fails, an original outlives its term, or what an edition builds on goes with it."""
    files = delivery_files(settings, FEED, OLD, old.delivery_id)
    assert files.quarantine.exists()
    assert prune(settings, engine, due(settings, engine, load_parameters(None), TODAY), by="keeper")
    with pytest.raises(ErasedError), opened(settings, old):
        pass
    assert not has_key(settings, old.delivery_id)
    assert not sealed_path(settings, old.delivery_id).exists()
    assert not files.quarantine.exists()
    assert not (settings.landing_dir / FEED / OLD / old.file_name).exists()
    assert pl.read_parquet(files.table).height == 1
    assert files.vault.exists()
    (erased,) = erasures(engine)
    assert (erased.delivery_id, erased.manifest["sha256"], erased.erased_by) == (old.delivery_id, old.sha256, "keeper")
    assert _due(settings, engine) == []
    assert verify(engine).holds
    check = check_archive(settings, engine)
    assert (check.holds, check.checked, check.erased) == (True, 2, 1)


def test_names_go_when_no_edition_builds_on_the_delivery(
    settings: Settings, engine: Engine, old: DeliveryRecord
) -> None:
    """If this fails, names of a replaced delivery are kept for ever."""
    land(settings, [row(1)], month=OLD, name="330108001.r2.csv")
    _take_all(settings, engine)
    prune(settings, engine, due(settings, engine, load_parameters(None), TODAY), by="keeper")
    held = {each.delivery_id: each for each in erasures(engine)}
    assert len(held) == 2
    for name, erased in held.items():
        assert erased.manifest["live"] == (name != old.delivery_id)
        assert delivery_files(settings, FEED, OLD, name).vault.exists() == (name != old.delivery_id)


def test_an_interrupted_prune_is_finished(settings: Settings, engine: Engine, old: DeliveryRecord) -> None:
    """If this fails, a crash leaves a key of which the record says that it is destroyed, and nobody notices."""
    prune(settings, engine, due(settings, engine, load_parameters(None), TODAY), by="keeper")
    new_key(settings, old.delivery_id)
    assert "doudi prune" in check_archive(settings, engine).faults[0]
    assert finish(settings, engine) == 1
    assert check_archive(settings, engine).holds


def test_missing_and_changed_bytes_are_found(settings: Settings, engine: Engine, old: DeliveryRecord) -> None:
    """If this fails, `doudi verify` says that the archive is whole when it is not."""
    (other,) = (each for each in known_records(engine, TODAY) if each.month != OLD)
    path = sealed_path(settings, old.delivery_id)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    sealed_path(settings, other.delivery_id).unlink()
    faults = check_archive(settings, engine).faults
    assert len(faults) == 2
    assert {old.delivery_id in each or other.delivery_id in each for each in faults} == {True}
