"""What an engineer types to fetch a department's table, and what is shown of it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.errors import UsageError
from schemas.settings import Settings
from tests.unit.registry.databases import declare, department_on
from tests.unit.registry.deliveries import FEED

JUNE = ["fetch", "--month", "2026-06"]


@pytest.fixture
def department(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """The database of a department with three payments, two of them in June."""
    with department_on("sqlite", request, tmp_path) as database:
        yield database


def test_a_declared_table_becomes_a_file_and_equal_rows_none(at_home: Settings, department: Engine) -> None:
    """If this breaks, the command says that it fetched and the next run finds nothing, or the same thing twice."""
    declare(at_home, department)
    told = CliRunner().invoke(app, [*JUNE, "--json"])
    assert told.exit_code == 0, told.output
    (line,) = json.loads(told.stdout)
    assert (line["feed"], line["month"], line["state"], line["rows"]) == (FEED, "2026-06", "new", 2)
    assert Path(line["path"]) == at_home.landing_dir / FEED / "2026-06" / "civil_db.parquet"
    assert Path(line["path"]).is_file()
    again = CliRunner().invoke(app, JUNE)
    assert again.exit_code == 0
    assert f"unchanged  {FEED}/civil_db 2026-06: 2 rows" in again.stdout


def test_an_outage_is_named_and_fails_the_command(at_home: Settings, department: Engine) -> None:
    """If this breaks, a department that cannot be reached looks like one that paid nobody."""
    declare(at_home, department, table="no_such_table")
    told = CliRunner().invoke(app, JUNE)
    assert told.exit_code == 1
    assert told.stdout.startswith("failed  ")
    assert f"{FEED}/civil_db" in told.stdout
    assert str(department.url.database) not in told.output
    assert not list(at_home.landing_dir.rglob("*.parquet"))


@pytest.mark.usefixtures("at_home")
def test_a_month_that_is_none_is_refused() -> None:
    """If this breaks, a slip fetches another month, or all of them."""
    told = CliRunner().invoke(app, ["fetch", "--month", "2026-13"])
    assert isinstance(told.exception, UsageError)  # the command line makes exit code 2 of it


@pytest.mark.usefixtures("at_home")
def test_without_sources_it_says_how_to_name_one() -> None:
    """If this breaks, an engineer takes silence for a fetch that went well."""
    told = CliRunner().invoke(app, ["fetch"])
    assert (told.exit_code, "sources.d/<feed>.yaml" in told.stdout) == (0, True)
