"""What a department and the clerk who deals with it type: check, receipt, quarantine."""

import json
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from pipelines.cli import app
from registry.engine import make_engine, migrate
from registry.intake import ingest, new_files
from schemas.settings import Settings
from tests.unit.registry.deliveries import FEED, land, row

BAD = "330108198001010000"


@pytest.fixture
def installation(at_home: Settings) -> Settings:
    """An installation that has taken in two months, the second with a row to mend."""
    land(at_home, [row(1), row(2)], month="2026-05")
    land(at_home, [row(3), row(4, identity=BAD)])
    engine = make_engine(at_home)
    migrate(engine)
    for each in new_files(at_home, engine):
        ingest(each, at_home, engine, today=date(2026, 7, 1))
    engine.dispose()
    return at_home


@pytest.mark.usefixtures("installation")
def test_open_rows_are_counted_and_given_back(tmp_path: Path) -> None:
    """If this breaks, nobody can tell a department which rows it still owes."""
    found = json.loads(CliRunner().invoke(app, ["quarantine", "--json"]).stdout)["open"]
    assert [(each["feed"], each["month"], each["reason"], each["rows"]) for each in found] == [
        (FEED, "2026-06", "id_checksum", 1)
    ]
    assert found[0]["delivery_id"] in CliRunner().invoke(app, ["quarantine"]).stdout
    path = tmp_path / "receipt.xlsx"
    given = CliRunner().invoke(app, ["receipt", found[0]["delivery_id"], "-o", str(path)])
    assert given.exit_code == 0, given.output
    assert openpyxl.load_workbook(path).sheetnames == ["回执", "待修正", "历次报送"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_check_shows_the_sender_its_earlier_months(installation: Settings, tmp_path: Path) -> None:
    """If this breaks, a department learns of a shrunken file only after it has delivered it."""
    file = land(installation, [row(5), row(6, identity=BAD)], month="2026-07", name="330108001.r2.csv")
    path = tmp_path / "check.xlsx"
    checked = CliRunner().invoke(app, ["check", str(file), "--feed", FEED, "--month", "2026-07", "-o", str(path)])
    assert checked.exit_code == 1
    assert "2026-05" in checked.stdout
    assert f"landing/{FEED}/2026-07/330108001.r3.csv" in checked.stdout
    assert openpyxl.load_workbook(path)["历次报送"].max_row == 4
