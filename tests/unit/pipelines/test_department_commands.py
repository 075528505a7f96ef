"""What a department and the clerk who deals with it type: check, receipt, quarantine."""

import json
import shutil
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
    assert f"landing/{FEED}/2026-07/330108001.r2.csv" in checked.stdout  # not delivered yet: no version more
    assert "自查" in openpyxl.load_workbook(path)["回执"]["A1"].value
    assert openpyxl.load_workbook(path)["历次报送"].max_row == 4


def test_a_check_on_a_narrow_screen_says_all_of_what_to_do(at_home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this breaks, the clerk reads the first half of how a row is mended and calls the bureau."""
    monkeypatch.setenv("COLUMNS", "50")
    file = land(at_home, [row(8, difficulty="某种情况")])
    shown = CliRunner().invoke(app, ["check", str(file), "--feed", FEED, "--month", "2026-06"]).stdout
    assert "待修正原因" in shown
    assert "…" not in shown


def checked(file: Path, month: str = "2026-06") -> tuple[int, dict[str, object]]:
    """The exit code and the answer of a check."""
    result = CliRunner().invoke(app, ["check", str(file), "--feed", FEED, "--month", month, "--json"])
    return result.exit_code, json.loads(result.stdout)


def told(found: dict[str, object]) -> list[str]:
    """What the registry knows of the file, by code."""
    codes = [each.partition(":")[0] for each in found["caveats"]]  # type: ignore[attr-defined]
    return [each for each in codes if each in {"known_bytes", "delivered_before", "revision_taken"}]


def test_a_check_says_that_a_revision_is_taken(installation: Settings, tmp_path: Path) -> None:
    """If this breaks, a correction that passed the check is refused at the door, and the month stays wrong."""
    corrected = tmp_path / "330108001.csv"
    shutil.copy(land(installation, [row(3), row(9)], month="2026-08"), corrected)
    code, found = checked(corrected)
    assert (code, found["status"]) == (1, "accepted")
    assert "“330108001.csv”，内容不同；更正文件请存为330108001.r2" in str(found["would_be_refused"])
    assert told(found) == ["revision_taken"]
    shown = CliRunner().invoke(app, ["check", str(corrected), "--feed", FEED, "--month", "2026-06"]).stdout
    assert "送达时会被拒收" in shown
    assert "请改用更大的版本号" in shown
    corrected = corrected.rename(tmp_path / "330108001.r2.csv")
    code, found = checked(corrected)
    assert (code, found["would_be_refused"], told(found)) == (0, None, [])


def test_a_check_says_what_intake_then_does(installation: Settings, tmp_path: Path) -> None:
    """If this breaks, the department is told another thing than what happens to its file."""
    land(installation, [row(7)])  # the name of June's first revision, with other bytes
    engine = make_engine(installation)
    code, found = checked(installation.landing_dir / FEED / "2026-06" / "330108001.csv")
    (arrived,) = new_files(installation, engine)
    receipt = ingest(arrived, installation, engine, today=date(2026, 7, 1))
    engine.dispose()
    assert code == 1
    assert (receipt.status, receipt.refusal_message) == ("refused", found["would_be_refused"])


@pytest.mark.parametrize(("name", "month"), [("330108001.csv", "2026-07"), ("330108002.csv", "2026-05")])
def test_a_check_knows_the_bytes_under_a_new_name(
    installation: Settings, tmp_path: Path, name: str, month: str
) -> None:
    """If this breaks, last month's file goes out again as this month's."""
    copy = tmp_path / name
    shutil.copy(installation.landing_dir / FEED / "2026-05" / "330108001.csv", copy)
    code, found = checked(copy, month)
    assert (code, told(found)) == (0, ["known_bytes"])


def test_a_check_of_what_was_delivered_says_so(installation: Settings) -> None:
    """If this breaks, a clerk who is not sure whether the file went out delivers it under another name."""
    code, found = checked(installation.landing_dir / FEED / "2026-05" / "330108001.csv", "2026-05")
    assert (code, told(found)) == (0, ["delivered_before"])


def test_a_zero_report_is_no_copy_of_another(installation: Settings, tmp_path: Path) -> None:
    """If this breaks, every quiet month is told as the wrong file."""
    engine = make_engine(installation)
    land(installation, [], name="330108003.none.csv")
    for each in new_files(installation, engine):
        ingest(each, installation, engine, today=date(2026, 7, 1))
    engine.dispose()
    file = land(installation, [], month="2026-07", name="330108003.none.csv")
    assert told(checked(file, "2026-07")[1]) == []
