"""Counts of editions from before there were counts by community: the migration counts them as a new edition would."""

import importlib

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Engine, Row, select

from registry.engine import WHOLE, write_transaction
from registry.models import EditionAggregate
from tests.unit.registry.examples import edition, family, published, warning


def _counts(engine: Engine) -> list[Row[*tuple[object, ...]]]:
    table = EditionAggregate.__table__
    with engine.connect() as connection:
        return sorted(connection.execute(select(table)).fetchall(), key=str)


def test_old_editions_are_counted_as_new_ones(engine: Engine) -> None:
    """If this fails, the figures of the months before an upgrade differ from the lists of those months."""
    published(
        engine,
        edition(
            listed=[
                family("H:1", 1, groups="temporary_assistance;low_income_family", members=3),
                family("H:2", 2, groups="low_income_family", community_code="330108001002"),
                family("H:3", 3, groups="", tier=None, street_code=None, community_code=None, layer="registered"),
            ],
            warnings=[warning(1), warning(2, community_code="330108001002"), warning(3, kind="feed", street_code=None)],
        ),
    )
    before = _counts(engine)
    assert len({each.community_code for each in before}) == 3
    migration = importlib.import_module("registry.migrations.versions.r0005_accounts")
    with write_transaction(engine, WHOLE) as connection, Operations.context(MigrationContext.configure(connection)):
        migration._recount()  # noqa: SLF001 - the part of the migration that counts
    assert _counts(engine) == before
