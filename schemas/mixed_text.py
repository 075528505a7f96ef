"""Lines of UTF-8 in a text of GB18030, as when files of two systems were put together.

What belongs here: finding them. GB18030 reads most of their bytes without an error, as other characters; the other way
round, lines of GB18030 are no valid UTF-8, which the decoder tells.
"""

import re
from functools import cache
from itertools import product

import polars as pl

__all__ = ["marked_lines", "mostly_utf_8"]

_GB18030 = "gb18030"
_UNREADABLE = "\ufffd"
_FEW = 3
_LEADS, _TRAILS = range(0xE3, 0xEA), range(0x80, 0xC0)  # of an ideograph in UTF-8: one of those, two of these
_RUN = re.compile(rb"[\x80-\xff]+")
_IDEOGRAPH = re.compile("[\u3400-\u9fff]")
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")


def marked_lines(text: bytes) -> bytes:
    """The text, decoded from GB18030 into UTF-8, with what was UTF-8 before as characters that cannot be read.

    What was two ideographs or more in UTF-8 and nothing else; a single one has no even number of bytes and cannot be
    decoded. A name such as 联通, whose bytes are valid in both, holds no ideograph in UTF-8 and stays.
    """
    whole = pl.Series([text]).cast(pl.String)
    if not whole.str.contains(_pattern()).item():
        return text
    lines = whole.str.split("\n").explode()
    for line in lines.filter(lines.str.contains(_pattern())).unique():
        marked = _marked(line)
        if marked != line:
            text = text.replace(line.encode(), marked.encode())
    return text


def mostly_utf_8(text: bytes) -> bool:
    """Whether most lines beyond ASCII of a text that was decoded from GB18030 were valid UTF-8 before."""
    beyond = valid = 0
    for line in text.split(b"\n"):
        if _BEYOND_ASCII.search(line):
            beyond += 1
            valid += _decodes(line.decode(errors="replace").encode(_GB18030, errors="replace"))
    return valid >= _FEW and valid * 2 > beyond


def _marked(line: str) -> str:
    """The line without the runs of bytes that are UTF-8."""
    raw = line.encode(_GB18030, errors="replace")
    unreadable = _UNREADABLE.encode(_GB18030)

    def readable(run: re.Match[bytes]) -> bytes:
        try:
            found = len(_IDEOGRAPH.findall(run.group().decode()))
        except UnicodeError:
            found = 0
        return unreadable if found > 1 else run.group()

    return _RUN.sub(readable, raw).decode(_GB18030, errors="replace")


def _decodes(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeError:
        return False
    return True


@cache
def _pattern() -> str:
    """Three characters of GB18030 whose six bytes are two ideographs in UTF-8."""
    pairs = ((_LEADS, _TRAILS), (_TRAILS, _LEADS), (_TRAILS, _TRAILS))
    return "".join(f"[{''.join(sorted(_characters(*pair)))}]" for pair in pairs)


def _characters(leads: range, trails: range) -> set[str]:
    decoded = (bytes(pair).decode(_GB18030, errors="ignore") for pair in product(leads, trails))
    return {re.escape(each) for each in decoded if len(each) == 1}
