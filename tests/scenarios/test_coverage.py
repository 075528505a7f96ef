"""The cases show every rule, every predicate, every numbered line and both sides of every window and threshold."""

from dataclasses import replace
from datetime import date

import pytest

from editions.scenarios import Scenario, run_scenario
from rules import all_rules
from rules.parameters import Parameters, load_parameters
from rules.parameters.model import ParameterValue
from schemas.codes import CODE_LISTS
from tests.scenarios.runs import CASES, result_of

SHIPPED = load_parameters()
AS_OF = date(2026, 3, 31)
MONTH = "month"
# They grade the families that are listed, by bands of points.
GRADING = ("scorecard.", "tiers.")
# That each rule's own number dates its task is tested with the tasks; no shipped rule is left to the number of all.
DUE = ".due_working_days"
# Whole days are what a task can be due in.
STEPS = {"tasks.red_hours": 24}
# How long a decision binds is settled when it is recorded, which no facts of a case hold: tests/unit/registry.
DECIDED = tuple(f"status.{outcome}_months" for outcome in CODE_LISTS["decision_outcome"].codes)
# Numbers on which no list, warning, tier or task of a case depends, and what depends on them instead.
BESIDE = {
    "anomalies.": "which families and deliveries people look at a second time",
    "audit.": "how large an auditor's sample is, and when reading is unusual",
    "casework.": "how people work on cases, and when they answer one another",
    "drift.": "whether a promoted model still scores; a case has none",
    "fairness.": "how a model is judged before it is promoted",
    "gate.": "how a model is judged before it is promoted",
    "retention.": "when the keys of deliveries are destroyed",
    "rulebook.": "how much the rule book prints",
    "visits.": "whom a month's plan of visits picks, beside the questions",
}
# Predicates that no case shows, and why.
UNSHOWN = {
    ("other_department_aid", "aid_temporary"): "temporary assistance is a group of its own while its parameter says so",
}
LEAST_SEVERE = 4  # grades of disability run from 1 to 4 (GB/T 26341)


def _boundaries(parameters: Parameters) -> list[str]:
    """The windows and thresholds: whole numbers, grades, months of the calendar, and the bands that grade families."""
    return [
        name
        for name, each in parameters.by_name.items()
        if not name.startswith(tuple(BESIDE))
        and name not in DECIDED
        and not name.endswith(DUE)
        and (
            each.type in {"integer", "integers"}
            or (each.type == "text" and each.unit == MONTH)
            or (each.type == "bands" and name.startswith(GRADING))
        )
    ]


def _unknown(cases: list[Scenario], parameters: Parameters) -> set[str]:
    return {name for case in cases for name in case.covers} - set(_boundaries(parameters))


def _beside(name: str) -> list[ParameterValue | list[int]]:
    """The parameter's value moved by the smallest step, either way; a list of grades by its last grade.

    A value below the parameter's minimum is none that can be set. Of bands each lower end but the first, which nothing
    lies below.
    """
    value = SHIPPED[name].values[-1].value
    if isinstance(value, int):
        step = STEPS.get(name, 1)
        least = SHIPPED[name].minimum
        return [each for each in (value - step, value + step) if least is None or each >= least]
    if SHIPPED[name].type == "bands":
        bands = SHIPPED.as_of(AS_OF).bands(name)
        moved = [(place, step) for place in range(1, len(bands)) for step in (-1, 1)]
        return [
            tuple(each._replace(at_least=each.at_least + step * (n == place)) for n, each in enumerate(bands))
            for place, step in moved
        ]
    if isinstance(value, tuple):
        grades = [int(str(each)) for each in value]
        longer = [[*grades, grades[-1] + 1]] if grades[-1] < LEAST_SEVERE else []
        return [grades[:-1], *longer]
    year, month = map(int, str(value).split("-"))
    months = year * 12 + month - 1
    return [f"{each // 12:04d}-{each % 12 + 1:02d}" for each in (months - 1, months + 1)]


def test_what_is_left_out_is_there() -> None:
    """An excuse for a parameter that is no more would hide the next one of its name."""
    assert set(DECIDED) <= set(SHIPPED.by_name)
    assert [prefix for prefix in BESIDE if not any(name.startswith(prefix) for name in SHIPPED.by_name)] == []
    rules = all_rules()
    assert [prefix for prefix in BESIDE if prefix.removesuffix(".") in rules] == []
    assert [rule.id for rule in rules.values() if any(name.startswith(tuple(BESIDE)) for name in rule.parameters)] == []


def test_only_known_windows_and_thresholds_are_named() -> None:
    """A misspelt name would count as covered for ever."""
    assert _unknown(CASES, SHIPPED) == set()
    misspelt = replace(CASES[0], covers=("exited_assistance.window_year",))
    assert _unknown([misspelt], SHIPPED) == {"exited_assistance.window_year"}


@pytest.mark.parametrize("name", _boundaries(SHIPPED))
def test_a_value_beside_the_shipped_one_breaks_a_case(name: str) -> None:
    """A number moved by one day, month or yuan, either way, would change lists and nobody would see it."""
    covering = [case for case in CASES if name in case.covers]
    for value in _beside(name):
        moved = SHIPPED.replacing({name: value})
        assert any(not run_scenario(case, moved).passed for case in covering), f"{name} moved to {value}"


def test_every_predicate_of_every_rule_is_reached_by_a_case() -> None:
    """A family would be told a reason that nobody has ever seen come out."""
    reached = {told for case in CASES for told in result_of(case.source).predicates}
    declared = {(rule.id, basis) for rule in all_rules().values() for basis in rule.bases}
    assert declared - reached - set(UNSHOWN) == set()
    assert set(UNSHOWN) & reached == set()


def test_every_rule_is_named_by_a_case_with_a_hit() -> None:
    """A rule without a readable case cannot be checked by those who answer for it."""
    shown = {name for case in CASES for name, who in (*case.hits.items(), *case.warnings.items()) if who}
    assert set(all_rules()) - shown == set()


def test_every_line_of_the_definition_is_named() -> None:
    """An official could not find the case that shows how a line is read."""
    assert {line for case in CASES for line in case.lines} == set(range(1, 16))
