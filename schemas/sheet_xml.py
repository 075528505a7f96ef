"""What the XML of an XLSX file itself says: how large its sheets are, where they end, which cells failed.

What belongs here: a second, independent look at a workbook, by byte patterns. The cells are read by
another library; this one counts its rows, and refuses sizes on which that library would run out of memory.
"""

import re
import zipfile
import zlib
from collections.abc import Iterable
from functools import cached_property
from html import unescape
from io import BytesIO

from schemas.errors import UnreadableFileError
from schemas.limits import Limits, check_extent, check_unpacked
from schemas.second_look import PERCENT_FORMATS, Look, is_percent
from schemas.told import Listed

__all__ = ["SheetXml", "relations"]

_ADVICE = "打开后另存为不带密码的XLSX，再重报"
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError, OSError)
_CELL = rb""" r=["']"""  # begins with plain bytes: ten times faster to look for
_FAR = re.compile(_CELL + rb"(?:[A-Z]{3,}[0-9]|[A-Z]*[0-9]{7,})")  # a cell past column ZZ or row 999,999
_TALL = re.compile(_CELL + rb"[A-Z]*[0-9]{6,}")
_WIDE = re.compile(_CELL + rb"[A-Z]{2,}[0-9]")
_PLACE = re.compile(_CELL + rb"([A-Z]*)([0-9]+)[\"']")
_ERROR = re.compile(rb"""<(?:\w+:)?c\b(?=[^>]*\st=["']e["'])[^>]*?\sr=["']([A-Z]+)([0-9]+)["']""")
_ANY_CELL = re.compile(rb"<(?:\w+:)?c[ />]")
_ANY_ERROR = re.compile(rb"""\st=["']e["']""")
_FORMULA = re.compile(rb"<(?:\w+:)?f[ >/]")
_UNSOLVED = re.compile(  # of a formula with an empty text as result the cell says that it is text
    rb"""<(?:\w+:)?c\b(?![^>]*\st=["']str["'])[^>]*?\sr=["']([A-Z]+)([0-9]+)["'][^>]*(?<!/)>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)"""
    rb"""\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*</(?:\w+:)?c>"""
)
_ROOT = re.compile(rb"<(\w+:)?worksheet\b")
_ROW = re.compile(rb"""<[^>]*?\sr=["']([0-9]{1,7})["']""")
_MERGE = re.compile(rb"""<(?:\w+:)?mergeCell\b[^>]*?\sref=["']([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})["']""")
_HIDDEN = rb"""(?=[^>]*\shidden=["'](?:1|true)["'])"""
_HIDDEN_ROW = re.compile(rb"<(?:\w+:)?row\b" + _HIDDEN + rb"""[^>]*?\sr=["']([0-9]{1,7})["']""")
_HIDDEN_COLUMN = re.compile(rb"<(?:\w+:)?col\b" + _HIDDEN + rb"[^>]*>")
_STYLED = (
    rb"""<(?:\w+:)?c\b(?=[^>]*\ss=["'](?:%s)["'])(?![^>]*\st=["'][^n])[^>]*?\sr=["']([A-Z]+)([0-9]+)["'][^>]*(?<!/)>"""
)
_STYLES = "xl/styles.xml"
_CONTENT = "content.xml"  # of an ODS file, which may name its type in another way than the standard wants
_NAMELESS = re.compile(rb"<(?:\w+:)?c(?![^>]*\sr=)[ />]")
_DOUBT = "单元格没有标明位置，其中又有公式、错误值或百分数"
_CUSTOM_FORMAT = re.compile(rb"<(?:\w+:)?numFmt\b[^>]*>")
_CELL_FORMATS = re.compile(rb"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", re.DOTALL)
_FORMAT = re.compile(rb"<(?:\w+:)?xf\b[^>]*>")
_LINK = re.compile(r"xl/externalLinks/[^/]+\.xml")
_FROM_1904 = re.compile(rb"""<(?:\w+:)?workbookPr\b[^>]*\sdate1904=["'](?:1|true)["']""")
_ATTRIBUTE = rb"""\s%s=["']([^"']*)["']"""


