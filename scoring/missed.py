"""How much need the picked visits miss, estimated from families visited at random.

What belongs here: the estimate with its interval. Each street is a stratum: of the families that need alone did not
pick, some were drawn with equal chance, so that each drawn one stands for as many as were left by one drawn (Horvitz &
Thompson 1952). A draw that told nothing counts as not drawn.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from scoring.intervals import Interval, wilson

__all__ = ["Missed", "Stratum", "missed_need"]


@dataclass(frozen=True, slots=True)
class Stratum:
    """One street and month: families `left` by the pick for need, drawn ones with an answer, and needs among those."""

    left: int
    answered: int
    found: int


@dataclass(frozen=True, slots=True)
class Missed:
    """Families in need among those left, with the interval; `uncovered` are those left where no draw was answered."""

    families: Interval
    share: Interval
    left: int
    answered: int
    found: int
    uncovered: int


def missed_need(strata: Sequence[Stratum]) -> Missed | None:
    """The estimate over all strata with an answer; None without any.

    The interval is Wilson's for as many draws as would give the variance of the stratified estimate, never more than
    there were: so it does not shrink to nothing where no need was found.
    """
    told = [each for each in strata if each.answered > 0]
    if not told:
        return None
    left, answered, found = (sum(values) for values in zip(*((s.left, s.answered, s.found) for s in told), strict=True))
    share = sum(each.left * each.found / each.answered for each in told) / left if left else 0.0
    interval = wilson(share * _draws(told, left, share), _draws(told, left, share))
    return Missed(
        families=Interval(share * left, interval.low * left, interval.high * left),
        share=Interval(share, interval.low, interval.high),
        left=left,
        answered=answered,
        found=found,
        uncovered=sum(each.left for each in strata if each.answered == 0),
    )


def _draws(told: Sequence[Stratum], left: int, share: float) -> float:
    """How many simple draws would be as sure; rates by Laplace's rule, since none found is not none there."""
    if not left:
        return float(sum(each.answered for each in told))
    variance = 0.0
    for each in told:
        rate = (each.found + 1) / (each.answered + 2)
        variance += (each.left / left) ** 2 * rate * (1 - rate) / each.answered
    assumed = min(max(share, 1 / (left + 2)), 1 - 1 / (left + 2))
    pooled = sum(each.left * (each.found + 1) / (each.answered + 2) for each in told) / left
    spread = max(assumed * (1 - assumed), pooled * (1 - pooled))
    return min(float(sum(each.answered for each in told)), spread / variance)
