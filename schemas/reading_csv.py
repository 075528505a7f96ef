"""Reading delivered text files (CSV, tab- or semicolon-separated) by a contract.

What belongs here: separators, records, ragged and badly quoted lines. Encodings are proved in
`schemas.encodings`; what cells mean is read in `schemas.values`.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from unicodedata import normalize

import numpy as np
import polars as pl

from schemas.contract import Feed
from schemas.errors import HeaderNotFoundError, UnreadableFileError
from schemas.headers import COLUMNS_ADVICE, HEAD_ROWS, Header, Search, find_header
from schemas.sheets import GARBLED, SHORT, SURPLUS, RawSheet, place_name
from schemas.text_source import PIECE_BYTES, QuotesInDoubtError, TextSource, count_byte
from schemas.told import Told

__all__ = ["TextFile", "count_records", "open_text"]

_SEPARATORS = (",", "\t", ";", "|")
_SPARE = 8  # columns kept ready for surplus cells
_FEW_SEPARATORS = 3  # an address may hold some
_BETWEEN = "\t"  # surplus cells as one text
_STRETCH = 1 << 20  # bytes whose quotes are looked at together
_END = b"\n"
_QUOTE = b'"'
_QUOTED = re.compile(rb'"[^"]*"')
_DECLARED = re.compile(r"\s*\"?sep=([\t -/:-@^|~])\"?[\t,;|]*\r?(?:\n|$)", re.IGNORECASE)  # as spreadsheets write it
_NUMBER = re.compile(r"[0-9]{14}[0-9Xx]")  # of identity; no heading has one
_REPLACEMENT = "\ufffd"


def open_text(source: Path, file: str, feed: Feed, *, piece_bytes: int = PIECE_BYTES) -> "TextFile":
    """Find encoding, separator and header; raises `UnreadableFileError` or `HeaderNotFoundError`."""
    text = TextSource(source, file, lambda head: _search(head, feed)[1].header is not None, piece_bytes=piece_bytes)
    separator, search = _search(text.head, feed)
    if search.header is None:
        raise HeaderNotFoundError(
            Told("表头缺少%(missing)s；%(advice)s", missing="、".join(search.missing), advice=COLUMNS_ADVICE),
            file=file,
            missing=search.missing,
        )
    if _has_number(text.head, separator, search.header):
        message = "表头行中有身份证号码，表头与数据连成了一行；让表头单独成行后重报"
        raise UnreadableFileError(message, file=file)
    return TextFile(text, separator, search.header)


@dataclass(frozen=True, slots=True)
class TextFile:
    """A text file whose header was found."""

    text: TextSource
    separator: str
    header: Header

    def sheets(self, *, by_line: bool) -> Iterator[RawSheet]:
        """Its one sheet, in pieces.

        Raises `QuotesInDoubtError` when quotes cannot be trusted: then a line is a record (`by_line`).
        """
        above, lines = _above(self.text.head, self.separator, self.header)
        start = _offset(self.text.head, lines)
        before = 0
        for piece in self.text.pieces(start, by_line=by_line):
            if piece.text or not before:
                frame, records = self._records(piece.text, by_line=by_line)
                if piece.broken:
                    frame = frame.with_columns(_garbled())
                yield RawSheet("", self.header, frame, above if before == 0 else above.clear(), records, before)
                before += records

    def _records(self, body: bytes, *, by_line: bool) -> tuple[pl.DataFrame, int]:
        """The records of `body` and their independent number.

        Well-formed text takes the fast way. When that stumbles or counts other records than the line ends
        outside quotes, Python's strict reader is asked; when that does too, quotes cannot be trusted.
        """
        lines = count_byte(body, _END) + bool(body and not body.endswith(_END))
        if by_line:
            return _marked(*_by_line(body, self.separator), self.header), lines
        frame = _fast(body, self.separator, self.header)
        if frame is not None and frame.height == lines:  # no line end within quotes
            return frame, lines
        records = count_records(body)
        if frame is not None and frame.height == records:
            return _with_swallowed(frame, self.separator, self.header.width), records
        rows = _careful(body, self.separator)
        if rows is None or len(rows) != records:
            raise QuotesInDoubtError
        frame = _marked(rows, [False] * len(rows), self.header)
        return _with_swallowed(frame, self.separator, self.header.width), records


def count_records(body: bytes) -> int:
    """Number of records: line ends outside quotes, plus a last line without one."""
    if not body:
        return 0
    marks = np.frombuffer(body, dtype=np.uint8)
    ends = quotes = 0
    for start in range(0, len(marks), _STRETCH):
        part = marks[start : start + _STRETCH]
        opened = np.flatnonzero(part == _QUOTE[0])
        lines = np.flatnonzero(part == _END[0])
        ends += int(((np.searchsorted(opened, lines) + quotes) % 2 == 0).sum())
        quotes += len(opened)
    return ends + (not body.endswith(_END))


def _garbled() -> pl.Expr:
    cells = pl.col(pl.String).str.contains(_REPLACEMENT, literal=True).fill_null(value=False)
    return pl.any_horizontal(cells).alias(GARBLED)


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


def _has_number(head: str, separator: str, header: Header) -> bool:
    """Whether a row stands behind the header in the same line, whose end was lost: it would be lost as well."""
    rows = _head_rows(head, separator)
    return any(_NUMBER.search(normalize("NFKC", cell)) for row in rows[header.first - 1 : header.last] for cell in row)


def _above(head: str, separator: str, header: Header) -> tuple[pl.DataFrame, int]:
    """The records above the header, and the number of lines up to the header's end."""
    rows = list(_head_records(head, separator))
    width = max(header.width, *(len(row) for row, _ in rows))
    return _frame([row for row, _ in rows[: header.first - 1]], width), rows[header.last - 1][1]


