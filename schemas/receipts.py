"""The answer to a delivery: what was read, accepted, set aside and skipped, and why.

What belongs here: `Receipt`, which holds counts and codes and never the content of a cell, and the
workbook with the rows to mend, which holds what the sender sent and goes to nobody else.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

import polars as pl
from pydantic import BaseModel, ConfigDict

from schemas.contract import get_feed
from schemas.errors import DeliveryError
from schemas.profile import Profile
from schemas.reasons import REASONS, SKIPS, TIDIED, caveat_text
from schemas.workbooks import Book

if TYPE_CHECKING:
    from schemas.delivery import Delivery

__all__ = ["Receipt", "write_receipt_xlsx"]

_STATUS = {"accepted": "全部接收", "partial": "部分接收", "refused": "未接收"}


class Receipt(BaseModel):
    """Counts of one delivery.

    `rows_read` is the number of records below the header, counted without reading them; titles above
    the header are in it as skipped. `reasons` counts quarantined rows by their first reason, `skipped`
    rows by kind, `normalised` cells by kind of tidying, `unknown_codes` cells by column title.
    """

    model_config = ConfigDict(frozen=True)

    delivery_id: str
    feed: str
    month: str
    sender: str
    revision: int
    file_name: str
    sha256: str
    status: Literal["accepted", "partial", "refused"]
    rows_read: int = 0
    rows_accepted: int = 0
    rows_quarantined: int = 0
    skipped: dict[str, int] = {}
    reasons: dict[str, int] = {}
    normalised: dict[str, int] = {}
    unknown_codes: dict[str, int] = {}
    profile: Profile | None = None  # receipts of earlier versions have none
    zero_report: bool = False
    caveats: list[str] = []
    refusal_code: str | None = None
    refusal_title: str | None = None
    refusal_message: str | None = None

    @property
    def balanced(self) -> bool:
        """Whether every record that the file has is accepted, set aside or skipped by name."""
        return self.rows_read == self.rows_accepted + self.rows_quarantined + sum(self.skipped.values())

    @classmethod
    def refused(cls, delivery: "Delivery", error: DeliveryError) -> Self:
        """The receipt of a file that could not be taken as a whole."""
        return cls(
            **delivery.as_dict(),
            status="refused",
            refusal_code=error.code,
            refusal_title=error.title,
            refusal_message=str(error),
        )


def write_receipt_xlsx(receipt: Receipt, quarantined: pl.DataFrame, path: Path) -> None:
    """Write the receipt and, under their titles, the rows that were set aside (`QUARANTINE_SCHEMA`)."""
    with Book(path) as book:
        _summary(book, receipt)
        if quarantined.height:
            _rows(book, receipt, quarantined)


def _summary(book: Book, receipt: Receipt) -> None:
    sheet = book.sheet("回执", ("项目", "内容"), (30, 48))
    for row, (title, value) in enumerate(_lines(receipt), start=1):
        sheet.write_string(row, 0, title, book.text)
        if isinstance(value, int):
            sheet.write_number(row, 1, value, book.number)
        else:
            sheet.write_string(row, 1, value, book.wrapped)


def _lines(receipt: Receipt) -> Iterable[tuple[str, str | int]]:
    yield "数据", f"{get_feed(receipt.feed).title}({receipt.feed})"
    yield "月份", receipt.month
    yield "文件", receipt.file_name
    yield "批次", receipt.delivery_id
    yield "校验值(SHA-256)", receipt.sha256
    yield "结果", _STATUS[receipt.status]
    if receipt.refusal_title:
        yield receipt.refusal_title, receipt.refusal_message or ""
        return
    yield "读取行数", receipt.rows_read
    yield "接收行数", receipt.rows_accepted
    yield "待修正行数", receipt.rows_quarantined
    for code, count in receipt.skipped.items():
        yield f"跳过:{SKIPS[code]}", count
    for code, count in receipt.reasons.items():
        yield f"待修正:{REASONS[code].title}", count
    for title, count in receipt.unknown_codes.items():
        yield f"代码表以外的取值:{title}", count
    for code, count in receipt.normalised.items():
        yield f"已规范:{TIDIED[code]}", count
    for text in receipt.caveats:
        yield "提示", caveat_text(text)


def _rows(book: Book, receipt: Receipt, quarantined: pl.DataFrame) -> None:
    columns = get_feed(receipt.feed).columns
    titles = ("工作表", "行号", "问题", "改法", *(each.title for each in columns))
    sheet = book.sheet("待修正", titles, (12, 8, 36, 44, *(max(12, 2 * len(each.title)) for each in columns)))
    sheet.freeze_panes(1, 4)
    for number, row in enumerate(quarantined.iter_rows(named=True), start=1):
        _row(book, sheet, number, row, [(each.name, each.title) for each in columns])


def _row(book: Book, sheet: Any, number: int, row: dict[str, Any], columns: list[tuple[str, str]]) -> None:
    problems = [part.split(":") for part in str(row["all_reasons"]).split(";")]
    titles = dict(columns)
    wrong = {column for column, _ in problems}
    what = ";".join(f"{titles.get(column, '')} {REASONS[reason].title}".strip() for column, reason in problems)
    sheet.write_string(number, 0, row["source_sheet"], book.text)
    sheet.write_number(number, 1, row["source_row"], book.number)
    sheet.write_string(number, 2, what, book.text)
    sheet.write_string(number, 3, row["fix"], book.text)
    original = json.loads(row["original"])
    for place, (name, title) in enumerate(columns, start=4):
        form = book.marked if name in wrong else book.text
        value = original.get(title)
        if value is None:
            sheet.write_blank(number, place, None, form)
        else:
            sheet.write_string(number, place, str(value), form)
