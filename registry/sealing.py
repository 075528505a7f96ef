"""Bytes sealed under a key in pieces, so that a file of any size goes through a small memory.

What belongs here: the form of a sealed file, writing and reading it. It is the STREAM construction (Hoang,
Reyhanitabar, Rogaway, Vizár 2015) over AES-256-GCM: each piece has its number and whether it is the last in its nonce,
so that pieces that were changed, left out, moved or cut off are noticed. Which key, says `registry.keys`.
"""

import os
from typing import BinaryIO

from registry.errors import ArchiveError

__all__ = ["KEY_BYTES", "seal", "unseal"]

KEY_BYTES = 32
_MAGIC = b"DOUDIRAW\x01"
_PREFIX_BYTES = 7
_TAG_BYTES = 16
_PIECE_BYTES = 1 << 20
_PIECES = 1 << 32


def seal(reader: BinaryIO, writer: BinaryIO, key: bytes, name: str) -> None:
    """Write what `reader` gives to `writer`, sealed under `key` for `name`; a sealed file opens under no other name."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415  # slow to import

    cipher, prefix = AESGCM(key), os.urandom(_PREFIX_BYTES)
    head = _MAGIC + prefix
    writer.write(head)
    piece, number, last = reader.read(_PIECE_BYTES), 0, False
    while not last:
        following = reader.read(_PIECE_BYTES)
        last = not following
        writer.write(cipher.encrypt(_nonce(prefix, number, last=last), piece, head + name.encode()))
        piece, number = following, number + 1


def unseal(reader: BinaryIO, writer: BinaryIO, key: bytes, name: str) -> None:
    """Write what `seal` had read to `writer`; raises `ArchiveError` when a byte, the key or the name is another."""
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415  # slow to import
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    head = reader.read(len(_MAGIC) + _PREFIX_BYTES)
    if len(head) != len(_MAGIC) + _PREFIX_BYTES or not head.startswith(_MAGIC):
        raise ArchiveError(f"the archived file of {name} is not of a form this version reads; restore it from a backup")
    cipher, prefix = AESGCM(key), head[len(_MAGIC) :]
    piece, number, last = reader.read(_PIECE_BYTES + _TAG_BYTES), 0, False
    while not last:
        following = reader.read(_PIECE_BYTES + _TAG_BYTES)
        last = not following
        try:
            writer.write(cipher.decrypt(_nonce(prefix, number, last=last), piece, head + name.encode()))
        except InvalidTag:
            raise ArchiveError(
                f"the archived file of {name} or its key is not what was written (piece {number}); restore both from a "
                "backup"
            ) from None
        piece, number = following, number + 1


def _nonce(prefix: bytes, number: int, *, last: bool) -> bytes:
    if number >= _PIECES:
        raise ArchiveError("a file of 4 PiB or more cannot be archived in one piece")
    return prefix + number.to_bytes(4, "big") + bytes([last])
