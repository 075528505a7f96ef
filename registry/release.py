"""Which rows set aside came back right in a correction.

What belongs here: comparing the original rows with the feed table of a later revision, by every cell that was not in
trouble, persons by their keys. Only counts come out.
"""

import json
from collections import defaultdict
from datetime import date

import polars as pl

from linkage.identity import IdentityKey, person_keys
from registry.store import delivery_files
from schemas.columns import Column, Kind
from schemas.contract import Feed, get_feed
from schemas.receipts import Receipt, Release
from schemas.settings import Settings
from schemas.values import Cells, read_cells

__all__ = ["release_of"]

_COMPARED = frozenset({Kind.ID_NUMBER, Kind.NUMBER, Kind.DATE, Kind.MONTH, Kind.PERIOD, Kind.CODE})
_NAMING = frozenset({Kind.ID_NUMBER, Kind.NUMBER})  # without one of these a row cannot be told from another


def release_of(settings: Settings, receipt: Receipt, later: Receipt) -> Release | None:
    """How many rows that `receipt` set aside are accepted in `later`; None when it set none aside.

    A row came back when every cell that had been in order is as it was, the number of the person or of the business
    among them. A row of which neither could be read is not counted as back.
    """
    path = delivery_files(settings, receipt.feed, receipt.month, receipt.delivery_id).quarantine
    if not receipt.rows_quarantined or not path.exists():
        return None
    feed = get_feed(receipt.feed)
    accepted = pl.read_parquet(delivery_files(settings, later.feed, later.month, later.delivery_id).table)
    groups: dict[frozenset[str], list[str]] = defaultdict(list)
    for original, reasons in pl.read_parquet(path, columns=["original", "all_reasons"]).iter_rows():
        groups[frozenset(each.partition(":")[0] for each in reasons.split(";"))].append(original)
    key = IdentityKey.from_settings(settings)
    back = sum(_back(feed, originals, wrong, accepted, key) for wrong, originals in groups.items())
    return Release(revision=later.revision, rows=receipt.rows_quarantined, back=back)


def _back(feed: Feed, originals: list[str], wrong: frozenset[str], accepted: pl.DataFrame, key: IdentityKey) -> int:
    """How many of the rows with the same columns in trouble are among the accepted ones."""
    columns = [each for each in feed.columns if each.kind in _COMPARED and each.name not in wrong]
    naming = [_kept_as(each) for each in columns if each.kind in _NAMING]
    if not naming:
        return 0
    told = [json.loads(each) for each in originals]
    values = pl.DataFrame([_values(each, [row.get(each.title) for row in told], key) for each in columns])
    named = values.filter(pl.any_horizontal(pl.col(naming).is_not_null()))
    return named.join(accepted, on=values.columns, how="semi", nulls_equal=True).height


def _values(column: Column, cells: list[str | None], key: IdentityKey) -> pl.Series:
    """The cells as the feed table would hold them."""
    text = pl.Series(column.name, cells, dtype=pl.String)
    value = read_cells(column, Cells(text), today=date.max).value
    held = person_keys(value.cast(pl.String), key) if column.kind is Kind.ID_NUMBER else value
    return held.alias(_kept_as(column))


def _kept_as(column: Column) -> str:
    return column.keyed_as or column.name
