"""Whether a workbook is protected by a password: told before it is opened, so that the refusal can say so.

What belongs here: the marks of encryption in each format.
"""

import re
import zipfile
import zlib
from io import BytesIO

__all__ = ["is_locked"]

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_BOF = re.compile(rb"\x09\x08[\x08\x10]\x00\x00[\x05\x06]\x05\x00")  # start of the globals of an XLS workbook
_FILE_PASS = 0x002F
_END = 0x000A
_MANIFEST = "META-INF/manifest.xml"
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError, OSError, KeyError)
_FEW = 64  # the mark stands among the first records


def is_locked(data: bytes) -> bool:
    """Whether the bytes are an encrypted XLSX, XLSB, XLS or ODS; False for anything else and for damaged files."""
    if data.startswith(_OLE):
        return _PACKAGE in data or _has_file_pass(data)
    if data.startswith(b"PK"):
        try:
            with zipfile.ZipFile(BytesIO(data)) as archive, archive.open(_MANIFEST) as part:
                return b"encryption-data" in part.read(1 << 20)
        except _DAMAGED:
            return False
    return False


def _has_file_pass(data: bytes) -> bool:
    start = _BOF.search(data)
    place = start.start() if start else len(data)
    for _ in range(_FEW):
        record = int.from_bytes(data[place : place + 2], "little")
        if record in {_FILE_PASS, _END} or place + 4 > len(data):
            return record == _FILE_PASS
        place += 4 + int.from_bytes(data[place + 2 : place + 4], "little")
    return False
