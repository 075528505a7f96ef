"""How much a delivered file may cost: memory, time, cells, and what it unpacks to.

What belongs here: the limits as one value that can be handed to another process, and the checks of an
archive's own table of contents, of which workbooks and ZIP deliveries share one.
"""

import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from os import SEEK_END
from pathlib import Path
from typing import Self

from schemas.errors import UnreadableFileError
from schemas.told import Told

__all__ = ["Limits", "check_extent", "check_listing", "check_unpacked"]

_TOO_LARGE = "%(what)s解压后超过%(most)s MB；拆分后重报，或改报CSV或Parquet"
_TOO_DENSE = "%(what)s解压后超过自身大小的%(most)s倍，不像数据表；将表格复制到新文件后重报"
_MEGABYTE = 1 << 20
_LISTED = 1 << 12  # bytes that the listing of an archive may take for each of its files, most of them for the name
_TAIL = (1 << 16) + 22  # bytes in which an archive ends: the record that says where its listing is, and a comment
_END_RECORD = b"PK\x05\x06"
_LISTING_SIZE = slice(12, 16)  # within that record


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits for one file; `from_settings` gives those of the installation."""

    memory_mb: int
    seconds: int
    cells: int
    unpacked_mb: int
    ratio: int
    members: int

    @classmethod
    def from_settings(cls) -> Self:
        """The limits of this installation (`DOUDI_READING_...`)."""
        from schemas.settings import settings  # noqa: PLC0415

        chosen = settings()
        return cls(
            memory_mb=chosen.reading_memory_mb,
            seconds=chosen.reading_seconds,
            cells=chosen.reading_cells,
            unpacked_mb=chosen.reading_unpacked_mb,
            ratio=chosen.reading_ratio,
            members=chosen.reading_members,
        )


def check_extent(rows: int, columns: int, limits: Limits, file: str) -> None:
    """Refuse a sheet whose cells span a rectangle that no memory holds, as after a slip or damage."""
    if rows * max(columns, 1) > limits.cells:
        message = Told(
            "工作表的范围为%(rows)s行%(columns)s列，超过%(most)s个单元格；"
            "删除表格以外的单元格后重报，数据确实很多的，改报CSV或Parquet",
            rows=rows,
            columns=columns,
            most=limits.cells,
        )
        raise UnreadableFileError(message, file=file)


def check_listing(path: Path, limits: Limits, file: str) -> None:
    """Refuse an archive whose table of contents is too long to be read at all; damaged ones are not found out here."""
    with path.open("rb") as stream:
        stream.seek(-min(_TAIL, path.stat().st_size), SEEK_END)
        tail = stream.read()
    at = tail.find(_END_RECORD)
    while at >= 0:
        if int.from_bytes(tail[at:][_LISTING_SIZE], "little") > limits.members * _LISTED:
            message = Told("压缩包中的文件超过%(most)s个，或文件名过长；只打包数据文件后重报", most=limits.members)
            raise UnreadableFileError(message, file=file)
        at = tail.find(_END_RECORD, at + 1)


def check_unpacked(entries: Iterable[zipfile.ZipInfo], limits: Limits, file: str, what: str) -> None:
    """Refuse an archive whose table of contents promises more than the limits; `what` names it in the message.

    A high ratio alone is no harm: it counts from a sixteenth of the size limit on.
    """
    entries = list(entries)
    packed = sum(each.compress_size for each in entries)
    unpacked = sum(each.file_size for each in entries)
    if len(entries) > limits.members:
        message = Told(
            "%(what)s含%(number)s个部分，超过%(most)s个；只报送数据本身",
            what=what,
            number=len(entries),
            most=limits.members,
        )
        raise UnreadableFileError(message, file=file)
    if unpacked > limits.unpacked_mb * _MEGABYTE:
        message = Told(_TOO_LARGE, what=what, most=limits.unpacked_mb)
        raise UnreadableFileError(message, file=file)
    if unpacked > limits.unpacked_mb * _MEGABYTE // 16 and unpacked > limits.ratio * max(packed, 1):
        message = Told(_TOO_DENSE, what=what, most=limits.ratio)
        raise UnreadableFileError(message, file=file)
