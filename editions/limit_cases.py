"""Reads the officials' cases of limits: what comes out before, at and after a number.

What belongs here: the form of `rules/scenarios/limits_*.yaml`. A term of keeping, a day by which something is due, how
many visits a street makes: no list or warning depends on them. Such a case names what applies the number:

- `applies`: what of the house is asked, by name (`registry.limits` holds them, and runs the cases).
- `given`: what it is told, and `moving`: the one thing that moves over the boundary.
- `expected`: for each value of what moves what comes out, from before the boundary to after it: three at least.
- `as_of`: the day whose parameters hold; `moving: as_of` where that day itself moves.
- `parameters`: values in the place of the shipped ones, where the case asks what would be.
- `covers`: the parameters whose boundary the case shows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

from editions.scenarios import LIMITS, scenarios_dir
from rules.errors import ScenarioError
from rules.parameters import load_parameters
from rules.parameters.loader import read_mapping, read_value
from rules.parameters.model import ParameterValue
from schemas.told import Listed

__all__ = ["AS_OF", "LimitCase", "load_limit_cases"]

AS_OF = "as_of"
_REQUIRED = ("title", "applies", "covers", "moving", "expected")
_KEYS = (*_REQUIRED, AS_OF, "given", "parameters")
_FEWEST = 3  # before, at, after


@dataclass(frozen=True, kw_only=True)
class LimitCase:
    """One case: `expected` tells, by each value of what is `moving`, what comes out of what it `applies`.

    `as_of` is None where that day is what moves.
    """

    title: str
    applies: str
    covers: tuple[str, ...]
    moving: str
    expected: Mapping[Any, Any]
    as_of: date | None = None
    given: Mapping[str, Any]
    parameters: Mapping[str, ParameterValue]
    source: str

    @property
    def last_day(self) -> date:
        """The day of which the case speaks; where that moves, the last one."""
        return self.as_of or max(self.expected)

    @property
    def outcome(self) -> str:
        """What is expected, in a line; yes and no in Chinese."""
        words = {True: "是", False: "否"}
        told = ((each, words[what] if isinstance(what, bool) else what) for each, what in self.expected.items())
        return Listed((Listed((f"{each}", f"{what}"), " → ") for each, what in told), "；")


def load_limit_cases(directory: Path | None = None) -> list[LimitCase]:
    """The cases of the files `limits_*.yaml` of `directory` (the shipped ones by default), by file and key.

    Raises:
        RuleError: a file is not of the form.
    """
    return [
        _case(f"{path.stem}.{name}", entry)
        for path in sorted((directory or scenarios_dir()).glob(f"{LIMITS}*.yaml"))
        for name, entry in read_mapping(path).items()
    ]


def _case(name: str, entry: object) -> LimitCase:
    if not isinstance(entry, dict):
        raise ScenarioError(f"{name}: a case must be a mapping")
    unknown = sorted(set(entry) - set(_KEYS))
    missing = [key for key in _REQUIRED if not entry.get(key)]
    if unknown or missing:
        wrong = f"unknown key {unknown[0]!r}" if unknown else f"{missing[0]} is missing"
        raise ScenarioError(f"{name}: {wrong}; known of a case of limits: {', '.join(_KEYS)}")
    for key in ("title", "applies", "moving"):
        if not isinstance(entry[key], str):
            raise ScenarioError(f"{name}: {key} must be text")
    for key in ("given", "parameters"):
        if not isinstance(entry.get(key) or {}, dict):
            raise ScenarioError(f"{name}: {key} must be a mapping")
    given, shipped = entry.get("given") or {}, load_parameters()
    set_to = {each: read_value(shipped[each], value) for each, value in (entry.get("parameters") or {}).items()}
    return LimitCase(
        title=entry["title"],
        applies=entry["applies"],
        covers=_covers(name, entry["covers"]),
        moving=_moving(name, entry, given),
        expected=_expected(name, entry["expected"], entry["moving"]),
        as_of=entry.get(AS_OF),
        given=given,
        parameters=set_to,
        source=name,
    )


def _covers(name: str, covers: object) -> tuple[str, ...]:
    if not isinstance(covers, list):
        raise ScenarioError(f"{name}: covers must be a list of parameters")
    unknown = [each for each in covers if each not in load_parameters().by_name]
    if unknown:
        raise ScenarioError(f"{name}: covers names {unknown[0]!r}, which is no parameter")
    return tuple(covers)


def _moving(name: str, entry: Mapping[str, Any], given: Mapping[str, Any]) -> str:
    """What moves; the day of the parameters stands in one place and no other."""
    moving: str = entry["moving"]
    if moving in given:
        raise ScenarioError(f"{name}: {moving} moves and cannot be given as well")
    if (moving == AS_OF) == (AS_OF in entry):
        wrong = "cannot stand beside moving: as_of" if AS_OF in entry else "is missing"
        raise ScenarioError(f"{name}: as_of {wrong}")
    if AS_OF in entry and type(entry[AS_OF]) is not date:
        raise ScenarioError(f"{name}: as_of must be a date (YYYY-MM-DD)")
    return moving


def _expected(name: str, expected: object, moving: str) -> dict[Any, Any]:
    if not isinstance(expected, dict) or len(expected) < _FEWEST:
        raise ScenarioError(f"{name}: expected gives what comes out before, at and after the boundary")
    kinds = {type(each) for each in expected}
    if len(kinds) > 1 or not kinds <= {date, int}:
        raise ScenarioError(f"{name}: what moves must be dates, or whole numbers, throughout")
    if moving == AS_OF and kinds != {date}:
        raise ScenarioError(f"{name}: as_of moves over dates (YYYY-MM-DD)")
    if any(later <= earlier for earlier, later in pairwise(expected)):
        raise ScenarioError(f"{name}: what moves must ascend in expected")
    if len({(type(each), str(each)) for each in expected.values()}) == 1:
        raise ScenarioError(f"{name}: the same comes out everywhere; that shows no boundary")
    return expected
