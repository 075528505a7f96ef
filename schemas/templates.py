"""The workbook that a department fills in, made from the contract of its feed.

What belongs here: headings, the format and check of each cell, drop-down lists for codes, a filled example, and a page
that says how each column is filled in. Reading it back needs nothing from here: our own sheets are known by name.
"""

from collections.abc import Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from schemas.columns import Column, Kind
from schemas.contract import DEPARTMENTS, DeliveryMode, Feed
from schemas.examples import example_rows
from schemas.reasons import REASONS
from schemas.sheets import CODES_SHEET, EXAMPLE_SHEET, NOTES_SHEET
from schemas.workbooks import Book, lines_of

__all__ = ["fill_in_note", "write_template"]

_DATA_SHEET = "数据"
_A4 = 9
_LINE = 15  # points
_ROWS = 20_000  # rows prepared with formats and lists
_MONEY_FORMAT = "0.00"
_DATE_FORMAT = "yyyy-mm-dd"
_FIRST_DAY = date(1900, 1, 2)
_AHEAD: Mapping[str, Any] = {"criteria": ">=", "value": _FIRST_DAY}
_UNTIL_TODAY: Mapping[str, Any] = {"criteria": "between", "minimum": _FIRST_DAY, "maximum": "=TODAY()"}
_MOST_YUAN = 10_000_000_000
_MOST_INTEGER = 1_000_000_000
_LONGEST = 200
_NOTES: Mapping[Kind, str] = {
    Kind.ID_NUMBER: "18位公民身份号码，单元格为文本格式；不得遮盖",
    Kind.NAME: "姓名全称，不加空格",
    Kind.PHONE: "手机或固定电话号码，文本格式",
    Kind.ADDRESS: "住址全称",
    Kind.NUMBER: "业务系统中的编号，文本格式",
    Kind.TEXT: "文字",
    Kind.CODE: "从下拉列表中选择",
    Kind.DATE: "日期，样式2024-03-01",
    Kind.MONTH: "月份，样式2024-03",
    Kind.PERIOD: "月份（2024-03）或年度（2024）",
    Kind.MONEY: "数字，最多两位小数；单位见表头",
    Kind.INTEGER: "整数",
    Kind.BOOLEAN: "是或否",
}
_HINTS: Mapping[Kind, tuple[str, ...]] = {
    Kind.ID_NUMBER: ("id_masked", "id_shape", "id_checksum", "excel_number"),
    Kind.NUMBER: ("excel_number",),
    Kind.CODE: ("unknown_code",),
    Kind.DATE: ("bad_date", "future_date"),
    Kind.MONTH: ("bad_month",),
    Kind.PERIOD: ("bad_period",),
    Kind.MONEY: ("bad_money",),
    Kind.INTEGER: ("bad_integer", "out_of_range"),
    Kind.BOOLEAN: ("bad_boolean",),
}
_MODES: Mapping[DeliveryMode, str] = {
    DeliveryMode.SNAPSHOT: "全量：报送当前全部有效记录",
    DeliveryMode.EVENTS: "业务发生：报送当月发生的全部业务",
    DeliveryMode.CHANGES: "变更：报送新增和有变化的记录",
}


def fill_in_note(column: Column) -> str:
    """How the cells of `column` are filled in, in Chinese."""
    bounds = [
        f"不小于{column.minimum}" if column.minimum is not None else "",
        f"不大于{column.maximum}" if column.maximum is not None else "",
        "" if column.future or column.kind not in {Kind.DATE, Kind.MONTH, Kind.PERIOD} else "不晚于今天",
    ]
    return "；".join([_NOTES[column.kind], *filter(None, bounds)])


def write_template(feed: Feed, path: Path) -> None:
    """Write the template of `feed` to `path` (XLSX); required headings stand on orange ground."""
    with Book(path) as book:
        data = book.sheet(_DATA_SHEET, [each.title for each in feed.columns])
        _printed(data)
        _example(book, feed)
        _notes(book, feed)
        codes = book.sheet(CODES_SHEET)
        codes.hide()
        for place, column in enumerate(feed.columns):
            _column(book, data, place, column)
            _check(data, codes, book, place, column)


def _printed(sheet: Any) -> None:
    """Printed one page wide, the headings on every page."""
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def _column(book: Book, sheet: Any, place: int, column: Column) -> None:
    """Heading, width and number format."""
    sheet.write_string(0, place, column.title, book.required if column.required else book.header)
    width = max(14 if column.kind is not Kind.ID_NUMBER else 22, 2 * len(column.title) + 2)
    sheet.set_column(place, place, width, _form(book, column))


def _form(book: Book, column: Column) -> Any:
    formats = {Kind.MONEY: _MONEY_FORMAT, Kind.DATE: _DATE_FORMAT, Kind.INTEGER: "0"}
    return book.formed(formats[column.kind]) if column.kind in formats else book.text


def _check(data: Any, codes: Any, book: Book, place: int, column: Column) -> None:
    """What the spreadsheet lets into the cells of a column, what it shows beside them, and what it says to the rest."""
    rule = _listed(codes, book, place, column) if column.codes is not None else _rule(column, f"{_letters(place)}2")
    told = {
        "ignore_blank": not column.required,
        "input_title": column.title[:32],
        "input_message": f"{'必填' if column.required else '选填'}；{fill_in_note(column)}",
        "error_title": "请核对",
        "error_message": f"{column.title}:{_NOTES[column.kind]}",
    }
    data.data_validation(1, place, _ROWS, place, rule | told)


