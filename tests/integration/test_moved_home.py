"""A filled installation by command: to a server, backed up there, put back elsewhere, and still the same."""

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from sqlalchemy import create_engine, make_url, text

from pipelines.cli import main
from pipelines.instance import open_instance
from pipelines.run import run
from schemas import settings as settings_module
from tests.integration.conftest import TODAY, make_district
from tests.shipping import shipped_with

pytestmark = pytest.mark.slow

Typed = Callable[..., Any]


@pytest.fixture
def database(postgres_url: str) -> Callable[[str], str]:
    """Makes an empty database of that name on the server; gives its URL."""

    def made(name: str) -> str:
        server = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
        with server.connect() as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
            connection.execute(text(f"CREATE DATABASE {name}"))
        server.dispose()
        return make_url(postgres_url).set(database=name).render_as_string(hide_password=False)

    return made


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Typed]:
    """Types a command at a home and a database; gives its JSON, and demands that it ends well."""

    def doudi(home: Path, url: str, *words: str) -> Any:
        monkeypatch.setenv("DOUDI_HOME", str(home))
        monkeypatch.setenv("DOUDI_IDENTITY_KEY", "3c" * 32)
        monkeypatch.setenv("DOUDI_DATABASE_URL", url)
        settings_module.settings.cache_clear()
        monkeypatch.setattr(sys, "argv", ["doudi", *words, "--json"])
        with pytest.raises(SystemExit) as ended:
            main()
        told = capsys.readouterr().out
        assert not ended.value.code, f"{words}: {told[:300]}"
        return json.loads(told)

    yield doudi
    settings_module.settings.cache_clear()


def test_an_installation_moves_and_comes_back(tmp_path: Path, database: Callable[[str], str], typed: Typed) -> None:
    """A district would grow out of its file, or lose its machine, and its list and proofs with it."""
    district = make_district(tmp_path / "district", people=500, months=2, seed=5, dirt=0.02)
    settings = district.settings(tmp_path / "home")
    assert run(settings, today=TODAY).failures == []

    def state(home: Path, url: str) -> Any:
        listed = typed(home, url, "list")
        family = listed["shown"][0]["family_id"]
        verified = typed(home, url, "verify")
        replayed = typed(home, url, "replay", "latest")
        assert replayed["outcome"] == "identical"
        assert verified["holds"]
        return listed["edition"], listed["shown"], typed(home, url, "explain", family), replayed["replayed_hash"]

    before = state(settings.home, "")
    served, restored = database("served"), database("restored")
    moved = typed(settings.home, "", "database", "move", "--to", served)
    assert moved["rows"]["edition"] == 2
    assert state(settings.home, served) == before

    file, again = tmp_path / "all.tar", tmp_path / "again"
    typed(settings.home, served, "backup", str(file))
    typed(settings.home, served, "restore", str(file), "--into", str(again), "--to", restored)
    shutil.copytree(settings.keys_dir, again / "keys")  # kept elsewhere, as restore says
    assert state(again, restored) == before

    later = {"temporary_assistance.yaml": ("value: 12", "value: 6")}
    with shipped_with(tmp_path / "shipped", later):  # an upgrade
        for home, url in ((settings.home, ""), (again, restored)):
            replayed = typed(home, url, "replay", "latest", "--quick")
            assert (replayed["outcome"], replayed["replayed_hash"]) == ("identical", before[-1])


def test_dagster_keeps_its_runs_on_a_server(tmp_path: Path, database: Callable[[str], str]) -> None:
    """A province would set the URL, and its first month would end in an error of the driver."""
    district = make_district(tmp_path / "district", people=300, months=1, seed=5, dirt=0.0)
    settings = district.settings(tmp_path / "home").model_copy(update={"dagster_database_url": database("runs")})
    report = run(settings, today=TODAY)
    assert (report.failures, [each.new for each in report.editions]) == ([], [True])
    with open_instance(settings) as instance:
        runs = instance.get_runs()
        checked = instance.get_latest_materialization_event(dg.AssetKey("publication"))
    assert {each.job_name for each in runs} == {"ingest", "publish"}
    assert {each.status for each in runs} == {dg.DagsterRunStatus.SUCCESS}
    assert checked is not None
    assert [each for each in settings.dagster_home.rglob("*.db") if each.is_file()] == []
