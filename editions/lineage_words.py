"""Lineage in words: titles of tables, feeds and columns, and the columns grouped by where they are delivered.

What belongs here: what the command, the docs and the pages show alike.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from editions.lineage import BEFORE, FEED, Lineage
from editions.plan_columns import Column
from schemas.contract import DEPARTMENTS, all_feeds
from schemas.tables import HEALTH, MATURED, PROFILES, TABLES

__all__ = ["Origin", "column_title", "origins", "published_columns", "split"]

_OTHERS = {
    "feed:identities": "身份证号本身",
    **{each.name: each.title for each in (HEALTH, PROFILES, MATURED)},
}
_MONTH_BEFORE = "上月的"


@dataclass(frozen=True, slots=True)
class Origin:
    """One feed (or another input) with the columns of it that are meant, each with its title."""

    name: str
    title: str
    department: str
    columns: dict[str, str]


def split(text: str) -> Column:
    """`list.tier` as table and column; a column of a feed is written `feed:tax_wages.gross_fen`."""
    table, _, column = text.rpartition(".")
    return table, column


def column_title(column: Column) -> str:
    """The Chinese title of a column of a table or feed; its name where it has none."""
    table, name = column
    feed = all_feeds().get(table.removeprefix(FEED))
    if table.startswith(FEED) and feed is not None:
        found = {each.name: each.title for each in feed.columns}
        return found.get(name.removesuffix("_key"), found.get(name, name))
    known = TABLES.get(table.removeprefix(BEFORE))
    return known.columns[name].title if known is not None and name in known.columns else name


def origins(columns: Iterable[Column]) -> list[Origin]:
    """The columns by feed or input, in order."""
    grouped: dict[str, dict[str, str]] = {}
    for table, name in sorted(columns):
        grouped.setdefault(table, {})[name] = column_title((table, name))
    return [Origin(table, _title(table), _department(table), named) for table, named in grouped.items()]


def published_columns(lineage: Lineage, table: str = "list") -> list[Column]:
    """The columns of a table in its declared order."""
    return [each for each in lineage.cells if each[0] == table]


def _title(table: str) -> str:
    feed = all_feeds().get(table.removeprefix(FEED))
    if table.startswith(FEED) and feed is not None:
        return feed.title
    if table.startswith(BEFORE):
        return _MONTH_BEFORE + TABLES[table.removeprefix(BEFORE)].title
    return _OTHERS.get(table) or (TABLES[table].title if table in TABLES else table)


def _department(table: str) -> str:
    feed = all_feeds().get(table.removeprefix(FEED))
    return DEPARTMENTS[feed.department] if table.startswith(FEED) and feed is not None else ""
