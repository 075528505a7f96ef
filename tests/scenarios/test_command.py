"""`doudi rules test` tells an official which cases hold."""

import json
from pathlib import Path

from typer.testing import CliRunner

from pipelines.cli.rulebook import app
from pipelines.errors import UsageError

OWN = """
left:
  title: 本区补充：上月退出的人
  as_of: 2026-03-31
  people: {a: {born: 1980-05-01, household: H1}}
  facts:
    spells: [{person_key: a, programme: subsistence, family_no: N1, started_on: 2020-01-01, ended_on: 2026-02-28}]
  hits: {exited_assistance: [a]}
"""


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


def test_a_text_that_chooses_nothing_is_refused() -> None:
    """Nothing run must not look like everything held."""
    result = CliRunner().invoke(app, ["test", "--case", "no such case"])
    assert isinstance(result.exception, UsageError)
