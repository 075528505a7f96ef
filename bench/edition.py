"""Computing an edition, against reading the same feed tables and doing nothing with them."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import polars as pl

from bench.measure import Result, best_of
from editions.compute import STAGES, StageInput, collected, run_stages
from editions.knowledge import identities, known_feed_tables
from registry.arrivals import FeedTerms
from registry.engine import make_engine, migrate
from registry.feed_health import delivery_health, delivery_profiles
from registry.intake import ingest, new_files
from registry.store import known_deliveries
from rules.parameters import load_parameters
from samples.generate import generate
from schemas.settings import Settings

__all__ = ["measure"]

_AS_OF = date(2026, 1, 31)
_REPEATS = 2
_SEED = 20260101


def measure(folder: Path, people: int) -> Result:
    """Facts, families, the six groups, warnings and scores of one month of a clean sample district."""
    given = _inputs(Settings(home=folder / "home", database_url=""), people)

    def ours() -> None:
        run_stages(given, keep=collected)

    def baseline() -> None:
        pl.collect_all(list(given.feed_tables.values()))

    return Result(
        f"edition of {people:,} people ({len(STAGES)} stages)",
        _rows(given.feed_tables),
        best_of(_REPEATS, ours),
        best_of(_REPEATS, baseline),
        "reading the feed tables",
    )


def _inputs(settings: Settings, people: int) -> StageInput:
    generate(people=people, months=1, seed=_SEED, dirt=0.0, out=settings.home)
    engine = make_engine(settings)
    migrate(engine)
    for landed in new_files(settings, engine):
        ingest(landed, settings, engine, today=_AS_OF)
    deliveries = known_deliveries(engine, settings, _AS_OF)
    given = StageInput(
        as_of=_AS_OF,
        parameters=load_parameters().as_of(_AS_OF),
        tables={},
        feed_tables=known_feed_tables(deliveries, _AS_OF),
        identities=identities(deliveries, _AS_OF),
        health=delivery_health(engine, settings, _AS_OF, FeedTerms()),
        profiles=delivery_profiles(engine, _AS_OF),
    )
    engine.dispose()
    return given


def _rows(tables: Mapping[str, pl.LazyFrame]) -> int:
    """Rows of all feed tables together."""
    return sum(each.item() for each in pl.collect_all([table.select(pl.len()) for table in tables.values()]))
