"""Receipts beside the counts: trend, lateness, what a correction brought back, what is still set aside."""

from collections.abc import Sequence
from datetime import date
from itertools import permutations
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from registry.arrivals import FeedTerms, late_days
from registry.errors import NoDeliveryError, NotPermittedError
from registry.exports.receipt import export_quarantine, export_receipt
from registry.feed_health import delivery_health, delivery_profiles
from registry.intake import ingest, new_files
from registry.models import AuditEvent
from registry.receipts import deliveries, open_rows, sender_trend, successor
from registry.release import release_of
from registry.roles import Actor
from registry.store import delivery_files, known_deliveries
from schemas.receipts import Receipt
from schemas.settings import Settings
from tests.unit.registry.deliveries import FEED, land, row

TODAY = date(2026, 7, 10)
CLERK = Actor("district_staff", "district_staff")
BAD = "330108198001010000"


def _take(settings: Settings, engine: Engine) -> list[Receipt]:
    return [ingest(each, settings, engine, today=TODAY) for each in new_files(settings, engine)]


def _first_and_correction(settings: Settings) -> None:
    land(settings, [row(1), row(2, identity=BAD), row(3, difficulty="别的"), row(4, identity=BAD)])
    land(settings, [row(1), row(2), row(3), row(4, identity=BAD)], name="330108001.r2.csv")


def test_a_correction_releases_the_rows_that_came_back_right(settings: Settings, engine: Engine) -> None:
    """If this breaks, a department never learns which of its mistakes are mended."""
    _first_and_correction(settings)
    first, second = _take(settings, engine)
    release = release_of(settings, first, second)
    assert release is not None
    assert (release.rows, release.back, release.revision) == (3, 2, 2)
    assert "3行中有2行" in release.text
    assert [(each.reason, each.rows) for each in open_rows(deliveries(engine, settings))] == [("id_checksum", 1)]


def test_a_row_that_came_back_otherwise_is_not_released(settings: Settings, engine: Engine) -> None:
    """If this breaks, a row of somebody else counts as the correction."""
    land(settings, [row(1), row(2, identity=BAD)])
    land(settings, [row(1), row(3)], name="330108001.r2.csv")
    first, second = _take(settings, engine)
    release = release_of(settings, first, second)
    assert release is not None
    assert release.back == 0


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_any_order_of_revisions_gives_one_state(settings: Settings, engine: Engine, order: Sequence[int]) -> None:
    """If this breaks, the list depends on which file happened to arrive first."""
    given = [
        ("330108001.csv", [row(1), row(2, identity=BAD)]),
        ("330108001.r2.csv", [row(1), row(2), row(3, identity=BAD)]),
        ("330108001.r3.csv", [row(1), row(2), row(3)]),
    ]
    for place in order:
        name, rows = given[place]
        land(settings, rows, name=name)
        _take(settings, engine)
    held = deliveries(engine, settings)
    assert open_rows(held) == []
    assert [each.revision for each in known_deliveries(engine, settings, TODAY)] == [3]
    later = [successor(held, each.receipt) for each in held]
    assert [each.revision if each else None for each in later] == [3, 3, None]
    assert delivery_profiles(engine, date(2026, 6, 30)).collect()["rows"].unique().to_list() == [3]


def test_late_days_count_from_the_expected_day() -> None:
    """If this breaks, a department is called late before its day, or for months before the installation."""
    since = date(2026, 1, 1)
    assert late_days(FEED, "2026-06", date(2026, 7, 10), since) == 0
    assert late_days(FEED, "2026-06", date(2026, 7, 13), since) == 3
    assert late_days("tax_wages", "2026-06", date(2026, 6, 11), since) == 1
    assert late_days(FEED, "2026-06", date(2026, 7, 13), date(2026, 7, 12)) is None


def test_the_trend_is_of_one_sender_in_its_latest_revisions(settings: Settings, engine: Engine) -> None:
    """If this breaks, a street is shown the figures of another."""
    land(settings, [row(1), row(2)], month="2026-04")
    land(settings, [row(3)], month="2026-05")
    land(settings, [row(3), row(4), row(5, identity=BAD)], month="2026-05", name="330108001.r2.csv")
    land(settings, [row(6)], month="2026-05", name="330108002.csv")
    land(settings, [row(7)])
    _take(settings, engine)
    held = deliveries(engine, settings, feed=FEED)
    june = next(each.receipt for each in held if each.receipt.month == "2026-06")
    trend = sender_trend(held, june)
    assert [(each.month, each.rows) for each in trend] == [("2026-04", 2), ("2026-05", 2), ("2026-06", 1)]
    assert trend[1].quarantined_percent == pytest.approx(33.3)


