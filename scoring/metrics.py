"""How well scores find the households that come to need help: ranking, finds at visiting capacity, calibration.

What belongs here: measures of scores against outcomes. Equal scores are treated as in random order, by expectation, so
that no measure depends on the order of rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from scoring.errors import TrainingError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["AtCapacity", "Measures", "calibration", "found_at", "measure"]

Floats: TypeAlias = "NDArray[np.float64]"
Flags: TypeAlias = "NDArray[np.bool_]"

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
class Measures:
    """Measures of one scorer on one set of households; `brier` and `ece` are None for scores that are no chances."""

    rows: int
    cases: int
    auc: float
    average_precision: float
    at_capacity: tuple[AtCapacity, ...]
    brier: float | None
    ece: float | None


def measure(scores: Floats, needed: Flags, *, capacities: Sequence[float], chance: bool) -> Measures:
    """The measures of `scores` (per ten thousand where `chance`); raises `TrainingError` without both outcomes."""
    from sklearn.metrics import average_precision_score, roc_auc_score  # noqa: PLC0415  # slow to import

    cases = int(needed.sum())
    if cases in {0, len(needed)}:
        raise TrainingError(f"{cases} cases among {len(needed)} rows: nothing can be measured with one outcome only")
    return Measures(
        rows=len(needed),
        cases=cases,
        auc=float(roc_auc_score(needed, scores)),
        average_precision=float(average_precision_score(needed, scores)),
        at_capacity=tuple(found_at(scores, needed, each) for each in capacities),
        brier=float(np.mean((scores / TEN_THOUSAND - needed) ** 2)) if chance else None,
        ece=_calibration_error(scores, needed) if chance else None,
    )


def found_at(scores: Floats, needed: Flags, share: float) -> AtCapacity:
    """What visiting `share` of the households finds; those level with the last one count by expectation."""
    visited = max(1, round(share * len(scores)))
    last = np.sort(scores)[::-1][visited - 1]
    above, level = scores > last, scores == last
    room = visited - int(above.sum())
    found = float(needed[above].sum()) + room * float(needed[level].mean())
    cases, base = float(needed.sum()), float(needed.mean())
    precision = found / visited
    return AtCapacity(
        share=share,
        visited=visited,
        precision=precision,
        recall=found / cases if cases else 0.0,
        lift=precision / base if base else 0.0,
    )


def calibration(scores: Floats, needed: Flags, bins: int = _BINS) -> list[tuple[float, float, int]]:
    """Households in bins of equal number by score: mean chance, share of cases, and how many they are."""
    order = np.argsort(scores, kind="stable")
    parts = [each for each in np.array_split(order, min(bins, len(order))) if len(each)]
    return [(float(scores[each].mean()) / TEN_THOUSAND, float(needed[each].mean()), len(each)) for each in parts]


def _calibration_error(scores: Floats, needed: Flags) -> float:
    """Expected calibration error (Naeini, Cooper & Hauskrecht 2015), over bins of equal number."""
    parts = calibration(scores, needed)
    return sum(abs(chance - share) * rows for chance, share, rows in parts) / len(scores)
