"""The estimate of missed need: right on average, and as unsure as it should be."""

import numpy as np
import pytest

from scoring.missed import Stratum, missed_need


def test_each_drawn_family_stands_for_those_left() -> None:
    """The page would tell the needs of those drawn for those of the district."""
    found = missed_need([Stratum(left=1000, answered=50, found=5), Stratum(left=300, answered=30, found=3)])
    assert found is not None
    assert found.families.value == pytest.approx(1000 * 0.1 + 300 * 0.1)
    assert found.families.low < 130 < found.families.high
    assert (found.left, found.answered, found.found) == (1300, 80, 8)


def test_streets_of_unequal_draws_are_weighed() -> None:
    """A street with many draws would speak for all."""
    found = missed_need([Stratum(left=900, answered=10, found=0), Stratum(left=100, answered=50, found=25)])
    assert found is not None
    assert found.share.value == pytest.approx(0.05)


def test_none_found_is_not_none_there() -> None:
    """Twenty visits without need would prove that nobody was missed."""
    found = missed_need([Stratum(left=1000, answered=20, found=0)])
    assert found is not None
    assert found.families.low == 0
    assert found.families.high > 100


def test_streets_without_an_answer_are_told_apart() -> None:
    """The estimate would be said to cover streets where nobody went."""
    found = missed_need([Stratum(left=1000, answered=20, found=2), Stratum(left=500, answered=0, found=0)])
    assert found is not None
    assert (found.left, found.uncovered) == (1000, 500)
    assert missed_need([Stratum(left=500, answered=0, found=0)]) is None


@pytest.mark.parametrize("shares", [(0.02, 0.04, 0.03), (0.1, 0.3, 0.05)])
def test_the_interval_holds_the_truth_as_often_as_it_says(shares: tuple[float, ...]) -> None:
    """The bureau would trust an estimate that is wrong every third month."""
    random = np.random.default_rng(7)
    left, drawn = (4000, 2500, 1500), (45, 30, 20)
    needy = [round(size * share) for size, share in zip(left, shares, strict=True)]
    held, values, rounds = 0, [], 600
    for _ in range(rounds):
        strata = [
            Stratum(size, number, int(random.hypergeometric(poor, size - poor, number)))
            for size, poor, number in zip(left, needy, drawn, strict=True)
        ]
        found = missed_need(strata)
        assert found is not None
        held += found.families.low <= sum(needy) <= found.families.high
        values.append(found.families.value)
    assert held / rounds >= 0.93
    assert np.mean(values) == pytest.approx(sum(needy), rel=0.1)
