"""The fixed forms: what they count, and taking them as files that an office prints, signs and files.

What belongs here: the page and its forms. What stands in a form is decided in `registry.exports.ledgers`.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

import polars as pl
from fastapi import HTTPException, Query, Request, Response, status

from portal.access import Posted, Reader
from portal.forms import text_of
from portal.language import gettext
from portal.list_query import count_of, mark_of
from portal.page import Nav, Page, render
from portal.published import edition_for, months_for
from portal.sending import sent_file
from registry.exports.ledgers import LEDGERS, export_ledger, wanted_of
from registry.exports.report import REMARKS, report_tables
from registry.exports.result import EXPORT_PURPOSES
from registry.filters import ListFilter
from registry.queries import EditionInfo
from registry.roles import Actor
from schemas.codes import CODE_LISTS
from schemas.errors import UnknownNameError

__all__ = ["PAGES", "LedgerOrder", "figures_of", "ledger_file", "ledgers_for"]


def _ledgers(
    request: Request,
    reader: Reader,
    as_of: date | None = None,
    street: Annotated[str, Query(max_length=12)] = "",
) -> Response:
    edition = edition_for(request, as_of)
    return render(
        request,
        "ledgers.html",
        title="台账报表",
        edition=edition,
        street=street,
        months=months_for(request, reader),
        streets=CODE_LISTS["street"],
        own_streets=reader.area.streets,
        tables={
            name: (rows.columns, rows.rows()) for name, rows in figures_of(request, reader, edition, street).items()
        },
        ledgers=ledgers_for(request, reader, edition, street),
        remarks=REMARKS,
        purposes=EXPORT_PURPOSES,
    )


def figures_of(request: Request, reader: Actor, edition: EditionInfo, street: str) -> dict[str, pl.DataFrame]:
    """The tables of the report over the reader's area, or a street of it; raises `UnknownNameError`."""
    return report_tables(request.app.state.engine, edition.edition_id, ListFilter.of(reader.scope, area=street or None))


def ledgers_for(request: Request, reader: Actor, edition: EditionInfo, street: str) -> list[tuple[str, str, int, str]]:
    """The forms that the reader may take: code, title, how many families it tells of, and the mark of it."""
    chosen = street or reader.area.street
    shown = [each for each in LEDGERS.codes if each != "district" or reader.area.is_district]
    return [
        (each, LEDGERS.title_of(each), *_shown(request, reader, edition, each, chosen))
        for each in shown
        if each != "street" or chosen
    ]


def _shown(request: Request, reader: Actor, edition: EditionInfo, ledger: str, street: str | None) -> tuple[int, str]:
    """How many families a form tells of, and by what its download knows that they are the same."""
    total = count_of(request, edition, wanted_of(reader, ledger, street if ledger != "district" else None))
    return total, mark_of(reader, edition, total)


def _taken(request: Request, reader: Reader, posted: Posted) -> Response:
    order = LedgerOrder(
        ledger=text_of(posted, "ledger"),
        street=text_of(posted, "street") or None,
        purpose=text_of(posted, "purpose"),
        as_of=_day(text_of(posted, "as_of")),
        mark=text_of(posted, "shown"),
        unmask=text_of(posted, "unmask") == "yes",
    )
    return ledger_file(request, reader, order)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerOrder:
    """Which form is wanted, for what, and by which mark it is known that it tells of what was shown (None: of any)."""

    ledger: str
    street: str | None
    purpose: str
    as_of: date | None
    mark: str | None
    unmask: bool


def ledger_file(request: Request, reader: Actor, order: LedgerOrder) -> Response:
    """The form as a workbook, recorded; 409 when the list is no more the one of the mark."""
    if order.purpose not in EXPORT_PURPOSES.labels:
        raise UnknownNameError(EXPORT_PURPOSES.name, order.purpose, EXPORT_PURPOSES.codes)
    edition = edition_for(request, order.as_of)
    wanted = wanted_of(reader, order.ledger, order.street)
    if order.mark is not None and order.mark != mark_of(reader, edition, count_of(request, edition, wanted)):
        raise HTTPException(status.HTTP_409_CONFLICT, gettext("名单已重新发布，请返回页面刷新后再下载。"))

    def write(path: Path) -> None:
        export_ledger(
            request.app.state.engine,
            request.app.state.settings,
            actor=reader,
            ledger=order.ledger,
            street=order.street,
            as_of=edition.as_of,
            path=path,
            unmask=order.unmask,
            purpose=EXPORT_PURPOSES.title_of(order.purpose),
        )

    place = CODE_LISTS["street"].title_of(order.street) if order.street else reader.area.title
    name = f"{LEDGERS.title_of(order.ledger)}-{place}-{edition.as_of:%Y-%m}"
    return sent_file(request, write, name=name, fmt="xlsx")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        said = gettext("地址中的页码、月份或筛选条件无法识别。")
        raise HTTPException(status.HTTP_422_UNPROCESSABLE_CONTENT, said) from None


PAGES = (
    Page("/ledgers", _ledgers, "export.report", nav=Nav("台账报表", 25)),
    Page("/ledgers/download", _taken, "export.report", methods=("POST",)),
)
