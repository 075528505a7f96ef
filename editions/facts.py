"""From feed tables to fact tables, by the contracts alone (`Feed.facts`).

What belongs here: the generic mapping, and which facts are known at `as_of`. Nothing here knows a
single feed; what a fact means for a family or a group stands further down the stages.
"""

from collections.abc import Iterator, Mapping
from datetime import date

import polars as pl

from linkage.aliases import current_keys, replace_keys
from schemas.contract import Const, DeliveryMode, FactMap, Feed, all_feeds
from schemas.tables import FACTS, SOURCE, Table

__all__ = ["DATED_BY", "build_facts"]

# The columns that date a fact, the first that is not null: a fact dated after `as_of` is ignored. An
# end is no date of a fact: one after `as_of` stays as it is and is not yet an end.
DATED_BY: Mapping[str, tuple[str, ...]] = {
    "registrations": ("started_on",),
    "residences": ("started_on",),
    "deaths": ("died_on",),
    "marriages": ("registered_on",),
    "declarations": ("declared_on",),
    "spells": ("started_on",),
    "applications": ("applied_on",),
    "aid": ("paid_on", "granted_on"),
    "listings": ("started_on",),
    "support_relations": ("started_on",),
    "incomes": ("month", "year_start"),
    "work_evidence": ("month",),
    "expenses": ("spent_on",),
    "holdings": ("started_on",),
    "conditions": ("started_on",),
    "allowances": ("paid_on", "month"),
    "visits": ("visited_on",),
    "leads": ("reported_on",),
    "aliases": ("corrected_on",),
}

_YEAR = r"^[0-9]{4}$"
_MONTH = r"^[0-9]{4}-[0-9]{2}$"


def build_facts(
    feed_tables: Mapping[str, pl.LazyFrame], identities: pl.LazyFrame, as_of: date
) -> dict[str, pl.LazyFrame]:
    """Every table of `schemas.tables.FACTS`, from the feed tables known at `as_of`.

    Persons stand under their current keys (domain line 15). Rows of an `events` feed that are equal
    in all columns but their source are one (line 8); the first delivered is kept.
    """
    feeds = {name: feed for name, feed in all_feeds().items() if name in feed_tables}
    aliases = _table(FACTS["aliases"], feeds, feed_tables, as_of)
    current = current_keys(aliases)
    now = {name: _current(feed, feed_tables[name], current) for name, feed in feeds.items()}
    facts = {name: _table(table, feeds, now, as_of) for name, table in FACTS.items() if name in DATED_BY}
    facts["aliases"] = aliases
    facts["identities"] = identities.select(FACTS["identities"].schema.names()).unique("person_key")
    return facts


def _current(feed: Feed, rows: pl.LazyFrame, current: pl.LazyFrame) -> pl.LazyFrame:
    """The feed's rows under current keys; equal events once."""
    replaced = replace_keys(rows, [str(each.keyed_as) for each in feed.identifiers], current)
    if feed.mode is not DeliveryMode.EVENTS:
        return replaced
    told = [name for name in feed.keyed_schema if name not in SOURCE]
    return replaced.unique(told, keep="first", maintain_order=True)


def _table(table: Table, feeds: Mapping[str, Feed], rows: Mapping[str, pl.LazyFrame], as_of: date) -> pl.LazyFrame:
    """One fact table: the mapped rows of all its feeds, known at `as_of`."""
    parts = [_mapped(table, each, rows[name]) for name, feed in feeds.items() for each in _maps(feed, table)]
    if not parts:
        return table.empty()
    stacked = pl.concat(parts)
    if table.name == "incomes":
        stacked = _periods(stacked)
    known = pl.coalesce(*DATED_BY[table.name]) <= as_of
    return stacked.filter(known).select(table.schema.names())


def _maps(feed: Feed, table: Table) -> Iterator[FactMap]:
    return (each for each in feed.facts if each.table == table.name)


def _mapped(table: Table, fact: FactMap, rows: pl.LazyFrame) -> pl.LazyFrame:
    """The rows that `fact` takes, in the table's columns and types."""
    for column, codes in fact.where.items():
        rows = rows.filter(pl.col(column).is_in(codes))
    sources: dict[str, str | Const] = {name: name for name in SOURCE}
    mapping = {**fact.columns, **sources}
    return rows.select(_column(name, mapping.get(name)).cast(dtype).alias(name) for name, dtype in table.schema.items())


def _column(name: str, source: str | Const | None) -> pl.Expr:
    if isinstance(source, Const):
        return pl.lit(source.value)
    return pl.lit(None).alias(name) if source is None else pl.col(source)


def _periods(incomes: pl.LazyFrame) -> pl.LazyFrame:
    """`month` and `period` filled from each other; `year_start` dates an annual figure."""
    period = pl.col("period")
    monthly, annual = period.str.contains(_MONTH), period.str.contains(_YEAR)
    return incomes.with_columns(
        month=pl.coalesce("month", pl.when(monthly).then(period + "-01").str.to_date("%Y-%m-%d", strict=False)),
        year_start=pl.when(annual).then(period + "-01-01").str.to_date("%Y-%m-%d", strict=False),
        period=pl.coalesce("period", pl.col("month").dt.strftime("%Y-%m")),
    )
