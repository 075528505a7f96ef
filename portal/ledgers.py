"""The fixed forms: what they count, and taking them as files that an office prints, signs and files.

What belongs here: the page and its forms. What stands in a form is decided in `registry.exports.ledgers`.
"""

from datetime import date
from pathlib import Path
from typing import Annotated

from fastapi import HTTPException, Query, Request, Response, status

from portal.access import Posted, Reader
from portal.forms import text_of
from portal.language import gettext
from portal.list_query import count_of, mark_of
from portal.page import Nav, Page, render
from portal.published import edition_for, months_for
from portal.sending import sent_file
from registry.exports.ledgers import LEDGERS, export_ledger, wanted_of
from registry.exports.report import report_tables
from registry.exports.result import EXPORT_PURPOSES
from registry.filters import ListFilter
from registry.queries import EditionInfo
from registry.roles import Actor
from schemas.codes import CODE_LISTS
from schemas.errors import UnknownNameError

__all__ = ["PAGES"]


def _ledgers(
    request: Request,
    reader: Reader,
    as_of: date | None = None,
    street: Annotated[str, Query(max_length=12)] = "",
) -> Response:
    edition = edition_for(request, as_of)
    wanted = ListFilter.of(reader.scope, area=street or None)
    shown = [each for each in LEDGERS.codes if each != "district" or reader.area.is_district]
    chosen = street or reader.area.street
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
            name: (rows.columns, rows.rows())
            for name, rows in report_tables(request.app.state.engine, edition.edition_id, wanted).items()
        },
        ledgers=[
            (each, LEDGERS.title_of(each), *_shown(request, reader, edition, each, chosen))
            for each in shown
            if each != "street" or chosen
        ],
        purposes=EXPORT_PURPOSES,
    )


def _shown(request: Request, reader: Actor, edition: EditionInfo, ledger: str, street: str | None) -> tuple[int, str]:
    """How many families a form tells of, and by what its download knows that they are the same."""
    total = count_of(request, edition, wanted_of(reader, ledger, street if ledger != "district" else None))
    return total, mark_of(reader, edition, total)


def _taken(request: Request, reader: Reader, posted: Posted) -> Response:
    ledger, street = text_of(posted, "ledger"), text_of(posted, "street") or None
    purpose = text_of(posted, "purpose")
    if purpose not in EXPORT_PURPOSES.labels:
        raise UnknownNameError(EXPORT_PURPOSES.name, purpose, EXPORT_PURPOSES.codes)
    edition = edition_for(request, _day(text_of(posted, "as_of")))
    wanted = wanted_of(reader, ledger, street)
    if text_of(posted, "shown") != mark_of(reader, edition, count_of(request, edition, wanted)):
        raise HTTPException(status.HTTP_409_CONFLICT, gettext("名单已重新发布，请返回页面刷新后再下载。"))

    def write(path: Path) -> None:
        export_ledger(
            request.app.state.engine,
            request.app.state.settings,
            actor=reader,
            ledger=ledger,
            street=street,
            as_of=edition.as_of,
            path=path,
            unmask=text_of(posted, "unmask") == "yes",
            purpose=EXPORT_PURPOSES.title_of(purpose),
        )

    place = CODE_LISTS["street"].title_of(street) if street else reader.area.title
    return sent_file(request, write, name=f"{LEDGERS.title_of(ledger)}-{place}-{edition.as_of:%Y-%m}", fmt="xlsx")


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