def test_a_zero_report_is_no_missing_delivery(settings: Settings, engine: Engine) -> None:
    """If this breaks, departments with nothing to report are asked every month, or a correction is kept apart."""
    land(settings, [], name="330108001.none.csv")
    (receipt,) = _take(settings, engine)
    assert (receipt.status, receipt.zero_report, receipt.sender) == ("accepted", True, "330108001")
    health = delivery_health(engine, settings, date(2026, 6, 30), FeedTerms()).filter(pl.col("feed") == FEED).collect()
    assert health.select("status", "rows_accepted").rows() == [("accepted", 0)]
    land(settings, [row(1)], name="330108001.r2.csv")
    _take(settings, engine)
    assert [each.revision for each in known_deliveries(engine, settings, TODAY)] == [2]


def test_zero_reports_of_two_months_are_not_the_same_delivery_twice(settings: Settings, engine: Engine) -> None:
    """If this breaks, a department with nothing to report is asked why it sends the same file again."""
    land(settings, [], month="2026-05", name="330108001.none.csv")
    land(settings, [], name="330108001.none.csv")
    land(settings, [row(1)], month="2026-05", name="330108002.csv")
    land(settings, [row(1)], name="330108002.csv")
    assert len({each.sha256 for each in _take(settings, engine)}) == 2
    health = delivery_health(engine, settings, date(2026, 6, 30), FeedTerms()).filter(pl.col("feed") == FEED).collect()
    again = health.filter(pl.col("duplicate_of").is_not_null())
    assert again.select("month", "rows_accepted").rows() == [("2026-06", 1)]


def test_rows_of_another_sender_are_counted(settings: Settings, engine: Engine) -> None:
    """If this breaks, two streets pay the same person and nobody is asked."""
    land(settings, [row(1), row(2), row(3)], name="330108001.csv")
    land(settings, [row(2), row(3), row(4)], name="330108002.csv")
    _take(settings, engine)
    health = delivery_health(engine, settings, date(2026, 6, 30), FeedTerms()).filter(pl.col("feed") == FEED).collect()
    assert sorted(health["rows_repeated"].to_list()) == [0, 2]


def test_a_receipt_goes_to_its_owner_alone_and_is_recorded(settings: Settings, engine: Engine, tmp_path: Path) -> None:
    """If this breaks, original rows lie open, or nobody knows who took them out."""
    _first_and_correction(settings)
    first, _ = _take(settings, engine)
    path = export_receipt(engine, settings, actor=CLERK, delivery_id=first.delivery_id, path=tmp_path / "receipt.xlsx")
    assert path.stat().st_mode & 0o777 == 0o600
    book = openpyxl.load_workbook(path)
    told = [str(cell.value) for cells in book["回执"].rows for cell in cells if cell.value is not None]
    assert any("3行中有2行" in text for text in told)
    assert any(f"landing/{FEED}/2026-06/330108001.r2.csv" in text for text in told)
    assert book["待修正"].max_row == 4
    with Session(engine) as session:
        event = session.scalars(select(AuditEvent).order_by(AuditEvent.seq.desc())).first()
    assert event is not None
    assert (event.actor, event.action) == ("district_staff", "export_receipt")
    with pytest.raises(NotPermittedError):
        export_receipt(engine, settings, actor=Actor("a", "auditor"), delivery_id=first.delivery_id)
    with pytest.raises(NoDeliveryError):
        export_receipt(engine, settings, actor=CLERK, delivery_id="0" * 16)


def test_open_rows_are_exported_for_those_who_may(settings: Settings, engine: Engine, tmp_path: Path) -> None:
    """If this breaks, rows that are mended already go back to the department, or anyone sees them."""
    _first_and_correction(settings)
    _take(settings, engine)
    rows = open_rows(deliveries(engine, settings))
    path = export_quarantine(engine, settings, actor=CLERK, rows=rows, path=tmp_path / "open.xlsx")
    assert path.stat().st_mode & 0o777 == 0o600
    sheet = openpyxl.load_workbook(path)[FEED]
    assert sheet.max_row == 2
    assert f"身份证号：{BAD}；" in str(sheet.cell(2, 7).value)
    with pytest.raises(NotPermittedError):
        export_quarantine(engine, settings, actor=Actor("v", "auditor"), rows=rows, path=tmp_path / "no.xlsx")


def test_original_rows_are_kept_outside_the_lake(settings: Settings, engine: Engine) -> None:
    """If this breaks, whoever reads the feed tables reads names and numbers."""
    _first_and_correction(settings)
    first, _ = _take(settings, engine)
    path = delivery_files(settings, FEED, "2026-06", first.delivery_id).quarantine
    assert path.stat().st_mode & 0o777 == 0o600
    assert settings.lake_dir not in path.parents


def test_a_receipt_of_before_profiles_still_loads(settings: Settings, engine: Engine) -> None:
    """If this breaks, an installation cannot be updated."""
    land(settings, [row(1)])
    (receipt,) = _take(settings, engine)
    old = {name: value for name, value in receipt.model_dump(mode="json").items() if name not in _NEW}
    loaded = Receipt.model_validate(old)
    assert (loaded.profile, loaded.zero_report) == (None, False)


_NEW = {"profile", "zero_report"}
