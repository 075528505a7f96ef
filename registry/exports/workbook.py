"""A workbook that staff can use as it is: a cover, and sheets with fixed headings, filters and widths.

What belongs here: XlsxWriter, which makes all but the rows. Every text is written as text, so that an identity number
keeps its digits and a value that begins like a formula stays a value.
"""

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

import polars as pl
import xlsxwriter  # type: ignore[import-untyped]

from registry.exports.plain import RISKY
from registry.exports.sheet_rows import RowStyles, SpooledRows, put_rows
from registry.files import writing
from schemas.workbooks import page_header

__all__ = ["write_workbook"]

_Styles: TypeAlias = Mapping[str, Any]

_WIDEST, _NARROWEST = 28, 6
_WIDEST_LINES = 56  # of a text in several lines
_UNPRINTED = ("家庭标识", "任务编号", "预警编号")  # for looking up; on paper they cost the others their size
_FILTER_ARROW = 3
_WIDTH_SAMPLE = 2_000
_DATE_WIDTH, _MONEY_WIDTH = 12.0, 13.0
_LINE_HEIGHT, _MOST_LINES = 15, 12
_MOST_NOTE_LINES = 26
_HEADING = "#1F4E79"
_TIER_COLOURS = {"红": "#F8CBAD", "橙": "#FFE699", "黄": "#FFF9D6"}
_COVER_WIDTHS = (22, 92)
_A4, _A3 = 9, 8
_ON_A4 = 15  # columns


def write_workbook(
    path: Path,
    *,
    title: str,
    cover: Sequence[tuple[str, str]] | Callable[[], Sequence[tuple[str, str]]],
    notices: Sequence[str],
    sheets: Mapping[str, pl.DataFrame | Iterable[pl.DataFrame]],
    notes: Mapping[str, str] | None = None,
    choices: Mapping[str, Sequence[str]] | None = None,
    mark: str,
) -> None:
    """Write the workbook under a temporary name, then move it to `path` (0600).

    A sheet may come in pieces, the first of which has its columns; a `cover` that is a function is asked when all of
    them were taken. `notes` stand above the heading of the sheets they are named by. `choices` are the words that may
    be filled in, by the heading of a column. The `mark` of who took the file stands above every printed page.
    """
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": False,
    }
    with writing(path) as temporary, TemporaryDirectory(prefix=".rows-", dir=path.parent) as beside:
        skeleton = Path(beside) / "skeleton.xlsx"
        with xlsxwriter.Workbook(str(skeleton), options) as book:
            book.set_properties({"title": title, "comments": notices[0] if notices else ""})
            styles = _styles(book)
            taken = [
                _take(name, pieces, _numbers(styles), Path(beside), (notes or {}).get(name, ""))
                for name, pieces in sheets.items()
            ]
            told = cover() if callable(cover) else cover
            _write_cover(book.add_worksheet("说明"), styles, title, told, notices)
            for each in taken:
                _write_sheet(book.add_worksheet(each.name), styles, each, choices or {})
            for sheet in book.worksheets():
                sheet.set_header(page_header(mark))
        put_rows(skeleton, {number: each.rows for number, each in enumerate(taken, start=2)}, temporary)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    """The rows of a sheet, on the disk, and what is known of them."""

    name: str
    note: str
    rows: SpooledRows
    columns: tuple[str, ...]
    widths: tuple[float, ...]
    height: int


def _take(
    name: str, pieces: pl.DataFrame | Iterable[pl.DataFrame], styles: RowStyles, folder: Path, note: str
) -> _Taken:
    """Write down the rows of a sheet; the first piece says how wide its columns are."""
    each = iter([pieces]) if isinstance(pieces, pl.DataFrame) else _ahead(iter(pieces))
    first = next(each)
    widths = tuple(_width(first[column]) for column in first.columns)
    handle, spool = tempfile.mkstemp(dir=folder)
    os.close(handle)
    rows = SpooledRows(Path(spool), styles, top=2 if note else 1)
    height = 0
    for piece in chain([first], each):
        rows.add(piece, _heights(piece, widths))
        height += piece.height
    return _Taken(name=name, note=note, rows=rows, columns=tuple(first.columns), widths=widths, height=height)


