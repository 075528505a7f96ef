"""The look that every workbook of ours shares: fonts, header, text cells, widths.

What belongs here: formats and the writing of cells as plain text, so that no delivered text is ever
run as a formula. What stands in a workbook is decided where it is made.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

__all__ = ["Book", "Stamp", "lines_of", "page_header"]

_FONT = {"font_name": "微软雅黑", "font_size": 10, "valign": "vcenter"}
_WIDEST = 48
_NARROWEST = 8
_LAST_ROW = 1_048_575
_HEADER_LENGTH = 240  # of the 255 that the format has


@dataclass(frozen=True, slots=True)
class Stamp:
    """Who took a file out, for what, and how long it may be kept: in one line, and line by line as label and value."""

    mark: str
    lines: tuple[tuple[str, str], ...]


class Book:
    """An XLSX file being written; close it by leaving the `with` block.

    The `mark` of who took the file stands above every printed page.
    """

    def __init__(self, path: Path, mark: str = "") -> None:
        import xlsxwriter  # type: ignore[import-untyped]  # noqa: PLC0415

        options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        self._mark = mark
        self.book: Any = xlsxwriter.Workbook(str(path), options)
        self.text: Any = self.book.add_format(_FONT | {"num_format": "@"})
        self.number: Any = self.book.add_format(_FONT | {"num_format": "#,##0"})
        self.bold: Any = self.book.add_format(_FONT | {"bold": True})
        self.wrapped: Any = self.book.add_format(_FONT | {"text_wrap": True, "valign": "top", "num_format": "@"})
        self.marked: Any = self.book.add_format(_FONT | {"num_format": "@", "bg_color": "#F8CBAD", "border": 1})
        self.header: Any = self._heading("#D9E1F2")
        self.required: Any = self._heading("#FCE4D6")

    def formed(self, number_format: str) -> Any:
        """The format of cells that show numbers or days in one way."""
        return self.book.add_format(_FONT | {"num_format": number_format})

    def _heading(self, colour: str) -> Any:
        return self.book.add_format(_FONT | {"bold": True, "bg_color": colour, "border": 1, "text_wrap": True})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.book.close()

    def sheet(self, name: str, titles: Sequence[str] = (), widths: Sequence[int] = ()) -> Any:
        """A sheet with a frozen header row, filters, and column widths in characters."""
        sheet = self.book.add_worksheet(name)
        if self._mark:
            sheet.set_header(page_header(self._mark))
        for place, title in enumerate(titles):
            sheet.write_string(0, place, title, self.header)
        for place, width in enumerate(widths):
            sheet.set_column(place, place, min(max(width, _NARROWEST), _WIDEST), self.text)
        if titles:
            sheet.freeze_panes(1, 0)
            sheet.autofilter(0, 0, _LAST_ROW, len(titles) - 1)
        return sheet


def page_header(mark: str) -> str:
    """What stands above every printed page, in the format's own writing."""
    return f"&C&8{mark.replace('&', '&&')[:_HEADER_LENGTH]}"


def lines_of(text: str, width: int) -> int:
    """How many lines a text takes in a column of so many narrow characters; Chinese ones are twice as wide."""
    return max(1, -(-2 * len(text) // width))
