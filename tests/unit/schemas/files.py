"""Files for the tests of reading: rows of a feed with made-up values, as CSV, XLSX and Parquet.

What belongs here: builders of bytes and of deliveries. Identity numbers are computed, not anyone's.
"""

import csv
import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import polars as pl
import xlsxwriter

from schemas.columns import Column, Kind
from schemas.contract import Feed, get_feed
from schemas.delivery import Delivery
from schemas.identifiers import check_digit
from schemas.receipts import Receipt
from schemas.taking import take_into

TODAY = date(2026, 6, 30)
FEED = "temporary_assistance"

Rows = list[list[str]]


@dataclass(frozen=True, slots=True)
class Taken:
    """A delivery that was read, with all its rows."""

    accepted: pl.DataFrame
    quarantined: pl.DataFrame
    receipt: Receipt


@dataclass(slots=True)
class Kept:
    """A sink that keeps every piece."""

    frames: list[tuple[pl.DataFrame, pl.DataFrame]] = field(default_factory=list)

    def begin(self) -> None:
        """Forget the pieces: the file is gone through anew."""
        self.frames.clear()

    def add(self, accepted: pl.DataFrame, quarantined: pl.DataFrame) -> None:
        """Keep a piece."""
        self.frames.append((accepted, quarantined))


def take(path: Path, delivery: Delivery, *, today: date) -> Taken:
    """Read the file at `path` and keep its rows."""
    kept = Kept()
    receipt = take_into(path, delivery, kept, today=today)
    accepted, quarantined = (pl.concat(frames, rechunk=False) for frames in zip(*kept.frames, strict=True))
    return Taken(accepted, quarantined, receipt)


def number(serial: int = 1, *, born: str = "19700101") -> str:
    """A valid identity number for a made-up person."""
    stem = f"110105{born}{serial % 1000:03d}"
    return stem + check_digit(stem)


def cell(column: Column, serial: int) -> str:
    """A plain valid cell of `column`."""
    by_kind = {
        Kind.ID_NUMBER: number(serial),
        Kind.NAME: "甲乙",
        Kind.PHONE: "13900000000",
        Kind.ADDRESS: "某路1号",
        Kind.NUMBER: f"N{serial:06d}",
        Kind.TEXT: "文字",
        Kind.DATE: "2026-01-05",
        Kind.MONTH: "2026-01",
        Kind.PERIOD: "2026-01",
        Kind.MONEY: "100.50",
        Kind.INTEGER: str(column.minimum or 1),
        Kind.BOOLEAN: "是",
    }
    return column.codes.title_of(column.codes.codes[0]) if column.codes else by_kind[column.kind]


def table(feed: Feed, rows: int = 3) -> Rows:
    """A header and `rows` valid rows."""
    body = [[cell(column, serial) for column in feed.columns] for serial in range(1, rows + 1)]
    return [[column.title for column in feed.columns], *body]


def changed(rows: Rows, feed: Feed, **cells: str) -> Rows:
    """The table with cells of its first data row changed, by column name."""
    places = [column.name for column in feed.columns]
    first = list(rows[1])
    for name, value in cells.items():
        first[places.index(name)] = value
    return [rows[0], first, *rows[2:]]


def as_csv(rows: Sequence[Sequence[str]], encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    """The bytes of a CSV file."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode(encoding)


def as_xlsx(sheets: Mapping[str, Sequence[Sequence[object]]], hidden: Sequence[str] = ()) -> bytes:
    """The bytes of a workbook; strings as text, numbers and dates as such."""
    data = io.BytesIO()
    book = xlsxwriter.Workbook(data, {"in_memory": True, "strings_to_formulas": False})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for at, row in enumerate(rows):
            for place, value in enumerate(row):
                if isinstance(value, date):
                    sheet.write_datetime(at, place, value, day)
                elif value not in (None, ""):
                    sheet.write(at, place, value)
        if name in hidden:
            sheet.hide()
    book.close()
    return data.getvalue()


def as_parquet(rows: Rows) -> bytes:
    """The bytes of a Parquet file of text columns."""
    data = io.BytesIO()
    pl.DataFrame(dict(zip(rows[0], zip(*rows[1:], strict=True), strict=True))).write_parquet(data)
    return data.getvalue()


def taken(folder: Path, data: bytes, name: str = "street.csv", feed: str = FEED, month: str = "2026-06") -> Taken:
    """Take `data` as a delivery."""
    path = folder / name
    path.write_bytes(data)
    return take(path, Delivery(feed, month, path.stem, 1, name, hashlib.sha256(data).hexdigest()), today=TODAY)


def feed_of(name: str = FEED) -> Feed:
    """The feed that most tests deliver."""
    return get_feed(name)
