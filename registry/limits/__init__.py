"""Runs the officials' cases of limits: the house is asked before, at and after the boundary.

What belongs here: what a case can ask (`APPLIED`), the check of what it gives, and comparing. The modules beside this
one make of a few numbers what the house's own functions take, and ask them; they apply no parameter themselves.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import Parameter as Input
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, get_type_hints

from editions.limit_cases import AS_OF, LimitCase, load_limit_cases
from registry.limits import allowances, auditing, casework, fairness, gate, models, plans, terms
from rules.errors import ScenarioError
from rules.parameters import Parameters

if TYPE_CHECKING:
    from datetime import date

__all__ = ["APPLIED", "LimitResult", "load_limits", "run_limit"]

APPLIED: Mapping[str, Callable[..., object]] = {
    each.__name__: each
    for module in (casework, terms, allowances, plans, auditing, gate, fairness, models)
    for each in module.APPLIED
}
"""What a case can ask, by name: the parameters in force first, then what is given by name."""


@dataclass(frozen=True)
class LimitResult:
    """What was expected and what came out, by the value of what moves."""

    scenario: LimitCase
    expected: Mapping[str, Any]
    found: Mapping[str, Any]

    @property
    def wrong(self) -> tuple[str, ...]:
        """Where something else came out than the case says; yes is not 1."""
        return tuple(name for name, what in self.expected.items() if not _same(what, self.found[name]))

    @property
    def passed(self) -> bool:
        """Whether everything came out as the case says."""
        return not self.wrong


def load_limits(directory: Path | None = None) -> list[LimitCase]:
    """The cases of limits of `directory` (the shipped ones by default), each of which can be run.

    Raises:
        RuleError: a file is not of the form, or a case asks or gives what there is not.
    """
    cases = load_limit_cases(directory)
    for case in cases:
        _check(case)
    return cases


def run_limit(case: LimitCase, parameters: Parameters) -> LimitResult:
    """Ask the house for each value of what moves, under `parameters`; raises `ScenarioError`."""
    _check(case)
    parameters = parameters.replacing(case.parameters) if case.parameters else parameters
    found = {_label(case, value): _asked(case, value, parameters) for value in case.expected}
    return LimitResult(case, {_label(case, value): what for value, what in case.expected.items()}, found)


def _asked(case: LimitCase, value: object, parameters: Parameters) -> object:
    given = dict(case.given) if case.moving == AS_OF else {**case.given, case.moving: value}
    day = cast("date", value) if case.as_of is None else case.as_of
    return APPLIED[case.applies](parameters.as_of(day), **given)


def _label(case: LimitCase, value: object) -> str:
    return f"{case.moving} {value}"


def _same(one: object, other: object) -> bool:
    return type(one) is type(other) and one == other


def _check(case: LimitCase) -> None:
    """Whether there is what the case asks, and it gives each input, and each of its type."""
    if case.applies not in APPLIED:
        raise ScenarioError(f"{case.source}: applies names {case.applies!r}; known: {', '.join(sorted(APPLIED))}")
    asked = APPLIED[case.applies]
    inputs = [each for each in signature(asked).parameters.values() if each.kind is Input.KEYWORD_ONLY]
    known = [each.name for each in inputs]
    moves = {} if case.moving == AS_OF else {case.moving: next(iter(case.expected))}
    told = {**case.given, **moves}
    unknown = sorted(set(told) - set(known))
    missing = [each.name for each in inputs if each.default is Input.empty and each.name not in told]
    if unknown or missing:
        wrong = f"gives {unknown[0]!r}" if unknown else f"{missing[0]} is missing"
        raise ScenarioError(f"{case.source}: {wrong}; {case.applies} takes: {', '.join(known)}")
    kinds = get_type_hints(asked)
    for name, value in told.items():
        if type(value) is not kinds[name]:
            raise ScenarioError(f"{case.source}: {name} is {type(value).__name__}, not {kinds[name].__name__}")