class SheetXml:
    """The parts of an XLSX file; knows nothing of other formats (XLS).

    Raises `UnreadableFileError` for a damaged archive or a sheet of impossible size.
    """

    def __init__(self, data: bytes, file: str, limits: Limits) -> None:
        self._data = data
        self._file = file
        self._limits = limits
        self._cached: tuple[str, bytes] = ("", b"")
        self._paths: list[str] = []
        self._styles = ""
        self.is_open_document = False
        self._from_1904 = False
        self.links = 0
        if data.startswith(b"PK"):
            names = self._names()
            self.links = sum(_LINK.fullmatch(name) is not None for name in names)
            self._styles = _STYLES if _STYLES in names else ""
            self.is_open_document = _CONTENT in names
            self._paths = self._sheet_paths(names)
            for name in names:
                if re.fullmatch(r"xl/worksheets/[^/]+\.xml", name):
                    self._refuse_giant(name)

    @property
    def is_xlsx(self) -> bool:
        """Whether the file has sheets in XML."""
        return bool(self._paths)

    @property
    def charts(self) -> frozenset[int]:
        """None: the cells' reader passes over them."""
        return frozenset()

    def look(self, place: int) -> Look:
        """What the sheet at the 0-based `place` says; formats other than XLSX say nothing."""
        xml = self._xml(place)
        if not xml:
            return Look()
        self._refuse_nameless(xml)
        tail = xml[max(xml.rfind(b"sheetData"), 0) :]
        return Look(
            self.last_row(place),
            self.errors(place),
            self.percents(place),
            [_range(*found) for found in _MERGE.findall(tail)],
            frozenset(int(row) - 1 for row in _HIDDEN_ROW.findall(xml)) if b" hidden=" in xml else frozenset(),
            _hidden_columns(xml[: xml.find(b"sheetData")]),
            self._from_1904,
        )

    def last_row(self, place: int) -> int | None:
        """1-based number of the last row with a value on the sheet at `place`, None when the XML does not tell."""
        xml = self._xml(place)
        root = _ROOT.search(xml)
        if root is None:
            return None
        prefix = root.group(1) or b""
        value = max(xml.rfind(b"<" + prefix + tag) for tag in (b"v ", b"is>", b"is "))
        value = max(value, _last_filled(xml, b"<" + prefix + b"v>", b"</" + prefix + b"v>"))
        start = xml.rfind(b"<" + prefix + b"row", 0, max(value, 0))
        row = _ROW.match(xml, start) if start >= 0 else None
        return int(row.group(1)) if row else None

    def errors(self, place: int) -> dict[int, list[int]]:
        """0-based rows of cells with a formula error (#N/A, #REF!) or a formula without result, by 0-based column."""
        xml = self._xml(place)
        unsolved = _UNSOLVED.findall(xml) if _FORMULA.search(xml) else []
        failed = _ERROR.findall(xml) if b' t="e"' in xml or b" t='e'" in xml else []
        return _by_column([*failed, *unsolved])

    def percents(self, place: int) -> dict[int, list[int]]:
        """0-based rows of cells with a number that is shown as per cent, by 0-based column."""
        styles = self._percent_styles
        return _by_column(re.findall(_STYLED % b"|".join(styles), self._xml(place)) if styles else [])

    @cached_property
    def _percent_styles(self) -> list[bytes]:
        """The styles of cells that show per cent, as cells name them."""
        xml = self._part(self._styles) if self._styles else b""
        formats = {b"%d" % number for number in PERCENT_FORMATS}
        for tag in _CUSTOM_FORMAT.findall(xml):
            number, code = (re.search(_ATTRIBUTE % name, tag) for name in (b"numFmtId", b"formatCode"))
            if number and code and is_percent(unescape(code.group(1).decode(errors="replace"))):
                formats.add(number.group(1))
        cells = _CELL_FORMATS.search(xml)
        used = [re.search(_ATTRIBUTE % b"numFmtId", tag) for tag in _FORMAT.findall(cells.group() if cells else b"")]
        return [b"%d" % place for place, number in enumerate(used) if number and number.group(1) in formats]

    def _names(self) -> list[str]:
        try:
            with zipfile.ZipFile(BytesIO(self._data)) as archive:
                check_unpacked(archive.infolist(), self._limits, self._file, "工作簿")
                return archive.namelist()
        except _DAMAGED:
            raise self._damaged() from None

    def _part(self, name: str) -> bytes:
        if self._cached[0] != name:
            try:
                with zipfile.ZipFile(BytesIO(self._data)) as archive:
                    self._cached = name, archive.read(name)
            except _DAMAGED:
                raise self._damaged() from None
        return self._cached[1]

    def _xml(self, place: int) -> bytes:
        return self._part(self._paths[place]) if place < len(self._paths) else b""

    def _damaged(self) -> UnreadableFileError:
        return UnreadableFileError(Listed(("工作簿已损坏或不完整", _ADVICE), "；"), file=self._file)

    def _refuse_giant(self, name: str) -> None:
        """Refuse a sheet whose cells span a rectangle that no memory holds, as after a slip or damage."""
        xml = self._part(name)
        if not _FAR.search(xml) and not (_TALL.search(xml) and _WIDE.search(xml)):
            return
        rows = columns = 0
        for letters, row in _PLACE.findall(xml):
            rows = max(rows, int(row[:9]))
            columns = max(columns, _column(letters[:4]) + 1)
        check_extent(rows, columns, self._limits, self._file)

    def _refuse_nameless(self, xml: bytes) -> None:
        """Refuse a sheet whose cells do not say where they are, if any of them must be found."""
        first = _ANY_CELL.search(xml)
        if first is None or not _NAMELESS.match(xml, first.start()):
            return
        if _FORMULA.search(xml) or _ANY_ERROR.search(xml) or self._percent_styles:
            raise UnreadableFileError(Listed((_DOUBT, _ADVICE), "；"), file=self._file)

    def _sheet_paths(self, names: Iterable[str]) -> list[str]:
        """Parts of the sheets in the order of the workbook; empty when the file does not show them."""
        known = set(names)
        if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= known:
            return []
        targets = relations(self._part("xl/_rels/workbook.xml.rels"))
        book = self._part("xl/workbook.xml")
        self._from_1904 = _FROM_1904.search(book) is not None
        order = re.findall(rb"""<(?:\w+:)?sheet\b[^>]*?\s\w+:id=["']([^"']*)["']""", book)
        paths = [targets.get(number, "") for number in order]
        return paths if known.issuperset(paths) else []


