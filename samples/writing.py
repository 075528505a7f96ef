"""Writing a table of text into the landing tree as CSV, XLSX or Parquet.

What belongs here: bytes. Which words stand in the cells was decided in `habits` and `dirt`.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter  # type: ignore[import-untyped]

from schemas.columns import Kind
from schemas.contract import Feed

__all__ = ["Sheet", "write"]

_XLSX_ROWS = 3000  # larger tables go as CSV, whatever the habit
_CHUNK = 200_000
_EPOCH = date(1970, 1, 1)
_FIXED = datetime(2026, 1, 1, tzinfo=UTC)  # so that equal content gives equal bytes
_EPOCH_OFFSET = 25_569  # days from Excel's day zero to 1970-01-01


@dataclass(frozen=True)
class Sheet:
    """What one file shows: title rows, headings, text rows, a totals row, and how."""

    feed: Feed
    headings: dict[str, str]
    rows: pl.DataFrame  # text, by contract column name; extra columns by their heading
    titles: tuple[str, ...]
    total: dict[str, str] | None
    encoding: str
    name: str
    cover: str
    native: bool


def write(sheet: Sheet, path: Path, file_format: str) -> Path:
    """Write the file as `path` with the suffix of its format; returns where it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if file_format == "xlsx" and sheet.rows.height > _XLSX_ROWS:
        file_format = "csv"
    target = path.with_name(f"{path.name}.{file_format}")
    if file_format == "xlsx":
        _write_xlsx(sheet, target)
    elif file_format == "parquet":
        _headed(sheet).write_parquet(target)
    else:
        _write_csv(sheet, target)
    return target


def _headed(sheet: Sheet) -> pl.DataFrame:
    return sheet.rows.rename({name: sheet.headings.get(name, name) for name in sheet.rows.columns})


def _write_csv(sheet: Sheet, path: Path) -> None:
    frame = _headed(sheet)
    encoding = "gb18030" if sheet.encoding == "gb18030" else "utf-8"
    with path.open("wb") as file:
        if encoding == "utf-8":
            file.write(b"\xef\xbb\xbf")
        commas = "," * (frame.width - 1)
        for title in sheet.titles:
            file.write(f"{title}{commas}\n".encode(encoding))
        for begin in range(0, max(frame.height, 1), _CHUNK):
            text = frame.slice(begin, _CHUNK).write_csv(include_header=begin == 0)
            file.write(text.encode(encoding))
        if sheet.total is not None:
            cells = [sheet.total.get(name, "") for name in sheet.rows.columns]
            file.write((",".join(f'"{each}"' if "," in each else each for each in cells) + "\n").encode(encoding))


def _write_xlsx(sheet: Sheet, path: Path) -> None:
    options = {"constant_memory": True, "strings_to_numbers": False, "strings_to_formulas": False}
    with xlsxwriter.Workbook(path, options) as book:
        book.set_properties({"created": _FIXED})
        bold = book.add_format({"bold": True, "align": "center"})
        if sheet.cover:
            book.add_worksheet("填报说明").write_string(0, 0, sheet.cover)
        page = book.add_worksheet(sheet.name)
        columns = sheet.rows.columns
        for at, title in enumerate(sheet.titles):
            page.merge_range(at, 0, at, len(columns) - 1, title, bold)
        at = len(sheet.titles)
        for place, name in enumerate(columns):
            page.write_string(at, place, sheet.headings.get(name, name), bold)
        cells = _Cells(page, book, sheet)
        for at, row in enumerate(sheet.rows.iter_rows(), start=at + 1):  # noqa: B020  # goes on below the heading
            cells.write(at, row)
        if sheet.total is not None:
            for place, name in enumerate(columns):
                page.write_string(at + 1, place, sheet.total.get(name, ""))


class _Cells:
    """Writes the rows of a sheet: text, or in native sheets amounts and days as cells of their own type."""

    def __init__(self, page: Any, book: Any, sheet: Sheet) -> None:
        self._page = page
        self._text = book.add_format({"num_format": "@"})
        self._day = book.add_format({"num_format": "yyyy-mm-dd"})
        kinds = {each.name: each.kind for each in sheet.feed.columns} if sheet.native else {}
        self._kinds = [kinds.get(name) for name in sheet.rows.columns]

    def write(self, at: int, row: tuple[str, ...]) -> None:
        """Write one row; empty cells stay empty."""
        for place, (cell, kind) in enumerate(zip(row, self._kinds, strict=True)):
            if kind is Kind.MONEY and _is_number(cell):
                self._page.write_number(at, place, float(cell))
            elif kind is Kind.DATE and _is_day(cell):
                self._page.write_number(at, place, _serial(cell), self._day)
            elif cell:
                self._page.write_string(at, place, cell, self._text)


def _is_number(cell: str) -> bool:
    return cell.replace(".", "", 1).lstrip("-").isascii() and cell.replace(".", "", 1).lstrip("-").isdigit()


def _is_day(cell: str) -> bool:
    parts = cell.split("-")
    return [len(part) for part in parts] == [4, 2, 2] and all(part.isascii() and part.isdigit() for part in parts)


def _serial(cell: str) -> int:
    return (date.fromisoformat(cell) - _EPOCH).days + _EPOCH_OFFSET
