"""What keeps a bad table out of the lake and a bad candidate out of publication, in real runs."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import dagster as dg
import polars as pl
import pytest
from sqlalchemy import Engine, text

from assets.edition import CANDIDATE, PUBLICATION
from assets.quality import QualityResult, check_candidate
from assets.workspace import Workspace
from editions.compute import STAGES, Stage, StageInput
from pipelines.build import build_definitions
from pipelines.jobs import PUBLISH
from schemas.settings import Settings
from tests.integration.conftest import TODAY, Installation

pytestmark = pytest.mark.slow

DAY = date(2026, 3, 20)
MONTH = "2026-03"
CONFIG = {
    "resources": {"workspace": {"config": {"as_of": DAY.isoformat()}}},
    "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
}
CANARY = "淦龘靐犇"

Spoil = Callable[[dict[str, pl.LazyFrame]], dict[str, pl.LazyFrame]]


@dataclass(frozen=True)
class House:
    """An installation of one test, with an instance that ends with it."""

    settings: Settings
    instance: dg.DagsterInstance

    @property
    def engine(self) -> Engine:
        """Its registry."""
        return Workspace(self.settings).engine

    def publish(
        self, stages: tuple[Stage, ...] = STAGES, asset_selection: list[dg.AssetKey] | None = None
    ) -> dg.ExecuteInProcessResult:
        """One run of the job `publish` for `DAY`."""
        job = build_definitions(
            self.settings,
            stages=stages,
            make_workspace=lambda as_of: Workspace(self.settings, as_of=as_of, today=TODAY),
        ).resolve_job_def(PUBLISH)
        return job.execute_in_process(
            instance=self.instance,
            partition_key=MONTH,
            raise_on_error=False,
            run_config=CONFIG,
            asset_selection=asset_selection,
        )

    def published(self) -> list[date]:
        """The days that have a published edition."""
        with self.engine.connect() as connection:
            return [
                date.fromisoformat(each) for each in connection.execute(text("SELECT as_of FROM publication")).scalars()
            ]


@pytest.fixture
def house(clean: Installation, tmp_path: Path) -> Iterator[House]:
    """A copy of the clean installation."""
    home = tmp_path / "home"
    shutil.copytree(clean.settings.home, home, ignore=shutil.ignore_patterns("dagster", "raw"))
    with dg.DagsterInstance.ephemeral() as instance:
        yield House(clean.settings.model_copy(update={"home": home}), instance)


def _spoilt(name: str, spoil: Spoil) -> tuple[Stage, ...]:
    """The stages, with what the one called `name` makes spoilt."""

    def run_of(stage: Stage) -> Callable[[StageInput], dict[str, pl.LazyFrame]]:
        return lambda given: spoil(stage.run(given))

    return tuple(replace(each, run=run_of(each)) if each.name == name else each for each in STAGES)


def _failed_checks(result: dg.ExecuteInProcessResult) -> list[tuple[str, str]]:
    evaluations = result.get_asset_check_evaluations()
    return [(each.asset_key.to_user_string(), each.check_name) for each in evaluations if not each.passed]


def _materialised(result: dg.ExecuteInProcessResult) -> set[str]:
    return {
        each.asset_key.to_user_string() for each in result.all_events if each.is_step_materialization and each.asset_key
    }


def _stage_bytes(settings: Settings) -> dict[str, bytes]:
    root = settings.lake_dir / "stages"
    return {str(each.relative_to(root)): each.read_bytes() for each in root.rglob("*.parquet") if each.stem == MONTH}


def test_a_good_candidate_is_published(house: House) -> None:
    """Nothing would ever be published, and the tests below would prove nothing."""
    result = house.publish()
    assert result.success
    assert _failed_checks(result) == []
    assert DAY in house.published()


def test_a_table_that_breaks_its_contract_is_not_put_in_place(house: House) -> None:
    """People counted twice would be handed on to the list because the check spoke too late."""
    before = _stage_bytes(house.settings)

    def twice(made: dict[str, pl.LazyFrame]) -> dict[str, pl.LazyFrame]:
        return {name: pl.concat([frame, frame]) for name, frame in made.items()}

    result = house.publish(_spoilt("members", twice))
    assert not result.success
    assert _failed_checks(result) == [("members", "contract")]
    assert "members" not in _materialised(result)
    assert not {"families", "hits", "list", CANDIDATE, PUBLICATION} & _materialised(result)
    after = _stage_bytes(house.settings)
    assert after["members/members/2026-03.parquet"] == before["members/members/2026-03.parquet"]
    assert [each.name for each in (house.settings.lake_dir / "stages").rglob("*.tmp")] == []
    assert DAY not in house.published()


def test_a_bad_candidate_is_not_published(house: House) -> None:
    """A list with families of nobody would go out to the streets."""

    def without_members(made: dict[str, pl.LazyFrame]) -> dict[str, pl.LazyFrame]:
        return {**made, "members": made["members"].head(1)}

    result = house.publish(_spoilt("edition", without_members))
    assert not result.success
    assert _failed_checks(result) == [(CANDIDATE, "list_entry")]
    assert not {CANDIDATE, PUBLICATION} & _materialised(result)
    assert DAY not in house.published()


@pytest.mark.parametrize(
    ("table", "spoil"),
    [
        ("standings", lambda frame: frame.filter(pl.col("ground") != "temporary_assistance")),
        ("exits", lambda frame: frame.head(0)),
        ("exits", lambda frame: frame.with_columns(evidence_key=pl.lit(None, pl.String))),
    ],
    ids=["a ground vanishes", "exits are not told", "exits without evidence"],
)
def test_a_ledger_that_does_not_balance_is_not_published(
    house: House, table: str, spoil: Callable[[pl.LazyFrame], pl.LazyFrame]
) -> None:
    """Families would vanish from the list without anybody having decided it, and nobody would notice."""
    result = house.publish(_spoilt("edition", lambda made: {**made, table: spoil(made[table])}))
    assert not result.success
    assert (CANDIDATE, "ledger") in _failed_checks(result)
    assert not {CANDIDATE, PUBLICATION} & _materialised(result)
    assert DAY not in house.published()


@pytest.mark.parametrize(
    ("column", "value"),
    [("source_delivery", "0" * 16), ("source_row", 999_999_999), ("source_delivery", None)],
    ids=["an unknown delivery", "a row that is not there", "no source"],
)
def test_a_ground_that_leads_nowhere_is_not_published(house: House, column: str, value: str | int | None) -> None:
    """A family would be listed, and nobody could show it the record that put it there."""

    def cut(made: dict[str, pl.LazyFrame]) -> dict[str, pl.LazyFrame]:
        first = pl.int_range(pl.len()) == pl.int_range(pl.len()).filter(pl.col("source_row").is_not_null()).first()
        changed = pl.when(first).then(pl.lit(value)).otherwise(column).cast(made["standings"].collect_schema()[column])
        return {**made, "standings": made["standings"].with_columns(changed.alias(column))}

    result = house.publish(_spoilt("edition", cut))
    assert not result.success
    assert _failed_checks(result) == [(CANDIDATE, "chain")]
    assert not {CANDIDATE, PUBLICATION} & _materialised(result)
    assert DAY not in house.published()


def test_publication_alone_refuses_a_candidate_that_did_not_pass(house: House) -> None:
    """Pressing the button of the last step would publish what the checks had stopped."""
    house.publish(_spoilt("edition", lambda made: {**made, "members": made["members"].head(1)}))
    result = house.publish(asset_selection=[dg.AssetKey(PUBLICATION)])
    assert not result.success
    assert DAY not in house.published()


def test_an_error_is_told_without_the_values_that_it_quotes(house: House) -> None:
    """A library's message would carry a person's data into the event log."""

    def fail(_made: dict[str, pl.LazyFrame]) -> dict[str, pl.LazyFrame]:
        raise ValueError(CANARY)

    result = house.publish(_spoilt("aid", fail))
    failure = next(each for each in result.all_events if each.is_step_failure)
    assert failure.step_key == "aid"
    assert (
        "ValueError at tests/integration/test_pipeline_gates.py"
        in failure.step_failure_data.user_failure_data.description
    )
    told = "".join(str(each) for each in house.instance.all_logs(result.run_id))
    assert CANARY not in told
    assert CANARY.encode("unicode_escape").decode() not in told


def _an_exit(**spoilt: str | None) -> str:
    """A row of `list_exit` in which some columns are other than they may be: a small district may have none."""
    row: dict[str, str | None] = {
        "edition_id": "{edition}",
        "family_id": "{family}",
        "person_key": "0" * 24,
        "ground": "temporary_assistance",
        "manner": "by_rule",
        "reason": "window_ended",
        "basis": "own_family_aid_temporary",
        "evidence_on": "2025-01-01",
        "evidence_key": "temporary:1",
        "parameters_version": "1",
    } | spoilt
    values = ", ".join("NULL" if each is None else f"'{each}'" for each in row.values())
    return f"INSERT INTO list_exit ({', '.join(row)}) VALUES ({values})"  # noqa: S608  # our own words


SPOILERS = {
    "list_entry tier": "UPDATE list_entry SET tier = '{canary}' WHERE family_id = '{family}'",
    "list_entry head_key": "UPDATE list_entry SET head_key = NULL WHERE family_id = '{family}'",
    "list_entry members": "UPDATE list_entry SET members = 0 WHERE family_id = '{family}'",
    "list_entry score": "UPDATE list_entry SET score = 10001 WHERE family_id = '{family}'",
    "list_entry a family has members": "DELETE FROM list_member WHERE family_id = '{family}'",
    "list_entry an extended family is in a group": (
        "UPDATE list_entry SET groups = '', layer = 'extended' WHERE family_id = '{family}'"
    ),
    "list_member family_basis": "UPDATE list_member SET family_basis = '{canary}' WHERE family_id = '{family}'",
    "list_member a member's family is on the list": "DELETE FROM list_entry WHERE family_id = '{family}'",
    "list_entry a listed family stands on a ground": "DELETE FROM standing WHERE family_id = '{family}'",
    "list_entry status": "UPDATE list_entry SET status = '{canary}' WHERE family_id = '{family}'",
    "standing ground": "UPDATE standing SET ground = '{canary}' WHERE ground = 'register'",
    "standing status": "UPDATE standing SET status = '{canary}' WHERE family_id = '{family}'",
    "standing parameters_version": "UPDATE standing SET parameters_version = NULL WHERE family_id = '{family}'",
    "standing a standing family is on the list": "DELETE FROM list_entry WHERE family_id = '{family}'",
    "standing what is proposed to leave says why and since when": (
        "UPDATE standing SET status = 'proposed_exit' WHERE family_id = '{family}'"
    ),
    "list_exit manner": _an_exit(manner="{canary}"),
    "list_exit reason": _an_exit(reason="{canary}"),
    "list_exit ground": _an_exit(ground="{canary}"),
    "list_exit parameters_version": _an_exit(parameters_version=None),
    "list_exit evidence_key": _an_exit(evidence_key=None),
    "list_exit a confirmed exit names its decision": _an_exit(manner="confirmed"),
    "hit a hit's family is on the list, unless a person judged it": (
        "DELETE FROM list_entry WHERE family_id = '{family}'"
    ),
    "hit rule_id": "UPDATE hit SET rule_id = '{canary}' WHERE family_id = '{family}'",
    "hit evidence_on": "UPDATE hit SET evidence_on = NULL WHERE family_id = '{family}'",
    "warning kind": "UPDATE warning SET kind = '{canary}' WHERE kind <> 'feed'",
    "warning only feed warnings lack a family": "UPDATE warning SET family_id = NULL",
    "warning only feed warnings have no day": "UPDATE warning SET due_on = NULL",
    "warning a warning is due after it was raised": "UPDATE warning SET raised_on = due_on",
    "warning every question about a family is in a task": "DELETE FROM task",
    "task raised_on": "UPDATE task SET raised_on = NULL",
    "task urgency": "UPDATE task SET urgency = '{canary}'",
    "task due_on": "UPDATE task SET due_on = NULL",
    "task warnings": "UPDATE task SET warnings = 0",
    "task audience": "UPDATE task SET audience = '{canary}'",
    "task family_id, audience": "UPDATE task SET family_id = '{family}', audience = 'need'",
    "task a task has warnings of its audience": "DELETE FROM warning WHERE kind <> 'feed'",
    "suggested_measure measure": "UPDATE suggested_measure SET measure = measure || '{canary}'",
    "suggested_measure reason": "UPDATE suggested_measure SET reason = reason || '{canary}'",
    "suggested_measure a measure's family is on the list": "DELETE FROM list_entry",
    "score_reason points": "UPDATE score_reason SET points = -100001 WHERE family_id = '{family}'",
}


@pytest.fixture(scope="module")
def published(clean: Installation, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The registry of the clean installation with nothing that forbids to spoil it."""
    home = tmp_path_factory.mktemp("spoilt")
    shutil.copy(clean.settings.home / "registry.db", home)
    settings = clean.settings.model_copy(update={"home": home})
    engine = Workspace(settings).engine
    with engine.begin() as connection:
        for (name,) in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).fetchall():
            connection.execute(text(f"DROP TRIGGER {name}"))
    engine.dispose()
    return settings


@pytest.mark.parametrize("spoiler", SPOILERS)
def test_each_expectation_can_fail(published: Settings, tmp_path: Path, spoiler: str) -> None:
    """An expectation that never fails protects nobody; and its page must not show what it found."""
    shutil.copy(published.home / "registry.db", tmp_path)
    settings = published.model_copy(update={"home": tmp_path})
    engine = Workspace(settings).engine
    with engine.begin() as connection:
        edition, family = connection.execute(
            text(
                "SELECT h.edition_id, h.family_id FROM hit AS h JOIN score_reason USING (edition_id, family_id) LIMIT 1"
            )
        ).one()
        connection.execute(text("PRAGMA foreign_keys = OFF"))
        connection.execute(text(SPOILERS[spoiler].format(canary=CANARY, family=family, edition=edition)))
    engine.dispose()
    results, page = check_candidate(settings, edition, MONTH)
    assert spoiler in {_told(each) for each in results if not each.passed}
    assert page.is_file()
    pages = "".join(each.read_text(encoding="utf-8") for each in page.parent.rglob("*.html"))
    assert CANARY not in pages
    assert str(family) not in pages


def _told(result: QualityResult) -> str:
    return f"{result.table} {result.column}"
