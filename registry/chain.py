"""What the registry and the lake know of the sources of an edition's rows.

What belongs here: gathering deliveries and delivered rows for `editions.chain`, which follows them.
"""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import polars as pl
from sqlalchemy import Engine, select

from editions.chain import DELIVERIES_SCHEMA, Chains, check_chains
from editions.inputs import InputDelivery, InputSet
from registry.decisions import known_decisions
from registry.erasures import erased_since
from registry.models import DeliveryRecord
from registry.queries import EditionInfo
from registry.store import feed_table_path
from rules.parameters import ParametersAt
from schemas.settings import Settings
from schemas.tables import SOURCE, get_table

__all__ = ["follow", "links_of"]

_REFUSED = "refused"
_REQUIRED = "low_income_family.required_feeds"


def follow(
    engine: Engine,
    settings: Settings,
    input_set: InputSet,
    tables: Mapping[str, pl.DataFrame],
    *,
    parameters: ParametersAt,
    decisions: pl.LazyFrame,
) -> Chains:
    """Follow every ground of a candidate back to a delivered row or a decision (`editions.chain`)."""
    accepted = _accepted(engine, {each.delivery_id for each in input_set.deliveries})
    named = {name: frame.lazy() for name, frame in tables.items()}
    return check_chains(
        named,
        accepted.lazy(),
        _rows(settings, input_set.deliveries, _referenced(named)),
        required_feeds=parameters.texts(_REQUIRED),
        decisions=decisions,
    )


def links_of(engine: Engine, settings: Settings, edition: EditionInfo, parameters: ParametersAt) -> dict[str, Any]:
    """What `editions.chain.broken_links` needs to follow the rows of a published edition.

    A row that was erased since counts as one that its delivery has: the record of the erasure names it.
    """
    counted = [InputDelivery(**each) for each in edition.manifest["inputs"]["deliveries"]]
    return {
        "deliveries": _accepted(engine, {each.delivery_id for each in counted}).lazy(),
        "rows": pl.concat([_rows(settings, counted, {each.delivery_id for each in counted}), _erased(engine, edition)]),
        "required_feeds": parameters.texts(_REQUIRED),
        "decisions": known_decisions(engine, edition.as_of, recorded_by=edition.frozen_at).lazy(),
    }


def _erased(engine: Engine, edition: EditionInfo) -> pl.LazyFrame:
    """The places of the rows that were erased since the edition was made."""
    feeds = {each["delivery_id"]: each["feed"] for each in edition.manifest["inputs"]["deliveries"]}
    erased = sorted(erased_since(engine, edition.frozen_at).rows)
    rows = [(feeds[delivery], delivery, sheet, row) for delivery, sheet, row in erased if delivery in feeds]
    schema = get_table("hits").empty().select(list(SOURCE)).collect_schema()
    return pl.LazyFrame(rows, schema=schema, orient="row")


def _accepted(engine: Engine, counted: set[str]) -> pl.DataFrame:
    record = DeliveryRecord
    query = select(record.delivery_id, record.feed, record.sha256).where(record.status != _REFUSED)
    with engine.connect() as connection:
        found = [(*each, each.delivery_id in counted) for each in connection.execute(query)]
    return pl.DataFrame(found, schema=DELIVERIES_SCHEMA, orient="row")


def _referenced(tables: Mapping[str, pl.LazyFrame]) -> set[str]:
    named = [tables[name].select("source_delivery") for name in ("standings", "hits")]
    return set(pl.concat(named).unique().drop_nulls().collect()["source_delivery"])


def _rows(settings: Settings, deliveries: Iterable[InputDelivery], wanted: set[str]) -> pl.LazyFrame:
    """The places of all rows of the wanted deliveries; a table that is gone has none."""
    place = partial(feed_table_path, settings)
    paths = [place(each.feed, each.month, each.delivery_id) for each in deliveries if each.delivery_id in wanted]
    scans = [pl.scan_parquet(path).select(list(SOURCE)) for path in paths if path.exists()]
    return pl.concat(scans) if scans else get_table("hits").empty().select(list(SOURCE))
