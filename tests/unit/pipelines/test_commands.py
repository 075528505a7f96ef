"""The command line without a district: exit codes, errors, JSON."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from rich.cells import cell_len

from editions.rulebook import rule_pages
from pipelines.cli import main
from pipelines.cli.common import out
from pipelines.district import SampleArguments, first_folder, make_sample
from pipelines.errors import UsageError
from pipelines.progress import Silent
from rules.parameters import load_parameters
from schemas import settings as settings_module

HEADER = "身份证号,姓名,业务编号,金额(元),批准日期,发放日期,困难类型,街道"
GOOD = "11010519491231002X,甲,LS1,800.00,2026-06-05,2026-06-08,因病,西兴街道"
BAD = "110105194912310021,乙,LS2,800.00,2026-06-05,2026-06-08,因病,西兴街道"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty installation that the commands find."""
    monkeypatch.setenv("DOUDI_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("DOUDI_LANDING", raising=False)
    settings_module.settings.cache_clear()
    yield tmp_path / "home"
    settings_module.settings.cache_clear()


def doudi(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    """Type `doudi` and give its exit code."""
    monkeypatch.setattr(sys, "argv", ["doudi", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_help_names_every_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Somebody who types `doudi` must see what there is."""
    assert doudi(monkeypatch, "--help") == 0
    told = capsys.readouterr().out
    for command in ("sample", "run", "demo", "list", "alerts", "explain", "template", "check", "rules", "ui", "verify"):
        assert command in told


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("template", "vehicels"), "did you mean vehicles"),
        (("rules", "show", "low_income"), "did you mean low_income_family"),
        (("run", "--as-of", "30.6.2026"), "write it like 2026-06-30"),
        (("run", "--as-of", "2999-01-31"), "lies in the future"),
        (("run", "--as-of", "2001-01-31"), "DOUDI_FIRST_MONTH"),
        (("list", "--known-on", "2026-06-30T18:00"), "write it like"),
        (("list", "--role", "boss"), "unknown role"),
        (("check", "/nowhere.csv", "--feed", "vehicles"), "does not exist"),
    ],
)
def test_bad_usage_says_what_would_be_good(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], told: str
) -> None:
    """A typing mistake must not end in a traceback, nor in everybody's list."""
    assert doudi(monkeypatch, *words) == 2
    shown = capsys.readouterr()
    assert told in " ".join(shown.err.replace("│", " ").split())
    assert "Traceback" not in shown.err


@pytest.mark.parametrize("words", [("list",), ("alerts",), ("explain", "P:x")])
def test_without_an_edition_the_next_step_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    """An empty answer would read as 'nobody is in need'."""
    assert doudi(monkeypatch, *words) == 1
    assert "run `doudi run` first" in capsys.readouterr().err


def test_errors_are_json_when_json_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A program that reads the answer would choke on prose."""
    assert doudi(monkeypatch, "list", "--json") == 1
    assert json.loads(capsys.readouterr().out)["error"] == "NoEditionError"


def test_the_rule_book_is_shown_and_parsable(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A rule without its numbers and their law explains nothing."""
    assert doudi(monkeypatch, "rules", "list", "--json") == 0
    listed = {each["id"]: each["kind"] for each in json.loads(capsys.readouterr().out)}
    assert [name for name, kind in listed.items() if kind == "group"]
    assert doudi(monkeypatch, "rules", "show", "low_income_family", "--as-of", "2026-06-30", "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    (number,) = shown["parameters"]["low_income_family.annual_income_yuan"]["values"]
    assert number["value"] == 100_000
    assert number["citation"]
    assert doudi(monkeypatch, "rules", "show", "low_income_family") == 0


OVERLAY = """
annual_income_yuan:
  title: 年收入上限
  description: Of the bureau itself
  type: integer
  unit: yuan
  status: local
  last_reviewed: 2026-01-01
  values:
    2021-01-01: {value: 100000, citation: 甲号文}
    2026-02-01: {value: 120000, citation: 乙号文}
"""


def test_the_rule_book_reads_well_in_a_narrow_window(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the usual window of 80 columns names were cut in two, and nobody could type what they read."""
    monkeypatch.setattr(out, "_width", 80)
    assert doudi(monkeypatch, "rules", "list") == 0
    lines = capsys.readouterr().out.splitlines()
    pages = rule_pages(load_parameters()).values()
    assert all(cell_len(line) <= 80 for line in lines)
    for page in pages:
        assert any(line.split()[:2] == [page.id, page.title] for line in lines), page.id


def test_what_the_bureau_overlaid_is_shown_beside_what_was_shipped(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    """An auditor would not see that the number of this district is not the one that everybody else has."""
    (home / "parameters.d").mkdir(parents=True)
    (home / "parameters.d" / "low_income_family.yaml").write_text(OVERLAY, encoding="utf-8")
    told = "low_income_family.annual_income_yuan from 2026-02-01: 120000 (shipped: 100000)"
    assert doudi(monkeypatch, "rules", "list") == 0
    assert told in capsys.readouterr().out
    assert doudi(monkeypatch, "rules", "show", "low_income_family") == 0
    assert told in capsys.readouterr().out
    assert doudi(monkeypatch, "rules", "show", "exited_assistance") == 0
    assert "shipped" not in capsys.readouterr().out


def test_a_department_tries_its_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, home: Path
) -> None:
    """Exit codes tell a script whether the file would be taken; nothing of it may stay with the bureau."""
    file = tmp_path / "西兴街道.csv"
    file.write_text(f"{HEADER}\n{GOOD}", encoding="utf-8-sig")
    assert doudi(monkeypatch, "check", str(file), "--feed", "temporary_assistance") == 0
    file.write_text(f"{HEADER}\n{GOOD}\n{BAD}", encoding="utf-8-sig")
    receipt = tmp_path / "receipt.xlsx"
    assert doudi(monkeypatch, "check", str(file), "--feed", "temporary_assistance", "-o", str(receipt)) == 1
    assert receipt.is_file()
    capsys.readouterr()
    file.write_text("甲,乙\n1,2\n", encoding="utf-8-sig")
    assert doudi(monkeypatch, "check", str(file), "--feed", "temporary_assistance", "--json") == 1
    assert json.loads(capsys.readouterr().out)["refusal_code"] == "header_not_found"
    assert not home.exists()


def test_a_template_is_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The department gets a workbook that it can fill in."""
    path = tmp_path / "template.xlsx"
    assert doudi(monkeypatch, "template", "temporary_assistance", "-o", str(path)) == 0
    assert path.stat().st_size > 1000


def test_an_empty_audit_chain_holds(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A new installation is in order."""
    assert doudi(monkeypatch, "verify", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    empty = {"holds": True, "checked": 0, "faults": [], "erased": 0, "unsealed": 0}
    chain = {"holds": True, "events": 0, "anchors": 0, "reason": None, "faults": []}
    assert told == chain | dict.fromkeys(("archive", "deliveries", "editions", "parameters"), empty)


def test_a_sample_is_made_once(tmp_path: Path) -> None:
    """`make run` would spend its time on what is there, or mix two districts."""
    arguments = SampleArguments(people=200, months=1, seed=3, dirt=0.0, first_month="2026-01")
    folder = tmp_path / "district"
    assert make_sample(arguments, folder, Silent())
    stamps = {each: each.stat().st_mtime_ns for each in folder.rglob("*.parquet")}
    assert not make_sample(arguments, folder, Silent())
    assert {each: each.stat().st_mtime_ns for each in folder.rglob("*.parquet")} == stamps
    with pytest.raises(UsageError, match="holds another sample"):
        make_sample(SampleArguments(people=300, months=1, seed=3, dirt=0.0, first_month="2026-01"), folder, Silent())


def test_a_sample_is_not_made_over_real_deliveries(tmp_path: Path) -> None:
    """What departments delivered must not be thrown away for a demonstration."""
    (tmp_path / "landing" / "vehicles").mkdir(parents=True)
    arguments = SampleArguments(people=200, months=1, seed=3, dirt=0.0, first_month="2026-01")
    with pytest.raises(UsageError, match="no sample"):
        make_sample(arguments, tmp_path, Silent())
    assert (tmp_path / "landing" / "vehicles").is_dir()


def test_samples_end_with_the_same_month() -> None:
    """Commands in the documents name that month."""
    assert [first_folder(each) for each in (1, 6, 12)] == ["2026-06", "2026-01", "2025-07"]


def test_a_run_over_files_in_the_wrong_place_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    """A folder of a mistyped month or feed would be passed over in silence, or stop everybody else's files."""
    for place in ("vehicles/2999-01", "mystery/2026-06", "vehicles/June"):
        (home / "landing" / place).mkdir(parents=True)
        (home / "landing" / place / "公安局.csv").write_text("身份证号\n1\n", encoding="utf-8-sig")
    assert doudi(monkeypatch, "run", "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert [(each["month"], each["step"]) for each in told["failures"]] == [("2999-01", "landing")]
    assert sorted(each["feed"] for each in told["refused"]) == ["mystery", "vehicles"]
    assert told["editions"] == []
    assert doudi(monkeypatch, "run") == 1, "what lies there is still not taken in"
    assert "2999-01" in capsys.readouterr().out


def test_a_second_writer_is_told_to_wait(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    """Two runs at once would write the same tables."""
    home.mkdir()
    with FileLock(home / "lock"):
        assert doudi(monkeypatch, "run") == 1
    assert "another doudi command is writing" in capsys.readouterr().err
