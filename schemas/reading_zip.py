"""Reading a ZIP of delivered files: one file, or several of the same shape, read like the sheets of a workbook.

What belongs here: what stands in the archive, under which names, and what makes it refused. Nothing is unpacked to
a place that the archive names; what a member holds, the readers of its format find out.
"""

import zipfile
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import PurePosixPath

from schemas.contract import Feed
from schemas.errors import DeliveryError, HeaderNotFoundError, UnreadableFileError
from schemas.formats import FORMATS, HEAD, OFFERED, FileKind, kind_of
from schemas.limits import Limits, check_unpacked
from schemas.sheets import RawFile, RawSheet

__all__ = ["MEMBER_SEPARATOR", "read_zip"]

MEMBER_SEPARATOR = " / "
"""Between a file of the archive and its sheet, where a row says where it was."""

_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError, OSError)
_BESIDE = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")  # what systems add unasked
_UTF8 = 0x800
_ENCRYPTED = 0x1


def read_zip(data: bytes, file: str, feed: Feed, read: Callable[[bytes, str, Feed], RawFile]) -> RawFile:
    """Read each data file of the archive by `read`; sheets are named by member, then sheet.

    Raises `UnreadableFileError` for an archive that is damaged, encrypted, nested or too large, and
    `HeaderNotFoundError` when one of its data files does not have the contract's header.
    """
    limits = Limits.from_settings()
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            members, others = _members(archive, file, limits)
            files = [_read_member(archive.read(info), name, file, feed, read) for name, info in members]
    except _DAMAGED:
        message = "the archive is damaged or packed in an uncommon way; pack it again as a plain ZIP and deliver it"
        raise UnreadableFileError(message, file=file) from None
    caveats = sum((Counter(each.caveats) for each in files), Counter(other_members=others))
    return RawFile(tuple(sheet for each in files for sheet in each.sheets), +caveats)


def _members(archive: zipfile.ZipFile, file: str, limits: Limits) -> tuple[list[tuple[str, zipfile.ZipInfo]], int]:
    """The data files by name in the order of names, and how many other files stand beside them."""
    entries = archive.infolist()
    check_unpacked(entries, limits, file, "archive")
    if any(each.flag_bits & _ENCRYPTED for each in entries):
        raise UnreadableFileError("the archive is encrypted; pack it without a password and deliver it", file=file)
    named = [(_name(each, file), each) for each in entries if not each.is_dir()]
    named = [each for each in named if not _is_beside(each[0])]
    doubled = sorted(name for name, count in Counter(name for name, _ in named).items() if count > 1)
    if doubled:
        raise UnreadableFileError(f"the archive holds {doubled[0]!r} more than once; pack it again", file=file)
    found = [(name, each) for name, each in named if _extension(name) in FORMATS]
    if any(_extension(name) == "zip" for name, _ in found):
        raise UnreadableFileError("the archive holds another archive; pack the data files themselves", file=file)
    if not found:
        raise UnreadableFileError(f"the archive holds no data file ({OFFERED}); pack the table itself", file=file)
    return sorted(found, key=lambda each: each[0]), len(named) - len(found)


def _name(entry: zipfile.ZipInfo, file: str) -> str:
    """The name of an entry: UTF-8 where marked or valid, else GB18030, as Chinese Windows packs."""
    name = entry.orig_filename.partition("\0")[0]
    if not entry.flag_bits & _UTF8:
        raw = name.encode("cp437")
        for encoding in ("utf-8", "gb18030", "cp437"):
            try:
                name = raw.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in name or not name.isprintable():
        message = "the archive names a place outside itself or has unreadable names; pack the files alone again"
        raise UnreadableFileError(message, file=file)
    return path.as_posix()


def _is_beside(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return any(part in _BESIDE or part.startswith(("~$", "._")) for part in parts)


def _extension(name: str) -> str:
    return PurePosixPath(name).suffix.lower().lstrip(".")


def _read_member(data: bytes, name: str, file: str, feed: Feed, read: Callable[[bytes, str, Feed], RawFile]) -> RawFile:
    if kind_of(data[:HEAD], _extension(name)) is FileKind.ARCHIVE:
        raise UnreadableFileError(f"{name!r} in it is another archive; pack the data files themselves", file=file)
    try:
        raw = read(data, name, feed)
    except HeaderNotFoundError as error:
        where = _place(name, error.sheet or "")
        raise HeaderNotFoundError(error.message, file=file, sheet=where, missing=error.missing) from None
    except DeliveryError as error:
        raise UnreadableFileError(error.message, file=file, sheet=_place(name, error.sheet or "")) from None
    return RawFile(tuple(_renamed(sheet, name) for sheet in raw.sheets), raw.caveats)


def _renamed(sheet: RawSheet, member: str) -> RawSheet:
    return replace(sheet, name=_place(member, sheet.name))


def _place(member: str, sheet: str) -> str:
    return f"{member}{MEMBER_SEPARATOR}{sheet}" if sheet else member
