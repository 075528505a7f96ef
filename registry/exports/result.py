"""What an export gives back, where it is written by default, and its line in the audit chain.

What belongs here: the parts that exports of every kind share.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from registry.audit import append
from registry.exports.taken import Taken
from registry.files import private_dir
from registry.queries import EditionInfo, require_edition
from registry.roles import Actor
from registry.simulated import note_of
from schemas.codes import CodeList
from schemas.errors import UnknownNameError
from schemas.settings import Settings

__all__ = [
    "EXPORT_CONTENTS",
    "EXPORT_PURPOSES",
    "FORMATS",
    "ExportResult",
    "Order",
    "checked_format",
    "destination",
    "record",
]

FORMATS = CodeList(
    "format", "格式", {"xlsx": ("Excel 工作簿",), "csv": ("CSV 文本",), "parquet": ("Parquet，仅含代码和人员键",)}
)

EXPORT_PURPOSES = CodeList(
    "export_purpose",
    "用途",
    {
        "visits": ("社会救助走访核实",),
        "assistance": ("救助帮扶和转介",),
        "approval": ("复核和审批",),
        "reporting": ("统计和上报",),
        "audit": ("审计检查",),
    },
)
"""For what a file may be taken from a page."""


EXPORT_CONTENTS = CodeList(
    "export_contents",
    "内容",
    {
        "all": ("全部列和成员表",),
        "shown": ("只含页面所选的列",),
    },
)
"""What a file of the list holds: everything, or no more than the columns that its page shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportResult:
    """One file that was written: how many rows of each sheet, and whether identity numbers are masked.

    `beside` are further files that the format needed, such as a second table of a CSV.
    """

    path: Path
    fmt: str
    edition_id: str
    as_of: date
    rows: dict[str, int]
    masked: bool
    beside: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What an export is made from and for whom; `at` is the bureau's time."""

    edition: EditionInfo
    known_on: date | datetime | None
    actor: Actor
    purpose: str
    note: str
    unmask: bool
    at: datetime
    zone: ZoneInfo
    expires: date

    @classmethod
    def of(  # the choices of one export
        cls,
        engine: Engine,
        settings: Settings,
        *,
        as_of: date | None,
        known_on: date | datetime | None,
        actor: Actor,
        purpose: str,
        unmask: bool,
    ) -> "Order":
        """An order for the edition that answers; raises `NoEditionError`."""
        taken = Taken.now(settings, actor, purpose)
        edition = require_edition(engine, as_of, known_on)
        return cls(
            edition=edition,
            known_on=known_on,
            actor=actor,
            purpose=purpose,
            note=note_of(edition),
            unmask=unmask,
            at=taken.at,
            zone=ZoneInfo(settings.timezone),
            expires=taken.expires,
        )

    @property
    def taken(self) -> Taken:
        """Who took the file, when, for what and until when it may be kept."""
        return Taken(self.actor, self.purpose, self.at, self.expires)

    @property
    def mark(self) -> str:
        """The same in one line (`Taken.mark`)."""
        return self.taken.mark


def checked_format(fmt: str) -> str:
    """The format, if it is one; raises `UnknownNameError`."""
    if fmt not in FORMATS.labels:
        raise UnknownNameError("format", fmt, FORMATS.labels)
    return fmt


def destination(settings: Settings, order: Order, path: Path | None, *, stem: str, fmt: str) -> Path:
    """Where the file goes: `path`, or a name of its own among the exports."""
    if path is not None:
        return path
    folder = private_dir(settings.exports_dir)
    return folder / f"{stem}-{order.edition.as_of}-{order.at:%Y%m%d%H%M%S}.{fmt}"


def record(engine: Engine, order: Order, result: ExportResult, filters: Mapping[str, str]) -> None:
    """One line of the audit chain: who took how many rows of what, and why."""
    append(
        engine,
        actor=order.actor.name,
        action="export",
        purpose=order.purpose,
        details={
            **order.actor.recorded,
            "edition_id": result.edition_id,
            "as_of": result.as_of.isoformat(),
            "format": result.fmt,
            "rows": result.rows,
            "filters": dict(filters),
            "masked": result.masked,
        },
    )
