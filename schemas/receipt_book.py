"""The receipt as a workbook that the department's clerk can act on.

What belongs here: the look and order of its sheets. The rows to mend show what the sender sent: the file goes to the
sender and to nobody else. Counting stands in `receipts`.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from schemas.columns import Column, Kind
from schemas.contract import DEPARTMENTS, Feed, contract_of
from schemas.reasons import REASONS, SKIPS, TIDIED
from schemas.receipts import Receipt, Release, TrendPoint, choices, next_steps
from schemas.workbooks import Book, Stamp, lines_of

__all__ = ["MOST_ROWS", "write_receipt_xlsx"]

MOST_ROWS = 20_000  # a clerk mends the export, not twenty thousand rows one by one
_COLOURS = {"accepted": "#E2EFDA", "partial": "#FFF2CC", "refused": "#F8CBAD"}
_WIDTHS = (34, 16, 64)
_LINE_HEIGHT = 16
_WHAT, _FIX = 36, 44  # widths of the columns that say what is wrong and how it is mended
_A4 = 9


def write_receipt_xlsx(
    receipt: Receipt,
    quarantined: pl.DataFrame,
    path: Path,
    *,
    trend: Sequence[TrendPoint] = (),
    release: Release | None = None,
    late_days: int | None = None,
    delivered: bool = True,
    stamp: Stamp | None = None,
) -> None:
    """Write the receipt, the rows that were set aside (`QUARANTINE_SCHEMA`) and the sender's earlier deliveries.

    What was only tried (not `delivered`) says so in its title. What was taken out bears a `stamp`: line by line on the
    first sheet, and above every printed page.
    """
    with Book(path, stamp.mark if stamp else "") as book:
        _Summary(book, receipt, delivered=delivered).write(
            release=release,
            late_days=late_days,
            shown=min(quarantined.height, MOST_ROWS),
            taken=stamp.lines if stamp else (),
        )
        if quarantined.height:
            _rows(book, receipt, quarantined.head(MOST_ROWS))
        if len(trend) > 1:
            _trend(book, trend)


class _Summary:
    """The first sheet, written downwards."""

    def __init__(self, book: Book, receipt: Receipt, *, delivered: bool) -> None:
        self._receipt = receipt
        self._delivered = delivered
        self._sheet: Any = book.sheet("回执")
        self._row = 0
        add, font = book.book.add_format, {"font_name": "微软雅黑", "font_size": 10, "valign": "vcenter"}
        boxed = font | {"border": 1, "border_color": "#BFBFBF"}
        self._title = add(font | {"bold": True, "font_size": 16, "font_color": "#1F4E79"})
        self._status = add(boxed | {"bold": True, "font_size": 12, "bg_color": _COLOURS[receipt.status]})
        self._head = add(boxed | {"bold": True, "bg_color": "#D9E1F2"})
        self._label = add(boxed | {"text_wrap": True, "num_format": "@"})
        self._text = add(boxed | {"text_wrap": True, "num_format": "@"})
        self._number = add(boxed | {"num_format": "#,##0", "align": "right"})
        for place, width in enumerate(_WIDTHS):
            self._sheet.set_column(place, place, width)

    def write(
        self, *, release: Release | None, late_days: int | None, shown: int, taken: Sequence[tuple[str, str]]
    ) -> None:
        """Everything, in the order in which it is read."""
        receipt, feed = self._receipt, contract_of(self._receipt.feed)
        what = "数据报送回执" if self._delivered else "报送前自查结果（文件尚未送达）"
        self._sheet.write_string(0, 0, f"{feed.title} {receipt.month} {what}", self._title)
        self._sheet.set_row(0, 30)
        self._row = 1
        self._line("结果", receipt.outcome, self._status)
        for title, text in self._facts(feed, release, late_days):
            self._line(title, text, self._text)
        if receipt.status == "refused":
            self._line(receipt.refusal_title or "", receipt.refusal_message or "", self._text)
        else:
            self._counts()
        self._table("提示", [("", text) for text in receipt.caveats_told])
        steps = [
            (f"第{place}步", text) for place, text in enumerate(next_steps(receipt, delivered=self._delivered), start=1)
        ]
        if shown < receipt.rows_quarantined:
            steps.append(("说明", f"“待修正”表只列出前{shown}行"))
        self._table("下一步", steps)
        self._table("本文件", taken)
        self._sheet.hide_gridlines(2)
        self._sheet.set_landscape()
        self._sheet.set_paper(_A4)
        self._sheet.fit_to_pages(1, 0)

    def _facts(self, feed: Feed, release: Release | None, late_days: int | None) -> Iterator[tuple[str, str]]:
        receipt = self._receipt
        yield "报送单位", f"{DEPARTMENTS[feed.department]} · {receipt.sender}"
        yield "数据", f"{feed.title}({receipt.feed})"
        yield "文件", f"{receipt.file_name}（第{receipt.revision}版）"
        yield "约定报送日", f"{feed.expected_on(receipt.month)}" + (f"，晚到{late_days}天" if late_days else "")
        yield "批次", receipt.delivery_id
        yield "校验值（SHA-256）", receipt.sha256
        if release is not None:
            yield "更正情况", release.text

    def _counts(self) -> None:
        receipt = self._receipt
        skipped = [(f"跳过：{SKIPS[code]}", count, "") for code, count in receipt.skipped.items()]
        self._counted(
            ("行数", "行", "说明"),
            [
                ("读取行数", receipt.rows_read, "等于以下各项之和"),
                ("接收行数", receipt.rows_accepted, ""),
                ("待修正行数", receipt.rows_quarantined, "已隔离，不参与计算；原值见“待修正”表"),
                *skipped,
            ],
        )
        self._counted(
            ("待修正原因", "行", "改法"),
            [(REASONS[code].title, count, REASONS[code].fix) for code, count in receipt.reasons.items()],
        )
        self._counted(
            ("代码表以外的取值", "格", "改法"),
            [(title, count, choices(receipt, title)) for title, count in receipt.unknown_codes.items()],
        )
        self._counted(
            ("已自动规范的写法", "格", "说明"),
            [(TIDIED[code], count, "无需处理") for code, count in receipt.normalised.items()],
        )

    def _line(self, title: str, text: str, form: Any) -> None:
        self._sheet.write_string(self._row, 0, title, self._head)
        self._sheet.merge_range(self._row, 1, self._row, 2, text, form)
        self._next(lines_of(text, sum(_WIDTHS[1:])))

    def _counted(self, titles: tuple[str, str, str], rows: Sequence[tuple[str, int, str]]) -> None:
        if not rows:
            return
        self._row += 1
        for place, title in enumerate(titles):
            self._sheet.write_string(self._row, place, title, self._head)
        self._next()
        for title, count, note in rows:
            self._sheet.write_string(self._row, 0, title, self._label)
            self._sheet.write_number(self._row, 1, count, self._number)
            self._sheet.write_string(self._row, 2, note, self._text)
            self._next(max(lines_of(title, _WIDTHS[0]), lines_of(note, _WIDTHS[2])))

    def _table(self, title: str, rows: Sequence[tuple[str, str]]) -> None:
        if not rows:
            return
        self._row += 1
        self._sheet.merge_range(self._row, 0, self._row, 2, title, self._head)
        self._next()
        for label, text in rows:
            self._line(label, text, self._text) if label else self._wide(text)

    def _wide(self, text: str) -> None:
        self._sheet.merge_range(self._row, 0, self._row, 2, text, self._text)
        self._next(lines_of(text, sum(_WIDTHS)))

    def _next(self, lines: int = 1) -> None:
        self._sheet.set_row(self._row, _LINE_HEIGHT * lines + 4)
        self._row += 1


def _rows(book: Book, receipt: Receipt, quarantined: pl.DataFrame) -> None:
    columns = contract_of(receipt.feed).columns
    titles = ("工作表", "行号", "问题", "改法", *(each.title for each in columns))
    sheet = book.sheet("待修正", titles, (12, 8, _WHAT, _FIX, *map(_width, columns)))
    sheet.freeze_panes(1, 3)
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    for number, row in enumerate(quarantined.iter_rows(named=True), start=1):
        _row(book, sheet, number, row, [(each.name, each.title) for each in columns])


def _width(column: Column) -> int:
    return max(22 if column.kind is Kind.ID_NUMBER else 14, 2 * len(column.title) + 4)


def _row(book: Book, sheet: Any, number: int, row: dict[str, Any], columns: list[tuple[str, str]]) -> None:
    problems = [part.split(":") for part in str(row["all_reasons"]).split(";")]
    titles = dict(columns)
    wrong = {column for column, _ in problems}
    what = "；".join(f"{titles.get(column, '')} {REASONS[reason].title}".strip() for column, reason in problems)
    fixes = "；".join(dict.fromkeys(REASONS[reason].fix for _, reason in problems))
    sheet.set_row(number, _LINE_HEIGHT * max(lines_of(what, _WHAT), lines_of(fixes, _FIX)))
    sheet.write_string(number, 0, row["source_sheet"], book.text)
    sheet.write_number(number, 1, row["source_row"], book.number)
    sheet.write_string(number, 2, what, book.wrapped)
    sheet.write_string(number, 3, fixes, book.wrapped)
    original = json.loads(row["original"])
    for place, (name, title) in enumerate(columns, start=4):
        form = book.marked if name in wrong else book.text
        value = original.get(title)
        if value is None:
            sheet.write_blank(number, place, None, form)
        else:
            sheet.write_string(number, place, str(value), form)


def _trend(book: Book, trend: Sequence[TrendPoint]) -> None:
    titles = ("月份", "结果", "接收行数", "待修正占比（%）", "空值占比（%）", "晚到天数")
    sheet = book.sheet("历次报送", titles, (12, 14, 14, 18, 16, 14))
    share = book.book.add_format({"font_name": "微软雅黑", "font_size": 10, "num_format": "0.0", "align": "right"})
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)
    for row, each in enumerate(trend, start=1):
        sheet.write_string(row, 0, each.month, book.text)
        sheet.write_string(row, 1, each.status, book.text)
        figures = (each.rows, each.quarantined_percent, each.null_percent, each.late_days)
        for place, figure in enumerate(figures, start=2):
            if figure is None:
                sheet.write_string(row, place, "—", book.text)
            else:
                sheet.write_number(row, place, figure, book.number if place in {2, 5} else share)
    _chart(book, sheet, len(trend))


def _chart(book: Book, sheet: Any, rows: int) -> None:
    """Rows as columns, the share to mend as a line on its own axis."""
    months = ["历次报送", 1, 0, rows, 0]
    chart = book.book.add_chart({"type": "column"})
    chart.add_series(
        {"name": "接收行数", "categories": months, "values": ["历次报送", 1, 2, rows, 2], "fill": {"color": "#9DC3E6"}}
    )
    line = book.book.add_chart({"type": "line"})
    line.add_series(
        {
            "name": "待修正占比（%）",
            "categories": months,
            "values": ["历次报送", 1, 3, rows, 3],
            "y2_axis": True,
            "line": {"color": "#C55A11"},
        }
    )
    chart.combine(line)
    chart.set_title({"name": "历次报送的行数与待修正占比", "name_font": {"size": 12}})
    chart.set_y_axis({"name": "行", "major_gridlines": {"visible": True, "line": {"color": "#D9D9D9"}}})
    line.set_y2_axis({"name": "%", "min": 0})
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": 640, "height": 320})
    sheet.insert_chart(rows + 2, 0, chart)
