"""How sure a measure is: the bootstrap over households, and intervals of shares.

What belongs here: drawing households anew, all rows of one together (Efron & Tibshirani 1993; rows of one household in
several months are no independent cases), and Wilson's interval of a share (Wilson 1927). Equal seeds give equal draws.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TypeAlias, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

__all__ = ["CONFIDENCE", "ROUNDS", "Interval", "bootstrap", "interval_of", "weights", "wilson"]

Floats: TypeAlias = NDArray[np.float64]
_Name = TypeVar("_Name", bound=Hashable)

CONFIDENCE = 0.95
ROUNDS = 300


@dataclass(frozen=True, slots=True)
class Interval:
    """A measure with the ends between which it lies at the level of `CONFIDENCE`."""

    value: float
    low: float
    high: float


def weights(households: Sequence[pl.Series], rounds: int, seed: int) -> Iterator[list[Floats]]:
    """Per round, how often each row counts; `households` are the households of the rows of each set.

    A household that stands in several sets is drawn as often in each of them.
    """
    names = pl.concat([each.cast(pl.String) for each in households])
    codes = names.rank("dense").to_numpy().astype(np.int64) - 1
    ends = np.cumsum([len(each) for each in households])[:-1]
    parts = np.split(codes, ends)
    number = int(codes.max()) + 1
    random = np.random.default_rng(seed)
    for _ in range(rounds):
        drawn = np.bincount(random.integers(0, number, number), minlength=number).astype(np.float64)
        yield [drawn[each] for each in parts]


def bootstrap(
    values: Callable[[list[Floats] | None], Mapping[_Name, float]],
    households: Sequence[pl.Series],
    *,
    rounds: int = ROUNDS,
    seed: int = 0,
    inflated: Callable[[_Name], bool] = lambda _: False,
) -> dict[_Name, Interval]:
    """The interval of every value that `values` gives under drawn weights (None: each row once).

    A value that a round cannot give (not a number) is left out of that round. Of values that are `inflated` by drawing
    with replacement (distances, such as the calibration error) the mean excess is taken off the ends (Efron and
    Tibshirani 1993, bias correction).
    """
    plain = values(None)
    drawn = [values(each) for each in weights(households, rounds, seed)]
    found = {name: interval_of(value, [each[name] for each in drawn]) for name, value in plain.items()}
    means = {name: float(np.nanmean([each[name] for each in drawn])) for name in plain if inflated(name)}
    return {name: _without_excess(each, means[name]) if name in means else each for name, each in found.items()}


def _without_excess(each: Interval, mean: float) -> Interval:
    excess = mean - each.value
    return Interval(each.value, max(0.0, each.low - excess), each.high - excess)


def interval_of(value: float, drawn: Sequence[float]) -> Interval:
    """The percentile interval of `value` from its values in the rounds; without any, `value` alone."""
    known = np.asarray([each for each in drawn if not np.isnan(each)], dtype=np.float64)
    if not len(known):
        return Interval(value, float("nan"), float("nan"))
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(known, [tail, 1 - tail])
    return Interval(value, float(low), float(high))


def wilson(found: float, of: float) -> Interval:
    """The share `found` of `of` with Wilson's interval; all of [0, 1] when nothing was looked at."""
    if of <= 0:
        return Interval(float("nan"), 0.0, 1.0)
    z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    share = found / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * float(np.sqrt(share * (1 - share) / of + z * z / (4 * of * of)))
    return Interval(share, max(0.0, middle - half), min(1.0, middle + half))
