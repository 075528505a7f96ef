"""The cases reach every reason for a tier, class, point of the score and measure that can come out."""

from collections.abc import Iterable
from typing import Any

import pytest

from rules.classes import CLASSES
from rules.measures import CONDITIONS, MEASURES
from rules.parameters import load_parameters
from rules.tiers import TIERS
from schemas.codes import CODE_LISTS
from scoring.features import FEATURES
from tests.scenarios.runs import CASES
from tests.unit.rules.tables import AS_OF

READ = load_parameters().as_of(AS_OF)


def _told(grade: str) -> Iterable[Any]:
    """What the cases expect of families by `grade`; as they hold (`test_scenarios`), it comes out."""
    return (each for case in CASES for each in (case.grades.get(grade) or {}).values())


def _points(grade: str) -> set[tuple[str, int]]:
    return {(reason, points) for each in _told(grade) for reason, points in each.items()}


def test_every_tier_and_class_comes_out() -> None:
    """An official could not see in a case what makes a family red, or a difficulty one of old age."""
    assert set(TIERS) - set(_told("tiers")) == set()
    assert set(CLASSES) - {name for each in _told("classes") for name in each} == set()
    assert set(CLASSES) == set(CODE_LISTS["difficulty"].codes)


def test_every_reason_for_a_tier_comes_out_with_its_points() -> None:
    """A weight that no case shows could be any number."""
    names = [name for name in READ.parameters.by_name if name.startswith("tiers.points_")]
    whole = {(name, READ.integer(name)) for name in names if READ.parameters[name].type == "integer"}
    banded = {(name, band.points) for name in names for band in _bands(name) if band.points}
    wanted = {(name.removeprefix("tiers.points_"), points) for name, points in whole | banded}
    assert wanted - _points("tier_reasons") == set()


def test_every_point_of_the_scorecard_comes_out() -> None:
    """A weight that no case shows could be any number."""
    wanted = {(each.name, band.points) for each in FEATURES for band in _bands(f"scorecard.{each.name}") if band.points}
    assert wanted - _points("score_reasons") == set()


@pytest.mark.parametrize("condition", CONDITIONS)
def test_every_condition_suggests_its_measures_in_a_case(condition: str) -> None:
    """A family would be told a reason that nobody has ever seen come out."""
    suggested = {measure for each in _told("measures") for measure, reasons in each.items() if condition in reasons}
    assert suggested == set(CONDITIONS[condition].measures)


def test_every_measure_comes_out() -> None:
    """A measure without a readable case cannot be checked by those who answer for it."""
    assert set(MEASURES) - {measure for each in _told("measures") for measure in each} == set()


def _bands(name: str) -> list[Any]:
    return READ.bands(name) if READ.parameters[name].type == "bands" else []
