"""Faults within a row: harmless ones can be undone, costly ones cannot."""

import numpy as np
import polars as pl
import pytest
from stdnum.cn import ric

from samples.dirt import Dirt, soil
from schemas.contract import get_feed

_STEM = "33010819800101001"


def _valid() -> str:
    return _STEM + ric.calc_check_digit(f"{_STEM}0")


def _table(rows: int) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "person_id": [_valid()] * rows,
            "person_name": ["王伟"] * rows,
            "illness": ["恶性肿瘤"] * rows,
            "diagnosed_on": ["2025-01-01"] * rows,
        }
    )


def _soiled(dial: float, rows: int = 4000) -> tuple[pl.DataFrame, bool]:
    return soil(_table(rows), get_feed("severe_illnesses"), Dirt(dial, np.random.default_rng(1)))


def test_without_dirt_nothing_changes() -> None:
    """A clean district would not be clean."""
    frame, lossy = _soiled(0)
    assert frame.equals(_table(4000))
    assert not lossy


@pytest.mark.parametrize("dial", [0.02, 1.0])
def test_numbers_are_disguised_or_broken(dial: float) -> None:
    """Normalising would never be tried; or a fault would make another valid number, somebody else's."""
    frame, lossy = _soiled(dial)
    other = frame.filter(pl.col("person_id") != _valid())["person_id"].unique().to_list()
    wide = str.maketrans("０１２３４５６７８９Ｘ", "0123456789X")
    plain = {each.strip().translate(wide).upper() for each in other}
    short = _valid()[:6] + _valid()[8:17]
    broken = plain - {_valid(), short}
    assert short in plain
    assert any(each != each.strip() for each in other)
    assert lossy
    assert broken
    assert not any(len(each) == len(_valid()) and ric.calc_check_digit(each) == each[-1] for each in broken)


def test_labels_outside_the_list_and_repeated_rows_appear() -> None:
    """Unknown codes and duplicates would never be tried."""
    frame, _ = _soiled(0.5)
    assert frame["illness"].n_unique() == 2
    assert frame.height > 4000