def _listed(codes: Any, book: Book, place: int, column: Column) -> dict[str, Any]:
    """A drop-down of the titles, which stand on the hidden sheet of codes."""
    labels = [column.codes.title_of(code) for code in column.codes.codes] if column.codes else []
    for row, label in enumerate(labels):
        codes.write_string(row, place, label, book.text)
    letter = _letters(place)
    return {"validate": "list", "source": f"='{CODES_SHEET}'!${letter}$1:${letter}${len(labels)}"}


def _rule(column: Column, cell: str) -> dict[str, Any]:
    """The check of one kind of cell; a spreadsheet can check no more of other texts than their length."""
    least, most = column.minimum, column.maximum
    rules: Mapping[Kind, dict[str, Any]] = {
        Kind.ID_NUMBER: {"validate": "custom", "value": _identity_formula(cell)},
        Kind.DATE: {"validate": "date", **(_AHEAD if column.future else _UNTIL_TODAY)},
        Kind.MONEY: _between("decimal", -_MOST_YUAN if least is None else least, _MOST_YUAN),
        Kind.INTEGER: _between("integer", least or 0, most or _MOST_INTEGER),
        Kind.BOOLEAN: {"validate": "list", "source": ["是", "否"]},
        Kind.MONTH: {"validate": "custom", "value": _month_formula(cell, year=False)},
        Kind.PERIOD: {"validate": "custom", "value": _month_formula(cell, year=True)},
    }
    return rules.get(column.kind) or _between("length", 1, _LONGEST)


def _between(what: str, least: int, most: int) -> dict[str, Any]:
    return {"validate": what, "criteria": "between", "minimum": least, "maximum": most}


def _identity_formula(cell: str) -> str:
    """Eighteen characters, the last of which is the check digit of the others (GB 11643)."""
    digits = f"MID({cell},ROW($1:$17),1)*2^(18-ROW($1:$17))"
    return f'=AND(LEN({cell})=18,MID("10X98765432",MOD(SUMPRODUCT({digits}),11)+1,1)=UPPER(RIGHT({cell},1)))'


def _month_formula(cell: str, *, year: bool) -> str:
    month = f'AND(LEN({cell})=7,MID({cell},5,1)="-",ISNUMBER(DATEVALUE({cell}&"-01")))'
    return f"=OR(AND(LEN({cell})=4,ISNUMBER(--{cell})),{month})" if year else f"={month}"


def _letters(place: int) -> str:
    letters = ""
    number = place + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _example(book: Book, feed: Feed) -> None:
    """Rows as they should look, on a sheet that is never read."""
    sheet = book.sheet(EXAMPLE_SHEET, [each.title for each in feed.columns])
    _printed(sheet)
    forms = [_form(book, column) for column in feed.columns]
    for place, column in enumerate(feed.columns):
        _column(book, sheet, place, column)
    for row, cells in enumerate(example_rows(feed), start=1):
        for place, cell in enumerate(cells):
            _write(sheet, row, place, cell, forms[place])
    note = "以上为示例，人员与编号均为虚构；本表不会被读取，请在“数据”表中填写"
    sheet.write_string(len(example_rows(feed)) + 2, 0, note, book.bold)


def _write(sheet: Any, row: int, place: int, cell: str | float | date, form: Any) -> None:
    if isinstance(cell, date):
        sheet.write_datetime(row, place, datetime.combine(cell, time()), form)
    elif isinstance(cell, str):
        sheet.write_string(row, place, cell, form)
    else:
        sheet.write_number(row, place, cell, form)


def _notes(book: Book, feed: Feed) -> None:
    titles = ("列", "是否必填", "填写要求", "可接受的其他列名", "取值", "常见问题与改法")
    widths = (24, 10, 40, 40, 48, 48)
    sheet = book.sheet(NOTES_SHEET, titles, widths)
    _printed(sheet)
    for row, column in enumerate(feed.columns, start=1):
        values = "、".join(column.codes.title_of(code) for code in column.codes.codes) if column.codes else ""
        hints = (*(("missing_required",) if column.required else ()), *_HINTS.get(column.kind, ()))
        cells = (
            column.title,
            "必填" if column.required else "选填",
            fill_in_note(column),
            "、".join(column.synonyms),
            values,
            "；".join(f"{REASONS[code].title}：{REASONS[code].fix}" for code in hints),
        )
        for place, text in enumerate(cells):
            sheet.write_string(row, place, text, book.wrapped)
        sheet.set_row(row, _LINE * max(lines_of(text, width) for text, width in zip(cells, widths, strict=True)))
    lines = (
        f"数据：{feed.title}（{feed.name}）",
        f"报送单位：{DEPARTMENTS[feed.department]}",
        f"报送内容：{_MODES[feed.mode]}",
        f"报送时间：{'每月' if feed.lag_months else '次月'}{feed.expected_day}日前",
        f"依据：{feed.legal_basis}",
        f"文件存放：landing/{feed.name}/年-月/报送单位.xlsx；更正文件在名称后加.r2，整份重报",
        "零报告：当月确无数据的，报送只有表头的文件，名称为 报送单位.none.xlsx",
    )
    for row, text in enumerate(lines, start=len(feed.columns) + 2):
        sheet.write_string(row, 0, text, book.text)
