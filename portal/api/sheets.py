"""Visit sheets for programs: the register out as a workbook, the filled one back, row by row like any delivery."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from fastapi import Request, Response, status
from pydantic import Base64Bytes, Field

from portal.access import Reader
from portal.api.operation import Asking, Telling, Word, operation
from portal.filled_forms import KILOBYTES, taken_from
from portal.forms import desk_of
from portal.problems import problem
from portal.sending import sent_file
from registry.casework.sheets import TakenSheets, take_sheets
from registry.exports.visit_sheets import export_visit_sheets
from registry.roles import Actor
from schemas.errors import DeliveryError, UnknownNameError

__all__ = ["BASE64_KILOBYTES", "OPERATIONS", "XLSX", "Filled", "Receipt", "taken_or_told"]

_TAG = "cases"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MOST_CASES = 200
BASE64_KILOBYTES = KILOBYTES * 4 // 3 + 64
"""How long a filled form may be as a program sends it."""


class SheetsWanted(Asking):
    """Whose sheets; without a word those of every case of the reader's area that is handed out."""

    assignee: Word = Field(default="", description="Name of an account; `me` for the token's own")
    community: Word = Field(default="", description="Code of a community of the reader's area")
    cases: list[Word] = Field(default=[], max_length=_MOST_CASES)


class Filled(Asking):
    """A filled form, in Base64."""

    kind: Literal["xlsx", "xls", "csv", "ods"] = "xlsx"
    content: Base64Bytes


class RowOut(Telling):
    """What became of a row, by its place in the file."""

    sheet: str
    row: int
    state: str
    reason: str


class Receipt(Telling):
    """How many visits were recorded, and what became of each row."""

    visits: int
    rows: list[RowOut]


def export_sheets(request: Request, reader: Reader, asked: SheetsWanted) -> Response:
    """The register of visits that communities fill in: no group, score or diagnosis on it; recorded."""
    desk = desk_of(request)
    community = _known_community(reader, asked.community)
    assignee = reader.name if asked.assignee == "me" else asked.assignee

    def write(path: Path) -> None:
        export_visit_sheets(
            desk, actor=reader, assignee=assignee or None, community=community, cases=asked.cases or None, path=path
        )

    return sent_file(request, write, name="走访单", fmt="xlsx")


def _known_community(reader: Actor, community: str) -> str | None:
    if community and community not in reader.area.communities:
        raise UnknownNameError("community", community, reader.area.communities)
    return community or None


def take_filled_sheets(request: Request, reader: Reader, asked: Filled) -> Any:
    """Record the visits of a filled register; a row that cannot be read is told with its reason, and not recorded."""
    desk = desk_of(request)
    return taken_or_told(request, asked, lambda path: take_sheets(desk, path, actor=reader))


def taken_or_told(request: Request, asked: Filled, take: Callable[[Path], TakenSheets]) -> Any:
    """What `take` says of a filled form; a problem in words for a file that cannot be read."""
    try:
        return taken_from(request.app.state.settings, asked.content, f".{asked.kind}", take)
    except DeliveryError as error:
        return problem(request, status.HTTP_422_UNPROCESSABLE_CONTENT, str(error))


OPERATIONS = (
    operation(
        "/visit-sheets/export", export_sheets, "visit.sheet", "下载走访单", tag=_TAG, method="POST", media=(XLSX,)
    ),
    operation(
        "/visit-sheets/take", take_filled_sheets, "visit.sheet", "交回走访结果", tag=_TAG, answer=Receipt,
        method="POST", body_kilobytes=BASE64_KILOBYTES,
    ),
)  # fmt: skip
