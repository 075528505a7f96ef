"""The formats in which departments may deliver: the one list that landing, readers, commands and pages share.

What belongs here: extensions, how a format is told by its first bytes, and nothing that reads one.
"""

from collections.abc import Mapping
from enum import StrEnum

__all__ = ["FORMATS", "HEAD", "OFFERED", "FileKind", "kind_of"]


class FileKind(StrEnum):
    """Which reader a file needs."""

    TEXT = "text"
    WORKBOOK = "workbook"
    PARQUET = "parquet"
    ARCHIVE = "archive"
    WEB_PAGE = "web_page"  # tables that web systems export under an .xls name


FORMATS: Mapping[str, FileKind] = {
    "csv": FileKind.TEXT,
    "tsv": FileKind.TEXT,
    "txt": FileKind.TEXT,
    "xlsx": FileKind.WORKBOOK,
    "xlsm": FileKind.WORKBOOK,
    "xlsb": FileKind.WORKBOOK,
    "xls": FileKind.WORKBOOK,
    "ods": FileKind.WORKBOOK,
    "parquet": FileKind.PARQUET,
    "zip": FileKind.ARCHIVE,
}
"""Extension → reader, in the order in which they are offered."""

OFFERED = "、".join(FORMATS)

HEAD = 4096
"""How many bytes `kind_of` looks at."""

_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PARQUET = b"PAR1"
_BLANK = b"\xef\xbb\xbf \r\n\t"
_MARKUP = (b"<html", b"<!doctype html", b"<?xml", b"<table")
_PARTS = (
    b"[Content_Types].xml",
    b"_rels/.rels",
    b"xl/",
    b"docProps/",
    b"mimetype",
    b"META-INF/",
    b"content.xml",
    b"Configurations2/",
)
_LOCAL_NAME = 30  # bytes of a ZIP entry before its name


def kind_of(head: bytes, extension: str) -> FileKind:
    """What the first bytes of a file say it is; `extension` decides only between workbook and archive in doubt."""
    if head.startswith(_ZIP):
        if head[_LOCAL_NAME:].startswith(_PARTS):
            return FileKind.WORKBOOK
        return FileKind.WORKBOOK if FORMATS.get(extension) is FileKind.WORKBOOK else FileKind.ARCHIVE
    if head.startswith(_OLE):
        return FileKind.WORKBOOK
    if head.startswith(_PARQUET):
        return FileKind.PARQUET
    if head[:512].lstrip(_BLANK).lower().startswith(_MARKUP):
        return FileKind.WEB_PAGE
    return FileKind.TEXT