def _ahead(pieces: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """The pieces, each of which is made while the one before is written down."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="next piece of a sheet") as worker:
        coming = worker.submit(next, pieces, None)
        while (piece := coming.result()) is not None:
            coming = worker.submit(next, pieces, None)
            yield piece


def _numbers(styles: _Styles) -> RowStyles:
    """By which numbers the file knows the styles of cells."""
    names = ("text", "risky", "date", "money", "integer")
    return RowStyles(**{name: styles[name]._get_xf_index() for name in names})  # noqa: SLF001  # it is told nowhere else


def _styles(book: Any) -> dict[str, Any]:
    body = {"font_name": "微软雅黑", "font_size": 10, "valign": "vcenter", "border": 1, "border_color": "#D9D9D9"}
    wrapped = body | {"text_wrap": True}
    heading = wrapped | {"bold": True, "font_color": "#FFFFFF", "bg_color": _HEADING, "align": "center"}
    styles = {
        "title": {"font_name": "微软雅黑", "font_size": 16, "bold": True, "font_color": _HEADING},
        "notice": wrapped | {"bold": True, "font_color": "#C00000"},
        "label": wrapped | {"bold": True, "bg_color": "#DDEBF7"},
        "heading": heading,
        "text": wrapped | {"num_format": "@"},
        "risky": wrapped | {"num_format": "@", "quote_prefix": True},
        "note": wrapped | {"font_color": "#595959", "italic": True, "align": "left"},
        "integer": body | {"num_format": "0", "align": "center"},
        "money": body | {"num_format": "#,##0.00", "indent": 1},
        "date": body | {"num_format": "yyyy-mm-dd", "align": "center"},
    }
    styles |= {f"tier_{each}": {"bg_color": colour} for each, colour in _TIER_COLOURS.items()}
    return {name: book.add_format(properties) for name, properties in styles.items()}


def _write_cover(
    sheet: Any, styles: _Styles, title: str, cover: Sequence[tuple[str, str]], notices: Sequence[str]
) -> None:
    for column, width in enumerate(_COVER_WIDTHS):
        sheet.set_column(column, column, width)
    sheet.set_row(0, 30)
    sheet.write_string(0, 0, title, styles["title"])
    row = 1
    for number, notice in enumerate(notices):
        row += 1
        sheet.set_row(row, _LINE_HEIGHT * _lines(notice))
        sheet.write_string(row, 0, "" if number else "使用须知", styles["label"])
        sheet.write_string(row, 1, notice, styles["notice"])
    row += 1
    for label, value in cover:
        row += 1
        sheet.set_row(row, _LINE_HEIGHT * _lines(value))
        sheet.write_string(row, 0, label, styles["label"])
        sheet.write_string(row, 1, value, styles["risky" if value.startswith(RISKY) else "text"])
    sheet.hide_gridlines(2)
    _set_page(sheet, len(_COVER_WIDTHS))
    sheet.fit_to_pages(1, 1)


def _write_sheet(sheet: Any, styles: _Styles, taken: _Taken, choices: Mapping[str, Sequence[str]]) -> None:
    """All of a sheet but its rows."""
    for column, width in enumerate(taken.widths):
        sheet.set_column(column, column, width)
    top = _write_note(sheet, styles, taken.note, taken.widths) if taken.note else 0
    for column, name in enumerate(taken.columns):
        sheet.write_string(top, column, name, styles["heading"])
    sheet.set_row(top, _LINE_HEIGHT * 2)
    last = top + taken.height
    sheet.freeze_panes(top + 1, min(3, len(taken.columns)))
    sheet.autofilter(top, 0, last, len(taken.columns) - 1)
    if "等级" in taken.columns and taken.height:
        _colour_tiers(sheet, styles, taken.columns.index("等级"), (top + 1, last))
    for name, words in choices.items():
        if name in taken.columns and taken.height:
            column = taken.columns.index(name)
            sheet.data_validation(top + 1, column, last, column, {"validate": "list", "source": list(words)})
    sheet.repeat_rows(top)
    printed = [number for number, name in enumerate(taken.columns) if name not in _UNPRINTED]
    sheet.print_area(0, 0, last, max(printed, default=0))
    _set_page(sheet, len(printed))


def _write_note(sheet: Any, styles: _Styles, note: str, widths: Sequence[float]) -> int:
    """A note over the width of the sheet; returns the row of the heading below it."""
    places = pl.Series([note]).str.split("\n").explode().to_frame("text").select(_places(pl.col("text"))).to_series()
    wide = max(sum(widths) - 2, 1)
    lines = int(sum(max(1, -(-each // wide)) for each in places))
    sheet.set_row(0, _LINE_HEIGHT * min(lines, _MOST_NOTE_LINES))
    if len(widths) > 1:
        sheet.merge_range(0, 0, 0, len(widths) - 1, "", styles["note"])
    sheet.write_string(0, 0, note, styles["note"])
    return 1


def _colour_tiers(sheet: Any, styles: _Styles, column: int, rows: tuple[int, int]) -> None:
    for tier in _TIER_COLOURS:
        rule = {"type": "cell", "criteria": "==", "value": f'"{tier}"', "format": styles[f"tier_{tier}"]}
        sheet.conditional_format(rows[0], column, rows[1], column, rule)


def _set_page(sheet: Any, columns: int) -> None:
    """A page on its side, as wide as the columns; many of them stay legible on the larger paper alone."""
    sheet.set_landscape()
    sheet.set_paper(_A4 if columns <= _ON_A4 else _A3)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.set_footer("&L内部资料  注意保密&C第 &P 页  共 &N 页&R&A")


def _places(texts: pl.Expr) -> pl.Expr:
    """How many places a text takes; a Chinese character takes two."""
    characters, size = texts.str.len_chars().cast(pl.Int64), texts.str.len_bytes().cast(pl.Int64)
    return (characters + (size - characters) // 2).fill_null(0)


def _width(values: pl.Series) -> float:
    """Columns as wide as their contents and their heading with its arrow, within reason."""
    heading = pl.select(_places(pl.lit(values.name))).item() + _FILTER_ARROW
    if values.dtype == pl.Date:
        return max(_DATE_WIDTH, float(heading))
    if values.dtype.is_float():
        return max(_MONEY_WIDTH, float(heading))
    widest = values.head(_WIDTH_SAMPLE).cast(pl.String).to_frame("text").select(_places(pl.col("text")).max()).item()
    in_lines = values.dtype == pl.String and bool(values.head(_WIDTH_SAMPLE).str.contains("\n", literal=True).any())
    return float(max(min((widest or 0) + 2, _WIDEST_LINES if in_lines else _WIDEST), heading, _NARROWEST))


def _heights(rows: pl.DataFrame, widths: Sequence[float]) -> pl.Series:
    """Rows as high as their longest wrapped text."""
    texts = [
        (_places(pl.col(name)) / (width - 1)).ceil() + pl.col(name).str.count_matches("\n", literal=True).fill_null(0)
        for (name, dtype), width in zip(rows.schema.items(), widths, strict=True)
        if dtype == pl.String
    ]
    lines = pl.max_horizontal(*texts, pl.lit(1)).clip(1, _MOST_LINES).cast(pl.Int64)
    return rows.select(pl.repeat(1, pl.len(), dtype=pl.Int64) * lines * _LINE_HEIGHT).to_series()


def _lines(text: str) -> int:
    """How many lines a text takes on the cover."""
    widths = pl.Series([text]).str.split("\n").explode().to_frame("text").select(_places(pl.col("text")))
    return int(sum(max(1, -(-each // (_COVER_WIDTHS[1] - 2))) for each in widths.to_series()))
