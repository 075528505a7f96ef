"""The fixed forms for programs: what they count, and taking them as the same workbooks as on their page."""

from datetime import date
from typing import Annotated, Any

from fastapi import Query, Request, Response
from pydantic import Field

from portal.access import Reader
from portal.api.operation import Asking, Said, Telling, Word, operation
from portal.ledgers import LedgerOrder, figures_of, ledger_file, ledgers_for
from portal.published import edition_for
from registry.exports.ledgers import LEDGERS
from registry.exports.result import EXPORT_PURPOSES

__all__ = ["OPERATIONS"]

_TAG = "list"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Form(Telling):
    """A form that can be taken, how many families it tells of, and the mark that ties its file to this answer."""

    ledger: str
    title: Said
    families: int
    mark: str


class Table(Telling):
    """A table of the report, with the headings that it has on paper."""

    title: Said
    columns: list[str]
    rows: list[list[str | int | None]]


class Ledgers(Telling):
    """The forms of a month, and the figures of the report to the superior office."""

    as_of: date
    forms: list[Form]
    tables: list[Table]


class _Asked(Asking):
    as_of: date | None = Field(default=None, description="The list of that day; without it the newest")
    street: Word = Field(default="", description="Code of a street in the reader's area; without it the whole area")


class LedgerWanted(_Asked):
    """Which form, and for what it is taken; a street's form is of the reader's own street unless one is named."""

    ledger: str = Field(max_length=40, json_schema_extra={"enum": [*LEDGERS.codes]})
    purpose: str = Field(max_length=40, json_schema_extra={"enum": [*EXPORT_PURPOSES.codes]})
    unmask: bool = Field(default=False, description="Whole identity numbers; needs family.unmask")
    mark: str = Field(default="", max_length=100, description="Refuse when the list is no more the one of this mark")


def list_ledgers(request: Request, reader: Reader, asked: Annotated[_Asked, Query()]) -> Any:
    """The forms that the reader may take, with their rows, and the report's tables by group and by place."""
    edition = edition_for(request, asked.as_of)
    tables = figures_of(request, reader, edition, asked.street)
    return {
        "as_of": edition.as_of,
        "forms": [
            dict(zip(Form.model_fields, each, strict=True))
            for each in ledgers_for(request, reader, edition, asked.street)
        ],
        "tables": [
            {"title": title, "columns": rows.columns, "rows": [[*row] for row in rows.iter_rows()]}
            for title, rows in tables.items()
        ],
    }


def export_ledger(request: Request, reader: Reader, asked: LedgerWanted) -> Response:
    """A form as a workbook, watermarked and recorded as one that is taken from the page."""
    order = LedgerOrder(
        ledger=asked.ledger,
        street=asked.street or None,
        purpose=asked.purpose,
        as_of=asked.as_of,
        mark=asked.mark or None,
        unmask=asked.unmask,
    )
    return ledger_file(request, reader, order)


OPERATIONS = (
    operation("/ledgers", list_ledgers, "export.report", "台账报表", tag=_TAG, answer=Ledgers),
    operation(
        "/ledgers/export", export_ledger, "export.report", "下载台账报表", tag=_TAG, method="POST", media=(_XLSX,)
    ),
)  # fmt: skip
