"""What Dagster knows of an installation: assets, jobs, schedules, sensor."""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg
import pytest
import yaml

from assets.edition import CANDIDATE, INPUTS, PUBLICATION
from assets.partitions import last_day
from assets.workspace import Workspace
from editions.compute import STAGES
from pipelines.build import build_definitions
from pipelines.instance import open_instance, prepare_instance
from pipelines.jobs import INGEST, PUBLISH
from schemas.contract import all_feeds
from schemas.settings import Settings

MONTH = "2026-06"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An installation that nothing was delivered to."""
    return Settings(home=tmp_path / "home", database_url="", identity_key="5e" * 32)


@pytest.fixture
def definitions(settings: Settings) -> dg.Definitions:
    """What Dagster loads of it."""
    return build_definitions(settings)


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    """An instance that ends with the test."""
    with dg.DagsterInstance.ephemeral() as made:
        yield made


def _assets(definitions: dg.Definitions) -> dict[str, dg.AssetSpec]:
    return {each.key.to_user_string(): each for each in definitions.resolve_all_asset_specs()}


def test_every_feed_and_stage_is_an_asset(definitions: dg.Definitions) -> None:
    """The engineer would not see whether a department delivered or where an edition stands."""
    stages = {INPUTS, *(each.name for each in STAGES), CANDIDATE, PUBLICATION}
    assert set(_assets(definitions)) == set(all_feeds()) | stages


def test_every_asset_says_whose_it_is_and_what_it_holds(definitions: dg.Definitions) -> None:
    """A failed asset without owner, group and description is nobody's."""
    for name, spec in _assets(definitions).items():
        assert spec.group_name, name
        assert spec.owners, name
        assert spec.kinds, name
        assert spec.description, name
        assert isinstance(spec.partitions_def, dg.MonthlyPartitionsDefinition), name


@pytest.mark.parametrize("name", sorted(all_feeds()))
def test_feed_assets_derive_from_their_contract(definitions: dg.Definitions, name: str) -> None:
    """Columns shown in Dagster that are not those of the contract mislead; vaulted ones must not be there at all."""
    feed, spec = all_feeds()[name], _assets(definitions)[name]
    schema = spec.metadata["dagster/column_schema"]
    assert spec.group_name == feed.department
    assert spec.owners == [f"team:{feed.department}"]
    assert feed.legal_basis in str(spec.description)
    assert [each.name for each in schema.columns] == list(feed.keyed_schema)


def test_single_tables_show_their_columns(definitions: dg.Definitions) -> None:
    """A reader of the lineage needs to know what a stage hands on."""
    assert "dagster/column_schema" in _assets(definitions)["list"].metadata


def test_the_two_jobs_share_all_assets(definitions: dg.Definitions) -> None:
    """A feed without delivery would stop an edition if both were one job."""
    ingest, publish = (definitions.resolve_job_def(each) for each in (INGEST, PUBLISH))
    keys = [{key.to_user_string() for key in each.asset_layer.executable_asset_keys} for each in (ingest, publish)]
    assert keys[0] == set(all_feeds())
    assert keys[1] == set(_assets(definitions)) - set(all_feeds())


def test_stages_depend_on_what_they_need(definitions: dg.Definitions) -> None:
    """A stage that runs before its inputs computes from the month before."""
    graph = definitions.resolve_asset_graph()
    parents = {
        each.name: {key.to_user_string() for key in graph.get(dg.AssetKey(each.name)).parent_keys} for each in STAGES
    }
    made: dict[str, str] = {}
    for stage in STAGES:
        assert parents[stage.name] == {made.get(each, INPUTS) for each in stage.needs}, stage.name
        made.update(dict.fromkeys(stage.tables, stage.name))
    assert {key.to_user_string() for key in graph.get(dg.AssetKey(INPUTS)).parent_keys} == set(all_feeds())


def test_each_month_to_the_current_one_is_a_partition(settings: Settings, definitions: dg.Definitions) -> None:
    """The running month could not be delivered, or a month of the future would look missing."""
    partitions = _assets(definitions)[PUBLICATION].partitions_def
    assert partitions is not None
    keys = partitions.get_partition_keys(current_time=datetime(2026, 6, 15, tzinfo=UTC))
    assert keys[0] == settings.first_month
    assert keys[-1] == "2026-06"


@pytest.mark.parametrize(
    ("month", "today", "expected"),
    [
        ("2026-02", date(2026, 6, 15), date(2026, 2, 28)),
        ("2024-02", date(2026, 6, 15), date(2024, 2, 29)),
        ("2026-06", date(2026, 6, 15), date(2026, 6, 15)),
        ("2026-06", date(2026, 6, 30), date(2026, 6, 30)),
    ],
)
def test_an_edition_is_of_the_last_day_that_has_been(month: str, today: date, expected: date) -> None:
    """An edition dated in the future would apply windows that have not run out."""
    assert last_day(month, today) == expected


