"""Every rule says by which law it stands, and every number where it is written."""

from datetime import date

import pytest

from editions.scenarios import Scenario, load_scenarios
from rules import all_rules
from rules.parameters import load_parameters
from rules.parameters.model import DatedValue

_RULES = all_rules()
_PARAMETERS = load_parameters()
_ABOUT_PEOPLE = sorted(name for name, rule in _RULES.items() if rule.kind in {"need", "verify"})
_CASES = load_scenarios()
_FEWEST_CASES = 3


def without_citation(values: tuple[DatedValue, ...]) -> list[date]:
    """The dates of values that say nowhere where they come from."""
    return [each.since for each in values if not each.citation.strip()]


def test_a_missing_citation_is_noticed() -> None:
    """A check that accepts blanks would let a number without origin decide over families."""
    since = date(2026, 1, 1)
    assert without_citation((DatedValue(since, 1, " "), DatedValue(since, 1, "民发〔2021〕57号"))) == [since]


def test_the_main_job_has_its_rules() -> None:
    """Otherwise a group of the definition, or a whole kind of warning, is never reported."""
    kinds = [rule.kind for rule in _RULES.values()]
    assert kinds.count("group") == 6
    assert kinds.count("need") >= 4
    assert kinds.count("verify") >= 3
    assert kinds.count("feed") >= 1


@pytest.mark.parametrize("name", sorted(_RULES))
def test_every_rule_cites_its_law_and_explains_itself(name: str) -> None:
    """Otherwise a family asks why, and nobody can answer."""
    rule = _RULES[name]
    assert rule.legal_basis.strip()
    assert rule.title.strip()
    assert rule.title_en.strip()
    assert all(meaning.strip() for meaning in rule.bases.values())
    assert set(rule.parameters) <= set(_PARAMETERS.by_name)


@pytest.mark.parametrize("name", sorted(_PARAMETERS.by_name))
def test_every_number_cites_where_it_is_written(name: str) -> None:
    """Otherwise a threshold cannot be defended, or changed when its source changes."""
    parameter = _PARAMETERS[name]
    assert parameter.title.strip()
    assert parameter.description.strip()
    assert without_citation(parameter.values) == []


def _shown() -> set[str]:
    """Rules for which a scenario expects somebody to be hit."""
    return {rule for case in _CASES for told in (case.hits, case.warnings) for rule, people in told.items() if people}


@pytest.mark.parametrize("name", sorted(name for name, rule in _RULES.items() if rule.kind != "feed"))
def test_every_rule_is_shown_by_a_scenario(name: str) -> None:
    """Otherwise no official can read, in a case, whom the rule means."""
    assert name in _shown()


def told_apart(cases: list[Scenario], rule: str) -> bool:
    """Whether one case shows the same facts with the same key on two days, and new evidence with another key later."""
    told: dict[str, list[frozenset[str]]] = {}
    for case in cases:
        keys = frozenset(key for of_person in case.keys.get(rule, {}).values() for key in of_person)
        if keys:
            told.setdefault(case.source.partition("@")[0], []).append(keys)
    return any(
        days[place] == days[place + 1] and any(later - days[place] for later in days[place + 2 :])
        for days in told.values()
        for place in range(len(days) - 2)
    )


def test_a_key_that_never_changes_is_noticed() -> None:
    """A check that accepts it would let new evidence pass without a question."""
    shown = [case for case in _CASES if "again_holdings" in case.source]
    assert told_apart(shown, "vehicle_on_register")
    assert not told_apart(shown[:2], "vehicle_on_register")
    assert not told_apart(shown[1:], "vehicle_on_register")


def test_there_are_enough_warnings_about_people() -> None:
    """A difficulty or an error that no rule knows stays unseen."""
    kinds = [rule.kind for rule in _RULES.values()]
    assert kinds.count("need") >= 12
    assert kinds.count("verify") >= 8


@pytest.mark.parametrize("name", sorted(name for name, rule in _RULES.items() if rule.kind != "group"))
def test_every_warning_asks_and_says_what_the_same_fact_is(name: str) -> None:
    """Otherwise a visitor has nothing to ask, or asks the same family the same thing every month."""
    rule = _RULES[name]
    assert rule.question.strip().endswith(("？", "。", "）"))
    assert rule.same_fact.strip()


@pytest.mark.parametrize("name", _ABOUT_PEOPLE)
def test_every_warning_about_people_has_a_due_time_and_cases(name: str) -> None:
    """Otherwise a question has no day by which it is answered, and no official can read when it is put."""
    assert _PARAMETERS[_RULES[name].due_parameter].unit == "working day"
    assert sum(name in case.warnings for case in _CASES) >= _FEWEST_CASES
    assert any(case.warnings.get(name) for case in _CASES)


@pytest.mark.parametrize("name", _ABOUT_PEOPLE)
def test_the_same_fact_is_asked_about_once_and_a_new_one_again(name: str) -> None:
    """Otherwise staff settle the same question month after month, or a new fact never reaches them."""
    assert told_apart(_CASES, name)
