"""Opening a delivered file where it lies, whatever format it is in.

What belongs here: the choice of reader by what the bytes are, not by what the name says. Text and Parquet come in
pieces, the files of an archive one after the other; a workbook is read at once, within its limits.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path, PurePath

from schemas.contract import Feed
from schemas.errors import UnreadableFileError
from schemas.formats import FORMATS, HEAD, FileKind, kind_of
from schemas.reading_csv import open_text
from schemas.reading_parquet import open_parquet
from schemas.reading_zip import open_zip
from schemas.sandbox import read_apart
from schemas.sheets import Opened, RawSheet
from schemas.text_source import PIECE_BYTES
from schemas.told import Told

__all__ = ["PIECE_BYTES", "Opened", "open_file"]

_BYTES_A_ROW = 128  # of a table; a piece of Parquet then takes about the memory of a piece of text
_DAMAGED = {"parquet": "Parquet文件", "zip": "压缩包"}


def open_file(path: Path, file: str, feed: Feed, *, piece_bytes: int = PIECE_BYTES) -> Opened:
    """Open the file at `path`, delivered as `file`; raises a `DeliveryError` when it cannot be taken as a whole."""
    with path.open("rb") as stream:
        kind, caveats = _checked_kind(stream.read(HEAD), file)
    if kind is FileKind.TEXT:
        text = open_text(path, file, feed, piece_bytes=piece_bytes)
        return Opened(lambda by_line: text.sheets(by_line=by_line), caveats)
    if kind is FileKind.PARQUET:
        table = open_parquet(path, file, feed, piece_rows=max(1, piece_bytes // _BYTES_A_ROW))
        return Opened(lambda _: table.sheets(), caveats)
    if kind is FileKind.ARCHIVE:
        archive = open_zip(path, file, feed, partial(open_file, piece_bytes=piece_bytes))
        return Opened(archive.sheets, {**archive.caveats, **caveats})
    book = read_apart(path, file, feed)

    def sheets(_: bool) -> Iterator[RawSheet]:  # noqa: FBT001 - a workbook has no lines
        return iter(book.sheets)

    return Opened(sheets, {**book.caveats, **caveats})


def _checked_kind(head: bytes, file: str) -> tuple[FileKind, dict[str, int]]:
    """The reader for a file with these first bytes, and caveats; raises `UnreadableFileError` when there is none."""
    if not head:
        raise UnreadableFileError("文件是空的（0字节）；重新导出后重报", file=file)
    extension = PurePath(file).suffix.lower().lstrip(".")
    expected = FORMATS.get(extension)
    kind = kind_of(head, extension)
    if kind is FileKind.WEB_PAGE:
        raise UnreadableFileError("文件实际是网页，只是改了扩展名；用表格软件打开并另存为XLSX后重报", file=file)
    if kind is FileKind.TEXT and expected is not FileKind.TEXT and extension != "xls":  # text under .xls is common
        what = _DAMAGED.get(extension, "工作簿")
        raise UnreadableFileError(Told("%(what)s已损坏或不完整；重新导出后重报", what=what), file=file)
    return kind, {} if kind is expected else {"extension_differs": 1}
