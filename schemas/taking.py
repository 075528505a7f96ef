"""Taking a delivery: a file goes in; accepted rows, rows set aside and a receipt come out.

What belongs here: the order of the steps and the balance of the rows. Nothing is written: archive,
vault and registry are the business of `registry`.
"""

from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Protocol

import polars as pl

from schemas.ahead import in_order
from schemas.contract import Feed, contract_of
from schemas.delivery import Delivery
from schemas.errors import EmptyDeliveryError, UnreadableFileError, ZeroReportError
from schemas.opening import PIECE_BYTES, Opened, open_file
from schemas.reasons import REASONS
from schemas.receipts import Receipt
from schemas.rows import SheetRows, read_rows, rows_above
from schemas.sheets import RawSheet
from schemas.tally import Tally
from schemas.text_source import QuotesInDoubtError
from schemas.told import Told
from schemas.validation import check_accepted
from schemas.values import Known

__all__ = ["QUARANTINE_SCHEMA", "Sink", "take_into"]

QUARANTINE_SCHEMA = pl.Schema(
    {
        "source_feed": pl.String(),
        "source_delivery": pl.String(),
        "source_sheet": pl.String(),
        "source_row": pl.Int64(),
        "column": pl.String(),
        "column_title": pl.String(),
        "reason": pl.String(),
        "reason_title": pl.String(),
        "fix": pl.String(),
        "original": pl.String(),
        "all_reasons": pl.String(),
    }
)
_SOURCE = ("source_feed", "source_delivery", "source_sheet", "source_row")


class Sink(Protocol):
    """Where the rows of a delivery go, piece by piece."""

    def begin(self) -> None:
        """Forget everything: the file is gone through from its start, perhaps not for the first time."""

    def add(self, accepted: pl.DataFrame, quarantined: pl.DataFrame) -> None:
        """Take the rows of the next piece.

        `accepted` has the contract's columns and the `source_*` columns, `quarantined` one row a source row that was
        set aside (`QUARANTINE_SCHEMA`). Both hold personal data.
        """


@dataclass(frozen=True, slots=True)
class _Doubts:
    """What only the whole file shows and every piece must know: then it is read again."""

    by_line: bool = False
    rounded: frozenset[tuple[str, str]] = frozenset()


def take_into(path: Path, delivery: Delivery, sink: Sink, *, today: date, piece_bytes: int = PIECE_BYTES) -> Receipt:
    """Read the file at `path` by the contract of the delivery's feed, and give its rows to `sink`.

    Text and Parquet go through memory in pieces of about `piece_bytes`, which change nothing in the outcome. Dates
    of events after `today` and after the delivery's month are set aside. Raises a subclass of `DeliveryError` when
    the file cannot be taken as a whole (then what the sink holds is void), `UnknownNameError` for an unknown feed.
    """
    feed = contract_of(delivery.feed)
    opened = open_file(path, delivery.file_name, feed, piece_bytes=piece_bytes)
    latest = max(today, _last_day(delivery.month))
    doubts = _Doubts()
    while True:
        sink.begin()
        try:
            tally = _go_through(opened, delivery, feed, sink, latest, doubts)
        except QuotesInDoubtError:
            doubts = replace(doubts, by_line=True)
            continue
        rounded = doubts.rounded | tally.rounded()
        if rounded == doubts.rounded:
            break
        doubts = replace(doubts, rounded=rounded)
    receipt = tally.receipt(delivery.as_dict(), zero_report=delivery.nothing_to_report)
    _check_whole(receipt, tally.first_sheet)
    return receipt


def _go_through(opened: Opened, delivery: Delivery, feed: Feed, sink: Sink, latest: date, doubts: _Doubts) -> Tally:
    """Read every piece once."""
    tally = Tally(feed, opened.caveats)
    known: dict[str, Known] = {each.name: {} for each in feed.columns}

    def read(sheet: RawSheet) -> tuple[RawSheet, SheetRows, pl.DataFrame, pl.DataFrame]:
        rounded = [name for place, name in doubts.rounded if place == sheet.name]
        return sheet, *_checked(read_rows(sheet, feed, today=latest, rounded=rounded, known=known), sheet, delivery)

    for sheet, rows, accepted, quarantined in in_order(read, opened.sheets(doubts.by_line)):
        tally.add(sheet, rows, quarantined)
        sink.add(accepted, quarantined)
    return tally


def _checked(rows: SheetRows, sheet: RawSheet, delivery: Delivery) -> tuple[SheetRows, pl.DataFrame, pl.DataFrame]:
    """A piece: what became of its records, accepted rows and rows set aside. They depend on no other piece."""
    feed = contract_of(delivery.feed)
    if above := rows_above(sheet, feed):
        message = Told("表头以上有%(rows)s行数据（身份证号列中有号码）；将表头放在全部数据之上后重报", rows=above)
        raise UnreadableFileError(message, file=delivery.file_name, sheet=sheet.name or None)
    accepted = _sourced(rows.accepted, sheet, delivery).select([each.name for each in feed.columns] + list(_SOURCE))
    check_accepted(accepted, feed, file=delivery.file_name)
    return rows, accepted, _quarantine(_sourced(rows.rejected, sheet, delivery), feed)


def _check_whole(receipt: Receipt, sheet: str) -> None:
    """Refuse what holds nothing, what says that it holds nothing and does, and what was not read completely."""
    file, rows = receipt.file_name, receipt.rows_accepted + receipt.rows_quarantined
    if receipt.zero_report and rows:
        message = Told("文件名表示本月无数据（.none），文件中却有数据行；确有数据的，去掉文件名中的.none后重报")
        raise ZeroReportError(message, file=file)
    if not (receipt.zero_report or rows):
        raise EmptyDeliveryError(
            "有表头，但没有数据行；补齐数据后重报，当月确无数据的，存为“报送单位.none.扩展名”后报送",
            file=file,
            sheet=sheet or None,
        )
    if not receipt.balanced:
        message = Told("文件共%(rows)s行，未能全部读出；另存为XLSX后重报", rows=receipt.rows_read)
        raise UnreadableFileError(message, file=file)


def _last_day(month: str) -> date:
    year, number = (int(part) for part in month.split("-"))
    return date(year, number, monthrange(year, number)[1])


def _sourced(frame: pl.DataFrame, sheet: RawSheet, delivery: Delivery) -> pl.DataFrame:
    return frame.with_columns(
        source_feed=pl.lit(delivery.feed),
        source_delivery=pl.lit(delivery.delivery_id),
        source_sheet=pl.lit(sheet.name),
    )


def _quarantine(rejected: pl.DataFrame, feed: Feed) -> pl.DataFrame:
    titles = {each.name: each.title for each in feed.columns}
    first = pl.col("problems").str.split(";").list.first().str.split(":")
    frame = rejected.with_columns(column=first.list.get(0), reason=first.list.get(1), all_reasons=pl.col("problems"))
    frame = frame.with_columns(
        column_title=pl.col("column").replace_strict(titles, default="", return_dtype=pl.String),
        reason_title=pl.col("reason").replace_strict({code: each.title for code, each in REASONS.items()}),
        fix=pl.col("reason").replace_strict({code: each.fix for code, each in REASONS.items()}),
    )
    return frame.select(pl.col(name).cast(dtype) for name, dtype in QUARANTINE_SCHEMA.items())