def relations(xml: bytes) -> dict[bytes, str]:
    """The parts of a workbook by the ids under which it names them."""
    targets = {}
    for tag in re.findall(rb"<(?:\w+:)?Relationship\b[^>]*>", xml):
        number, target = (re.search(_ATTRIBUTE % name, tag) for name in (b"Id", b"Target"))
        if number and target:
            path = target.group(1).decode(errors="replace")
            targets[number.group(1)] = path.lstrip("/") if path.startswith("/") else f"xl/{path}"
    return targets


def _by_column(cells: Iterable[tuple[bytes, bytes]]) -> dict[int, list[int]]:
    """0-based rows by 0-based column of cells given by letters and number."""
    rows: dict[int, list[int]] = {}
    for letters, row in cells:
        rows.setdefault(_column(letters), []).append(int(row) - 1)
    return rows


def _last_filled(xml: bytes, opening: bytes, closing: bytes) -> int:
    """Place of the last element that is not empty, -1 when there is none."""
    place = xml.rfind(opening)
    while place >= 0 and xml.startswith(closing, place + len(opening)):
        place = xml.rfind(opening, 0, place)
    return place


def _column(letters: bytes) -> int:
    """0-based number of a column from its letters; -1 for none."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number - 1


def _range(left: bytes, first: bytes, right: bytes, last: bytes) -> tuple[int, int, int, int]:
    return int(first) - 1, int(last) - 1, _column(left), _column(right)


def _hidden_columns(head: bytes) -> frozenset[int]:
    """0-based hidden columns from the part of a sheet above its rows."""
    hidden: set[int] = set()
    for tag in _HIDDEN_COLUMN.findall(head):
        first, last = (re.search(rb"""\s%s=["']([0-9]{1,5})["']""" % name, tag) for name in (b"min", b"max"))
        if first and last:
            hidden.update(range(int(first.group(1)) - 1, int(last.group(1))))
    return frozenset(hidden)