@pytest.mark.parametrize(
    ("name", "at", "month"),
    [("daily_edition", datetime(2026, 6, 15, 5, 30), MONTH), ("monthly_edition", datetime(2026, 7, 1, 6, 0), MONTH)],  # noqa: DTZ001
)
def test_schedules_ask_for_the_right_month(
    definitions: dg.Definitions, instance: dg.DagsterInstance, name: str, at: datetime, month: str
) -> None:
    """The closing edition of a month would be made of the wrong month."""
    schedule = definitions.resolve_schedule_def(name)
    repository = definitions.get_repository_def()
    with dg.build_schedule_context(
        instance=instance, scheduled_execution_time=at, repository_def=repository
    ) as context:
        data = schedule.evaluate_tick(context)
    assert [each.partition_key for each in data.run_requests or []] == [month]
    assert schedule.default_status is dg.DefaultScheduleStatus.STOPPED


def _deliver(settings: Settings, feed: str = "vehicles", month: str = MONTH, text: str = "身份证号\n1\n") -> Path:
    path = settings.landing_dir / feed / month / "公安局.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8-sig")
    return path


def _tick(
    definitions: dg.Definitions, settings: Settings, instance: dg.DagsterInstance, cursor: str | None = None
) -> dg.SensorResult:
    sensor = definitions.resolve_sensor_def("landing")
    workspace = Workspace(settings, today=date(2026, 7, 15))
    context = dg.build_sensor_context(instance=instance, cursor=cursor, resources={"workspace": workspace})
    result = sensor(context)
    workspace.close()
    assert isinstance(result, dg.SensorResult)
    return result


def test_a_file_that_lands_asks_for_a_run_once(
    definitions: dg.Definitions, settings: Settings, instance: dg.DagsterInstance
) -> None:
    """A delivery would wait for somebody to press a button, or be taken in every minute."""
    _deliver(settings)
    first = _tick(definitions, settings, instance)
    assert [(each.partition_key, each.asset_selection) for each in first.run_requests or []] == [
        (MONTH, [dg.AssetKey("vehicles")])
    ]
    assert _tick(definitions, settings, instance, first.cursor).run_requests == []


def test_a_file_that_is_replaced_asks_again(
    definitions: dg.Definitions, settings: Settings, instance: dg.DagsterInstance
) -> None:
    """A department that mends its file before it was taken in would be forgotten."""
    _deliver(settings)
    first = _tick(definitions, settings, instance)
    _deliver(settings, text="身份证号\n1\n2\n")
    second = _tick(definitions, settings, instance, first.cursor)
    keys = [[each.run_key for each in one.run_requests or []] for one in (first, second)]
    assert len(keys[0]) == len(keys[1]) == 1
    assert keys[0] != keys[1]
    assert list(json.loads(second.cursor or "")) == [MONTH]


def test_a_landing_directory_that_is_gone_is_an_outage(
    definitions: dg.Definitions, settings: Settings, instance: dg.DagsterInstance
) -> None:
    """An unmounted share would look like a quiet day, for weeks."""
    _deliver(settings)
    shutil.rmtree(settings.landing_dir)
    with pytest.raises(dg.Failure, match=r"landing directory .* cannot be read"):
        _tick(definitions, settings, instance)


def test_dagster_keeps_its_storage_in_the_installation(settings: Settings) -> None:
    """Storage would follow the working directory, and telemetry or printed data would leave the house."""
    home = prepare_instance(settings)
    configured = yaml.safe_load((home / "dagster.yaml").read_text(encoding="utf-8"))
    assert not {"storage", "run_storage", "event_log_storage", "local_artifact_storage"} & configured.keys()
    with open_instance(settings) as instance:
        assert Path(instance.root_directory) == home
        assert not instance.telemetry_enabled
        assert type(instance.compute_log_manager).__name__ == "NoOpComputeLogManager"
        assert instance.run_monitoring_enabled
    assert [each.name for each in home.rglob("*-wal")] == []


def test_a_configuration_of_the_installation_s_own_stays(settings: Settings) -> None:
    """A bureau that moved Dagster to PostgreSQL would find its choice overwritten."""
    own = settings.dagster_home / "dagster.yaml"
    own.parent.mkdir(parents=True)
    own.write_text("telemetry:\n  enabled: false\n", encoding="utf-8")
    prepare_instance(settings)
    assert not own.is_symlink()


def test_a_file_that_fails_does_not_stop_the_next(settings: Settings, instance: dg.DagsterInstance) -> None:
    """A file that vanished while it was read would cost a department the rest of its deliveries."""
    first = _deliver(settings)
    second = first.with_name("公安局二.csv")
    second.write_text("身份证号\n2\n", encoding="utf-8-sig")
    workspace = Workspace(settings, today=date(2026, 7, 15))
    assert [each.path for each in workspace.all_new_files()] == [first, second]
    first.unlink()
    job = build_definitions(settings, make_workspace=lambda _: workspace).resolve_job_def(INGEST)
    result = job.execute_in_process(
        instance=instance,
        partition_key=MONTH,
        asset_selection=[dg.AssetKey("vehicles")],
        raise_on_error=False,
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
    )
    workspace.close()
    assert not result.success
    assert [each.description for each in result.get_asset_check_evaluations()] == [
        "2 files, 1 refused, 1 failed, 0 rows set aside"
    ]
