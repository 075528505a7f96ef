"""The list: one line a family, nobody's identity, the most urgent first."""

from datetime import date
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query, Request, Response
from sqlalchemy import Engine

from editions.grounds import GROUNDS
from portal.access import Reader
from portal.overview import MONTHS, groups
from portal.page import Nav, Page, render
from registry.counts import timeline
from registry.filters import EVIDENCE, LAYERS, STATUSES, TIERS, ListFilter
from registry.queries import list_rows, require_edition
from registry.views import record_view
from rules.classes import CLASSES
from schemas.codes import CODE_LISTS

__all__ = ["PAGES", "PAGE_ROWS"]

PAGE_ROWS = 50


def _list(
    request: Request,
    reader: Reader,
    as_of: date | None = None,
    street: str = "",
    group: str = "",
    tier: str = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Response:
    engine: Engine = request.app.state.engine
    edition = require_edition(engine, as_of)
    wanted = ListFilter.of(reader.scope, area=street or None, group=group or None, tier=tier or None)
    rows = list_rows(engine, edition.edition_id, wanted, limit=PAGE_ROWS + 1, offset=(page - 1) * PAGE_ROWS)
    record_view(
        engine,
        reader,
        "list page",
        edition_id=edition.edition_id,
        rows=min(PAGE_ROWS, rows.height),
        filters={"area": street, "group": group, "tier": tier, "page": str(page)},
    )
    asked = {"as_of": str(edition.as_of), "street": street, "group": group, "tier": tier}

    def address(number: int) -> str:
        return f"/list?{urlencode({**{key: value for key, value in asked.items() if value}, 'page': number})}"

    return render(
        request,
        "list.html",
        title="监测名单",
        edition=edition,
        asked=asked,
        months=[each.as_of for each in reversed(timeline(engine, MONTHS, reader.scope))],
        rows=rows.head(PAGE_ROWS).to_dicts(),
        first=(page - 1) * PAGE_ROWS + 1,
        back=address(page - 1) if page > 1 else None,
        on=address(page + 1) if rows.height > PAGE_ROWS else None,
        page=page,
        groups=groups(),
        grounds=GROUNDS,
        streets=CODE_LISTS["street"].only(reader.area.streets),
        communities=CODE_LISTS["community"],
        classes=CLASSES,
        tiers=TIERS,
        layers=LAYERS,
        evidence=EVIDENCE,
        statuses=STATUSES,
    )


PAGES = (Page("/list", _list, "list.read", nav=Nav("监测名单", 20)),)
