"""Lineage for programs: from a column of the list back to the departments' columns, and the other way."""

from typing import Any

from fastapi import Request

from editions.lineage import edition_lineage
from editions.lineage_words import column_title, published_columns
from portal.api.operation import Said, Telling, operation
from portal.lineage import traced
from schemas.tables import EDITION_TABLES, get_table

__all__ = ["OPERATIONS"]

_TAG = "rules"


class ColumnLine(Telling):
    """A published column, and from how many delivered columns its values come."""

    column: str
    title: Said
    table_title: Said
    sources: int


class Source(Telling):
    """One feed or table with the columns that are meant, each with its title."""

    name: str
    title: Said
    department: str
    columns: dict[str, str]


class Traced(Telling):
    """Where a column comes from: whose values it takes, what only influences it, and through which tables.

    Of a department's column (`feed:…`), `reaches` are the columns into which its values flow.
    """

    column: str
    title: Said
    values: list[Source]
    influences: list[Source]
    steps: list[Source]
    reaches: list[Source]


def list_lineage(request: Request) -> Any:  # noqa: ARG001 - the same for everybody
    """Every published column with the number of delivered columns that its values come from."""
    known = edition_lineage()
    return [
        {
            "column": ".".join(each),
            "title": column_title(each),
            "table_title": get_table(name).title,
            "sources": len(known.upstream(*each).value),
        }
        for name in EDITION_TABLES
        for each in published_columns(known, name)
    ]


def get_lineage(request: Request, column: str) -> Any:  # noqa: ARG001 - the same for everybody
    """One column, such as `list.tier` or `feed:tax_wages.gross_fen`, derived from the plans of the computation."""
    return traced(column)


OPERATIONS = (
    operation("/lineage", list_lineage, "lineage.read", "数据血缘", tag=_TAG, answer=list[ColumnLine]),
    operation("/lineage/{column}", get_lineage, "lineage.read", "一列的来源和去向", tag=_TAG, answer=Traced),
)