def _offset(head: str, lines: int) -> int:
    """How many bytes of UTF-8 the first lines take."""
    position = 0
    for _ in range(lines):
        position = head.find("\n", position) + 1
        if position == 0:
            return len(head.encode())
    return len(head[:position].encode())


def _fast(body: bytes, separator: str, header: Header) -> pl.DataFrame | None:
    """The records as Polars reads them, None when it cannot, or when it hides where lines end too early."""
    width = header.width
    names = [place_name(place) for place in range(width)]
    if not body:
        return _frame([], width)
    frame: pl.DataFrame | None
    try:
        frame = _polars(body, separator, names)
    except pl.exceptions.PolarsError:
        frame = _with_surplus(body, separator, names)
    return None if frame is None else _with_short(frame, body, separator, header.reach)


def _polars(body: bytes, separator: str, names: Sequence[str]) -> pl.DataFrame:
    schema = dict.fromkeys(names, pl.String())
    return pl.read_csv(body, has_header=False, schema=schema, separator=separator, missing_columns="insert")


def _with_surplus(body: bytes, separator: str, names: Sequence[str]) -> pl.DataFrame | None:
    """Read with room for more cells than there are headings, and mark the rows that fill it."""
    spare = [f"spare{place}" for place in range(_SPARE)]
    try:
        frame = _polars(body, separator, [*names, *spare])
    except pl.exceptions.PolarsError:
        return None
    used = [each for each in spare if frame[each].null_count() < frame.height]
    cells = [pl.when(each != "").then(each) for each in (pl.col(name).str.strip_chars() for name in used)]
    text = pl.concat_str(*cells, separator=_BETWEEN, ignore_nulls=True) if used else pl.lit("")
    surplus = pl.when(text != "").then(text).alias(SURPLUS)
    return frame.with_columns(surplus).drop(spare)


def _with_short(frame: pl.DataFrame, body: bytes, separator: str, reach: int) -> pl.DataFrame | None:
    """Mark the lines that end too early; the fast reader shows the cells that they lack as empty ones.

    None when lines and records cannot be matched, for quotes that the fast reader takes for text.
    """
    if reach < 2 or not frame[place_name(reach - 1)].null_count():  # noqa: PLR2004 - one cell cannot be short
        return frame
    quoted = _QUOTE in body
    if not (quoted or SURPLUS in frame.columns) and body.count(separator.encode()) == frame.height * (frame.width - 1):
        return frame
    bare = _QUOTED.sub(b"", body) if quoted else body
    lines = pl.Series([bare.removesuffix(_END)]).cast(pl.String).str.split("\n").explode()
    if lines.len() != frame.height:
        return None
    cells = lines.str.count_matches(separator, literal=True) + 1
    return frame.with_columns(pl.select(pl.when(cells < reach).then(cells)).to_series().alias(SHORT))


def _with_swallowed(frame: pl.DataFrame, separator: str, width: int) -> pl.DataFrame:
    """Mark the records in which a cell holds a line end and about a row's worth of separators.

    A stray quote that another one closes makes one record of two rows, and it may have just as many cells as one.
    """
    cells = [pl.col(place_name(place)) for place in range(width)]
    row_inside = (
        each.str.contains("\n", literal=True)
        & (each.str.count_matches(separator, literal=True) >= max(_FEW_SEPARATORS, width - 2))
        for each in cells
    )
    swallowed = frame.select(pl.any_horizontal(*row_inside).fill_null(value=False)).to_series()
    if not swallowed.any():
        return frame
    known = pl.col(SURPLUS) if SURPLUS in frame.columns else pl.lit(None, pl.String)
    return frame.with_columns(pl.coalesce(known, pl.when(swallowed).then(pl.lit(""))).alias(SURPLUS))


def _careful(body: bytes, separator: str) -> list[list[str]] | None:
    try:
        return list(csv.reader(io.StringIO(body.decode(), newline="\n"), delimiter=separator, strict=True))
    except csv.Error:
        return None


def _by_line(body: bytes, separator: str) -> tuple[list[list[str]], list[bool]]:
    """Every line as one record, and whether its quotes leave doubt about its cells."""
    rows: list[list[str]] = []
    unsure: list[bool] = []
    for line in body.decode().removesuffix("\n").split("\n") if body else ():
        cells = _cells(line, separator) if '"' in line else line.split(separator)
        rows.append(line.split(separator) if cells is None else cells)
        unsure.append(cells is None)
    return rows, unsure


def _cells(line: str, separator: str) -> list[str] | None:
    try:
        return next(csv.reader([line], delimiter=separator, strict=True), [])
    except csv.Error:
        return None


def _marked(rows: Sequence[Sequence[str]], unsure: Sequence[bool], header: Header) -> pl.DataFrame:
    beyond = [_BETWEEN.join(filter(None, (cell.strip() for cell in row[header.width :]))) for row in rows]
    surplus = [text if doubt or text else None for text, doubt in zip(beyond, unsure, strict=True)]
    short = [len(row) if len(row) < header.reach else None for row in rows]
    marks = (pl.Series(SURPLUS, surplus, dtype=pl.String), pl.Series(SHORT, short, dtype=pl.UInt32))
    return _frame(rows, header.width).with_columns(marks)


def _frame(rows: Sequence[Sequence[str]], width: int) -> pl.DataFrame:
    columns = {place_name(place): [row[place] if place < len(row) else None for row in rows] for place in range(width)}
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
