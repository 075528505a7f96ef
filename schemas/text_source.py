r"""The text of a delivered file in pieces of whole records, so that memory does not grow with the file.

What belongs here: bytes in, pieces of UTF-8 with `\n` line ends out, and where a piece may end. The encoding is
proved in `schemas.encodings` on a sample; what stands in the records is read in `schemas.reading_csv`.
"""

import codecs
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import polars as pl

from schemas.encodings import BROKEN_SHARE, GB18030, HEAD_BYTES, MARKS, decode, not_as_marked
from schemas.errors import UnreadableFileError
from schemas.mixed_text import marked_lines

__all__ = ["PIECE_BYTES", "Piece", "QuotesInDoubtError", "TextSource", "count_byte"]

PIECE_BYTES = 1 << 24
_LONGEST_RECORD = 1 << 20  # an open quote is believed for this long, or for two pieces
_SAMPLE_HEAD = 1 << 20
_SAMPLE = 1 << 16
_ZERO = b"\0"
_REPLACEMENT = "\ufffd".encode()
_QUOTE = b'"'
_END = b"\n"
_STRETCH = 1 << 20  # bytes that are proved together; they stay in the processor's cache
_PLAIN = frozenset({"utf-8", GB18030})  # encodings in which one bad byte spoils one character


class QuotesInDoubtError(Exception):
    """The quotes of the text do not say where its records end; it has to be read again, a line a record."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Whole records as UTF-8; `broken` tells that some characters could not be read."""

    text: bytes
    broken: bool


