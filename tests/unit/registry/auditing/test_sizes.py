"""Sizes of samples, against the published table and against counting."""

from math import comb

import pytest

from registry.auditing.sizes import Assurance, SampleSize, limits, sample_size, upper_limit
from registry.errors import SamplingError
from rules.parameters import load_parameters
from tests.unit.registry.examples import JUNE

_MANY = 1_000_000


def _wanted(tolerable: str = "5", expected: str = "0", confidence: str = "95") -> Assurance:
    return Assurance.typed(confidence=confidence, tolerable=tolerable, expected=expected)


@pytest.mark.parametrize(
    ("tolerable", "expected", "confidence", "size", "allowed"),
    [
        ("5", "0", "95", 59, 0),
        ("5", "1", "95", 93, 1),
        ("5", "1.5", "95", 124, 2),
        ("5", "2", "95", 181, 4),
        ("10", "0", "95", 29, 0),
        ("10", "1", "95", 46, 1),
        ("2", "0", "95", 149, 0),
        ("5", "0", "90", 45, 0),
        ("10", "0", "90", 22, 0),
    ],
)
def test_many_items_give_the_published_table(
    tolerable: str, expected: str, confidence: str, size: int, allowed: int
) -> None:
    """An auditor who looks the size up in the AICPA guide would find another one, and trust neither."""
    found = sample_size(_MANY, _wanted(tolerable, expected, confidence))
    assert (found.size, found.allowed) == (size, allowed)


@pytest.mark.parametrize("population", [20, 60, 137])
def test_the_size_is_the_fewest_that_suffice(population: int) -> None:
    """One item fewer would promise more than the sample shows; counted here by hand."""
    found = sample_size(population, _wanted("10"))
    bad = population * 10 // 100 + 1

    def chance(size: int) -> float:
        return comb(population - bad, size) / comb(population, size)

    assert chance(found.size) <= 0.05 < chance(found.size - 1)


def test_few_items_are_looked_at_one_and_all() -> None:
    """A sample of eight out of ten would be told to prove what it cannot."""
    assert sample_size(10, _wanted()) == SampleSize(10, 10, 0)
    assert sample_size(0, _wanted()) == SampleSize(0, 0, 0)


def test_the_limit_is_the_most_that_can_be_believed() -> None:
    """Too low a limit would clear a list that is bad."""
    population, size, wanted = 137, 30, _wanted()
    limit = upper_limit(population, size, 1, wanted)

    def at_most_one(bad: int) -> float:
        hit = [comb(bad, each) * comb(population - bad, size - each) for each in (0, 1)]
        return sum(hit) / comb(population, size)

    assert at_most_one(limit) > 0.05 >= at_most_one(limit + 1)
    assert upper_limit(137, 137, 4, wanted) == 4
    with pytest.raises(SamplingError, match="no result"):
        upper_limit(10, 5, 6, wanted)


def test_as_many_deviations_as_allowed_are_tolerable_and_one_more_is_not() -> None:
    """The workbook would tell an auditor to accept what the plan refuses."""
    wanted = _wanted("5", "1")
    size = sample_size(1458, wanted)
    good = {found: tolerable for found, _, tolerable in limits(size, wanted)}
    assert good[size.allowed]
    assert not good[size.allowed + 1]


@pytest.mark.parametrize(
    ("tolerable", "expected", "confidence"),
    [("5", "5", "95"), ("0", "0", "95"), ("100", "0", "95"), ("5", "0", "100"), ("5", "-1", "95"), ("x", "0", "95")],
)
def test_figures_that_cannot_hold_are_refused(tolerable: str, expected: str, confidence: str) -> None:
    """A sample that shows nothing would look like one that does."""
    with pytest.raises(SamplingError):
        _wanted(tolerable, expected, confidence)


def test_the_figures_come_from_the_parameters() -> None:
    """A bureau that wants more certainty would change a file without effect."""
    shipped = load_parameters()
    at = shipped.replacing({"audit.confidence_percent": 99}).as_of(JUNE)
    assert Assurance.of(at).told()["confidence"] == "99"
    assert Assurance.of(at, confidence="90", tolerable="2.5").told() == {
        "confidence": "90", "tolerable": "2.5", "expected": "0",
    }  # fmt: skip
