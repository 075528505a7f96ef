"""Forms that an office prints, signs and files: a title, who fills it in and for when, a table, a total, signatures.

What belongs here: the sheet of a form, made for A4 on its side. What stands in it is chosen in
`registry.exports.ledgers`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import polars as pl
import xlsxwriter  # type: ignore[import-untyped]

from registry.exports.plain import RISKY
from registry.files import writing
from schemas.workbooks import page_header

__all__ = ["Form", "write_forms"]

_Styles: TypeAlias = Mapping[str, Any]

_A4 = 9
_FONT = {"font_name": "宋体", "font_size": 10, "valign": "vcenter"}
_TITLE_HEIGHT, _LINE = 34, 20
_ROW_LINE, _MOST_LINES = 14, 8
_SIGNATURES = ("填表人：", "审核人：", "单位负责人：", "填报单位（盖章）：", "填报日期：      年    月    日")
_DEFAULT_WIDTH = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One sheet: `left`, `middle` and `right` stand under the title; `widths` are of the columns of `rows`.

    `strong` are the numbers of rows that are totals. `total` stands below the table, `remarks` below that.
    """

    sheet: str
    title: str
    left: str
    middle: str
    right: str
    rows: pl.DataFrame
    widths: Mapping[str, float]
    total: str = ""
    remarks: Sequence[str] = ()
    strong: frozenset[int] = frozenset()


def write_forms(path: Path, forms: Sequence[Form], *, mark: str, note: str = "") -> None:
    """Write the forms to `path` (0600), a sheet each.

    The `mark` of who took the file stands above every printed page; a `note` about all of it under each title.
    """
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with writing(path) as temporary, xlsxwriter.Workbook(str(temporary), options) as book:
        book.set_properties({"title": forms[0].title, "comments": note})
        styles = _styles(book)
        for form in forms:
            sheet = book.add_worksheet(form.sheet)
            _write_form(sheet, styles, form, note)
            sheet.set_header(page_header(mark))


def _styles(book: Any) -> dict[str, Any]:
    body = _FONT | {"border": 1, "text_wrap": True}
    made = {
        "title": _FONT | {"font_size": 18, "bold": True, "align": "center"},
        "note": _FONT | {"font_color": "#C00000", "align": "center"},
        "left": _FONT | {"align": "left"},
        "middle": _FONT | {"align": "center"},
        "right": _FONT | {"align": "right"},
        "heading": body | {"bold": True, "align": "center", "bg_color": "#EDEDED"},
        "total": body | {"bold": True, "align": "left"},
        "remark": _FONT | {"font_size": 9, "text_wrap": True, "valign": "top"},
        "text": body | {"num_format": "@"},
        "risky": body | {"num_format": "@", "quote_prefix": True},
        "integer": body | {"num_format": "0", "align": "center"},
        "money": body | {"num_format": "#,##0.00", "align": "right", "indent": 1},
    }
    made |= {f"{name}_strong": made[name] | {"bold": True} for name in ("text", "risky", "integer", "money")}
    return {name: book.add_format(properties) for name, properties in made.items()}


def _write_form(sheet: Any, styles: _Styles, form: Form, note: str) -> None:
    columns = form.rows.columns
    last = len(columns) - 1
    for place, name in enumerate(columns):
        sheet.set_column(place, place, form.widths.get(name, _DEFAULT_WIDTH))
    sheet.set_row(0, _TITLE_HEIGHT)
    sheet.merge_range(0, 0, 0, last, form.title, styles["title"])
    top = 1
    if note:
        sheet.merge_range(top, 0, top, last, note, styles["note"])
        top += 1
    _write_line(sheet, styles, top, last, (form.left, form.middle, form.right))
    heading = top + 1
    sheet.set_row(heading, _LINE * 1.6)
    for place, name in enumerate(columns):
        sheet.write_string(heading, place, name, styles["heading"])
    below = _write_rows(sheet, styles, form, heading + 1)
    below = _write_foot(sheet, styles, form, below, last)
    sheet.repeat_rows(heading)
    sheet.freeze_panes(heading + 1, 0)
    sheet.print_area(0, 0, below - 1, last)
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)
    sheet.center_horizontally()
    sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
    sheet.set_footer("&L内部资料  注意保密&R第 &P 页  共 &N 页")
    sheet.hide_gridlines(2)


def _write_line(sheet: Any, styles: _Styles, row: int, last: int, texts: tuple[str, str, str]) -> None:
    """Three texts over the width of the table."""
    sheet.set_row(row, _LINE)
    third = (last + 1) // 3
    ends = (third - 1, last - third, last)
    start = 0
    for name, text, end in zip(("left", "middle", "right"), texts, ends, strict=True):
        if end > start:
            sheet.merge_range(row, start, row, end, "", styles[name])
        sheet.write_string(row, start, text, styles[name])
        start = end + 1


def _write_rows(sheet: Any, styles: _Styles, form: Form, row: int) -> int:
    """The table; returns the row below it."""
    heights = _heights(form.rows, form.widths)
    for number, values in enumerate(form.rows.iter_rows()):
        sheet.set_row(row, heights[number])
        weight = "_strong" if number in form.strong else ""
        for place, value in enumerate(values):
            _put(sheet, styles, (row, place), value, weight)
        row += 1
    return row


def _put(sheet: Any, styles: _Styles, cell: tuple[int, int], value: Any, weight: str) -> None:
    if value is None or value == "":
        sheet.write_blank(*cell, None, styles["text"])
    elif isinstance(value, str):
        sheet.write_string(*cell, value, styles[("risky" if value.startswith(RISKY) else "text") + weight])
    else:
        sheet.write_number(*cell, value, styles[("money" if isinstance(value, float) else "integer") + weight])


def _write_foot(sheet: Any, styles: _Styles, form: Form, row: int, last: int) -> int:
    """Total, remarks and signatures; returns the row below them."""
    if form.total:
        sheet.set_row(row, _LINE)
        sheet.merge_range(row, 0, row, last, form.total, styles["total"])
        row += 1
    for remark in form.remarks:
        sheet.set_row(row, _LINE)
        sheet.merge_range(row, 0, row, last, remark, styles["remark"])
        row += 1
    sheet.set_row(row, _LINE * 2)
    sheet.merge_range(row, 0, row, last, "                    ".join(_SIGNATURES), styles["left"])
    return row + 1


def _heights(rows: pl.DataFrame, widths: Mapping[str, float]) -> list[int]:
    """Rows as high as their longest text, a Chinese character being two places wide."""
    texts = []
    for name, dtype in rows.schema.items():
        if dtype == pl.String:
            characters, size = pl.col(name).str.len_chars().cast(pl.Int64), pl.col(name).str.len_bytes().cast(pl.Int64)
            places = (characters + (size - characters) // 2).fill_null(0)
            texts.append((places / max(widths.get(name, _DEFAULT_WIDTH) - 1, 1)).ceil())
    lines = pl.max_horizontal(*texts, pl.lit(1)).clip(1, _MOST_LINES).cast(pl.Int64)
    found = rows.select(pl.repeat(1, pl.len(), dtype=pl.Int64) * lines * _ROW_LINE + 6).to_series()
    return list(found)
