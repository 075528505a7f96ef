"""Trying a file before it is delivered gives the receipt that the delivery gets."""

import zipfile
from dataclasses import replace
from datetime import date
from io import BytesIO

import pytest
from sqlalchemy import Engine

from registry.intake import ingest, new_files
from registry.trying import try_file
from schemas.delivery import Delivery
from schemas.settings import Settings
from tests.unit.schemas.files import FEED, Rows, as_csv, as_parquet, as_xlsx, changed, feed_of, table

TODAY = date(2026, 6, 30)


def rows() -> Rows:
    """Six rows: one with a broken number, one with an unknown code, a total and a signature below."""
    made = changed(table(feed_of(), 6), feed_of(), person_id="110105197001010000", amount_fen="2千")
    return [["临时救助发放表"], *made, ["合计", "", "", "600"], ["制表人:甲"]]


def zipped(name: str, data: bytes) -> bytes:
    """An archive of one file."""
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return made.getvalue()


FILES = {
    "street.csv": as_csv(rows()),
    "street.r2.csv": as_csv(rows(), "gb18030", ";"),
    "street.xlsx": as_xlsx({"数据": rows(), "旧": table(feed_of())}, hidden=["旧"]),
    "street.parquet": as_parquet(table(feed_of())),
    "street.zip": zipped("西兴/6月.csv", as_csv(rows())),
    "street.r3.zip": zipped("西兴.xlsx", as_xlsx({"数据": rows()})),
    "cut.xlsx": as_xlsx({"数据": rows()})[:900],
    "other.csv": "甲,乙\n1,2\n".encode(),
    "empty.csv": as_csv(table(feed_of())[:1]),
}


@pytest.mark.parametrize("name", FILES)
def test_a_trial_gives_the_receipt_of_the_delivery(settings: Settings, engine: Engine, name: str) -> None:
    """If this breaks, a department checks its file, delivers it, and gets another answer."""
    path = settings.landing_dir / FEED / "2026-06" / name
    path.parent.mkdir(parents=True)
    path.write_bytes(FILES[name])
    (landed,) = new_files(settings, engine)
    receipt = ingest(landed, settings, engine, today=TODAY)
    delivery = Delivery(FEED, "2026-06", landed.sender, landed.revision, name, receipt.sha256)
    tried, aside = try_file(path, delivery, today=TODAY, shown=10)
    assert tried == receipt
    assert aside.height == receipt.rows_quarantined


def test_a_trial_keeps_no_more_rows_than_are_shown(settings: Settings) -> None:
    """If this breaks, trying a file of gigabytes whose rows are all wrong needs its size in memory."""
    settings.home.mkdir()
    path = settings.home / "street.csv"
    path.write_bytes(as_csv([[cell.replace("1101", "1201") for cell in row] for row in table(feed_of(), 9)]))
    delivery = Delivery(FEED, "2026-06", "street", 1, path.name, "0" * 64)
    receipt, aside = try_file(path, delivery, today=TODAY, shown=4)
    assert (receipt.rows_quarantined, aside["source_row"].to_list()) == (9, [2, 3, 4, 5])
    assert try_file(path, replace(delivery), today=TODAY)[1].is_empty()
