"""Every rule says by which law it stands, and every number where it is written."""

from datetime import date

import pytest
import yaml

from rules import all_rules
from rules.parameters import load_parameters
from rules.parameters.model import DatedValue
from tests.house.files import ROOT

_RULES = all_rules()
_PARAMETERS = load_parameters()


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
    cases = (
        case
        for path in (ROOT / "rules" / "scenarios").glob("*.yaml")
        for case in yaml.safe_load(path.read_text(encoding="utf-8")).values()
    )
    return {
        rule for case in cases for part in ("hits", "warnings") for rule, people in case.get(part, {}).items() if people
    }


@pytest.mark.parametrize("name", sorted(name for name, rule in _RULES.items() if rule.kind != "feed"))
def test_every_rule_is_shown_by_a_scenario(name: str) -> None:
    """Otherwise no official can read, in a case, whom the rule means."""
    assert name in _shown()
