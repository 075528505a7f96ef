"""What the records of an XLSB file say (Microsoft, [MS-XLSB]): rows, errors, per cent, merged and hidden cells.

What belongs here: one pass over the records of each sheet that keeps places alone. What is in the cells the library
reads; a sheet on which it would run out of memory, or whose cells it does not know, is refused.
"""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO

from schemas.errors import UnreadableFileError
from schemas.limits import Limits, check_extent
from schemas.second_look import PERCENT_FORMATS, Look, is_percent
from schemas.sheet_xml import relations
from schemas.told import Listed

__all__ = ["SheetBinary"]

_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError, OSError, struct.error, LookupError)
_SHEET = re.compile(r"xl/worksheets/[^/]+\.bin")
_LINK = re.compile(r"xl/externalLinks/[^/]+\.bin")
_BOOK, _RELATIONS, _STYLES = "xl/workbook.bin", "xl/_rels/workbook.bin.rels", "xl/styles.bin"
_ROW, _COLUMN, _MERGED = 0, 60, 176
_BLANK, _NUMBERS, _ERRORS = 1, frozenset({2, 5, 9}), frozenset({3, 11})
_CELLS = frozenset({*range(1, 12), 62})  # the last is text with formats within
_SHORT_CELLS = frozenset(range(12, 19))  # of one column after the other; read by none of the common libraries
_PROPERTIES, _BUNDLE = 153, 156
_FORMAT, _CELL_FORMATS, _CELL_FORMATS_END, _STYLE = 44, 617, 618, 47
_HIDDEN_ROW = 0x10
_STYLE_BITS = 0xFFFFFF
_MOST_ROWS = 1 << 20
_MOST_COLUMNS = 1 << 14
_SEVEN = 0x7F
_MORE = 0x80
_ADVICE = "另存为XLSX后重报"


class SheetBinary:
    """The sheets of an XLSB file; a file that is damaged tells nothing: the cells' reader refuses it."""

    def __init__(self, data: bytes, file: str, limits: Limits) -> None:
        """Raises `UnreadableFileError` for a sheet of impossible size or with cells that the reader passes over."""
        self._file, self._limits = file, limits
        self._looks: dict[str, Look] = {}
        self._paths: list[str] = []
        self.links = 0
        self.charts: frozenset[int] = frozenset()
        try:
            with zipfile.ZipFile(BytesIO(data)) as archive:
                self._read(archive)
        except _DAMAGED:
            self._paths = []

    def look(self, place: int) -> Look:
        """What the sheet at the 0-based `place` says."""
        return self._looks.get(self._paths[place], Look()) if place < len(self._paths) else Look()

    def _read(self, archive: zipfile.ZipFile) -> None:
        names = archive.namelist()
        self.links = sum(_LINK.fullmatch(name) is not None for name in names)
        percents = _percent_styles(archive.read(_STYLES)) if _STYLES in names else frozenset()
        book = archive.read(_BOOK)
        from_1904 = any(kind == _PROPERTIES and book[at] & 1 for kind, at in _records(book))
        for name in names:
            if _SHEET.fullmatch(name):
                self._looks[name] = self._look(archive.read(name), percents, from_1904=from_1904)
        targets = relations(archive.read(_RELATIONS))
        self._paths = [targets.get(_relation(book, at), "") for kind, at in _records(book) if kind == _BUNDLE]
        self.charts = frozenset(at for at, path in enumerate(self._paths) if not _SHEET.fullmatch(path))

    def _look(self, part: bytes, percents: frozenset[int], *, from_1904: bool) -> Look:
        found = _Places(percents)
        for kind, at in _records(part):
            if kind in _SHORT_CELLS:
                raise UnreadableFileError(Listed(("工作簿中有不常见格式的单元格", _ADVICE), "；"), file=self._file)
            found.note(kind, part, at)
        if found.rows > _MOST_ROWS:
            raise UnreadableFileError(Listed(("工作簿已损坏", _ADVICE), "；"), file=self._file)
        check_extent(found.rows, found.columns, self._limits, self._file)
        hidden = frozenset(found.hidden_rows), frozenset(found.hidden_columns)
        return Look(found.last or None, found.errors, found.hundredths, found.merges, *hidden, from_1904)


@dataclass(slots=True)
class _Places:
    """The places of one sheet, as its records go by; `last` is the last row with a value."""

    percents: frozenset[int]
    row: int = 0
    rows: int = 0
    columns: int = 0
    last: int = 0
    errors: dict[int, list[int]] = field(default_factory=dict)
    hundredths: dict[int, list[int]] = field(default_factory=dict)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)

    def note(self, kind: int, part: bytes, at: int) -> None:
        """Note what the record of this kind at this place says."""
        if kind in _CELLS:
            self._cell(kind, *struct.unpack_from("<II", part, at))
        elif kind == _ROW:
            (self.row,) = struct.unpack_from("<I", part, at)
            if part[at + 11] & _HIDDEN_ROW:
                self.hidden_rows.add(self.row)
        elif kind == _MERGED:
            self.merges.append(struct.unpack_from("<IIII", part, at))
        elif kind == _COLUMN and part[at + 16] & 1:
            first, last = struct.unpack_from("<II", part, at)
            self.hidden_columns.update(range(first, min(last, _MOST_COLUMNS) + 1))

    def _cell(self, kind: int, column: int, style: int) -> None:
        self.rows, self.columns = max(self.rows, self.row + 1), max(self.columns, column + 1)
        if kind != _BLANK:
            self.last = max(self.last, self.row + 1)
        if kind in _ERRORS:
            self.errors.setdefault(column, []).append(self.row)
        elif kind in _NUMBERS and style & _STYLE_BITS in self.percents:
            self.hundredths.setdefault(column, []).append(self.row)


def _percent_styles(part: bytes) -> frozenset[int]:
    """The styles of cells that show numbers as per cent, by their place among the formats of cells."""
    formats = set(PERCENT_FORMATS)
    styles: list[int] = []
    inside = False
    for kind, at in _records(part):
        if kind == _FORMAT:
            number, size = struct.unpack_from("<HI", part, at)
            if is_percent(part[at + 6 : at + 6 + 2 * size].decode("utf-16-le", errors="replace")):
                formats.add(number)
        elif kind in {_CELL_FORMATS, _CELL_FORMATS_END}:
            inside = kind == _CELL_FORMATS
        elif kind == _STYLE and inside:
            styles.append(struct.unpack_from("<HH", part, at)[1])
    return frozenset(place for place, number in enumerate(styles) if number in formats)


def _relation(book: bytes, at: int) -> bytes:
    """The relation by which the workbook names the part of a sheet."""
    (size,) = struct.unpack_from("<I", book, at + 8)
    return book[at + 12 : at + 12 + 2 * size].decode("utf-16-le").encode()


def _records(part: bytes) -> Iterator[tuple[int, int]]:
    """Kind and place of each record; both numbers before it come in groups of seven bits."""
    at = 0
    while at < len(part):
        kind, at = _number(part, at)
        size, at = _number(part, at)
        yield kind, at
        at += size


def _number(part: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = part[at]
        value |= (byte & _SEVEN) << shift
        at, shift = at + 1, shift + 7
        if not byte & _MORE:
            return value, at
