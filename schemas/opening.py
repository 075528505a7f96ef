"""Opening a delivered file where it lies, so that large ones are read in pieces.

What belongs here: which formats come in pieces (text and Parquet), and which are read at once.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from schemas.contract import Feed
from schemas.formats import HEAD, FileKind
from schemas.reading import checked_kind, read_file
from schemas.reading_csv import open_text
from schemas.reading_parquet import open_parquet
from schemas.sheets import RawSheet
from schemas.text_source import PIECE_BYTES

__all__ = ["PIECE_BYTES", "Opened", "open_file"]

_BYTES_A_ROW = 128  # of a table; a piece of Parquet then takes about the memory of a piece of text


@dataclass(frozen=True, slots=True)
class Opened:
    """A file whose header was found.

    `sheets(by_line=…)` goes through its sheets and their pieces, each time from the start; it raises
    `QuotesInDoubtError` when the quotes of a text cannot be trusted, unless `by_line` is set.
    """

    sheets: Callable[[bool], Iterator[RawSheet]]
    caveats: Mapping[str, int] = field(default_factory=dict)


def open_file(path: Path, file: str, feed: Feed, *, piece_bytes: int = PIECE_BYTES) -> Opened:
    """Open the file at `path`, delivered as `file`; raises a `DeliveryError` when it cannot be taken as a whole."""
    with path.open("rb") as stream:
        kind, caveats = checked_kind(stream.read(HEAD), file)
    if kind is FileKind.TEXT:
        text = open_text(path, file, feed, piece_bytes=piece_bytes)
        return Opened(lambda by_line: text.sheets(by_line=by_line), caveats)
    if kind is FileKind.PARQUET:
        table = open_parquet(path, file, feed, piece_rows=max(1, piece_bytes // _BYTES_A_ROW))
        return Opened(lambda _: table.sheets(), caveats)
    raw = read_file(path.read_bytes(), file, feed)
    return Opened(lambda _: iter(raw.sheets), raw.caveats)
