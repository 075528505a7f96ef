"""The shipped cases, each computed once for all tests of this folder."""

from functools import cache

from editions.scenarios import ScenarioResult, load_scenarios, run_scenario
from rules.parameters import load_parameters

__all__ = ["CASES", "result_of"]

CASES = load_scenarios()
_BY_SOURCE = {case.source: case for case in CASES}


@cache
def result_of(source: str) -> ScenarioResult:
    """What the case `source` gives under the shipped parameters."""
    return run_scenario(_BY_SOURCE[source], load_parameters())
