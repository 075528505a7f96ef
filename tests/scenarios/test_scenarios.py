"""The officials' scenarios hold: each case of `rules/scenarios/` gives exactly the hits and warnings that it says."""

from pathlib import Path

import pytest

from editions.scenarios import Scenario, load_scenarios, run_scenario
from rules import all_rules, get_rule, rules_of
from rules.errors import ScenarioError, UnknownKeyError
from rules.parameters import load_parameters
from schemas.errors import UnknownNameError
from tests.scenarios.runs import CASES, COVERING, result_of

# Predicates that no case shows, and why.
UNSHOWN = {
    ("other_department_aid", "aid_temporary"): "temporary assistance is a group of its own while its parameter says so",
}


@pytest.mark.parametrize("case", CASES, ids=[case.source for case in CASES])
def test_scenario(case: Scenario) -> None:
    """The law as officials wrote it down is not what is computed."""
    result = result_of(case.source)
    assert result.found == result.expected, case.title
    assert all(get_rule(rule_id).found(basis) for rule_id, basis in result.predicates)


def test_every_group_and_warning_of_people_has_a_case_with_a_hit() -> None:
    """A rule without a readable case cannot be checked by those who answer for it."""
    hit = {name for case in CASES for name, people in (*case.hits.items(), *case.warnings.items()) if people}
    about_people = {rule.id for rule in rules_of("group", "need", "verify")}
    assert about_people - hit == set()


def test_every_predicate_of_every_rule_is_reached_by_a_case() -> None:
    """A family would be told a reason that nobody has ever seen come out."""
    reached = {told for case in CASES for told in result_of(case.source).predicates}
    declared = {(rule.id, basis) for rule in all_rules().values() for basis in rule.bases}
    assert declared - reached - set(UNSHOWN) == set()
    assert set(UNSHOWN) & reached == set()


def test_titles_are_told_apart() -> None:
    """Two cases of one title leave the reader guessing which of them failed."""
    titles = [case.title for case in COVERING]
    assert len(set(titles)) == len(titles)


GOOD = """
case:
  title: 例
  as_of: 2026-03-31
  people: {a: {born: 1980-05-01, household: H1}}
  facts:
    spells: [{person_key: a, programme: subsistence, family_no: N1, started_on: 2020-01-01}]
  hits: {}
"""


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("  hits: {}\n", "", "hits is missing"),
        ("  hits: {}\n", "  hits: {}\n  colour: red\n", "colour"),
        ("  hits: {}\n", "  hits: {poor: [a]}\n", "poor"),
        ("  hits: {}\n", "  hits: {}\n  warnings: {rich: [a]}\n", "rich"),
        ("spells:", "spell:", "spell"),
        ("  hits: {}\n", "  hits: {}\n  lines: [16]\n", "lines"),
        ("  hits: {}\n", "  hits: {}\n  deliveries: [{feed: vehicles, rows: []}]\n", "month is missing of a delivery"),
        ("  hits: {}\n", "  hits: {}\n  deliveries: [{feed: vehicles, colour: red}]\n", "colour"),
        (
            "  hits: {}\n",
            "  hits: {}\n  deliveries: [{feed: vehicles, month: 2026-01, sender: x, rows: [{colour: red}]}]\n",
            "colour",
        ),
        ("  hits: {}\n", "  hits: {}\n  days: {2026-03-31: {hits: {}}}\n", "beside days"),
        ("  hits: {}\n", "  hits: {}\n  after: [2026-02-28, 2026-01-31]\n", "after must follow"),
        ("  hits: {}\n", "  hits: {}\n  after: [2026-03-31]\n", "after must follow"),
        ("  as_of: 2026-03-31\n", "  days: {2026-03-31: {hit: {}}}\n", "days"),
        ("  as_of: 2026-03-31\n", "  days: {2026-03-31: {more: {people: {}}}}\n", "beside days"),
    ],
)
def test_a_case_that_is_not_of_the_form_is_refused(tmp_path: Path, old: str, new: str, word: str) -> None:
    """A misspelt expectation would pass for ever."""
    (tmp_path / "cases.yaml").write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(ScenarioError, match=word):
        load_scenarios(tmp_path)


def test_a_column_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    """A misspelt fact would be left out silently."""
    (tmp_path / "cases.yaml").write_text(GOOD.replace("programme:", "program:"), encoding="utf-8")
    case = load_scenarios(tmp_path)[0]
    with pytest.raises(ScenarioError, match="program"):
        run_scenario(case, load_parameters())


def test_a_parameter_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    """A case would be run under the shipped value while it says another."""
    text = GOOD.replace("  hits: {}\n", "  parameters: {family.bases: x}\n  hits: {}\n")
    (tmp_path / "cases.yaml").write_text(text, encoding="utf-8")
    with pytest.raises((UnknownNameError, UnknownKeyError), match=r"family\.bas"):
        run_scenario(load_scenarios(tmp_path)[0], load_parameters())


def test_a_wrong_expectation_fails(tmp_path: Path) -> None:
    """The runner must be able to fail."""
    (tmp_path / "cases.yaml").write_text(GOOD.replace("hits: {}", "hits: {exited_assistance: [a]}"), encoding="utf-8")
    assert not run_scenario(load_scenarios(tmp_path)[0], load_parameters()).passed
