r"""In which encoding a text file was written, proved before it is believed.

What belongs here: bytes in, UTF-8 bytes with `\n` line ends out. A file without a byte-order mark is
UTF-8, GB18030 or UTF-16; which of them is decided by whether its header is recognised and whether its
characters are those of ordinary Chinese. Anything else is refused, never guessed.
"""

import codecs
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from schemas.errors import UnreadableFileError
from schemas.mixed_text import marked_lines, mostly_utf_8
from schemas.told import Listed, Told

__all__ = ["ADVICE", "BROKEN_SHARE", "GB18030", "HEAD_BYTES", "MARKS", "Decoded", "decode", "not_as_marked"]

HEAD_BYTES = 1 << 16
_CHUNK = 1 << 22
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
GB18030 = "gb18030"
_CANDIDATES = ("utf-8", GB18030)
ADVICE = "另存为UTF-8或GB18030编码的CSV，或另存为XLSX后重报"
_ZERO = b"\0"
_REPLACEMENT = "\ufffd".encode()
_COMMON_SHARE = 0.6  # of the Chinese characters; ordinary text has more than nine in ten
BROKEN_SHARE = 0.01  # of the lines; with more of them the encoding itself is in doubt
_IDEOGRAPHS = re.compile(  # and whatever a wrong decoding puts beside them
    r"[\u3041-\u30FF\u3400-\uFEFE\U00010000-\U0010FFFF]"
)
_SAMPLE = 1 << 14
_SHIFTED = re.compile(rb"\x1b\$[()]?[@-C]|~\{[!-}]{2,}~\}")  # ISO 2022 and HZ write Chinese in seven bits


@dataclass(frozen=True, slots=True)
class Decoded:
    r"""Text as UTF-8 bytes with `\n` line ends; `broken` tells that some characters could not be read."""

    data: bytes
    encoding: str
    broken: bool


def decode(data: bytes, file: str, recognised: Callable[[str], bool]) -> Decoded:
    """Decode a delivered text; `recognised` says whether the head of a text shows the header.

    Raises `UnreadableFileError` when no encoding can be proved. Without a recognised header the most
    likely decoding is returned, so that the caller can say which headings are missing.
    """
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return _marked(data[len(mark) :], encoding, file)
    _refuse_shifted(data, file)
    if _ZERO in data[:HEAD_BYTES] and (decoded := _unmarked_utf_16(data, recognised)):
        return _proved(decoded, file)
    readable = [decoded for encoding in _CANDIDATES if (decoded := _strict(data, encoding))]
    for decoded in readable:
        if recognised(_head(decoded.data)):
            return _proved(decoded, file)
    for encoding in _CANDIDATES:
        if recognised(data[:HEAD_BYTES].decode(encoding, errors="replace")):
            return _proved(_lenient(data, encoding, file), file)
    for each in readable:
        if each.encoding == "utf-8" or _ordinary(each.data):
            return _text(each, file)
    raise UnreadableFileError(Listed(("文件编码既不是UTF-8，也不是GB18030", ADVICE), "；"), file=file)


def not_as_marked(row: int, encoding: str) -> str:
    """What is said of a file of which many rows, from `row` on, are of another encoding."""
    where = {"row": row, "encoding": encoding.upper(), "advice": ADVICE}
    return Told("第%(row)s行等多行不能按%(encoding)s编码读取；%(advice)s", **where)


def _refuse_shifted(data: bytes, file: str) -> None:
    if _SHIFTED.search(data):
        raise UnreadableFileError(Listed(("文件使用七位编码（ISO 2022或HZ）", ADVICE), "；"), file=file)


def _head(text: bytes) -> str:
    return text[:HEAD_BYTES].decode(errors="ignore")


def _unmarked_utf_16(data: bytes, recognised: Callable[[str], bool]) -> Decoded | None:
    """UTF-16 without a byte-order mark, when one byte order shows the header."""
    for encoding in ("utf-16-le", "utf-16-be"):
        decoded = _strict(data, encoding)
        if decoded and recognised(_head(decoded.data)):
            return decoded
    return None


def _marked(data: bytes, encoding: str, file: str) -> Decoded:
    decoded = _strict(data, encoding)
    if decoded is None and encoding == "utf-8":
        decoded = _lenient(data, encoding, file)
    if decoded is None:
        told = {"encoding": encoding.upper(), "advice": ADVICE}
        message = Told("文件标记为%(encoding)s编码，却不能按该编码读取；%(advice)s", **told)
        raise UnreadableFileError(message, file=file)
    return _text(decoded, file)


def _proved(decoded: Decoded, file: str) -> Decoded:
    national = decoded.encoding == GB18030
    if (national and mostly_utf_8(decoded.data)) or not _ordinary(decoded.data):
        raise UnreadableFileError(Listed(("数据行与表头的编码不一致", ADVICE), "；"), file=file)
    if national and decoded.broken:
        _mostly_readable(decoded, file)
    return _text(decoded, file)


def _text(decoded: Decoded, file: str) -> Decoded:
    """Refuse what is no text; a few zero bytes are characters that could not be read."""
    if _ZERO not in decoded.data:
        return decoded
    marked = Decoded(decoded.data.replace(_ZERO, _REPLACEMENT), decoded.encoding, broken=True)
    return _mostly_readable(marked, file)


def _pieces(data: bytes, encoding: str, errors: str) -> Iterator[bytes]:
    """UTF-8 pieces; surrogates, which a wrong UTF-16 can hold, raise `UnicodeError` as well."""
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    for start in range(0, len(data), _CHUNK):
        yield decoder.decode(data[start : start + _CHUNK]).encode()
    yield decoder.decode(b"", final=True).encode()


def _strict(data: bytes, encoding: str) -> Decoded | None:
    try:
        return _decoded(b"".join(_pieces(data, encoding, "strict")), encoding)
    except UnicodeError:
        return None


def _lenient(data: bytes, encoding: str, file: str) -> Decoded:
    return _mostly_readable(_decoded(b"".join(_pieces(data, encoding, "replace")), encoding), file)


def _mostly_readable(decoded: Decoded, file: str) -> Decoded:
    lines = decoded.data.split(b"\n")
    damaged = [number for number, line in enumerate(lines, start=1) if _REPLACEMENT in line]
    if len(damaged) > max(1, len(lines) * BROKEN_SHARE):
        message = not_as_marked(damaged[0], decoded.encoding)
        raise UnreadableFileError(message, file=file)
    return decoded


def _decoded(text: bytes, encoding: str) -> Decoded:
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if encoding == GB18030:
        text = marked_lines(text)
    return Decoded(text, encoding, _REPLACEMENT in text)


@cache
def _common() -> frozenset[str]:
    """The 3,755 characters of level one of GB 2312."""
    rows = (bytes((row, cell)) for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF))
    return frozenset("".join(each.decode("gb2312", errors="ignore") for each in rows))


def _ordinary(text: bytes) -> bool:
    """Whether the Chinese characters of samples of the text are mostly common ones."""
    starts = {0, len(text) // 2, max(0, len(text) - _SAMPLE)}
    sample = b"".join(text[start : start + _SAMPLE] for start in sorted(starts))
    ideographs = _IDEOGRAPHS.findall(sample.decode(errors="ignore"))
    common = _common()
    return sum(each in common for each in ideographs) >= len(ideographs) * _COMMON_SHARE
