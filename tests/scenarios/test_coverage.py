"""The cases show every rule, every numbered line and both sides of every window and threshold."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest

from editions.limit_cases import LimitCase
from editions.scenarios import Scenario
from rules import all_rules
from rules.parameters import Parameters, load_parameters
from rules.parameters.model import Band, DatedValue, Parameter, ParameterValue
from tests.scenarios.runs import CASES, COVERING, holds_under

SHIPPED = load_parameters()
MONTH, GRADE = "month", "grade"
# With months of the calendar, all that has a boundary: other texts, and lists and mappings of codes, have none.
NUMBERS = ("integer", "integers", "bands")
# They grade families by bands of points; that each point comes out stands in test_grades. Other bands give amounts.
GRADING = ("scorecard.", "tiers.")
# Whole days are what a task can be due in.
STEPS = {"tasks.red_hours": 24}
BEFORE_AT_AFTER = 3
LEAST_SEVERE = 4  # grades of disability run from 1 to 4 (GB/T 26341)


def _boundaries(parameters: Parameters) -> list[str]:
    """The windows and thresholds: every number of every parameter, and the months of the calendar."""
    return [
        name
        for name, each in parameters.by_name.items()
        if each.type in NUMBERS or (each.type == "text" and each.unit == MONTH)
    ]


def _unknown(cases: Sequence[Scenario | LimitCase], parameters: Parameters) -> set[str]:
    return {name for case in cases for name in case.covers} - set(_boundaries(parameters))


def _beside(parameter: Parameter, value: ParameterValue) -> Iterator[ParameterValue]:
    """The value moved by the smallest step, either way; none beyond the parameter's minimum or maximum."""
    least, most = parameter.minimum, parameter.maximum
    for moved in _moved(parameter, value):
        beyond = isinstance(moved, int) and (
            (least is not None and moved < least) or (most is not None and moved > most)
        )
        if not beyond:
            yield moved


def _moved(parameter: Parameter, value: ParameterValue) -> Iterator[ParameterValue]:
    """A number by a step; a list of grades by its last grade; other lists and bands by one number at a time.

    Of bands the first lower end is left, which nothing lies below.
    """
    step = STEPS.get(parameter.name, 1)
    if isinstance(value, int):
        yield from (value - step, value + step)
    elif parameter.type == "bands":
        yield from _moved_bands(parameter, tuple(each for each in value if isinstance(each, Band)))
    elif isinstance(value, tuple):
        numbers = [int(str(each)) for each in value]
        if parameter.unit == GRADE:
            longer = [(*numbers, numbers[-1] + 1)] if numbers[-1] < LEAST_SEVERE else []
            yield from (tuple(numbers[:-1]), *longer)
        else:
            yield from (tuple(_stepped(numbers, place, way)) for place in range(len(numbers)) for way in (-1, 1))
    else:
        year, month = map(int, str(value).split("-"))
        months = year * 12 + month - 1
        yield from (f"{each // 12:04d}-{each % 12 + 1:02d}" for each in (months - 1, months + 1))


def _moved_bands(parameter: Parameter, bands: tuple[Band, ...]) -> Iterator[tuple[Band, ...]]:
    ends = [each.at_least for each in bands]
    points = [each.points for each in bands]
    for place in range(len(bands)):
        for way in (-1, 1):
            if place:
                yield tuple(map(Band, _stepped(ends, place, way), points))
            if not parameter.name.startswith(GRADING):
                yield tuple(map(Band, ends, _stepped(points, place, way)))


def _stepped(numbers: list[int], place: int, way: int) -> list[int]:
    return [each + way * (n == place) for n, each in enumerate(numbers)]


def _other_laws(name: str) -> Iterator[tuple[str, Parameters]]:
    """Every dated value beside the shipped one, and every later date of a value moved by a day."""
    parameter = SHIPPED[name]
    for place, dated in enumerate(parameter.values):
        for value in _beside(parameter, dated.value):
            yield f"{name} of {dated.since} moved to {value}", _with(parameter, place, replace(dated, value=value))
        for days in (-1, 1) if place else ():
            since = dated.since + timedelta(days=days)
            yield f"{name} of {dated.since} from {since} on", _with(parameter, place, replace(dated, since=since))


def _with(parameter: Parameter, place: int, dated: DatedValue) -> Parameters:
    values = (*parameter.values[:place], dated, *parameter.values[place + 1 :])
    return Parameters({**SHIPPED.by_name, parameter.name: replace(parameter, values=values)})


def test_only_known_windows_and_thresholds_are_named() -> None:
    """A misspelt name would count as covered for ever."""
    assert _unknown(COVERING, SHIPPED) == set()
    misspelt = replace(CASES[0], covers=("exited_assistance.window_year",))
    assert _unknown([misspelt], SHIPPED) == {"exited_assistance.window_year"}


def test_every_number_is_a_boundary() -> None:
    """A kind of parameter that is left out could be moved unseen, all of them at once."""
    left = {each.type for name, each in SHIPPED.by_name.items() if name not in _boundaries(SHIPPED)}
    assert left == {"text", "texts", "boolean", "mapping"}


def test_a_number_can_be_moved_both_ways_by_its_smallest_step() -> None:
    """If this fails, a boundary that nothing moves over counts as shown."""
    laws = [told for told, _ in _other_laws("casework.correction_working_days")]
    assert [told.removeprefix("casework.correction_working_days of ") for told in laws] == [
        "2021-01-01 moved to 9",
        "2021-01-01 moved to 11",
        "2025-08-01 moved to 4",
        "2025-08-01 moved to 6",
        "2025-08-01 from 2025-07-31 on",
        "2025-08-01 from 2025-08-02 on",
    ]
    ages = SHIPPED["fairness.age_bounds_years"]
    assert len(list(_beside(ages, ages.values[-1].value))) == 6
    assert list(_beside(SHIPPED["visits.random_percent"], 100)) == [99], "more than all cannot be set"
    assert SHIPPED.as_of(date(2026, 3, 31)).integer("casework.correction_working_days") == 5


@pytest.mark.parametrize("name", _boundaries(SHIPPED))
def test_a_value_beside_the_shipped_one_breaks_a_case(name: str) -> None:
    """A number moved by one day, month or yuan, either way, would change lists and terms, and nobody would see it."""
    covering = [case for case in COVERING if name in case.covers]
    laws = list(_other_laws(name))
    assert laws
    for told, moved in laws:
        assert any(not holds_under(case, moved) for case in covering), told


def _shown(case: Scenario | LimitCase) -> int:
    """How many situations a case shows: persons and feeds of a day, or values of what moves."""
    if isinstance(case, LimitCase):
        return len(case.expected)
    return len(case.facts.get("identities", [])) + len({row["feed"] for row in (*case.health, *case.profiles)})


@pytest.mark.parametrize("name", _boundaries(SHIPPED))
def test_every_boundary_is_shown_before_at_and_after_it(name: str) -> None:
    """An official would read on which day a family is in, and not which day is the first or last."""
    assert sum(_shown(case) for case in COVERING if name in case.covers) >= BEFORE_AT_AFTER


def test_every_rule_is_named_by_a_case_with_a_hit() -> None:
    """A rule without a readable case cannot be checked by those who answer for it."""
    shown = {name for case in CASES for name, who in (*case.hits.items(), *case.warnings.items()) if who}
    assert set(all_rules()) - shown == set()


def test_every_line_of_the_definition_is_named() -> None:
    """An official could not find the case that shows how a line is read."""
    assert {line for case in CASES for line in case.lines} == set(range(1, 16))
