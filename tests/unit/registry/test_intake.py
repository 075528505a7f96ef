"""Taking delivered files in: nothing half there, everything accounted for, everything repeatable."""

import json
import os
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from registry import intake
from registry.archive import opened, sealed_path, sha256_of
from registry.arrivals import FeedTerms
from registry.errors import IntakeGateError
from registry.feed_health import delivery_health
from registry.intake import ingest, new_files, record_strays
from registry.models import Base, DeliveryRecord
from registry.store import delivery_files, input_deliveries, known_deliveries, known_records, receipts
from schemas.contract import get_feed
from schemas.delivery import Delivery
from schemas.receipts import Receipt
from schemas.settings import Settings
from schemas.taking import Sink
from tests.unit.registry.deliveries import FEED, land, number, row

TODAY = date(2026, 7, 10)
JUNE = date(2026, 6, 30)


def _take_all(settings: Settings, engine: Engine) -> list[Receipt]:
    return [ingest(each, settings, engine, today=TODAY) for each in new_files(settings, engine)]


def _records(engine: Engine) -> list[DeliveryRecord]:
    with Session(engine) as session:
        return list(session.scalars(select(DeliveryRecord).order_by(DeliveryRecord.received_at)))


def _files(settings: Settings) -> dict[str, bytes]:
    """Every file of the installation but the database and the landing folder."""
    return {
        each.relative_to(settings.home).as_posix(): each.read_bytes()
        for each in sorted(settings.home.rglob("*"))
        if each.is_file() and not each.name.startswith("registry.db") and "landing" not in each.parts
    }


def test_an_accepted_delivery_lies_in_every_place(settings: Settings, engine: Engine) -> None:
    """If this fails, a row cannot be traced back to the bytes that were delivered."""
    path = land(settings, [row(1), row(2), row(3, identity="330108198001010000")])
    (receipt,) = _take_all(settings, engine)
    files = delivery_files(settings, FEED, "2026-06", receipt.delivery_id)
    assert (receipt.status, receipt.rows_accepted, receipt.rows_quarantined) == ("partial", 2, 1)
    (record,) = known_records(engine, JUNE)
    assert record.sha256 == sha256_of(path)
    assert path.read_bytes() not in sealed_path(settings, record.delivery_id).read_bytes()
    with opened(settings, record) as raw:
        assert raw.read_bytes() == path.read_bytes()
    assert dict(pl.read_parquet_schema(files.table)) == get_feed(FEED).keyed_schema
    assert pl.read_parquet(files.table)["source_row"].to_list() == [2, 3]
    assert pl.read_parquet(files.vault)["id_number"].to_list() == [number(1), number(2)]
    assert pl.read_parquet(files.identities).height == 2
    assert pl.read_parquet(files.quarantine)["source_row"].to_list() == [4]
    assert json.loads(files.receipt.read_text()) == receipt.model_dump(mode="json")
    assert [each.delivery_id for each in known_deliveries(engine, settings, JUNE)] == [receipt.delivery_id]


def test_all_is_private(settings: Settings, engine: Engine) -> None:
    """If this fails, other users of the machine can read identity numbers."""
    land(settings, [row(1)])
    _take_all(settings, engine)
    made = [each for each in settings.home.rglob("*") if "landing" not in each.parts]
    assert {each.stat().st_mode & 0o777 for each in made if each.is_dir()} == {0o700}
    assert {each.stat().st_mode & 0o777 for each in made if each.is_file()} == {0o600}
    assert not list((settings.home / "tmp").iterdir())


def test_taking_in_twice_changes_nothing(settings: Settings, engine: Engine) -> None:
    """If this fails, a repeated run doubles rows or rewrites what was taken in."""
    path = land(settings, [row(1), row(2)])
    landed = new_files(settings, engine)[0]
    first = ingest(landed, settings, engine, today=TODAY)
    before = _files(settings)
    assert new_files(settings, engine) == []
    os.utime(path, ns=(1, 1))
    assert new_files(settings, engine) == []
    assert ingest(landed, settings, engine, today=TODAY) == first
    assert _files(settings) == before
    assert len(_records(engine)) == 1


