"""Files of every format, and ways in which transfers, programs and people damage them.

What belongs here: the whole files, one a format, and Hypothesis strategies that break their bytes or what stands inside
of their containers. What has to come of a broken file is said by the tests.
"""

import io
import zipfile
from collections.abc import Callable, Mapping
from functools import cache
from typing import TypeAlias

from hypothesis import strategies as st

from tests.unit.schemas.files import as_csv, as_parquet, as_xlsx, feed_of, table
from tests.unit.schemas.office import NOT_AVAILABLE, as_xlsb, form

__all__ = ["CONTAINERS", "FILES", "ROWS", "broken_bytes", "broken_containers", "whole"]

ROWS = table(feed_of(), 6)
_LONGEST = 24
_LIMIT_NAMES = 8
_TOKENS = (
    *(b"", b"\0", b"\xff", b'"', b"<", b">", b"&", b"/", b"<c>", b"</row>", b"&#0;", b"&#x10FFFF;", b"&lol;"),
    *(b"0", b"-1", b"65536", b"1048577", b"4294967296", b"1e308", b"NaN", b"XFD1048576", b"A0", b"A1:B99999999"),
    *(b"\r\n", b"\n", b"\r", b",", b";", b"\t", b"PK\x03\x04", b"PK\x05\x06", b"PAR1", b"\xef\xbb\xbf", b"\xff\xfe"),
    *("合计".encode(), "合计".encode("gb18030"), "甲".encode("big5"), b"\x81", b"\xe4\xb8", b"\xff" * 8, b"\0" * 8),
)


def _zip(members: Mapping[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", packing) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return data.getvalue()


def _titled(encoding: str, delimiter: str = ",") -> bytes:
    """Text as an office exports it: a title, the rows, a total, a signature."""
    return as_csv([["临时救助发放表"], *ROWS, ["合计", "", "600"], ["制表人:甲"]], encoding, delimiter)


FILES: Mapping[str, Callable[[], bytes]] = {
    "plain.csv": lambda: as_csv(ROWS),
    "marked.csv": lambda: as_csv(ROWS, "utf-8-sig"),
    "national.csv": lambda: _titled("gb18030"),
    "wide.txt": lambda: _titled("utf-16", "\t"),
    "tabs.tsv": lambda: _titled("utf-8", "\t"),
    "declared.csv": lambda: b"sep=;\r\n" + as_csv(ROWS, delimiter=";"),
    "book.xlsx": lambda: as_xlsx({"数据": ROWS, "续表": [ROWS[0], *ROWS[4:]]}),
    "form.xlsx": lambda: form("form.xlsx"),
    "form.ods": lambda: form("form.ods"),
    "form.xls": lambda: form("form.xls"),
    "form.xlsb": lambda: as_xlsb("数据", [*ROWS, [*ROWS[1][:-1], NOT_AVAILABLE]], merged=(1, 2, 0, 0), hidden=3),
    "table.parquet": lambda: as_parquet(ROWS),
    "packed.zip": lambda: _zip({"一.csv": as_csv(ROWS), "二.csv": _titled("gb18030"), "说明.pdf": b"%PDF"}),
    "books.zip": lambda: _zip({"一.xlsx": as_xlsx({"数据": ROWS}), "二.parquet": as_parquet(ROWS)}),
}
"""One whole file a format, each of which is taken."""

CONTAINERS = ("book.xlsx", "form.xlsx", "form.ods", "form.xlsb", "packed.zip", "books.zip")


@cache
def whole(name: str) -> bytes:
    """The undamaged bytes of one of `FILES`."""
    return FILES[name]()


_Slip: TypeAlias = Callable[[st.DrawFn, bytearray, int, int], object]


def _bit(draw: st.DrawFn, made: bytearray, at: int, to: int) -> None:
    if at < to:
        made[at] ^= 1 << draw(st.integers(0, 7))


def _over(draw: st.DrawFn, made: bytearray, at: int, to: int) -> None:
    made[at:to] = draw(st.binary(min_size=to - at, max_size=to - at))


def _put_in(draw: st.DrawFn, made: bytearray, at: int, _: int) -> None:
    made[at:at] = draw(st.one_of(st.sampled_from(_TOKENS), st.binary(max_size=_LONGEST)))


def _twice(draw: st.DrawFn, made: bytearray, at: int, to: int) -> None:
    made[at:at] = made[at:to] * draw(st.integers(1, 40))


def _joined(draw: st.DrawFn, made: bytearray, _at: int, _to: int) -> None:
    made += whole(draw(st.sampled_from(sorted(FILES))))


_SLIPS: tuple[_Slip, ...] = (
    _bit,
    _over,
    _put_in,
    _twice,
    _joined,
    lambda _, made, at, to: made.__delitem__(slice(at, to)),
    lambda _, made, at, to: made.__setitem__(slice(at, to), bytes(reversed(made[at:to]))),
    lambda _, made, at, to: made.__setitem__(slice(at, to), bytes(to - at)),
    lambda _, made, at, _to: made.__delitem__(slice(at, None)),  # the end is cut off
    lambda _, made, at, _to: made.__delitem__(slice(0, at)),
)


@st.composite
def broken_bytes(draw: st.DrawFn, data: bytes) -> bytes:
    """The bytes after a few slips: changed, put in, left out, doubled, turned round, cut off; files run together."""
    made = bytearray(data)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(made)))
        to = min(len(made), at + draw(st.integers(0, _LONGEST)))
        draw(st.sampled_from(_SLIPS))(draw, made, at, to)
    return bytes(made)


@st.composite
def broken_containers(draw: st.DrawFn, data: bytes) -> bytes:
    """A container packed anew, so that its sums are right, with its parts broken, gone, doubled or renamed."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = [(each, archive.read(each)) for each in archive.namelist()]
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, max(0, len(parts) - 1)))
        if not parts:
            break
        name, content = parts[at]
        slip = draw(st.sampled_from(("inside", "inside", "inside", "token", "token", "gone", "name", "other", "empty")))
        if slip == "inside":
            parts[at] = name, draw(broken_bytes(content))
        elif slip == "token":
            place = draw(st.integers(0, len(content)))
            to = min(len(content), place + draw(st.integers(0, _LIMIT_NAMES)))
            parts[at] = name, content[:place] + draw(st.sampled_from(_TOKENS)) + content[to:]
        elif slip == "gone":
            del parts[at]
        elif slip == "name":
            parts[at] = (
                draw(st.sampled_from((name.upper(), f"../{name}", f"{name}.bak", "a" * 70, "甲/乙.csv"))),
                content,
            )
        elif slip == "other":
            parts[at] = name, draw(st.sampled_from(parts))[1]
        elif slip == "empty":
            parts[at] = name, b""
    return _zip(dict(parts), draw(st.sampled_from((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))))
