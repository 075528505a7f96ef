"""Reading delivered Parquet files by a contract.

What belongs here: Chinese headings or the contract's own names, units, and pieces of rows, so that memory does not
grow with the file.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from schemas.contract import Feed
from schemas.errors import HeaderNotFoundError, UnreadableFileError
from schemas.headers import COLUMNS_ADVICE, Header, find_header
from schemas.sheets import NUMERIC, RawSheet, place_name
from schemas.told import Told

__all__ = ["PIECE_ROWS", "ParquetFile", "open_parquet"]

PIECE_ROWS = 1 << 19
_ERRORS = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError)
_ADVICE = Told("Parquet文件已损坏，或含嵌套列；重新导出后重报")


@dataclass(frozen=True, slots=True)
class ParquetFile:
    """A Parquet file whose header was found; its rows are numbered from 1."""

    source: Path
    file: str
    header: Header
    records: int
    piece_rows: int

    def sheets(self) -> Iterator[RawSheet]:
        """Its one sheet, in pieces; raises `UnreadableFileError`."""
        for before in range(0, max(self.records, 1), self.piece_rows):
            try:
                frame = _scan(self.source).slice(before, self.piece_rows).collect()
                text = frame.select(pl.all().cast(pl.String))
            except _ERRORS:
                raise UnreadableFileError(_ADVICE, file=self.file) from None
            marks = [
                pl.repeat(dtype.is_float(), frame.height, eager=True).alias(f"{NUMERIC}{place_name(place)}")
                for place, dtype in enumerate(frame.dtypes)
                if dtype.is_float()
            ]
            text = text.rename({name: place_name(place) for place, name in enumerate(text.columns)})
            records = min(self.piece_rows, self.records - before)
            yield RawSheet("", self.header, text.with_columns(marks), text.clear(), records, before)


def open_parquet(source: Path, file: str, feed: Feed, *, piece_rows: int = PIECE_ROWS) -> ParquetFile:
    """Find the header; raises `UnreadableFileError` or `HeaderNotFoundError`.

    A money column under the contract's own name (`…_fen`) is in fen already.
    """
    try:
        names = _scan(source).collect_schema().names()
        records = int(_scan(source).select(pl.len()).collect().item())
    except _ERRORS:
        raise UnreadableFileError(_ADVICE, file=file) from None
    titles = {each.name: each.title for each in feed.columns}
    search = find_header([[titles.get(name, name) for name in names]], feed)
    if search.header is None:
        message = Told("文件缺少列%(missing)s；%(advice)s", missing="、".join(search.missing), advice=COLUMNS_ADVICE)
        raise HeaderNotFoundError(message, file=file, missing=search.missing)
    in_fen = {name: 1 for name in search.header.factors if names[search.header.places[name]] == name}
    header = replace(search.header, first=0, last=0, factors=dict(search.header.factors) | in_fen)
    return ParquetFile(source, file, header, records, piece_rows)


def _scan(source: Path) -> pl.LazyFrame:
    return pl.scan_parquet(source, glob=False)