def test_the_gate_keeps_nothing(settings: Settings, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, a reader that loses rows loses people from the list without anyone knowing."""
    land(settings, [row(1), row(2)])
    read = intake.take_into

    class Lossy:
        """Keeps the first row of a piece."""

        def __init__(self, sink: Sink) -> None:
            self.begin = sink.begin
            self._add = sink.add

        def add(self, accepted: pl.DataFrame, quarantined: pl.DataFrame) -> None:
            self._add(accepted.head(1), quarantined)

    def lossy(path: Path, delivery: Delivery, sink: Sink, *, today: date) -> Receipt:
        return read(path, delivery, Lossy(sink), today=today)

    monkeypatch.setattr(intake, "take_into", lossy)
    with pytest.raises(IntakeGateError, match=r"2 rows were read, but accepted 1 \(receipt: 2\)"):
        _take_all(settings, engine)
    assert _files(settings) == {}
    assert _records(engine) == []
    assert len(new_files(settings, engine)) == 1


def test_an_unbalanced_receipt_does_not_pass_the_gate(
    settings: Settings, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If this fails, skipped rows that nobody counted pass unseen."""
    land(settings, [row(1), row(2)])
    read = intake.take_into

    def miscounting(path: Path, delivery: Delivery, sink: Sink, *, today: date) -> Receipt:
        return read(path, delivery, sink, today=today).model_copy(update={"rows_read": 3})

    monkeypatch.setattr(intake, "take_into", miscounting)
    with pytest.raises(IntakeGateError, match="3 rows were read"):
        _take_all(settings, engine)
    assert _files(settings) == {}


def test_a_crash_before_the_record_is_mended_by_the_next_run(
    settings: Settings, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If this fails, a power cut during intake leaves a file that can never be taken in, or taken in twice."""
    land(settings, [row(1)])
    (landed,) = new_files(settings, engine)

    def crash(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(intake, "_record", crash)
        with pytest.raises(KeyboardInterrupt):
            ingest(landed, settings, engine, today=TODAY)
    assert known_deliveries(engine, settings, JUNE) == []
    before = _files(settings)
    assert ingest(landed, settings, engine, today=TODAY).status == "accepted"
    assert _files(settings) == before
    assert len(known_deliveries(engine, settings, JUNE)) == 1


def test_a_file_that_cannot_be_read_is_refused(settings: Settings, engine: Engine) -> None:
    """If this fails, one bad file stops the run, or disappears without a word to the department."""
    land(settings, [row(1)], header="甲,乙,丙,丁,戊,己,庚,辛")
    land(settings, [row(2)], name="330108002.csv")
    found = {each.sender: each for each in _take_all(settings, engine)}
    assert found["330108001"].refusal_code == "header_not_found"
    assert "330108001.csv" in str(found["330108001"].refusal_message)
    assert found["330108002"].status == "accepted"
    assert [each.sender for each in known_deliveries(engine, settings, JUNE)] == ["330108002"]
    assert new_files(settings, engine) == []
    assert [each.sender for each in new_files(settings, engine, again=True)] == ["330108001"]
    refused = delivery_files(settings, FEED, "2026-06", found["330108001"].delivery_id)
    assert [each.exists() for each in (refused.receipt, refused.table, refused.vault)] == [True, False, False]


def test_a_refused_file_is_replaced_under_its_own_name(settings: Settings, engine: Engine) -> None:
    """If this fails, a department that mends its file must guess another name."""
    land(settings, [])
    _take_all(settings, engine)
    land(settings, [row(1)])
    assert [each.status for each in _take_all(settings, engine)] == ["accepted"]
    assert {each.status for each in _records(engine)} == {"refused", "accepted"}
    statuses = (
        delivery_health(engine, settings, JUNE, FeedTerms())
        .filter(pl.col("feed") == FEED)
        .collect()["status"]
        .to_list()
    )
    assert statuses == ["accepted"]


def test_the_same_revision_with_other_bytes_is_refused(settings: Settings, engine: Engine) -> None:
    """If this fails, what an edition was computed from changes silently."""
    land(settings, [row(1)])
    _take_all(settings, engine)
    land(settings, [row(1), row(2)])
    (receipt,) = _take_all(settings, engine)
    assert receipt.refusal_code == "revision_taken"
    assert "330108001.r2" in str(receipt.refusal_message)
    statuses = delivery_health(engine, settings, JUNE, FeedTerms()).filter(pl.col("feed") == FEED).collect()["status"]
    assert sorted(statuses) == ["accepted", "refused"]


def test_a_revision_replaces_the_one_before(settings: Settings, engine: Engine) -> None:
    """If this fails, a corrected delivery is added to the wrong one."""
    land(settings, [row(1)])
    land(settings, [row(2)], name="330108001.r2.csv")
    _take_all(settings, engine)
    assert [each.revision for each in known_deliveries(engine, settings, JUNE)] == [2]
    assert [each.revision for each in input_deliveries(engine, settings, JUNE)] == [2]


def test_known_bytes_under_a_new_name(settings: Settings, engine: Engine) -> None:
    """If this fails, last month's file sent again goes unnoticed."""
    path = land(settings, [row(1)])
    copy = settings.landing_dir / FEED / "2026-07" / path.name
    copy.parent.mkdir()
    copy.write_bytes(path.read_bytes())
    first, second = _take_all(settings, engine)
    flagged = {each.delivery_id: each.duplicate_of for each in _records(engine)}
    assert flagged == {first.delivery_id: None, second.delivery_id: first.delivery_id}
    health = (
        delivery_health(engine, settings, date(2026, 7, 31), FeedTerms())
        .filter(pl.col("sha256").is_not_null())
        .collect()
    )
    assert health.select("month", "duplicate_of").rows() == [("2026-06", None), ("2026-07", first.delivery_id)]


def test_duplicates_do_not_depend_on_arrival(settings: Settings, engine: Engine) -> None:
    """If this fails, computing the months in another order gives another edition."""
    path = land(settings, [row(1)], month="2026-07")
    _take_all(settings, engine)
    copy = settings.landing_dir / FEED / "2026-06" / path.name
    copy.parent.mkdir()
    copy.write_bytes(path.read_bytes())
    _take_all(settings, engine)
    health = (
        delivery_health(engine, settings, date(2026, 7, 31), FeedTerms())
        .filter(pl.col("sha256").is_not_null())
        .collect()
    )
    duplicated = dict(health.select("month", pl.col("duplicate_of").is_not_null()).rows())
    assert duplicated == {"2026-06": False, "2026-07": True}


def test_missing_feeds_are_named(settings: Settings, engine: Engine) -> None:
    """If this fails, a department that did not deliver looks like one that had nothing to say."""
    land(settings, [row(1)])
    _take_all(settings, engine)
    health = delivery_health(engine, settings, date(2026, 7, 31), FeedTerms()).collect()
    missing = health.filter(pl.col("status") == "missing").select("feed", "month").rows()
    assert (FEED, "2026-07") in missing
    assert (FEED, "2026-06") not in missing
    assert ("pensions", "2026-06") in missing


def test_deliveries_of_later_months_are_not_known(settings: Settings, engine: Engine) -> None:
    """If this fails, an edition knows its future."""
    land(settings, [row(1)], month="2026-07")
    _take_all(settings, engine)
    assert known_deliveries(engine, settings, JUNE) == []


@pytest.fixture
def strays(settings: Settings) -> dict[str, str]:
    """Files in wrong places, and the code with which each is refused."""
    land(settings, [row(1)], feed="temporary_asistance")
    land(settings, [row(1)], month="2026-13")
    land(settings, [row(1)], name="list.docx")
    link = settings.landing_dir / FEED / "2026-06" / "link.csv"
    link.symlink_to("/etc/hostname")
    (settings.landing_dir / "loose.csv").write_text("x")
    for passed_over in (".hidden.csv", "~$330108001.xlsx", "330108001.csv.part"):
        (settings.landing_dir / FEED / "2026-06" / passed_over).write_text("x")
    return {
        "temporary_asistance": "unknown_feed",
        "2026-13": "bad_month",
        "list": "bad_name",
        "link": "bad_name",
        "loose": "bad_name",
    }


def test_strays_are_refused_and_named(settings: Settings, engine: Engine, strays: dict[str, str]) -> None:
    """If this fails, a file in a misspelt folder is never read and nobody is told."""
    land(settings, [row(2)])
    recorded = record_strays(settings, engine)
    codes = {word: each.refusal_code for each in recorded for word in strays if word in str(each.refusal_message)}
    assert codes == strays
    assert len(recorded) == len(strays)
    assert "temporary_assistance" in next(
        str(each.refusal_message) for each in recorded if each.refusal_code == "unknown_feed"
    )
    assert record_strays(settings, engine) == []
    assert [each.status for each in _take_all(settings, engine)] == ["accepted"]
    assert sum("raw" in each.parts and each.is_file() for each in settings.home.rglob("*")) == 1
    assert len(receipts(engine)) == len(strays) + 1


def test_accepted_deliveries_cannot_be_changed(settings: Settings, engine: Engine) -> None:
    """If this fails, the record of what was delivered can be altered."""
    land(settings, [row(1)])
    _take_all(settings, engine)
    for statement in ("UPDATE delivery SET sender = 'x'", "DELETE FROM delivery"):
        with pytest.raises(DBAPIError, match=r"never changes|append-only"), engine.begin() as connection:
            connection.execute(text(statement))


def test_planted_values_stay_where_they_may_be(settings: Settings, engine: Engine) -> None:
    """If this fails, names or numbers of people are in the database, the lake, or a receipt."""
    bad = f"3301081980010{99999}"
    land(settings, [row(1, name="金丝雀"), row(2, name="金丝雀", identity=bad), row(3, difficulty="金丝雀")])
    land(settings, ["金丝雀"], name="330108002.csv", header="金丝雀")
    _take_all(settings, engine)
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        record = str([connection.execute(select(each)).all() for each in Base.metadata.sorted_tables])
    places = {"vault", "quarantine"}
    for value in ("金丝雀", number(1), bad):
        holding = {
            each.relative_to(settings.home).parts[0]
            for each in settings.home.rglob("*")
            if each.is_file() and "landing" not in each.parts and _holds(each, value)
        }
        assert holding <= places, value
        assert value not in record
    assert {each.name for each in settings.receipts_dir.rglob("*.json")} != set()


def _holds(path: Path, value: str) -> bool:
    if path.suffix == ".parquet":
        return value in pl.read_parquet(path).write_json()
    return value.encode() in path.read_bytes() or json.dumps(value).strip('"').encode() in path.read_bytes()
