"""Reading a ZIP of delivered files: one file, or several of the same shape, read like the sheets of a workbook.

What belongs here: what stands in the archive, under which names, and what makes it refused. Its files are unpacked one
after the other, each to the same temporary file of ours and never to a place that the archive names; what a file
holds, the readers of its format find out.
"""

import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TypeAlias

from schemas.contract import Feed
from schemas.errors import DeliveryError, HeaderNotFoundError, UnreadableFileError
from schemas.formats import FORMATS, HEAD, OFFERED, FileKind, kind_of
from schemas.limits import Limits, check_listing, check_unpacked
from schemas.sheets import Opened, RawSheet
from schemas.text_source import QuotesInDoubtError
from schemas.told import Told

__all__ = ["MEMBER_SEPARATOR", "open_zip"]

MEMBER_SEPARATOR = " / "
"""Between a file of the archive and its sheet, where a row says where it was."""

_Open: TypeAlias = Callable[[Path, str, Feed], Opened]

_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError, OSError)
_UNCOMMON = Told("压缩包已损坏，或打包方式不常见；重新打包为普通ZIP后重报")
_PLAIN = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})  # others may ask for memory before the first byte
_BESIDE = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")  # what systems add unasked
_UTF8 = 0x800
_ENCRYPTED = 0x1
_BLOCK = 1 << 20


def open_zip(path: Path, file: str, feed: Feed, open_member: _Open) -> Opened:
    """Open the archive at `path`; its data files are opened by `open_member`, sheets named by member, then sheet.

    Raises `UnreadableFileError` for an archive that is damaged, encrypted, nested or too large. While it is read,
    `HeaderNotFoundError` is raised when one of its data files does not have the contract's header.
    """
    limits = Limits.from_settings()
    try:
        check_listing(path, limits, file)
        with zipfile.ZipFile(path) as archive:
            members, others = _members(archive, file, limits)
    except _DAMAGED:
        raise UnreadableFileError(_UNCOMMON, file=file) from None
    return Opened(_Archive(path, file, feed, members, open_member).sheets, {"other_members": others} if others else {})


@dataclass(frozen=True, slots=True)
class _Archive:
    """The data files of an archive, by name."""

    path: Path
    file: str
    feed: Feed
    members: list[tuple[str, zipfile.ZipInfo]]
    open_member: _Open

    def sheets(self, by_line: bool) -> Iterator[RawSheet]:  # noqa: FBT001 - as `Opened` calls it
        """The sheets of each file in turn; `by_line` holds for those alone whose own quotes are in doubt."""
        with zipfile.ZipFile(self.path) as archive, TemporaryDirectory(prefix="doudi-") as folder:
            for number, (name, entry) in enumerate(self.members):
                unpacked = Path(folder) / str(number)  # never the one before: its pages may still be in use
                self._unpack(archive, entry, unpacked)
                try:
                    yield from self._sheets(unpacked, name, by_line=by_line)
                except HeaderNotFoundError as error:
                    where = _place(name, error.sheet or "")
                    raise HeaderNotFoundError(
                        error.message, file=self.file, sheet=where, missing=error.missing
                    ) from None
                except DeliveryError as error:
                    where = _place(name, error.sheet or "")
                    raise UnreadableFileError(error.message, file=self.file, sheet=where) from None
                unpacked.unlink()

    def _sheets(self, unpacked: Path, name: str, *, by_line: bool) -> Iterator[RawSheet]:
        with unpacked.open("rb") as stream:
            head = stream.read(HEAD)
        if kind_of(head, _extension(name)) is FileKind.ARCHIVE:
            message = Told("其中的“%(name)s”又是压缩包；直接打包数据文件后重报", name=name)
            raise UnreadableFileError(message, file=self.file)
        opened = self.open_member(unpacked, name, self.feed)
        caveats = opened.caveats
        for sheet in opened.sheets(by_line and _in_doubt(opened)):
            yield replace(sheet, name=_place(name, sheet.name), caveats=caveats)
            caveats = {}

    def _unpack(self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, to: Path) -> None:
        with to.open("wb") as target:
            for block in self._blocks(archive, entry):
                target.write(block)

    def _blocks(self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
        """The bytes of one file, never more than the archive's listing says of it, which was checked."""
        try:
            with archive.open(entry) as source:
                while block := source.read(_BLOCK):
                    yield block
        except _DAMAGED:
            raise UnreadableFileError(_UNCOMMON, file=self.file) from None


def _in_doubt(opened: Opened) -> bool:
    """Whether quotes of a text say nothing of its records; another file of the archive may be the one in doubt."""
    try:
        for _ in opened.sheets(False):  # noqa: FBT003 - as `Opened` is called
            pass
    except QuotesInDoubtError:
        return True
    return False


def _members(archive: zipfile.ZipFile, file: str, limits: Limits) -> tuple[list[tuple[str, zipfile.ZipInfo]], int]:
    """The data files by name in the order of names, and how many other files stand beside them."""
    entries = archive.infolist()
    check_unpacked(entries, limits, file, "压缩包")
    _refuse_unreadable(entries, file)
    named = [(_name(each, file), each) for each in entries if not each.is_dir()]
    named = [each for each in named if not _is_beside(each[0])]
    doubled = sorted(name for name, count in Counter(name for name, _ in named).items() if count > 1)
    if doubled:
        message = Told("压缩包中有多个“%(name)s”；重新打包后重报", name=doubled[0])
        raise UnreadableFileError(message, file=file)
    found = [(name, each) for name, each in named if _extension(name) in FORMATS]
    if any(_extension(name) == "zip" for name, _ in found):
        raise UnreadableFileError("压缩包中还有压缩包；直接打包数据文件后重报", file=file)
    if not found:
        message = Told("压缩包中没有数据文件（%(offered)s）；打包数据表本身后重报", offered=OFFERED)
        raise UnreadableFileError(message, file=file)
    return sorted(found, key=lambda each: each[0]), len(named) - len(found)


def _refuse_unreadable(entries: list[zipfile.ZipInfo], file: str) -> None:
    if any(each.flag_bits & _ENCRYPTED for each in entries):
        raise UnreadableFileError("压缩包有密码；不设密码重新打包后重报", file=file)
    if any(stat.S_ISLNK(each.external_attr >> 16) for each in entries):
        message = Told("压缩包中有指向别处的链接；打包文件本身后重报")
        raise UnreadableFileError(message, file=file)
    if any(each.compress_type not in _PLAIN for each in entries):
        raise UnreadableFileError(_UNCOMMON, file=file)


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
        message = Told("压缩包中的文件名指向包外，或无法识别；只打包数据文件后重报")
        raise UnreadableFileError(message, file=file)
    return path.as_posix()


def _is_beside(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return any(part in _BESIDE or part.startswith(("~$", "._")) for part in parts)


def _extension(name: str) -> str:
    return PurePosixPath(name).suffix.lower().lstrip(".")


def _place(member: str, sheet: str) -> str:
    return f"{member}{MEMBER_SEPARATOR}{sheet}" if sheet else member
