"""The workbook that a department fills in, made from the contract of its feed.

What belongs here: headings, text format for numbers that must not be rounded, drop-down lists for
codes, and a page that says how each column is filled in. Reading it back needs nothing from here.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from schemas.columns import Column, Kind
from schemas.contract import DEPARTMENTS, Feed
from schemas.sheets import CODES_SHEET, NOTES_SHEET
from schemas.workbooks import Book

__all__ = ["fill_in_note", "write_template"]

_DATA_SHEET = "数据"
_ROWS = 20_000  # rows prepared with formats and lists
_MONEY_FORMAT = "0.00"
_NOTES: Mapping[Kind, str] = {
    Kind.ID_NUMBER: "18位公民身份号码,单元格为文本格式;不得遮盖",
    Kind.NAME: "姓名全称,不加空格",
    Kind.PHONE: "手机或固定电话号码,文本格式",
    Kind.ADDRESS: "住址全称",
    Kind.NUMBER: "业务系统中的编号,文本格式",
    Kind.TEXT: "文字",
    Kind.CODE: "从下拉列表中选择",
    Kind.DATE: "日期,样式2024-03-01",
    Kind.MONTH: "月份,样式2024-03",
    Kind.PERIOD: "月份(2024-03)或年度(2024)",
    Kind.MONEY: "数字,最多两位小数;单位见表头",
    Kind.INTEGER: "整数",
    Kind.BOOLEAN: "是或否",
}


def fill_in_note(column: Column) -> str:
    """How the cells of `column` are filled in, in Chinese."""
    bounds = [
        f"不小于{column.minimum}" if column.minimum is not None else "",
        f"不大于{column.maximum}" if column.maximum is not None else "",
        "" if column.future else "不晚于今天" if column.kind in {Kind.DATE, Kind.MONTH, Kind.PERIOD} else "",
    ]
    return ";".join([_NOTES[column.kind], *filter(None, bounds)])


def write_template(feed: Feed, path: Path) -> None:
    """Write the template of `feed` to `path` (XLSX); required headings stand on orange ground."""
    with Book(path) as book:
        data = book.sheet(_DATA_SHEET, [each.title for each in feed.columns])
        _notes(book, feed)
        codes = book.sheet(CODES_SHEET)
        codes.hide()
        for place, column in enumerate(feed.columns):
            _column(book, data, codes, place, column)


def _column(book: Book, data: Any, codes: Any, place: int, column: Column) -> None:
    if column.required:
        data.write_string(0, place, column.title, book.required)
    width = max(14 if column.kind is not Kind.ID_NUMBER else 22, 2 * len(column.title) + 2)
    form = book.book.add_format({"num_format": _MONEY_FORMAT}) if column.kind is Kind.MONEY else book.text
    data.set_column(place, place, width, form)
    if column.codes is None:
        return
    labels = [column.codes.title_of(code) for code in column.codes.codes]
    for row, label in enumerate(labels):
        codes.write_string(row, place, label, book.text)
    letter = _letters(place)
    data.data_validation(
        1,
        place,
        _ROWS,
        place,
        {
            "validate": "list",
            "source": f"='{CODES_SHEET}'!${letter}$1:${letter}${len(labels)}",
            "ignore_blank": not column.required,
            "error_title": "不在代码表中",
            "error_message": "请从下拉列表中选择",
        },
    )


def _letters(place: int) -> str:
    letters = ""
    number = place + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _notes(book: Book, feed: Feed) -> None:
    sheet = book.sheet(NOTES_SHEET, ("列", "是否必填", "填写要求", "可接受的其他列名", "取值"), (24, 10, 40, 40, 48))
    for row, column in enumerate(feed.columns, start=1):
        values = "、".join(column.codes.title_of(code) for code in column.codes.codes) if column.codes else ""
        cells = (
            column.title,
            "必填" if column.required else "选填",
            fill_in_note(column),
            "、".join(column.synonyms),
            values,
        )
        for place, text in enumerate(cells):
            sheet.write_string(row, place, text, book.wrapped)
    lines = (
        f"数据:{feed.title}({feed.name})",
        f"报送单位:{DEPARTMENTS[feed.department]}",
        f"报送时间:每月{feed.expected_day}日前",
        f"依据:{feed.legal_basis}",
        f"文件存放:landing/{feed.name}/年-月/报送单位.xlsx;更正文件在名称后加.r2",
    )
    for row, text in enumerate(lines, start=len(feed.columns) + 2):
        sheet.write_string(row, 0, text, book.text)
