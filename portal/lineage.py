"""Lineage: from a column of the list back to the departments' columns, and from those to where they flow."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import Request, Response

from editions.compute import DECISIONS
from editions.lineage import BEFORE, FEED, edition_lineage
from editions.lineage_words import Origin, column_title, origins, published_columns, split
from portal.language import gettext
from portal.page import Nav, Page, render
from portal.words import named
from schemas.tables import EDITION_TABLES, HEALTH, PROFILES, get_table

__all__ = ["PAGES", "Traced", "traced"]

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """Where a column comes from; of a department's column, into which ones it flows (`reaches`)."""

    column: str
    title: str
    values: Sequence[Origin] = ()
    influences: Sequence[Origin] = ()
    steps: Sequence[Origin] = ()
    reaches: Sequence[Origin] = ()


def traced(column: str) -> Traced:
    """The lineage of a column, such as `list.tier` or `feed:tax_wages.gross_fen`; raises `UnknownNameError`."""
    known = edition_lineage()
    table, name = split(column.removeprefix(BEFORE))
    title = column_title((table, name))
    if table.startswith(FEED):
        return Traced(column=f"{table}.{name}", title=title, reaches=origins(known.downstream(table, name)))
    found = known.upstream(table, name)
    return Traced(
        column=f"{table}.{name}",
        title=title,
        values=origins(found.value),
        influences=origins(found.influence),
        steps=origins(found.steps),
    )


def _column(request: Request, column: str) -> Response:
    found = traced(column)
    down = found.column.startswith(FEED)
    up = (
        (gettext("数值来自"), found.values, True),
        (gettext("只影响、不进入数值的"), found.influences, False),
    )
    return render(
        request,
        "lineage_column.html",
        title=named(found.title, found.column.rpartition(".")[2]),
        column=found.column,
        parts=((gettext("数值流向"), found.reaches, True),) if down else up,
        steps=found.steps,
        unlinked=_UNLINKED,
        down=down,
    )


PAGES = (
    Page("/lineage", _tables, "lineage.read", nav=Nav("数据血缘", 70)),
    Page("/lineage/{column}", _column, "lineage.read"),
)
