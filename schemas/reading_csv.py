"""Reading delivered text files (CSV, tab- or semicolon-separated) by a contract.

What belongs here: separators, records, ragged and badly quoted lines. Encodings are proved in
`schemas.encodings`; what cells mean is read in `schemas.values`.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence

import polars as pl

from schemas.contract import Feed
from schemas.encodings import HEAD_BYTES, decode
from schemas.errors import HeaderNotFoundError
from schemas.headers import HEAD_ROWS, Header, Search, find_header
from schemas.sheets import GARBLED, SHORT, SURPLUS, RawFile, RawSheet, place_name

__all__ = ["count_records", "read_csv"]

_SEPARATORS = (",", "\t", ";", "|")
_SPARE = 8  # columns kept ready for surplus cells
_QUOTE = b'"'
_QUOTED = re.compile(rb'"[^"]*"')
_DECLARED = re.compile(r"\s*\"?sep=([\t -/:-@^|~])\"?[\t,;|]*\r?(?:\n|$)", re.IGNORECASE)  # as spreadsheets write it
_REPLACEMENT = "\ufffd"


def read_csv(data: bytes, file: str, feed: Feed) -> RawFile:
    """Read the bytes of a text file; raises `UnreadableFileError` or `HeaderNotFoundError`."""
    decoded = decode(data, file, lambda head: _search(head, feed)[1].header is not None)
    text = decoded.data
    head = text[:HEAD_BYTES].decode(errors="ignore")
    separator, search = _search(head, feed)
    if search.header is None:
        raise HeaderNotFoundError(f"the header lacks {'、'.join(search.missing)}", file=file, missing=search.missing)
    above, start = _above(head, separator, search.header)
    body = text[_offset(text, start) :]
    frame, records = _records(body, separator, search.header)
    if decoded.broken:
        garbled = pl.any_horizontal(pl.col(pl.String).str.contains(_REPLACEMENT, literal=True).fill_null(value=False))
        frame = frame.with_columns(garbled.alias(GARBLED))
    return RawFile((RawSheet("", search.header, frame, above, records),))


def count_records(body: bytes) -> int:
    """Number of records: line ends outside quotes, plus a last line without one."""
    if not body:
        return 0
    ends = sum(part.count(b"\n") for part in body.split(_QUOTE)[::2])
    return ends + (not body.endswith(b"\n"))


def _search(head: str, feed: Feed) -> tuple[str, Search]:
    """The separator under which most of the header is recognised."""
    best: tuple[str, Search] | None = None
    declared = _DECLARED.match(head)
    for separator in (*declared.groups(), *_SEPARATORS) if declared else _SEPARATORS:
        search = find_header(_head_rows(head, separator), feed)
        if search.header:
            return separator, search
        if best is None or search.recognised > best[1].recognised:
            best = separator, search
    return best or (_SEPARATORS[0], find_header([], feed))


def _head_rows(head: str, separator: str) -> list[list[str]]:
    return [row for row, _ in _head_records(head, separator)]


def _head_records(head: str, separator: str) -> Iterable[tuple[list[str], int]]:
    """The first records with the number of lines up to the end of each."""
    reader = csv.reader(io.StringIO(head.replace("\r\n", "\n").replace("\r", "\n")), delimiter=separator)
    try:
        for row in reader:
            yield row, reader.line_num
            if reader.line_num >= HEAD_ROWS:
                return
    except csv.Error:
        return


def _above(head: str, separator: str, header: Header) -> tuple[pl.DataFrame, int]:
    """The records above the header, and the number of lines up to the header's end."""
    rows = list(_head_records(head, separator))
    width = max(header.width, *(len(row) for row, _ in rows))
    return _frame([row for row, _ in rows[: header.first - 1]], width), rows[header.last - 1][1]


def _offset(text: bytes, lines: int) -> int:
    position = 0
    for _ in range(lines):
        position = text.find(b"\n", position) + 1
        if position == 0:
            return len(text)
    return position


def _records(body: bytes, separator: str, header: Header) -> tuple[pl.DataFrame, int]:
    """The records below the header and their independent number.

    Well-formed text takes the fast way. When that stumbles or counts other records than the quotes say,
    Python's strict reader is asked; when that does too, quotes cannot be trusted: a line is a record.
    """
    records = count_records(body)
    frame = _fast(body, separator, header.width)
    if frame is not None and frame.height == records:
        return _with_short(frame, body, separator, header.reach), records
    rows = _careful(body, separator)
    if rows is not None and len(rows) == records:
        return _marked(rows, [False] * len(rows), header), records
    rows, unsure = _by_line(body, separator)
    return _marked(rows, unsure, header), body.count(b"\n") + (not body.endswith(b"\n"))


def _fast(body: bytes, separator: str, width: int) -> pl.DataFrame | None:
    if not body:
        return _frame([], width).with_columns(pl.lit(value=False).alias(SURPLUS))
    names = [place_name(place) for place in range(width)]
    spare = [f"spare{place}" for place in range(_SPARE)]
    header = separator.join([*names, *spare]).encode() + b"\n"
    try:
        frame = pl.read_csv(header + body, separator=separator, infer_schema=False)
    except pl.exceptions.PolarsError:
        return None
    surplus = pl.any_horizontal(pl.col(each).str.strip_chars().fill_null("") != "" for each in spare)
    return frame.with_columns(surplus.alias(SURPLUS)).drop(spare)


def _with_short(frame: pl.DataFrame, body: bytes, separator: str, reach: int) -> pl.DataFrame:
    """Mark the lines that end too early; the fast reader shows the cells that they lack as empty ones."""
    if reach < 2 or not frame[place_name(reach - 1)].null_count():  # noqa: PLR2004 - one cell cannot be short
        return frame
    bare = _QUOTED.sub(b"", body).decode(errors="replace")
    lines = pl.Series(bare.removesuffix("\n").split("\n"), dtype=pl.String)
    if lines.len() != frame.height:  # quotes that the fast reader takes for text
        return frame
    return frame.with_columns((lines.str.count_matches(separator, literal=True) < reach - 1).alias(SHORT))


def _careful(body: bytes, separator: str) -> list[list[str]] | None:
    try:
        return list(csv.reader(io.StringIO(body.decode(), newline="\n"), delimiter=separator, strict=True))
    except csv.Error:
        return None


def _by_line(body: bytes, separator: str) -> tuple[list[list[str]], list[bool]]:
    """Every line as one record, and whether its quotes leave doubt about its cells."""
    rows: list[list[str]] = []
    unsure: list[bool] = []
    for line in body.decode().removesuffix("\n").split("\n"):
        try:
            cells = next(csv.reader([line], delimiter=separator, strict=True), [])
            doubt = False
        except csv.Error:
            cells = line.split(separator)
            doubt = True
        rows.append(cells)
        unsure.append(doubt)
    return rows, unsure


def _marked(rows: Sequence[Sequence[str]], unsure: Sequence[bool], header: Header) -> pl.DataFrame:
    surplus = [
        doubt or any(cell.strip() for cell in row[header.width :]) for row, doubt in zip(rows, unsure, strict=True)
    ]
    short = [len(row) < header.reach for row in rows]
    marks = (pl.Series(SURPLUS, surplus, dtype=pl.Boolean), pl.Series(SHORT, short, dtype=pl.Boolean))
    return _frame(rows, header.width).with_columns(marks)


def _frame(rows: Sequence[Sequence[str]], width: int) -> pl.DataFrame:
    columns = {place_name(place): [row[place] if place < len(row) else None for row in rows] for place in range(width)}
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
