"""Opening a delivered file by its contract, whatever format it is in.

What belongs here: the choice of reader by what the bytes are, not by what the name says. Large files are opened where
they lie by `schemas.opening`.
"""

from collections.abc import Callable, Mapping
from pathlib import PurePath

from schemas.contract import Feed
from schemas.errors import UnreadableFileError
from schemas.formats import FORMATS, HEAD, FileKind, kind_of
from schemas.reading_csv import read_csv
from schemas.reading_parquet import open_parquet
from schemas.reading_zip import read_zip
from schemas.sandbox import read_apart
from schemas.sheets import RawFile

__all__ = ["checked_kind", "read_file"]

_DAMAGED = {"parquet": "the file", "zip": "the archive"}


def read_file(data: bytes, file: str, feed: Feed) -> RawFile:
    """Open the bytes of a delivered file; raises a `DeliveryError` when it cannot be taken as a whole."""
    kind, caveats = checked_kind(data[:HEAD], file)
    raw = _READERS[kind](data, file, feed)
    return RawFile(raw.sheets, {**raw.caveats, **caveats})


def checked_kind(head: bytes, file: str) -> tuple[FileKind, dict[str, int]]:
    """The reader for a file with these first bytes, and caveats; raises `UnreadableFileError` when there is none."""
    if not head:
        raise UnreadableFileError("the file is empty (0 bytes); deliver it again", file=file)
    extension = PurePath(file).suffix.lower().lstrip(".")
    expected = FORMATS.get(extension)
    kind = kind_of(head, extension)
    if kind is FileKind.WEB_PAGE:
        raise UnreadableFileError(
            "it is a web page with another extension; save it as XLSX and deliver it again", file=file
        )
    if kind is FileKind.TEXT and expected is not FileKind.TEXT and extension != "xls":  # text under .xls is common
        what = _DAMAGED.get(extension, "the workbook")
        raise UnreadableFileError(f"{what} is damaged or incomplete; deliver it again", file=file)
    return kind, {} if kind is expected else {"extension_differs": 1}


def _read_parquet(data: bytes, file: str, feed: Feed) -> RawFile:
    return RawFile(tuple(open_parquet(data, file, feed).sheets()))


def _read_zip(data: bytes, file: str, feed: Feed) -> RawFile:
    return read_zip(data, file, feed, read_file)


_READERS: Mapping[FileKind, Callable[[bytes, str, Feed], RawFile]] = {
    FileKind.TEXT: read_csv,
    FileKind.WORKBOOK: read_apart,
    FileKind.PARQUET: _read_parquet,
    FileKind.ARCHIVE: _read_zip,
}
