"""Opening a delivered file by its contract, whatever format it is in.

What belongs here: the choice of reader by what the bytes are (not by what the name says), and Parquet.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from io import BytesIO
from pathlib import PurePath

import polars as pl

from schemas.contract import Feed
from schemas.errors import HeaderNotFoundError, UnreadableFileError
from schemas.headers import find_header
from schemas.reading_csv import read_csv
from schemas.reading_sheet import read_workbook
from schemas.sheets import NUMERIC, RawFile, RawSheet, place_name

__all__ = ["FORMATS", "read_file"]

FORMATS = ("csv", "xlsx", "xls", "parquet")
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PARQUET = b"PAR1"


def read_file(data: bytes, file: str, feed: Feed) -> RawFile:
    """Open the bytes of a delivered file; raises a `DeliveryError` when it cannot be taken as a whole."""
    if not data:
        raise UnreadableFileError("the file is empty (0 bytes); deliver it again", file=file)
    extension = PurePath(file).suffix.lower().lstrip(".")
    kind = _kind(data)
    if kind == "html":
        raise UnreadableFileError(
            "it is a web page with another extension; save it as XLSX and deliver it again", file=file
        )
    if kind == "csv" and extension in {"xlsx", "parquet"}:
        message = "the workbook is damaged or incomplete; deliver it again"
        raise UnreadableFileError(message if extension == "xlsx" else message.replace("workbook", "file"), file=file)
    raw = _READERS[kind](data, file, feed)
    return raw if extension in _EXTENSIONS[kind] else RawFile(raw.sheets, {**raw.caveats, "extension_differs": 1})


def _kind(data: bytes) -> str:
    if data.startswith((_ZIP, _OLE)):
        return "sheet"
    if data.startswith(_PARQUET):
        return "parquet"
    if data[:512].lstrip(b"\xef\xbb\xbf \r\n\t").lower().startswith((b"<html", b"<!doctype html", b"<?xml", b"<table")):
        return "html"
    return "csv"


def _read_parquet(data: bytes, file: str, feed: Feed) -> RawFile:
    """Parquet with Chinese headings or the contract's own names; its rows are numbered from 1.

    A money column under the contract's own name (`…_fen`) is in fen already.
    """
    try:
        frame = pl.read_parquet(BytesIO(data))
        text = frame.select(pl.all().cast(pl.String))
        records = int(pl.scan_parquet(BytesIO(data)).select(pl.len()).collect().item())
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError):
        message = "the Parquet file is damaged or has nested columns; deliver it again"
        raise UnreadableFileError(message, file=file) from None
    titles = {each.name: each.title for each in feed.columns}
    search = find_header([[titles.get(name, name) for name in frame.columns]], feed)
    if search.header is None:
        message = f"the file lacks the columns {'、'.join(search.missing)}"
        raise HeaderNotFoundError(message, file=file, missing=search.missing)
    in_fen = {name: 1 for name in search.header.factors if frame.columns[search.header.places[name]] == name}
    factors = dict(search.header.factors) | in_fen
    header = replace(search.header, first=0, last=0, factors=factors)
    marks = [
        pl.Series(f"{NUMERIC}{place_name(place)}", [dtype.is_float()]).new_from_index(0, frame.height)
        for place, dtype in enumerate(frame.dtypes)
        if dtype.is_float()
    ]
    text = text.rename({name: place_name(place) for place, name in enumerate(text.columns)})
    return RawFile((RawSheet("", header, text.with_columns(marks), text.clear(), records),))


_READERS: Mapping[str, Callable[[bytes, str, Feed], RawFile]] = {
    "csv": read_csv,
    "sheet": read_workbook,
    "parquet": _read_parquet,
}
_EXTENSIONS: Mapping[str, frozenset[str]] = {
    "csv": frozenset({"csv", "txt"}),
    "sheet": frozenset({"xlsx", "xls"}),
    "parquet": frozenset({"parquet"}),
}
