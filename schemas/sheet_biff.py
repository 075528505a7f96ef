"""What the records of an XLS file (BIFF5, BIFF8) say: rows, errors, per cent, merged and hidden cells.

What belongs here: the few records that the second look needs (Microsoft, [MS-XLS]); the file around them is opened in
`schemas.compound_file`.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from schemas.compound_file import stream_of
from schemas.limits import Limits, check_extent
from schemas.second_look import PERCENT_FORMATS, Look, is_percent

__all__ = ["SheetBiff"]

_STREAMS = ("Workbook", "Book")  # as programs call it since 1997, and before
_BIFF5, _BIFF8 = 0x0500, 0x0600
_BOF, _EOF, _BOUND, _DATE_1904 = 0x0809, 0x000A, 0x0085, 0x0022
_FORMAT, _STYLE, _BOOK = 0x041E, 0x00E0, 0x01AE
_ROW, _COLUMNS, _MERGED = 0x0208, 0x007D, 0x00E5
_FORMULA, _FAILED, _NUMBER, _PACKED, _SEVERAL = 0x0006, 0x0205, 0x0203, 0x027E, 0x00BD
_NUMBERS = frozenset({_FORMULA, _NUMBER, _PACKED})
_VALUES = frozenset({*_NUMBERS, _FAILED, _SEVERAL, 0x00FD, 0x0204, 0x00D6})
_HIDDEN_ROW = 0x20
_NO_NUMBER = b"\xff\xff"  # where a formula's number would end: its result is something else
_ERROR_RESULT = b"\x02"
_OTHER_FILE = range(2, 0x100)  # how long the name of another file is; other values stand for this one


@dataclass(slots=True)
class _Globals:
    """What holds for all sheets: where each begins, from when days count, which styles show per cent, links."""

    starts: list[int] = field(default_factory=list)
    from_1904: bool = False
    percents: frozenset[int] = frozenset()
    links: int = 0


class SheetBiff:
    """The sheets of an XLS file; a file that is damaged or older tells nothing."""

    def __init__(self, data: bytes, file: str, limits: Limits) -> None:
        """Raises `UnreadableFileError` for a sheet of impossible size."""
        self._file, self._limits = file, limits
        self._stream, self._globals = b"", _Globals()
        try:
            self._stream = stream_of(data, _STREAMS)
            self._globals = self._read_globals()
        except (struct.error, IndexError, ValueError):
            self._stream = b""
        self.links = self._globals.links
        self._looks = [self._look(start) for start in self._globals.starts]

    @property
    def charts(self) -> frozenset[int]:
        """None: the cells' reader passes over them."""
        return frozenset()

    def look(self, place: int) -> Look:
        """What the sheet at the 0-based `place` says."""
        return self._looks[place] if place < len(self._looks) else Look()

    def _look(self, start: int) -> Look:
        rows = columns = 0
        errors: dict[int, list[int]] = {}
        percents: dict[int, list[int]] = {}
        merges: list[tuple[int, int, int, int]] = []
        hidden_rows: set[int] = set()
        hidden_columns: set[int] = set()
        try:
            for kind, body in self._records(start):
                if kind in _VALUES:
                    row, column = struct.unpack_from("<HH", body)
                    styles = list(_styles(kind, body))
                    rows, columns = max(rows, row + 1), max(columns, column + max(len(styles), 1))
                    if _failed(kind, body):
                        errors.setdefault(column, []).append(row)
                    for place, style in enumerate(styles, start=column):
                        if style in self._globals.percents:
                            percents.setdefault(place, []).append(row)
                elif kind == _MERGED:
                    merges.extend(_merges(body))
                elif kind == _ROW and struct.unpack_from("<H", body, 12)[0] & _HIDDEN_ROW:
                    hidden_rows.add(struct.unpack_from("<H", body)[0])
                elif kind == _COLUMNS and struct.unpack_from("<H", body, 8)[0] & 1:
                    first, last = struct.unpack_from("<HH", body)
                    hidden_columns.update(range(first, last + 1))
        except (struct.error, IndexError):
            return Look()
        check_extent(rows, columns, self._limits, self._file)
        hidden = frozenset(hidden_rows), frozenset(hidden_columns)
        return Look(rows or None, errors, percents, merges, *hidden, self._globals.from_1904)

    def _read_globals(self) -> _Globals:
        found = _Globals()
        version = struct.unpack_from("<H", self._stream, 4)[0]
        if version not in {_BIFF5, _BIFF8}:
            return found
        formats, styles = set(PERCENT_FORMATS), []
        for kind, body in self._records(0):
            if kind == _BOUND:
                found.starts.append(struct.unpack_from("<I", body)[0])
            elif kind == _DATE_1904:
                found.from_1904 = body[:2] == b"\x01\x00"
            elif kind == _FORMAT and is_percent(_text(body[2:], wide=version == _BIFF8)):
                formats.add(struct.unpack_from("<H", body)[0])
            elif kind == _STYLE:
                styles.append(struct.unpack_from("<HH", body)[1])
            elif kind == _BOOK:
                found.links += struct.unpack_from("<HH", body)[1] in _OTHER_FILE
        found.percents = frozenset(place for place, number in enumerate(styles) if number in formats)
        return found

    def _records(self, place: int) -> Iterator[tuple[int, bytes]]:
        """The records of one part of the stream, without those of charts inside it."""
        depth = 0
        while place + 4 <= len(self._stream):
            kind, size = struct.unpack_from("<HH", self._stream, place)
            depth += (kind == _BOF) - (kind == _EOF)
            if depth == 0:
                return
            if depth == 1:
                yield kind, self._stream[place + 4 : place + 4 + size]
            place += 4 + size


def _styles(kind: int, body: bytes) -> Iterator[int]:
    """The style of each number of a record, from its first column on."""
    if kind == _SEVERAL:
        for (style,) in struct.iter_unpack("<H4x", body[4:-2]):
            yield style
    elif kind in _NUMBERS and not (kind == _FORMULA and body[12:14] == _NO_NUMBER):
        yield struct.unpack_from("<H", body, 4)[0]


def _failed(kind: int, body: bytes) -> bool:
    if kind == _FAILED:
        return body[7] == 1
    return kind == _FORMULA and body[12:14] == _NO_NUMBER and body[6:7] == _ERROR_RESULT


def _merges(body: bytes) -> Iterator[tuple[int, int, int, int]]:
    yield from struct.iter_unpack("<HHHH", body[2 : 2 + 8 * struct.unpack_from("<H", body)[0]])


def _text(body: bytes, *, wide: bool) -> str:
    """A short text; `wide` since BIFF8, where a mark says whether its characters have one byte or two."""
    if not wide:
        return body[1 : 1 + body[0]].decode("latin-1")
    size, mark = struct.unpack_from("<HB", body)
    return body[3 : 3 + 2 * size].decode("utf-16-le") if mark & 1 else body[3 : 3 + size].decode("latin-1")
