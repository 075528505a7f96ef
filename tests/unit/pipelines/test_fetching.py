"""Fetching departments' tables through Dagster: what the engineer sees of rows, of none, and of an outage."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import dagster as dg
import pytest
import yaml
from sqlalchemy import Engine

from assets.workspace import Workspace
from pipelines.build import build_definitions
from pipelines.fetching import FETCH
from pipelines.jobs import INGEST
from schemas.settings import Settings
from tests.unit.registry.databases import BACKENDS, declare, department_on
from tests.unit.registry.deliveries import FEED

MONTH = "2026-06"
TODAY = date(2026, 7, 15)
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An installation that nothing was delivered to."""
    return Settings(home=tmp_path / "home", database_url="", identity_key="5e" * 32)


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    """An instance that ends with the test."""
    with dg.DagsterInstance.ephemeral() as made:
        yield made


@pytest.fixture(params=BACKENDS)
def department(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """The database of a department, with two payments in June."""
    with department_on(request.param, request, tmp_path) as database:
        yield database


@pytest.fixture
def workspace(settings: Settings) -> Iterator[Workspace]:
    """What runs share; the day is the fifteenth of July."""
    made = Workspace(settings, today=TODAY)
    yield made
    made.close()


def run(workspace: Workspace, instance: dg.DagsterInstance, job: str = FETCH) -> dg.ExecuteInProcessResult:
    """A real run of a job for June."""
    definitions = build_definitions(workspace.settings, make_workspace=lambda _: workspace.for_run(None))
    return definitions.resolve_job_def(job).execute_in_process(
        instance=instance, partition_key=MONTH, run_config=QUIET, raise_on_error=False
    )


def observed(instance: dg.DagsterInstance) -> list[tuple[str, ...]]:
    """What the page of the feed's asset shows of its sources, by sender."""
    events = instance.fetch_observations(dg.AssetKey(FEED), limit=10).records
    seen = [each.asset_observation for each in events]
    return sorted(
        (str(each.metadata["sender"].value), str(each.metadata["state"].value), str(each.partition))
        for each in seen
        if each
    )


def failure(result: dg.ExecuteInProcessResult) -> str:
    """The text that the page of the run shows."""
    (event,) = [each for each in result.all_events if each.is_step_failure]
    given = event.step_failure_data.user_failure_data
    assert given is not None
    return str(given.description)


def unreachable(settings: Settings, department: Engine) -> None:
    """Declare a second source, whose server is down."""
    good = settings.sources_dir / "a.yaml"
    declare(settings, department)
    sqlite = department.url.get_backend_name() == "sqlite"
    away = "sqlite:////absent/geheim.db" if sqlite else "postgresql+psycopg://clerk:geheim@127.0.0.1:1/x"
    secret = settings.sources_dir / "away.url"
    secret.write_text(away, encoding="utf-8")
    secret.chmod(0o600)
    changed = yaml.safe_load(good.read_text(encoding="utf-8")) | {"sender": "away", "url": {"file": "away.url"}}
    (settings.sources_dir / "0.yaml").write_text(yaml.safe_dump(changed, allow_unicode=True), encoding="utf-8")


def test_rows_of_a_table_become_accepted_rows(
    settings: Settings, workspace: Workspace, instance: dg.DagsterInstance, department: Engine
) -> None:
    """If this breaks, somebody has to fetch every table by hand, or rows arrive that nobody can see."""
    declare(settings, department)
    assert run(workspace, instance).success
    assert observed(instance) == [("civil_db", "new", MONTH)]
    taken = run(workspace, instance, INGEST)
    assert taken.success
    (made,) = [each for each in taken.get_asset_materialization_events() if each.asset_key == dg.AssetKey(FEED)]
    assert made.partition == MONTH
    assert made.materialization.metadata["dagster/row_count"].value == 2
    assert run(workspace, instance).success
    assert observed(instance) == [("civil_db", "new", MONTH), ("civil_db", "unchanged", MONTH)]


def test_an_outage_is_a_failure_and_stops_no_other_source(
    settings: Settings, workspace: Workspace, instance: dg.DagsterInstance, department: Engine
) -> None:
    """If this breaks, a server that is down looks like a month without payments, or costs the others theirs."""
    unreachable(settings, department)
    result = run(workspace, instance)
    assert not result.success
    said = failure(result)
    assert said.startswith(f"1 of 2 sources failed: source {FEED}/away")
    assert "geheim" not in said
    assert observed(instance) == [("away", "failed", MONTH), ("civil_db", "new", MONTH)]
    assert [each.name for each in (settings.landing_dir / FEED / MONTH).iterdir()] == ["civil_db.parquet"]


def tick(workspace: Workspace, instance: dg.DagsterInstance) -> dg.SensorResult:
    """One look of the sensor."""
    sensor = build_definitions(workspace.settings).resolve_sensor_def("sources")
    result = sensor(dg.build_sensor_context(instance=instance, resources={"workspace": workspace}))
    assert isinstance(result, dg.SensorResult)
    return result


def test_a_due_source_is_asked_until_it_has_delivered(
    settings: Settings, workspace: Workspace, instance: dg.DagsterInstance, department: Engine
) -> None:
    """If this breaks, a source is forgotten after an outage, or its server is asked every hour."""
    unreachable(settings, department)
    (first,) = tick(workspace, instance).run_requests or []
    assert (first.partition_key, first.run_config) == (MONTH, {"ops": {"fetch_sources": {"config": {"feed": FEED}}}})
    run(workspace, instance)
    (again,) = tick(workspace, instance).run_requests or []
    assert again.run_key == first.run_key  # Dagster starts a key once: not again on this day
    tomorrow = Workspace(settings, today=date(2026, 7, 16))
    (next_day,) = tick(tomorrow, instance).run_requests or []
    assert next_day.run_key != first.run_key
    tomorrow.close()
    (settings.sources_dir / "0.yaml").unlink()
    delivered = tick(workspace, instance)
    assert not delivered.run_requests
    assert "has delivered" in str(delivered.skip_reason)


def test_a_source_file_with_a_slip_fails_the_tick_and_the_run(
    settings: Settings, workspace: Workspace, instance: dg.DagsterInstance, department: Engine
) -> None:
    """If this breaks, one slip in a file switches fetching off without a word."""
    declare(settings, department, period="weekly")
    with pytest.raises(dg.Failure, match=r"a\.yaml: period"):
        tick(workspace, instance)
    assert "a.yaml: period" in failure(run(workspace, instance))


def test_the_weekly_schedule_asks_for_the_months_that_are_due(
    settings: Settings, workspace: Workspace, instance: dg.DagsterInstance, department: Engine
) -> None:
    """If this breaks, corrections in a department's table are never seen, or are asked of the wrong month."""
    definitions = build_definitions(settings)
    schedule = definitions.resolve_schedule_def("weekly_fetch")

    def asked() -> list[str | None]:
        with dg.build_schedule_context(
            instance=instance,
            scheduled_execution_time=datetime(2026, 7, 13, 4, 30),  # noqa: DTZ001 - in the installation's zone
            resources={"workspace": workspace},
            repository_def=definitions.get_repository_def(),
        ) as context:
            return [each.partition_key for each in schedule.evaluate_tick(context).run_requests or []]

    assert asked() == []
    declare(settings, department)
    assert asked() == [MONTH]
    declare(settings, department, period="snapshot", month_column=None)
    assert asked() == ["2026-07"]
    assert schedule.default_status is dg.DefaultScheduleStatus.STOPPED


def test_a_snapshot_is_left_out_of_other_months(
    settings: Settings, workspace: Workspace, instance: dg.DagsterInstance, department: Engine
) -> None:
    """If this breaks, a run for an earlier month fails for a source that has nothing to say of it."""
    declare(settings, department, period="snapshot", month_column=None)
    assert run(workspace, instance).success
    assert not list(settings.landing_dir.rglob("*.parquet"))
