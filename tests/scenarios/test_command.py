"""`doudi rules test` tells an official which cases hold."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines.cli.rulebook import app
from pipelines.errors import UsageError
from schemas.settings import settings

OWN = """
left:
  title: 本区补充：上月退出的人
  as_of: 2026-03-31
  people: {a: {born: 1980-05-01, household: H1}}
  facts:
    spells: [{person_key: a, programme: subsistence, family_no: N1, started_on: 2020-01-01, ended_on: 2026-02-28}]
  hits: {exited_assistance: [a]}
"""


OVERLAY = """
deferred_days:
  title: 暂缓天数
  description: Of the bureau itself
  type: integer
  unit: day
  status: local
  last_reviewed: 2026-01-01
  values:
    2021-01-01: {value: 31, citation: 本区决定}
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An installation without anything."""
    monkeypatch.setenv("DOUDI_HOME", str(tmp_path / "home"))
    settings.cache_clear()
    yield tmp_path / "home"
    settings.cache_clear()


def test_a_chosen_case_holds() -> None:
    """An official could not run the one case that is talked about."""
    result = CliRunner().invoke(app, ["test", "--case", "boundaries_groups.merge_gap"])
    assert result.exit_code == 0
    assert "1 of 1 hold" in result.stdout


def test_a_case_of_the_bureau_that_fails_is_told(tmp_path: Path) -> None:
    """A wrong expectation would pass unseen, or without saying what was found."""
    (tmp_path / "own.yaml").write_text(OWN.replace("{exited_assistance: [a]}", "{}"), encoding="utf-8")
    result = CliRunner().invoke(app, ["test", "--case", "本区补充", "--dir", str(tmp_path), "--json"])
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert (told["cases"], told["held"], told["files"]) == (1, 0, {"own": {"cases": 1, "held": 0}})
    failure = told["failures"][0]
    assert failure["case"] == "own.left"
    assert (failure["expected"], failure["found"]) == ({"exited_assistance": []}, {"exited_assistance": ["a"]})
    printed = CliRunner().invoke(app, ["test", "--case", "本区补充", "--dir", str(tmp_path)])
    assert "expected [], found ['a']" in printed.stdout


LIMIT = """
deferred:
  title: 本区补充：暂缓满三十天才重启
  applies: opens_again
  covers: [casework.deferred_days]
  given: {deferred_on: 2026-03-01}
  moving: as_of
  expected: {2026-03-30: false, 2026-03-31: false, 2026-04-01: true}
"""


def test_a_case_of_a_term_is_run_and_told_by_its_days(tmp_path: Path, home: Path) -> None:
    """An official could neither check a term, nor see on which day it came out otherwise."""
    result = CliRunner().invoke(app, ["test", "--case", "limits_casework.deferred"])
    assert (result.exit_code, result.stdout.strip()) == (0, "limits_casework: 1 of 1 hold")
    (tmp_path / "limits_own.yaml").write_text(LIMIT, encoding="utf-8")
    chosen = ["test", "--case", "本区补充", "--dir", str(tmp_path)]
    failing = CliRunner().invoke(app, chosen)
    assert failing.exit_code == 1
    assert "as_of 2026-03-31: expected False, found True" in failing.stdout
    assert "2026-04-01" not in failing.stdout, "what came out as expected is not told"
    (home / "parameters.d").mkdir(parents=True)
    (home / "parameters.d" / "casework.yaml").write_text(OVERLAY, encoding="utf-8")
    assert CliRunner().invoke(app, chosen).exit_code == 0, "the bureau's own case speaks of the number in force there"


def test_a_text_that_chooses_nothing_is_refused() -> None:
    """Nothing run must not look like everything held."""
    result = CliRunner().invoke(app, ["test", "--case", "no such case"])
    assert isinstance(result.exception, UsageError)
