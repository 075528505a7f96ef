"""How large the sheets of an XLSB file are (Microsoft, [MS-XLSB]), told before they are read.

What belongs here: the rows and columns in which cells stand. What is in them the library reads; a sheet on which it
would run out of memory is refused.
"""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO

from schemas.errors import UnreadableFileError
from schemas.limits import Limits, check_extent

__all__ = ["check_binary_sheets"]

_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError, OSError, struct.error, IndexError)
_SHEET = re.compile(r"xl/worksheets/[^/]+\.bin")
_ROW = 0
_CELLS = range(1, 12)
_MOST_ROWS = 1 << 20
_SEVEN = 0x7F
_MORE = 0x80


def check_binary_sheets(data: bytes, limits: Limits, file: str) -> None:
    """Raise `UnreadableFileError` for a sheet that spans too many cells or names rows that no sheet has."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            for name in archive.namelist():
                if _SHEET.fullmatch(name):
                    rows, columns = _extent(archive.read(name))
                    if rows > _MOST_ROWS:
                        raise UnreadableFileError("the workbook is damaged; save it as XLSX", file=file)
                    check_extent(rows, columns, limits, file)
    except _DAMAGED:
        return  # the cells' reader says so


def _extent(part: bytes) -> tuple[int, int]:
    rows = columns = row = 0
    for kind, at in _records(part):
        if kind == _ROW:
            (row,) = struct.unpack_from("<I", part, at)
        elif kind in _CELLS:
            (column,) = struct.unpack_from("<I", part, at)
            rows, columns = max(rows, row + 1), max(columns, column + 1)
    return rows, columns


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
