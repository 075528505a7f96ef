"""What lies in the landing folder: `<feed>/<YYYY-MM>/<sender>[.none][.rN].<format>`.

What belongs here: walking the folder and reading names. Nothing is opened here; what a file holds, `registry.intake`
finds out. Hidden files, lock files of office programs (`~$...`) and unfinished uploads (`.part`, `.tmp`) are passed
over, as is the mark of a sample (`schemas.simulated`). `.none` says that there is nothing to report this month.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from registry.errors import BadMonthError, BadNameError, UnknownFeedError
from schemas.contract import get_feed
from schemas.errors import DeliveryError, UnknownNameError
from schemas.formats import FORMATS, OFFERED
from schemas.settings import Settings
from schemas.simulated import SIMULATED_FILE
from schemas.told import Listed, Told

__all__ = ["UNKNOWN_MONTH", "Discovery", "LandedFile", "Stray", "discover"]

UNKNOWN_MONTH = "0000-01"
"""Stands on the receipt of a file whose place names no month."""

_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_NAME = re.compile(
    rf"(?P<sender>.+?)(?:\.none)?(?:\.r(?P<revision>[1-9][0-9]{{0,3}}))?\.(?:{'|'.join(FORMATS)})", re.IGNORECASE
)
_UNFINISHED = (".part", ".tmp", ".filepart", ".crdownload")
_DEPTH = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class LandedFile:
    """One file that can be taken in: its place says the feed, the month, the sender and the revision."""

    feed: str
    month: str
    sender: str
    revision: int
    path: Path

    @property
    def file_name(self) -> str:
        """The name under which it was delivered."""
        return self.path.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Stray:
    """One file whose place or name cannot be understood, and why; `place` is its path in the landing folder."""

    landed: LandedFile
    place: str
    error: DeliveryError


@dataclass(frozen=True, slots=True)
class Discovery:
    """All files of the landing folder, each list in the order of their paths."""

    files: list[LandedFile]
    strays: list[Stray]


def discover(settings: Settings) -> Discovery:
    """Every delivered file; an absent landing folder is an empty one."""
    files: list[LandedFile] = []
    strays: list[Stray] = []
    for path in _walk(settings.landing_dir):
        landed = _landed(path, settings.landing_dir)
        error = _problem(landed, settings.landing_dir)
        if error is None:
            files.append(landed)
        else:
            place = path.relative_to(settings.landing_dir).as_posix()
            strays.append(Stray(landed=landed, place=place, error=error))
    return Discovery(files, strays)


def _walk(root: Path) -> Iterator[Path]:
    """Every file below `root` in the order of paths, without following links to folders."""
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(each for each in folders if not each.startswith("."))
        marks = {SIMULATED_FILE} if Path(folder) == root else set()
        for name in sorted(set(names) - marks):
            if not name.startswith((".", "~$")) and not name.lower().endswith(_UNFINISHED):
                yield Path(folder) / name


def _landed(path: Path, root: Path) -> LandedFile:
    """What the place of a file says, whether it makes sense or not."""
    parts = path.relative_to(root).parts
    month = parts[1] if len(parts) > _DEPTH - 1 else ""
    named = _NAME.fullmatch(path.name)
    return LandedFile(
        feed=parts[0] if len(parts) > 1 else "",
        month=month if _MONTH.fullmatch(month) else UNKNOWN_MONTH,
        sender=named["sender"] if named else path.stem,
        revision=int(named["revision"] or 1) if named else 1,
        path=path,
    )


def _problem(landed: LandedFile, root: Path) -> DeliveryError | None:
    """Why the file cannot be taken in; None when it can."""
    place = landed.path.relative_to(root)
    file = place.as_posix()
    if len(place.parts) != _DEPTH:
        message = Told(
            "文件应放在“数据名称/年-月/报送单位.扩展名”，如temporary_assistance/2026-01/西兴街道.xlsx；移到该处"
        )
        return BadNameError(message, file=file)
    try:
        get_feed(landed.feed)
    except UnknownNameError as error:
        near = Told("最接近的是%(names)s", names="、".join(error.near)) if error.near else ""
        unknown = Listed((Told("文件夹“%(name)s”不是已登记的数据名称", name=landed.feed), near), "，")
        message = Listed((unknown, "移动文件或改正文件夹名"), "；")
        return UnknownFeedError(message, file=file)
    if landed.month == UNKNOWN_MONTH:
        return BadMonthError(Told("文件夹“%(name)s”不是月份；按2026-01的样式命名", name=place.parts[1]), file=file)
    if not _NAME.fullmatch(landed.path.name):
        message = Told("扩展名不在可接收的格式（%(offered)s）之列；另存为其中一种后重报", offered=OFFERED)
        return BadNameError(message, file=file)
    if landed.path.is_symlink() or not landed.path.is_file():
        return BadNameError("这是链接或特殊文件；直接放入文件本身", file=file)
    return None
