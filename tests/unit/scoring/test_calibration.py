"""Chances of a year ago against what came: a model steps back when it is surely far off, and only then."""

import numpy as np
import polars as pl
import pytest

from scoring.calibration import ALL, CALIBRATION, HIGHEST, CalibrationLimits, calibration

LIMITS = CalibrationLimits(gap=50, deviations=3, cases=20, share=5)


def _matured(rows: int = 8000, *, times: float = 1.0, highest: float = 1.0, seed: int = 1) -> pl.LazyFrame:
    """Families whose need comes `times` as often as told, and `highest` as often among the 5 % told the most."""
    random = np.random.default_rng(seed)
    chance = (random.beta(0.3, 8, rows) * 10_000).round().astype(np.int64)
    factor = np.where(chance >= np.quantile(chance, 0.95), times * highest, times)
    needed = random.random(rows) < chance / 10_000 * factor
    return pl.LazyFrame({"chance": chance, "needed": needed})


def _breached(matured: pl.LazyFrame) -> set[str]:
    found = calibration(matured, LIMITS).collect()
    assert found.schema == CALIBRATION
    return set(found.filter("breached")["part"])


@pytest.mark.parametrize("seed", range(20))
def test_chances_that_come_true_break_nothing(seed: int) -> None:
    """The scorecard would score every few months for no reason."""
    assert _breached(_matured(seed=seed)) == set()


@pytest.mark.parametrize("times", [0.3, 2.0])
def test_too_much_and_too_little_are_noticed(times: float) -> None:
    """Need that is underestimated would be left alone as before."""
    assert ALL in _breached(_matured(times=times))


def test_a_model_that_is_wrong_where_it_matters_is_noticed() -> None:
    """The families that are visited would be the wrong ones, and the sum over all families still be right."""
    assert _breached(_matured(highest=0.3)) == {HIGHEST}


def test_few_cases_prove_nothing() -> None:
    """A small district would lose its model by chance."""
    few = pl.LazyFrame({"chance": [500] * 100, "needed": [False] * 100})
    many = pl.LazyFrame({"chance": [500] * 1000, "needed": [False] * 1000})
    assert _breached(few) == set()
    assert _breached(many) == {ALL, HIGHEST}
    assert calibration(few.clear(), LIMITS).collect().is_empty()


def test_need_where_none_was_told_is_noticed() -> None:
    """A model that says never of everybody would never be wrong."""
    assert _breached(pl.LazyFrame({"chance": [0] * 500, "needed": [each < 25 for each in range(500)]})) == {
        ALL,
        HIGHEST,
    }


def test_the_figures_are_sums_of_whole_numbers() -> None:
    """A replay on another machine could come to another judgement."""
    rows = pl.LazyFrame({"chance": [9000, 5000, *[100] * 38], "needed": [True, False, *[False] * 38]})
    found = {each["part"]: each for each in calibration(rows, LIMITS).collect().to_dicts()}
    assert found[ALL] == {"part": ALL, "rows": 40, "expected": 17_800, "cases": 1, "breached": False}
    assert found[HIGHEST] == {"part": HIGHEST, "rows": 2, "expected": 14_000, "cases": 1, "breached": False}
