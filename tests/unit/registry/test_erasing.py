"""The lawful erasure of a person: what goes, what the others keep, what the record says."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import Engine

from linkage.identity import IdentityKey, person_keys
from registry.archive import object_names, opened, opened_object
from registry.casework.history import case_history
from registry.casework.sealed import has_bytes
from registry.erasing import erase_person
from registry.erasures import WRITTEN, as_input, erasures, originals
from registry.errors import ErasedError, ErasureError
from registry.intake import ingest, new_files
from registry.keeping import check_archive
from registry.keys import new_key
from registry.models import DeliveryRecord
from registry.store import delivery_files, known_records
from registry.vault import Vault
from schemas.errors import UnknownNameError
from schemas.settings import Settings
from tests.unit.registry.casework.worlds import asked, boss, one_family, world
from tests.unit.registry.deliveries import FEED, land, number, row

TODAY = date(2026, 6, 30)


@pytest.fixture
def shared(settings: Settings, engine: Engine) -> DeliveryRecord:
    """A file with three people, of whom one stands in a row that was set aside as well."""
    aside = row(2, difficulty="不明").replace(number(2), " ".join(number(2)))
    land(settings, [row(1), row(2), row(3), aside, row(4, difficulty="不明")])
    for each in new_files(settings, engine):
        ingest(each, settings, engine, today=TODAY)
    (record,) = known_records(engine, TODAY)
    return record


def _key(settings: Settings, serial: int) -> str:
    return str(person_keys(pl.Series("n", [number(serial)]), IdentityKey.from_settings(settings)).item())


def _erase(settings: Settings, engine: Engine, serial: int = 2) -> str:
    key = _key(settings, serial)
    return erase_person(settings, engine, key, reason="unlawful", by="one", approved_by="two").act_id


def _holds(settings: Settings, value: str) -> set[str]:
    """The first folders under the home that hold `value` in some file, unsealed Parquet included."""
    found = set()
    for path in settings.home.rglob("*"):
        if path.is_file() and value in _text(path):
            found.add(path.relative_to(settings.home).parts[0])
    return found


def _text(path: Path) -> str:
    return pl.read_parquet(path).write_json() if path.suffix == ".parquet" else path.read_bytes().decode("latin-1")


def test_nothing_is_left_of_the_person(settings: Settings, engine: Engine, shared: DeliveryRecord) -> None:
    """If this fails, a person who was lawfully erased can still be found."""
    assert {"vault", "landing"} <= _holds(settings, number(2))
    _erase(settings, engine)
    if engine.dialect.name == "sqlite":  # what lies in its log is looked at as well
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    assert _holds(settings, number(2)) == set()
    assert Vault(settings).people([_key(settings, 2)]).is_empty()
    with pytest.raises(ErasedError), opened(settings, shared):
        pass
    files = delivery_files(settings, FEED, "2026-06", shared.delivery_id)
    aside = pl.read_parquet(files.quarantine)
    assert pl.read_parquet(files.identities)["person_key"].n_unique() == 2
    assert aside.height == 1 or number(4) in aside.write_json()


def test_the_others_stay(settings: Settings, engine: Engine, shared: DeliveryRecord) -> None:
    """If this fails, the erasure of one person takes rows from another."""
    files = delivery_files(settings, FEED, "2026-06", shared.delivery_id)
    _erase(settings, engine)
    assert pl.read_parquet(files.table)["source_row"].to_list() == [2, 4]
    assert sorted(Vault(settings).people([_key(settings, 1), _key(settings, 3)])["id_number"]) == [number(1), number(3)]
    with opened_object(settings, *originals(engine)[shared.delivery_id]) as rows:
        assert pl.read_parquet(rows)["person_id"].cast(pl.String).to_list() == [number(1), number(3)]
    assert check_archive(settings, engine).holds


def test_the_record_names_rows_and_nobody(settings: Settings, engine: Engine, shared: DeliveryRecord) -> None:
    """If this fails, an auditor cannot see what was erased by whom; or the record tells who it was."""
    assert as_input(engine) == {}
    act_id = _erase(settings, engine)
    (erased,) = erasures(engine)
    assert (erased.act_id, erased.erased_by, erased.approved_by, erased.reason) == (act_id, "one", "two", "unlawful")
    assert (erased.delivery_id, erased.manifest["rows"]) == (shared.delivery_id, [["", 3]])
    assert as_input(engine) != {}


def test_two_persons_after_another(settings: Settings, engine: Engine, shared: DeliveryRecord) -> None:
    """If this fails, the second erasure in a file needs an original that is no more, or leaves the first copy."""
    _erase(settings, engine, 2)
    _erase(settings, engine, 3)
    assert _holds(settings, number(3)) == set()
    assert len(object_names(settings, shared.delivery_id)) == 1
    with opened_object(settings, *originals(engine)[shared.delivery_id]) as rows:
        assert pl.read_parquet(rows)["source_row"].to_list() == [2]
    assert check_archive(settings, engine).holds


def test_what_a_crash_left_is_found_and_finished(settings: Settings, engine: Engine, shared: DeliveryRecord) -> None:
    """If this fails, a replaced original, or a copy that no record knows, stays open without notice."""
    _erase(settings, engine, 2)
    new_key(settings, shared.delivery_id)
    new_key(settings, f"{shared.delivery_id}-ffffffffffffffff")
    assert not check_archive(settings, engine).holds
    _erase(settings, engine, 3)
    assert len(object_names(settings, shared.delivery_id)) == 1
    assert check_archive(settings, engine).holds


@pytest.mark.usefixtures("shared")
def test_an_erasure_needs_two_persons_a_reason_and_a_row(settings: Settings, engine: Engine) -> None:
    """If this fails, one person alone can remove evidence."""
    key = _key(settings, 2)
    for second in ("", " ONE "):
        with pytest.raises(ErasureError, match="second person"):
            erase_person(settings, engine, key, reason="unlawful", by="one", approved_by=second)
    with pytest.raises(UnknownNameError):
        erase_person(settings, engine, key, reason="because", by="one", approved_by="two")
    with pytest.raises(ErasureError, match="no delivery holds"):
        erase_person(settings, engine, _key(settings, 9), reason="unlawful", by="one", approved_by="two")
    assert erasures(engine) == []


def test_notes_about_the_person_go_with_the_rows(settings: Settings, engine: Engine, shared: DeliveryRecord) -> None:
    """If this fails, what a visitor wrote about an erased person can still be read."""
    assert shared.rows_read
    here = world(engine, settings)
    someone = {"person_key": _key(settings, 2)}
    here.publish(one_family(asked(1, "H:100", 1, **someone)))
    case_id = here.only()
    here.dispatched(case_id)
    here.visit(case_id, note="about somebody")
    ((object_id, _),) = case_history(engine, case_id, actor=boss()).visits[0].objects
    done = erase_person(settings, engine, _key(settings, 2), reason="unlawful", by="one", approved_by="two")
    assert done.written == 1
    assert not has_bytes(settings, object_id)
    (record,) = erasures(engine, WRITTEN)
    assert (record.act_id, record.approved_by, record.manifest) == (done.act_id, "two", {"object_id": object_id})
