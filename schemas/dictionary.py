"""The data dictionary: every delivered column and every table, from their declarations.

What belongs here: the dictionary as records and as Markdown. It is made, never written by hand.
"""

from collections.abc import Iterable, Sequence

from schemas.contract import DEPARTMENTS, Feed, all_feeds
from schemas.tables import TABLES

__all__ = ["data_dictionary", "dictionary_markdown"]

_FEED_TITLES = ("column", "title", "synonyms", "kind", "dtype", "required", "values", "sensitivity", "description")
_TABLE_TITLES = ("column", "title", "dtype", "sensitivity", "description")


def data_dictionary() -> list[dict[str, str | bool]]:
    """One record a column of a feed or table: where it is, what it is called, what it means."""
    return [*_feed_records(all_feeds().values()), *_table_records()]


def _feed_records(feeds: Iterable[Feed]) -> Iterable[dict[str, str | bool]]:
    for feed in feeds:
        for column in feed.columns:
            yield {
                "scope": "feed",
                "name": feed.name,
                "name_title": feed.title,
                "department": DEPARTMENTS[feed.department],
                "column": column.name,
                "title": column.title,
                "synonyms": "、".join(column.synonyms),
                "kind": column.kind.value,
                "dtype": str(column.dtype),
                "required": column.required,
                "values": _values(feed, column.name),
                "sensitivity": column.sensitivity.value,
                "description": column.description,
            }


def _values(feed: Feed, name: str) -> str:
    column = feed.column(name)
    if column.codes is not None:
        return "; ".join(f"{code} {column.codes.title_of(code)}" for code in column.codes.codes)
    low, high = column.minimum, column.maximum
    return "" if low is None and high is None else f"{'' if low is None else low}…{'' if high is None else high}"


def _table_records() -> Iterable[dict[str, str | bool]]:
    for table in TABLES.values():
        for name, column in table.columns.items():
            yield {
                "scope": "table",
                "name": table.name,
                "name_title": table.title,
                "column": name,
                "title": column.title,
                "dtype": str(column.dtype),
                "sensitivity": column.sensitivity.value,
                "description": column.description,
            }


def dictionary_markdown() -> str:
    """The dictionary as one Markdown page: a section a feed, a section a table."""
    parts = ["# Data dictionary", "", "Made from the declarations in `schemas/`; do not edit.", "", "## Feeds", ""]
    records = data_dictionary()
    for feed in all_feeds().values():
        rows = [each for each in records if each["scope"] == "feed" and each["name"] == feed.name]
        parts += [f"### {feed.name} {feed.title}", "", f"{DEPARTMENTS[feed.department]}: {feed.description}.", ""]
        parts += [*_contract(feed), ""]
        parts += [*_table(_FEED_TITLES, rows), ""]
    parts += ["## Tables", ""]
    for table in TABLES.values():
        rows = [each for each in records if each["scope"] == "table" and each["name"] == table.name]
        parts += [f"### {table.name} {table.title}", "", f"{table.grain}.", "", *_table(_TABLE_TITLES, rows), ""]
    return "\n".join(parts).rstrip() + "\n"


def _contract(feed: Feed) -> list[str]:
    """What was agreed of the feed; reference and last day of the agreement are the installation's own."""
    of = "its own" if not feed.lag_months else f"the month {feed.lag_months} before its own"
    return [
        f"- Legal basis: {feed.legal_basis}",
        f"- Population: {feed.population}",
        f"- Delivery: {feed.mode}; expected by day {feed.expected_day} of the month after the one it reports, {of}",
        f"- Absence means: {feed.absence_means}",
        "- Sharing agreement: reference and last day are recorded in `agreements.yaml`; `doudi agreements` shows them",
    ]


def _table(titles: Sequence[str], rows: Iterable[dict[str, str | bool]]) -> list[str]:
    lines = ["| " + " | ".join(titles) + " |", "|" + " --- |" * len(titles)]
    for row in rows:
        cells = (str(row[title]).replace("|", "\\|") for title in titles)
        lines.append("| " + " | ".join(cells) + " |")
    return lines
