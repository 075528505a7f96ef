"""What is known at `as_of`: which deliveries count, and what a feed says by them (domain line 13).

What belongs here: choosing deliveries and reading a feed's mode (`snapshot`, `changes`, `events`).
Turning feed rows into facts stands in `editions.facts`; which deliveries exist, the registry knows.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from linkage.aliases import current_keys, replace_keys
from schemas.contract import DeliveryMode, Feed, all_feeds
from schemas.tables import get_table

__all__ = ["CORRECTIONS", "KnownDelivery", "identities", "in_force", "known_feed_tables"]

CORRECTIONS = "id_corrections"  # the feed whose rows are aliases


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownDelivery:
    """One accepted delivery: its place in the landing, and the files made of it (keys only)."""

    feed: str
    month: str
    sender: str
    revision: int
    delivery_id: str
    path: Path
    identities_path: Path


def in_force(deliveries: Iterable[KnownDelivery], as_of: date) -> list[KnownDelivery]:
    """The deliveries that count at `as_of`, in the order in which later ones prevail.

    Folder months up to that of `as_of`; of each feed, sender and month the greatest revision; of a
    snapshot the last month of each sender, however old.
    """
    last_month = f"{as_of:%Y-%m}"
    feeds = all_feeds()
    latest: dict[tuple[str, ...], KnownDelivery] = {}
    for each in sorted(deliveries, key=lambda one: (one.feed, one.month, one.sender, one.revision, one.delivery_id)):
        if each.month > last_month:
            continue
        snapshot = feeds[each.feed].mode is DeliveryMode.SNAPSHOT
        latest[(each.feed, each.sender) if snapshot else (each.feed, each.sender, each.month)] = each
    return sorted(latest.values(), key=lambda one: (one.feed, one.month, one.sender))


def known_feed_tables(
    deliveries: Sequence[KnownDelivery], as_of: date, *, read: Callable[[list[Path]], pl.LazyFrame] = pl.scan_parquet
) -> dict[str, pl.LazyFrame]:
    """Every feed's rows that hold at `as_of`, by feed name, each of the feed's `keyed_schema`.

    A feed without deliveries is there without rows. Of a `changes` feed the last row of each business
    key is kept, persons compared by their current keys. `read` gives the rows of the files of deliveries, in order.
    """
    counted = in_force(deliveries, as_of)
    feeds = all_feeds()
    paths = {name: [each.path for each in counted if each.feed == name] for name in feeds}
    tables = {
        name: read(paths[name]).select(list(feed.keyed_schema))
        if paths[name]
        else pl.LazyFrame(schema=feed.keyed_schema)
        for name, feed in feeds.items()
    }
    current = current_keys(tables[CORRECTIONS].filter(pl.col("corrected_on") <= as_of))
    return {
        name: _latest(feeds[name], rows, current) if feeds[name].mode is DeliveryMode.CHANGES else rows
        for name, rows in tables.items()
    }


def identities(deliveries: Sequence[KnownDelivery], as_of: date) -> pl.LazyFrame:
    """The table `identities` over all deliveries that count at `as_of`."""
    paths = [each.identities_path for each in in_force(deliveries, as_of)]
    if not paths:
        return get_table("identities").empty()
    return pl.scan_parquet(paths).select(get_table("identities").schema.names()).unique("person_key")


def _latest(feed: Feed, rows: pl.LazyFrame, current: pl.LazyFrame) -> pl.LazyFrame:
    """The last row of each business key; the rows come in the order in which later ones prevail."""
    keyed = {each.name: str(each.keyed_as) for each in feed.identifiers}
    business_key = [keyed.get(name, name) for name in feed.business_key]
    replaced = replace_keys(rows, [name for name in business_key if name in keyed.values()], current)
    return replaced.unique(business_key, keep="last", maintain_order=True)