class TextSource:
    """The text of one file, which can be gone through more than once."""

    def __init__(
        self, source: Path, file: str, recognised: Callable[[str], bool], *, piece_bytes: int = PIECE_BYTES
    ) -> None:
        """Prove the encoding; `recognised` says whether the head of a text shows the header.

        Raises `UnreadableFileError`.
        """
        self._source = source
        self._file = file
        self._piece_bytes = piece_bytes
        size = source.stat().st_size
        sample = self._sample(size)
        decoded = decode(sample, file, recognised)
        self._encoding = decoded.encoding
        self._mark = next((len(mark) for mark, _ in MARKS if sample.startswith(mark)), 0)
        self.head = decoded.data[:HEAD_BYTES].decode(errors="ignore")
        whole = size <= min(_SAMPLE_HEAD, piece_bytes)
        self._whole = Piece(decoded.data, decoded.broken) if whole else None

    def pieces(self, start: int, *, by_line: bool) -> Iterator[Piece]:
        """The text from its byte `start` on; a piece ends where a record ends or, `by_line`, at any line end.

        Raises `QuotesInDoubtError`, and `UnreadableFileError` when too many lines cannot be decoded.
        """
        if self._whole:
            yield Piece(self._whole.text[start:], self._whole.broken)
            return
        lines = damaged = first = 0
        lost = False
        for text in _records(_from(self._blocks(), start), self._piece_bytes, by_line=by_line):
            piece, whole = _checked(text)
            if self._encoding == GB18030 and (marked := marked_lines(piece.text)) != piece.text:
                piece = Piece(marked, broken=True)
            lost = lost or not whole or (piece.broken and self._encoding != "utf-8")
            if piece.broken:
                bad = [at for at, line in enumerate(piece.text.split(_END), start=1) if _REPLACEMENT in line]
                first = first or lines + bad[0]
                damaged += len(bad)
            lines += count_byte(piece.text, _END)
            yield piece
        if lost and damaged > (max(1, lines * BROKEN_SHARE) if self._encoding in _PLAIN else 0):
            message = not_as_marked(first, self._encoding)
            raise UnreadableFileError(message, file=self._file)

    def _sample(self, size: int) -> bytes:
        """All of a small file; of a large one its head and, where lines can be told by bytes, its middle and end."""
        with self._source.open("rb") as stream:
            head = stream.read(_SAMPLE_HEAD)
            if size <= _SAMPLE_HEAD:
                return head
            if _ZERO in head:
                return head[: _wide_end(head)]
            parts = [head[: max(head.rfind(_END), head.rfind(b"\r")) + 1] or head]
            for place in (size // 2, size - _SAMPLE):
                stream.seek(place)
                part = stream.read(_SAMPLE)
                parts.append(part[part.find(_END) + 1 : part.rfind(_END) + 1])
        return b"".join(parts)

    def _block(self, stream: BinaryIO) -> bytes:
        """The next bytes, up to the end of a line if it is near: then no record is put together from two blocks."""
        start = stream.tell()
        stream.seek(start + self._piece_bytes)
        size = self._piece_bytes + len(stream.readline(self._piece_bytes))
        stream.seek(start)
        return stream.read(size)

    def _blocks(self) -> Iterator[bytes]:
        """The whole text as UTF-8, blocks cut anywhere."""
        decoder = None if self._encoding == "utf-8" else codecs.getincrementaldecoder(self._encoding)("replace")
        held = b""
        with self._source.open("rb") as stream:
            stream.seek(self._mark)
            while block := self._block(stream):
                text = held + (decoder.decode(block).encode() if decoder else block)
                held = b"\r" if text.endswith(b"\r") else b""
                yield _unix(text.removesuffix(held))
        yield _unix(held + (decoder.decode(b"", final=True).encode() if decoder else b""))


def count_byte(text: bytes | memoryview, byte: bytes) -> int:
    """How often `byte` stands in `text`: a third of the time of `bytes.count`, and other threads run meanwhile."""
    signs = np.frombuffer(text, dtype=np.uint8)
    parts = (signs[start : start + _STRETCH] for start in range(0, len(signs), _STRETCH))
    return sum(int(np.count_nonzero(part == byte[0])) for part in parts)


def _wide_end(head: bytes) -> int:
    """Where the last line of a UTF-16 text ends, so that no pair of surrogates is parted."""
    end = len(head)
    while end > 0 and not head.startswith(codecs.BOM_UTF32_LE):
        end = max(head.rfind(b"\n\0", 0, end), head.rfind(b"\0\n", 0, end))
        if end % 2 == 0:
            return end + 2
    return len(head)


def _unix(text: bytes) -> bytes:
    return text.replace(b"\r\n", _END).replace(b"\r", _END) if b"\r" in text else text


def _from(blocks: Iterator[bytes], start: int) -> Iterator[bytes]:
    for block in blocks:
        yield block[start:] if start else block
        start = max(0, start - len(block))


def _records(blocks: Iterator[bytes], size: int, *, by_line: bool) -> Iterator[bytes]:
    rest = b""
    for block in blocks:
        text = rest + block if rest else block
        end = _last_end(text, by_line=by_line)
        if end:
            yield text if end == len(text) else text[:end]
        rest = text[end:]
        if not by_line and len(rest) > max(2 * size, _LONGEST_RECORD):
            raise QuotesInDoubtError
    if rest:
        yield rest


def _last_end(text: bytes, *, by_line: bool) -> int:
    """Where the last line ends that has an even number of quotes before its end; 0 when there is none."""
    end = text.rfind(_END) + 1
    if by_line:
        return end
    odd = count_byte(memoryview(text)[:end], _QUOTE) % 2
    while odd and end:
        before = text.rfind(_END, 0, text.rfind(_QUOTE, 0, end)) + 1
        odd ^= text.count(_QUOTE, before, end) % 2
        end = before
    return end


def _checked(text: bytes) -> tuple[Piece, bool]:
    """The text with unreadable characters replaced, and whether there were none of them."""
    try:
        broken = [_broken(part) for part in _stretches(text)]
    except pl.exceptions.PolarsError:
        return Piece(text.decode(errors="replace").encode().replace(_ZERO, _REPLACEMENT), broken=True), False
    if _ZERO in text:
        return Piece(text.replace(_ZERO, _REPLACEMENT), broken=True), False
    return Piece(text, any(broken)), True


def _broken(text: bytes) -> bool:
    """Whether there is a replacement character; raises `PolarsError` when the text is not UTF-8."""
    return bool(pl.Series([text]).cast(pl.String).str.contains("\ufffd", literal=True).item())


def _stretches(text: bytes) -> Iterator[bytes]:
    """The text in parts that end with lines."""
    start = 0
    while start < len(text):
        end = text.find(_END, start + _STRETCH) + 1 or len(text)
        yield text[start:end]
        start = end
