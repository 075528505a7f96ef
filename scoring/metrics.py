"""How well scores find the households that come to need help: ranking, finds at visiting capacity, calibration.

What belongs here: measures of scores against outcomes. Equal scores are treated as in random order, by expectation, so
that no measure depends on the order of rows. Scores are put in order once and can then be measured again under other
weights, which is what the bootstrap of `scoring.intervals` asks for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from scoring.errors import TrainingError

__all__ = ["AtCapacity", "Bin", "Measures", "Ranking", "found_at", "measure", "visited"]

Floats: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]
Places: TypeAlias = NDArray[np.int64]

TEN_THOUSAND = 10_000
_BINS = 10


@dataclass(frozen=True, slots=True)
class AtCapacity:
    """What visiting the `share` of households with the highest scores finds.

    `precision`: cases among those visited; `recall`: cases found among all; `lift`: precision over the base rate.
    """

    share: float
    visited: int
    precision: float
    recall: float
    lift: float


@dataclass(frozen=True, slots=True)
class Bin:
    """Households of neighbouring scores: their mean chance, the share of cases among them, and how many they are."""

    chance: float
    cases: float
    rows: int


@dataclass(frozen=True, slots=True)
class Measures:
    """Measures of one scorer on one set of households; `brier`, `ece` and `bins` only of scores that are chances."""

    rows: int
    cases: int
    auc: float
    average_precision: float
    at_capacity: tuple[AtCapacity, ...]
    brier: float | None
    ece: float | None
    bins: tuple[Bin, ...] = ()

    def named(self) -> Mapping[str, float]:
        """The measures by name: `auc`, `average_precision`, `recall_5`, `precision_5` (percent visited), and so on."""
        found = {"auc": self.auc, "average_precision": self.average_precision}
        for each in self.at_capacity:
            percent = f"{100 * each.share:g}"
            found |= {f"recall_{percent}": each.recall, f"precision_{percent}": each.precision}
            found |= {f"lift_{percent}": each.lift}
        if self.brier is not None and self.ece is not None:
            found |= {"brier": self.brier, "ece": self.ece}
        return found


class Ranking:
    """Scores (per ten thousand where `chance`) with their outcomes, in order; `measure` weighs the rows.

    Raises:
        TrainingError: there is one outcome only, so that nothing can be measured.
    """

    def __init__(self, scores: Floats, needed: Flags, *, chance: bool) -> None:
        cases = int(needed.sum())
        if cases in {0, len(needed)}:
            raise TrainingError(
                f"{cases} cases among {len(needed)} rows: nothing can be measured with one outcome only"
            )
        self._scores, self._needed, self._chance = scores, needed.astype(np.float64), chance
        levels, places = np.unique(-scores, return_inverse=True)  # level 0 is the highest score
        self._levels, self._places = len(levels), places.reshape(-1).astype(np.int64)
        self._bins = _equal_bins(scores) if chance else None

    def measure(self, capacities: Sequence[float], weights: Floats | None = None) -> Measures:
        """The measures with each row counted `weights` times; once when not given."""
        given = np.ones(len(self._scores)) if weights is None else weights
        rows = _counted(self._places, given, self._levels)
        cases = _counted(self._places, given * self._needed, self._levels)
        bins = self._calibration(given)
        whole = float(rows.sum())
        return Measures(
            rows=round(whole),
            cases=round(float(cases.sum())),
            auc=_auc(rows, cases),
            average_precision=_average_precision(rows, cases),
            at_capacity=tuple(_at_capacity(rows, cases, each) for each in capacities),
            brier=self._brier(given) if self._chance else None,
            ece=sum(abs(each.chance - each.cases) * each.rows for each in bins) / whole if self._chance else None,
            bins=bins,
        )

    def _brier(self, weights: Floats) -> float:
        return float(np.average((self._scores / TEN_THOUSAND - self._needed) ** 2, weights=weights))

    def _calibration(self, weights: Floats) -> tuple[Bin, ...]:
        """Bins of equal number, which stay the same under any weights."""
        if self._bins is None:
            return ()
        rows, chances, cases = (
            np.bincount(self._bins, weights=each) for each in (weights, weights * self._scores, weights * self._needed)
        )
        return tuple(
            Bin(float(chance) / float(count) / TEN_THOUSAND, float(found) / float(count), round(float(count)))
            for count, chance, found in zip(rows, chances, cases, strict=True)
            if count > 0
        )


def measure(scores: Floats, needed: Flags, *, capacities: Sequence[float], chance: bool) -> Measures:
    """The measures of `scores` (per ten thousand where `chance`); raises `TrainingError` without both outcomes."""
    return Ranking(scores, needed, chance=chance).measure(capacities)


def found_at(scores: Floats, needed: Flags, share: float) -> AtCapacity:
    """What visiting `share` of the households finds; those level with the last one count by expectation."""
    levels, found = np.unique(-scores, return_inverse=True)
    places = found.reshape(-1).astype(np.int64)
    rows, cases = (_counted(places, each, len(levels)) for each in (np.ones(len(scores)), needed.astype(np.float64)))
    return _at_capacity(rows, cases, share)


def visited(scores: Floats, share: float) -> Floats:
    """How much of each household the `share` with the highest scores takes: 1, 0, or a part on the last level."""
    levels, found = np.unique(-scores, return_inverse=True)
    places = found.reshape(-1).astype(np.int64)
    rows = _counted(places, np.ones(len(scores)), len(levels))
    parts: Floats = _parts(rows, max(1, round(share * len(scores))))[places]
    return parts


def _parts(rows: Floats, number: int) -> Floats:
    """The part of each level that is among the first `number`."""
    room = np.clip(number - (np.cumsum(rows) - rows), 0, rows)
    return np.divide(room, rows, out=np.zeros_like(room), where=rows > 0)


def _counted(places: Places, weights: Floats, levels: int) -> Floats:
    return np.bincount(places, weights=weights, minlength=levels).astype(np.float64)


def _at_capacity(rows: Floats, cases: Floats, share: float) -> AtCapacity:
    """What the `share` on the highest levels holds; of the level where it ends, the part that there is room for."""
    whole, needed = float(rows.sum()), float(cases.sum())
    number = max(1, round(share * whole))
    found = float((cases * _parts(rows, number)).sum())
    precision = found / number
    return AtCapacity(
        share=share,
        visited=number,
        precision=precision,
        recall=found / needed if needed else 0.0,
        lift=precision * whole / needed if needed else 0.0,
    )


def _auc(rows: Floats, cases: Floats) -> float:
    """The chance that a case scores above a household that is none; level ones count half."""
    others = rows - cases
    below = others.sum() - np.cumsum(others)
    return _ratio(float((cases * (below + others / 2)).sum()), float(cases.sum() * others.sum()))


def _average_precision(rows: Floats, cases: Floats) -> float:
    """Precision at each level, weighed by the cases that the level adds."""
    visited = np.cumsum(rows)
    precision = np.divide(np.cumsum(cases), visited, out=np.zeros_like(visited), where=visited > 0)
    return _ratio(float((precision * cases).sum()), float(cases.sum()))


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


def _equal_bins(scores: Floats) -> Places:
    """The bin of each row: equal numbers, in order of score; rows of one score fall into one bin."""
    ordered = np.sort(scores)
    starts = ordered[[len(ordered) * each // _BINS for each in range(1, _BINS)]]
    return np.unique(np.searchsorted(np.unique(starts), scores, side="right"), return_inverse=True)[1].reshape(-1)
