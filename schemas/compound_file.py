"""The compound file in which old office programs keep their streams (Microsoft, [MS-CFB]).

What belongs here: from the bytes of the file to those of one stream in it. What they mean is read elsewhere.
"""

import struct
from collections.abc import Iterable, Iterator

__all__ = ["stream_of"]

_END_OF_CHAIN = 0xFFFFFFFA  # and above: no sector
_ENTRY = 128
_SMALL = 4096  # streams below this size lie in the root's stream
_HEADER_SECTORS = 109


def stream_of(data: bytes, names: Iterable[str]) -> bytes:
    """The first of the streams `names`, out of its sectors; empty when there is none.

    Raises `struct.error`, `IndexError` or `ValueError` for a damaged file.
    """
    size = 1 << struct.unpack_from("<H", data, 30)[0]
    small_size = 1 << struct.unpack_from("<H", data, 32)[0]
    first_directory, first_small_table = (struct.unpack_from("<I", data, at)[0] for at in (48, 60))
    table = _numbers(b"".join(_sector(data, each, size) for each in _tables(data, size)))
    directory = b"".join(_sector(data, each, size) for each in _chain(table, first_directory))
    entries = {}
    for at in range(0, len(directory), _ENTRY):
        name = directory[at : at + max(struct.unpack_from("<H", directory, at + 64)[0] - 2, 0)].decode("utf-16-le")
        entries[name] = struct.unpack_from("<II", directory, at + 116)
    root_start, _ = entries.get("Root Entry", (_END_OF_CHAIN, 0))
    start, length = next((entries[name] for name in names if name in entries), (_END_OF_CHAIN, 0))
    if length >= _SMALL:
        return b"".join(_sector(data, each, size) for each in _chain(table, start))[:length]
    small_table = _numbers(b"".join(_sector(data, each, size) for each in _chain(table, first_small_table)))
    small = b"".join(_sector(data, each, size) for each in _chain(table, root_start))
    parts = (small[each * small_size : (each + 1) * small_size] for each in _chain(small_table, start))
    return b"".join(parts)[:length]


def _tables(data: bytes, size: int) -> Iterator[int]:
    """The sectors of the table of sectors: the header has room for 109, of larger files the rest stands in a chain."""
    listed = struct.unpack_from(f"<{_HEADER_SECTORS}I", data, 76)
    following, count = struct.unpack_from("<II", data, 68)
    while True:
        yield from (each for each in listed if each < _END_OF_CHAIN)
        if following >= _END_OF_CHAIN or count == 0:
            return
        *listed, following = _numbers(_sector(data, following, size))  # type: ignore[assignment]
        count -= 1


def _sector(data: bytes, number: int, size: int) -> bytes:
    return data[(number + 1) * size : (number + 2) * size]


def _numbers(data: bytes) -> tuple[int, ...]:
    return struct.unpack_from(f"<{len(data) // 4}I", data)


def _chain(table: tuple[int, ...], start: int) -> Iterator[int]:
    """The sectors of a stream in order; raises `ValueError` for a chain that runs in a circle."""
    for _ in range(len(table) + 1):
        if start >= _END_OF_CHAIN:
            return
        yield start
        start = table[start]
    raise ValueError("the chain of sectors does not end")
