"""From a sample district's files to a published list, an export and an explanation, through the registry alone."""

from calendar import monthrange
from datetime import date
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from sqlalchemy import Engine

from editions.compute import compute
from editions.inputs import InputSet
from editions.knowledge import identities, known_feed_tables
from registry.arrivals import FeedTerms
from registry.audit import verify
from registry.delivery_seal import check_deliveries
from registry.engine import make_engine, migrate
from registry.explain import explain
from registry.exports import export_alerts, export_list
from registry.feed_health import delivery_health, delivery_profiles
from registry.filters import ListFilter
from registry.intake import ingest, new_files, record_strays
from registry.publish import publish, write_candidate
from registry.queries import changes, edition_rows, list_rows, require_edition
from registry.roles import Actor
from registry.scope import WHOLE
from registry.store import input_deliveries, known_deliveries, receipts
from registry.summary import summary
from rules.parameters import load_parameters
from samples.generate import generate
from schemas.settings import Settings

MANAGER = Actor("负责人", "supervisor")
MONTHS = (1, 2)


def _last_day(month: int) -> date:
    return date(2026, month, monthrange(2026, month)[1])


def _publish(engine: Engine, settings: Settings, as_of: date) -> str:
    parameters = load_parameters()
    known = known_deliveries(engine, settings, as_of)
    tables = compute(
        known_feed_tables(known, as_of),
        identities(known, as_of),
        as_of,
        parameters.as_of(as_of),
        delivery_health(engine, settings, as_of, FeedTerms()),
        profiles=delivery_profiles(engine, as_of),
    )
    inputs = InputSet(
        as_of=as_of,
        deliveries=input_deliveries(engine, settings, as_of),
        parameters_digest=parameters.digest,
        code_version="0",
        identity_fingerprint="0",
    )
    edition_id = write_candidate(engine, inputs, tables)
    publish(engine, edition_id)
    return edition_id


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The files of a small dirty district, and nothing taken in yet."""
    out = tmp_path_factory.mktemp("district")
    generate(people=1500, months=len(MONTHS), seed=11, dirt=0.05, out=out)
    return Settings(home=out / "home", landing=out / "landing", database_url="")


def test_files_in_list_out(district: Settings, tmp_path: Path) -> None:
    """If this fails, what departments delivered does not reach staff, or not as it was delivered."""
    engine = make_engine(district)
    migrate(engine)
    record_strays(district, engine)
    for landed in new_files(district, engine):
        ingest(landed, district, engine, today=date(2026, 3, 5))
    assert new_files(district, engine) == []
    assert all(each.balanced for each in receipts(engine))

    later, earlier = _publish(engine, district, _last_day(2)), _publish(engine, district, _last_day(1))
    assert require_edition(engine).edition_id == later
    assert (_publish(engine, district, _last_day(1)), _publish(engine, district, _last_day(2))) == (earlier, later)

    counted = summary(engine, later, WHOLE)
    assert counted.families == list_rows(engine, later, ListFilter.of(WHOLE)).height > 0
    moved = changes(engine, earlier, later).filter(pl.col("scope") == "list")
    entered, left = (moved.filter(pl.col("change") == each).height for each in ("entered", "left"))
    assert summary(engine, earlier, WHOLE).families + entered - left == counted.families
    assert (counted.entered, counted.left) == (entered, left)

    listed = export_list(engine, district, actor=MANAGER, path=tmp_path / "list.xlsx")
    families = openpyxl.load_workbook(listed.path)["家庭"]
    assert families.max_row == counted.families + 1
    alerts = export_alerts(engine, district, actor=MANAGER, verify=True, path=tmp_path / "alerts.xlsx")
    warned = {each: number for each, number in alerts.rows.items() if "任务" not in each}
    assert sum(warned.values()) == sum(counted.warnings_by_kind.values())

    family_id = edition_rows(engine, later, "hits")["family_id"][0]
    sources = [
        each.source
        for group in explain(engine, district, family_id, actor=MANAGER).groups
        for each in group.evidence
        if each.source
    ]
    assert sources
    assert all(each.file_name and each.sha256 and each.row for each in sources)
    taken = len(receipts(engine))
    assert verify(engine).events == taken + 5  # each delivery; two publications, two exports, one explanation
    assert check_deliveries(engine).checked == taken
    engine.dispose()
