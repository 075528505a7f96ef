"""What the rules about feeds look at: the health and the profiles of the deliveries known at a date.

What belongs here: gathering both from receipts and feed tables, in an order that no time of arrival changes, and the
feeds that an edition had to do without. What is asked of a department stands in `rules/warnings/`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from registry.arrivals import FeedTerms, asked_from, folder_months
from registry.models import DeliveryRecord
from registry.queries import EditionInfo
from registry.store import delivery_files, known_records
from schemas.contract import DeliveryMode, Feed, all_feeds, get_feed
from schemas.profile import Profile
from schemas.receipts import Receipt
from schemas.settings import Settings
from schemas.tables import HEALTH, PROFILES

__all__ = ["Absence", "absent_feeds", "delivery_health", "delivery_profiles", "health_of", "profiles_of"]

_REFUSED = "refused"
_SENDERS = 2  # from how many deliveries of a month on a row can stand in another one


@dataclass(frozen=True, slots=True)
class Absence:
    """A feed without a delivery for the month of an edition; of a snapshot an earlier month (`stale`) is used."""

    feed: str
    title: str
    stale: str | None


def delivery_health(engine: Engine, settings: Settings, as_of: date, terms: FeedTerms) -> pl.LazyFrame:
    """The table `health` of `schemas.tables`; `terms` are those of the input set.

    Months run from the first folder month of any delivery. `duplicate_of` names the first delivery of the same bytes
    in the order of month, feed, sender and revision, whatever the order of arrival, so that an edition does not depend
    on it.
    """
    return health_of(known_records(engine, as_of), settings, as_of, terms)


def health_of(known: Sequence[DeliveryRecord], settings: Settings, as_of: date, terms: FeedTerms) -> pl.LazyFrame:
    """The table `health` of these deliveries; `settings` say where their feed tables lie."""
    originals = _originals(known)
    repeated = _repeated(known, originals, settings)
    rows: list[tuple[object, ...]] = [
        (
            each.feed,
            each.month,
            each.status,
            each.rows_read,
            each.rows_accepted,
            each.rows_quarantined,
            sum(Receipt.model_validate(each.receipt).unknown_codes.values()),
            each.sha256,
            originals.get(each.delivery_id),
            repeated.get(each.delivery_id, 0),
            None,
            terms.late.get(each.delivery_id, 0),
            terms.agreed_until.get(each.feed),
        )
        for each in known
    ]
    delivered = {(each.feed, each.month) for each in known}
    rows.extend(
        (
            feed.name,
            month,
            "missing",
            *[None] * 7,
            asked_from(feed, month, is_waiting=(feed.name, month) in terms.waiting),
            None,
            terms.agreed_until.get(feed.name),
        )
        for month in folder_months(known, as_of)
        for feed in all_feeds().values()
        if (feed.name, month) not in delivered
    )
    return pl.LazyFrame(rows, schema=HEALTH.schema, orient="row").sort("feed", "month", "sha256")


def delivery_profiles(engine: Engine, as_of: date) -> pl.LazyFrame:
    """The table `profiles` of `schemas.tables`; deliveries whose receipts have no profile are not in it."""
    return profiles_of(known_records(engine, as_of))


def profiles_of(known: Iterable[DeliveryRecord]) -> pl.LazyFrame:
    """The table `profiles` of these deliveries."""
    held: dict[tuple[str, str], list[Profile]] = defaultdict(list)
    for each in known:
        profile = Receipt.model_validate(each.receipt).profile
        if profile is not None:
            held[each.feed, each.month].append(profile)
    rows = [
        (feed, month, *line) for (feed, month), parts in sorted(held.items()) for line in _lines(parts[0], parts[1:])
    ]
    return pl.LazyFrame(rows, schema=PROFILES.schema, orient="row")


def absent_feeds(engine: Engine, edition: EditionInfo) -> list[Absence]:
    """The feeds of which the edition's input set has no delivery for its month, in alphabetical order."""
    named = edition.manifest["inputs"]["deliveries"]
    with Session(engine) as session:
        refused = set(session.scalars(select(DeliveryRecord.delivery_id).where(DeliveryRecord.status == _REFUSED)))
    latest: dict[str, str] = {}
    for each in named:
        if each["delivery_id"] not in refused:
            latest[each["feed"]] = max(latest.get(each["feed"], ""), each["month"])
    return [
        Absence(feed.name, feed.title, latest.get(feed.name) if feed.mode is DeliveryMode.SNAPSHOT else None)
        for feed in all_feeds().values()
        if latest.get(feed.name, "") < f"{edition.as_of:%Y-%m}"
    ]


def _originals(known: Iterable[DeliveryRecord]) -> dict[str, str]:
    """The first delivery of the same bytes, for every later one; zero reports are alike by nature and left out."""
    first: dict[str, str] = {}
    told = (each for each in known if not each.receipt.get("zero_report"))
    pairs = ((each.delivery_id, first.setdefault(each.sha256, each.delivery_id)) for each in told)
    return {delivery: original for delivery, original in pairs if original != delivery}


def _repeated(known: Iterable[DeliveryRecord], copies: Mapping[str, str], settings: Settings) -> dict[str, int]:
    """By delivery, its rows that an earlier sender's delivery of the month has too; copies of a file are left out."""
    places: dict[tuple[str, str], list[str]] = defaultdict(list)
    for each in known:
        if each.status != _REFUSED and each.rows_accepted and each.delivery_id not in copies:
            places[each.feed, each.month].append(each.delivery_id)
    shared = [
        _shared_rows(get_feed(feed), [delivery_files(settings, feed, month, each).table for each in deliveries])
        for (feed, month), deliveries in places.items()
        if len(deliveries) >= _SENDERS
    ]
    return {delivery: rows for frame in pl.collect_all(shared) for delivery, rows in frame.iter_rows()}


def _shared_rows(feed: Feed, tables: Sequence[Path]) -> pl.LazyFrame:
    """Delivery and number of rows whose key stands in a table before it; events without a key are compared whole."""
    schema = feed.keyed_schema
    named = [column.keyed_as or column.name for column in map(feed.column, feed.business_key)]
    keys = named if named and set(named) <= set(schema) else [each for each in schema if not each.startswith("source_")]
    rows = pl.concat(
        pl.scan_parquet(path).select(*keys, "source_delivery").with_columns(place=pl.lit(place))
        for place, path in enumerate(tables)
    )
    later = rows.filter(
        pl.any_horizontal(pl.col(keys).is_not_null()), pl.col("place") > pl.col("place").min().over(keys)
    )
    return later.group_by("source_delivery").agg(pl.len().cast(pl.Int64))


def _lines(first: Profile, others: Sequence[Profile]) -> list[tuple[str, str, str, int, int]]:
    """Column, measure, bin, cells and rows of the profiles together."""
    whole = first.merged(others)
    lines: list[tuple[str, str, str, int, int]] = []
    for name, counts in whole.columns.items():
        lines.append((name, "empty", "", counts.nulls, whole.rows))
        lines.extend((name, "code", code, cells, whole.rows) for code, cells in counts.codes.items())
        lines.extend((name, "band", band, cells, whole.rows) for band, cells in counts.bands.items())
    return lines
