"""The officials' cases of limits hold, and a file that is not of the form is refused."""

from dataclasses import replace
from pathlib import Path

import pytest

from editions.limit_cases import LimitCase
from registry.limits import APPLIED, load_limits, run_limit
from rules.errors import ParameterError, ScenarioError
from rules.parameters import load_parameters
from schemas.errors import UnknownNameError
from tests.scenarios.runs import LIMITS

GOOD = """
reads:
  title: 例
  applies: unusual_day
  covers: [audit.reads_a_day]
  as_of: 2026-03-31
  given: {rows: 100}
  moving: reads
  expected: {99: false, 100: false, 101: true}
"""


def _loaded(tmp_path: Path, text: str) -> list[LimitCase]:
    (tmp_path / "limits_own.yaml").write_text(text, encoding="utf-8")
    return load_limits(tmp_path)


@pytest.mark.parametrize("case", LIMITS, ids=[case.source for case in LIMITS])
def test_a_case_of_limits(case: LimitCase) -> None:
    """A term or threshold as officials wrote it down is not what the house applies."""
    result = run_limit(case, load_parameters())
    assert result.found == result.expected, case.title
    assert result.passed


def test_all_that_can_be_asked_is_asked() -> None:
    """What no case asks could be wrong, and an official would be the first to find out."""
    assert set(APPLIED) - {case.applies for case in LIMITS} == set()


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        (GOOD, "reads: 1\n", "must be a mapping"),
        ("  title: 例\n", "", "title is missing"),
        ("  title: 例\n", "  title: [例]\n", "title must be text"),
        ("  title: 例\n", "  title: 例\n  colour: red\n", "unknown key 'colour'"),
        ("  title: 例\n", "  title: 例\n  hits: {}\n", "unknown key 'hits'"),
        ("unusual_day", "unusual_night", "applies names 'unusual_night'; known: .*unusual_day"),
        ("[audit.reads_a_day]", "audit.reads_a_day", "covers must be a list"),
        ("[audit.reads_a_day]", "[audit.reads_a_night]", "audit.reads_a_night"),
        ("  as_of: 2026-03-31\n", "", "as_of is missing"),
        ("as_of: 2026-03-31", "as_of: March", "as_of must be a date"),
        ("moving: reads", "moving: as_of", "as_of cannot stand beside"),
        ("{rows: 100}", "[rows]", "given must be a mapping"),
        ("{rows: 100}", "{rows: 100, colour: red}", "gives 'colour'; unusual_day takes: reads, rows"),
        ("{rows: 100}", "{rows: many}", "rows is str, not int"),
        ("{rows: 100}", "{reads: 5}", "reads moves and cannot be given"),
        ("moving: reads", "moving: nights", "gives 'nights'"),
        ("{99: false, 100: false, 101: true}", "{100: false, 101: true}", "before, at and after"),
        ("{99: false, 100: false, 101: true}", "[false, false, true]", "before, at and after"),
        ("{99: false, 100: false, 101: true}", "{99: false, 101: false, 100: true}", "must ascend"),
        ("{99: false, 100: false, 101: true}", "{99: false, 100: false, 2026-03-31: true}", "dates, or whole numbers"),
        ("{99: false, 100: false, 101: true}", "{a: false, b: false, c: true}", "dates, or whole numbers"),
        ("{99: false, 100: false, 101: true}", "{99: false, 100: false, 101: false}", "shows no boundary"),
        ("{99:", "{2026-03-30: false, 2026-03-31: false, 2026-04-01: true}\n  was: {99:", "unknown key 'was'"),
        ("unusual_day", "odd_hour", "gives 'reads'; odd_hour takes: hour"),
        (
            "  as_of: 2026-03-31\n  given: {rows: 100}\n  moving: reads\n",
            "  moving: as_of\n",
            "as_of moves over dates",
        ),
        ("{rows: 100}", "{rows: 100}\n  parameters: [1]", "parameters must be a mapping"),
    ],
)
def test_a_case_of_limits_that_is_not_of_the_form_is_refused(tmp_path: Path, old: str, new: str, word: str) -> None:
    """A misspelt expectation would pass for ever."""
    assert old in GOOD
    with pytest.raises(ScenarioError, match=word):
        _loaded(tmp_path, GOOD.replace(old, new))


def test_what_is_missing_to_ask_is_told(tmp_path: Path) -> None:
    """An official would see that a program broke, and not what to write."""
    with pytest.raises(ScenarioError, match="others is missing; drawn_of_stratum takes: items, others, drawn"):
        _loaded(tmp_path, GOOD.replace("unusual_day", "drawn_of_stratum").replace("{rows: 100}", "{items: 10}")
                .replace("moving: reads", "moving: drawn"))  # fmt: skip


def test_a_parameter_that_does_not_exist_or_cannot_be_so_is_refused(tmp_path: Path) -> None:
    """A case would be run under the shipped value while it says another."""
    for setting, error in (
        ("audit.reads_a_night: 5", UnknownNameError),
        ("audit.reads_a_day: 0", ParameterError),
        ("audit.reads_a_day: many", ParameterError),
    ):
        with pytest.raises(error, match=r"audit\.reads_a_"):
            _loaded(tmp_path, GOOD + f"  parameters: {{{setting}}}\n")


def test_a_parameter_of_the_case_is_in_the_place_of_the_shipped_one(tmp_path: Path) -> None:
    """A bureau could not show what would be under another number."""
    (case,) = _loaded(tmp_path, GOOD + "  parameters: {audit.reads_a_day: 101}\n")
    assert run_limit(case, load_parameters()).found == {"reads 99": False, "reads 100": False, "reads 101": False}


def test_a_wrong_expectation_fails() -> None:
    """The runner must be able to fail, also on what merely looks alike."""
    case = next(each for each in LIMITS if each.applies == "unusual_day")
    assert run_limit(case, load_parameters()).passed
    turned = {value: not what for value, what in case.expected.items()}
    assert not run_limit(replace(case, expected=turned), load_parameters()).passed
    counted = {value: int(what) for value, what in case.expected.items()}
    assert not run_limit(replace(case, expected=counted), load_parameters()).passed, "yes is not 1"


def test_a_case_of_either_kind_in_a_file_of_the_other_is_refused(tmp_path: Path) -> None:
    """A case in the wrong file would never be run."""
    from editions.scenarios import load_scenarios  # noqa: PLC0415

    (tmp_path / "own.yaml").write_text(GOOD, encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"limits_\*\.yaml"):
        load_scenarios(tmp_path)
    assert load_limits(tmp_path) == []
