"""Lineage: from a column of the list back to the departments' columns, and from those to where they flow."""

from fastapi import Request, Response

from editions.compute import DECISIONS
from editions.lineage import BEFORE, FEED, edition_lineage
from editions.lineage_words import column_title, origins, published_columns, split
from portal.language import gettext
from portal.page import Nav, Page, render
from portal.words import named
from schemas.tables import EDITION_TABLES, HEALTH, PROFILES, get_table

__all__ = ["PAGES"]

_UNLINKED = (DECISIONS, HEALTH.name, PROFILES.name)  # made by the installation itself: there is nothing behind them


def _tables(request: Request) -> Response:
    known = edition_lineage()
    tables = {named(get_table(name).title, name): published_columns(known, name) for name in EDITION_TABLES}
    return render(
        request,
        "lineage.html",
        title=gettext("数据血缘"),
        tables={
            title: [
                (".".join(each), named(column_title(each), each[1]), len(known.upstream(*each).value))
                for each in columns
            ]
            for title, columns in tables.items()
        },
    )


def _column(request: Request, column: str) -> Response:
    known = edition_lineage()
    table, name = split(column.removeprefix(BEFORE))
    if table.startswith(FEED):
        return _feed_column(request, table, name)
    found = known.upstream(table, name)
    return render(
        request,
        "lineage_column.html",
        title=named(column_title((table, name)), name),
        column=f"{table}.{name}",
        parts=(
            (gettext("数值来自"), origins(found.value), True),
            (gettext("只影响、不进入数值的"), origins(found.influence), False),
        ),
        steps=origins(found.steps),
        unlinked=_UNLINKED,
        down=False,
    )


def _feed_column(request: Request, table: str, name: str) -> Response:
    reached = edition_lineage().downstream(table, name)
    return render(
        request,
        "lineage_column.html",
        title=named(column_title((table, name)), name),
        column=f"{table}.{name}",
        parts=((gettext("数值流向"), origins(reached), True),),
        steps=[],
        unlinked=_UNLINKED,
        down=True,
    )


PAGES = (
    Page("/lineage", _tables, "lineage.read", nav=Nav("数据血缘", 70)),
    Page("/lineage/{column}", _column, "lineage.read"),
)
