"""The shipped cases, each computed once for all tests of a file."""

from functools import cache

from editions.limit_cases import LimitCase
from editions.scenarios import Scenario, ScenarioResult, load_scenarios, run_scenario
from registry.limits import load_limits, run_limit
from rules.parameters import Parameters, load_parameters

__all__ = ["CASES", "COVERING", "LIMITS", "holds_under", "result_of"]

CASES = load_scenarios()
LIMITS = load_limits()
COVERING = (*CASES, *LIMITS)
"""All that can show the boundary of a parameter."""

_BY_SOURCE = {case.source: case for case in CASES}


@cache
def result_of(source: str) -> ScenarioResult:
    """What the case `source` gives under the shipped parameters."""
    return run_scenario(_BY_SOURCE[source], load_parameters())


def holds_under(case: Scenario | LimitCase, parameters: Parameters) -> bool:
    """Whether a case of either kind holds under other parameters."""
    run = run_scenario(case, parameters) if isinstance(case, Scenario) else run_limit(case, parameters)
    return run.passed
