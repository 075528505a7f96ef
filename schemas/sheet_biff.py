"""What the records of an XLS file (BIFF8 in a compound file) say: rows, errors, merged and hidden cells.

What belongs here: the compound file's chains of sectors and the few records that the second look needs
(Microsoft, [MS-CFB] and [MS-XLS]).
"""

import struct
from collections.abc import Iterator

from schemas.limits import Limits, check_extent
from schemas.second_look import Look

__all__ = ["SheetBiff"]

_END_OF_CHAIN = 0xFFFFFFFA  # and above: no sector
_ENTRY = 128
_SMALL = 4096  # streams below this size lie in the root's stream
_HEADER_SECTORS = 109
_BIFF8 = 0x0600
_BOF, _EOF, _BOUND, _DATE_1904 = 0x0809, 0x000A, 0x0085, 0x0022
_ROW, _COLUMNS, _MERGED, _FORMULA, _FAILED = 0x0208, 0x007D, 0x00E5, 0x0006, 0x0205
_VALUES = frozenset({_FORMULA, _FAILED, 0x0203, 0x00FD, 0x027E, 0x00BD, 0x0204, 0x00D6})
_HIDDEN_ROW = 0x20
_ERROR_RESULT = b"\x02"


class SheetBiff:
    """The sheets of an XLS file; a file that is damaged or older tells nothing."""

    def __init__(self, data: bytes, file: str, limits: Limits) -> None:
        """Raises `UnreadableFileError` for a sheet of impossible size."""
        try:
            self._stream = _workbook(data)
            self._starts, self._from_1904 = self._globals()
        except (struct.error, IndexError, ValueError):
            self._stream, self._starts, self._from_1904 = b"", [], False
        self._file, self._limits = file, limits
        self._looks = [self._look(start) for start in self._starts]

    def look(self, place: int) -> Look:
        """What the sheet at the 0-based `place` says."""
        return self._looks[place] if place < len(self._looks) else Look()

    def _look(self, start: int) -> Look:
        rows: list[int] = []
        right = 0
        errors: dict[int, list[int]] = {}
        merges: list[tuple[int, int, int, int]] = []
        hidden_rows: set[int] = set()
        hidden_columns: set[int] = set()
        try:
            for kind, body in self._records(start):
                if kind in _VALUES:
                    row, column = struct.unpack_from("<HH", body)
                    rows.append(row)
                    right = max(right, column + 1)
                    if _failed(kind, body):
                        errors.setdefault(column, []).append(row)
                elif kind == _MERGED:
                    found = struct.iter_unpack("<HHHH", body[2 : 2 + 8 * struct.unpack_from("<H", body)[0]])
                    merges.extend((first, last, left, right) for first, last, left, right in found)
                elif kind == _ROW and struct.unpack_from("<H", body, 12)[0] & _HIDDEN_ROW:
                    hidden_rows.add(struct.unpack_from("<H", body)[0])
                elif kind == _COLUMNS and struct.unpack_from("<H", body, 8)[0] & 1:
                    first, last = struct.unpack_from("<HH", body)
                    hidden_columns.update(range(first, last + 1))
        except struct.error:
            return Look()
        check_extent(max(rows, default=-1) + 1, right, self._limits, self._file)
        hidden = frozenset(hidden_rows), frozenset(hidden_columns)
        return Look(max(rows, default=0) + 1 if rows else None, errors, merges, *hidden, self._from_1904)

    def _globals(self) -> tuple[list[int], bool]:
        starts: list[int] = []
        from_1904 = False
        if struct.unpack_from("<H", self._stream, 4)[0] != _BIFF8:
            return starts, from_1904
        for kind, body in self._records(0):
            if kind == _BOUND:
                starts.append(struct.unpack_from("<I", body)[0])
            elif kind == _DATE_1904:
                from_1904 = body[:2] == b"\x01\x00"
        return starts, from_1904

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


def _failed(kind: int, body: bytes) -> bool:
    if kind == _FAILED:
        return body[7] == 1
    return kind == _FORMULA and body[12:14] == b"\xff\xff" and body[6:7] == _ERROR_RESULT


def _workbook(data: bytes) -> bytes:
    """The stream with the workbook, out of its sectors; empty when there is none."""
    size = 1 << struct.unpack_from("<H", data, 30)[0]
    small_size = 1 << struct.unpack_from("<H", data, 32)[0]
    first_directory, first_small_table = (struct.unpack_from("<I", data, at)[0] for at in (48, 60))
    tables = [each for each in struct.unpack_from(f"<{_HEADER_SECTORS}I", data, 76) if each < _END_OF_CHAIN]
    table = _numbers(b"".join(_sector(data, each, size) for each in tables))
    directory = b"".join(_sector(data, each, size) for each in _chain(table, first_directory))
    entries = {}
    for at in range(0, len(directory), _ENTRY):
        name = directory[at : at + max(struct.unpack_from("<H", directory, at + 64)[0] - 2, 0)].decode("utf-16-le")
        entries[name] = struct.unpack_from("<II", directory, at + 116)
    root_start, _ = entries.get("Root Entry", (_END_OF_CHAIN, 0))
    start, length = entries.get("Workbook", (_END_OF_CHAIN, 0))
    if length >= _SMALL:
        return b"".join(_sector(data, each, size) for each in _chain(table, start))[:length]
    small_table = _numbers(b"".join(_sector(data, each, size) for each in _chain(table, first_small_table)))
    small = b"".join(_sector(data, each, size) for each in _chain(table, root_start))
    parts = (small[each * small_size : (each + 1) * small_size] for each in _chain(small_table, start))
    return b"".join(parts)[:length]


def _sector(data: bytes, number: int, size: int) -> bytes:
    return data[(number + 1) * size : (number + 2) * size]


def _numbers(data: bytes) -> tuple[int, ...]:
    return struct.unpack_from(f"<{len(data) // 4}I", data)


def _chain(table: tuple[int, ...], start: int) -> Iterator[int]:
    """The sectors of a stream in order; raises `ValueError` for a chain that runs in a circle."""
    for _ in range(len(table) + 1):
        if start >= _END_OF_CHAIN:
            return
        yield start
        start = table[start]
    raise ValueError("the chain of sectors does not end")
