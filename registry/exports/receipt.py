"""The receipt of a delivery for the department that sent it: the only export that shows what was set aside.

What belongs here: gathering its parts, writing it for its owner's eyes alone (0600), and recording who took it out.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import polars as pl
from sqlalchemy import Engine

from registry.audit import append
from registry.exports.taken import Taken
from registry.files import private_dir, writing
from registry.receipts import OpenRows, deliveries, find_delivery, sender_trend, successor
from registry.release import release_of
from registry.roles import Actor, require
from registry.store import delivery_files
from schemas.receipt_book import write_receipt_xlsx
from schemas.receipts import Receipt
from schemas.settings import Settings
from schemas.taking import QUARANTINE_SCHEMA
from schemas.workbooks import Book, Stamp, lines_of

__all__ = ["export_quarantine", "export_receipt", "receipt_name"]

_ACTION = "export_receipt"
_ACTION_ROWS = "export_quarantine"
_SHEET_NAME = 31  # as long as a spreadsheet allows
_PURPOSE = "回执交还报送单位"
_NOTICE = "原值含个人信息，仅供报送单位核对和更正本单位数据；不得转给他人或用于其他目的，更正后销毁。"
_A4 = 9
_LINE_HEIGHT = 16
_ABOUT = 48  # as wide as a column may be
_FIX = 44
_COLUMNS = {
    "source_delivery": "批次",
    "source_sheet": "工作表",
    "source_row": "行号",
    "column_title": "列",
    "reason_title": "问题",
    "fix": "改法",
    "original": "原值",
}


def receipt_name(receipt: Receipt) -> str:
    """The file name of a receipt; it tells the feed, month, sender and revision, and no person."""
    return f"回执_{receipt.feed}_{receipt.month}_{receipt.sender}.r{receipt.revision}.xlsx"


def export_receipt(
    engine: Engine, settings: Settings, *, actor: Actor, delivery_id: str, path: Path | None = None
) -> Path:
    """Write the receipt of a delivery to `path` (default: the folder of receipts) and record it.

    Raises `NoDeliveryError` for an unknown delivery, `NotPermittedError` when the role may not see original rows.
    """
    require(actor, "receipt.mend")
    kept = find_delivery(engine, settings, delivery_id)
    receipt = kept.receipt
    files = delivery_files(settings, receipt.feed, receipt.month, receipt.delivery_id)
    held = deliveries(engine, settings, feed=receipt.feed)
    later = successor(held, receipt)
    known = files.quarantine.exists()
    stamp = _stamp(settings, actor)
    target = path or private_dir(files.receipt.parent) / receipt_name(receipt)
    with writing(target) as temporary:
        write_receipt_xlsx(
            receipt,
            pl.read_parquet(files.quarantine) if known else pl.DataFrame(schema=QUARANTINE_SCHEMA),
            temporary,
            trend=sender_trend(held, receipt),
            release=release_of(settings, receipt, later) if later is not None else None,
            late_days=kept.late_days,
            stamp=stamp,
        )
    details = {"delivery": receipt.delivery_id, "feed": receipt.feed, "rows_to_mend": receipt.rows_quarantined}
    append(engine, actor=actor.name, action=_ACTION, purpose=_PURPOSE, details=details)
    return target


def export_quarantine(
    engine: Engine, settings: Settings, *, actor: Actor, rows: Sequence[OpenRows], path: Path
) -> Path:
    """Write the original rows that `rows` count, one sheet a feed, and record it; raises `NotPermittedError`."""
    require(actor, "receipt.mend")
    pairs = [(each.delivery_id, each.reason) for each in rows]
    wanted = pl.DataFrame(pairs, schema={"source_delivery": pl.String, "reason": pl.String}, orient="row")
    places = dict.fromkeys((each.feed, each.month, each.delivery_id) for each in rows)
    parts = [pl.read_parquet(delivery_files(settings, *place).quarantine) for place in places]
    held = pl.concat(parts) if parts else pl.DataFrame(schema=QUARANTINE_SCHEMA)
    shown = held.join(wanted, on=["source_delivery", "reason"], how="semi", maintain_order="left")
    stamp = _stamp(settings, actor)
    with writing(path) as temporary, Book(temporary, stamp.mark) as book:
        _about(book, stamp)
        for (feed,), part in shown.group_by("source_feed", maintain_order=True):
            _original_rows(book, str(feed)[:_SHEET_NAME], part)
        if shown.is_empty():
            _original_rows(book, "待修正", shown)
    details = {"deliveries": len(places), "rows": shown.height}
    append(engine, actor=actor.name, action=_ACTION_ROWS, purpose=_PURPOSE, details=details)
    return path


def _stamp(settings: Settings, actor: Actor) -> Stamp:
    taken = Taken.now(settings, actor, _PURPOSE)
    return Stamp(taken.mark, (*taken.lines, ("注意", _NOTICE)))


def _about(book: Book, stamp: Stamp) -> None:
    """Who took the rows out and how long they may be kept."""
    sheet = book.sheet("说明", ("项目", "内容"), (16, _ABOUT))
    for number, (label, text) in enumerate(stamp.lines, start=1):
        sheet.write_string(number, 0, label, book.bold)
        sheet.write_string(number, 1, text, book.wrapped)
        sheet.set_row(number, _LINE_HEIGHT * lines_of(text, _ABOUT))


def _original_rows(book: Book, name: str, rows: pl.DataFrame) -> None:
    sheet = book.sheet(name, list(_COLUMNS.values()), (20, 12, 8, 16, 30, _FIX, _ABOUT))
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    for number, row in enumerate(rows.select(*_COLUMNS).iter_rows(named=True), start=1):
        told = row | {"original": _told(row["original"])}
        for place, value in enumerate(told.values()):
            sheet.write_string(number, place, "" if value is None else str(value), book.wrapped)
        sheet.set_row(number, _LINE_HEIGHT * max(lines_of(told["fix"] or "", _FIX), lines_of(told["original"], _ABOUT)))


def _told(original: str) -> str:
    """The row as it was delivered: each column with what stood there."""
    return "；".join(f"{title}：{value}" for title, value in json.loads(original).items() if value is not None)
