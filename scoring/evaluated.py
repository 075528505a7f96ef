"""What an evaluation comes to: every measure of every scorer at each cut-off and over all, with intervals.

What belongs here: the document that is kept of an evaluation and shown in reports. Households are drawn once a round
for all cut-offs and scorers, so that the difference of two scorers is taken on the same households.
"""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from scoring.evaluation import CHANCES, MODEL, CutOff
from scoring.intervals import ROUNDS, Interval, bootstrap
from scoring.metrics import Bin, Ranking

__all__ = ["Evaluation", "Part", "evaluated"]

Intervals: TypeAlias = dict[str, dict[str, Interval]]
_Floats: TypeAlias = NDArray[np.float64]
_ALL, _ABOVE = "", "above"
_Place: TypeAlias = tuple[int | str, str, str]


class Part(BaseModel):
    """One cut-off: what was learnt from, what was measured on, and each measure by scorer."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")

    on: str
    trained_rows: int
    trained_cases: int
    rows: int
    cases: int
    measures: Intervals


class Evaluation(BaseModel):
    """All cut-offs of an evaluation.

    `measures` are the means over the cut-offs by scorer; `above` is how far the model is above each other scorer in
    them (for Brier and ECE, where less is better, above zero is worse); `bins` say of each scorer of chances what came
    true, over all cut-offs.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")

    parts: tuple[Part, ...]
    measures: Intervals
    above: Intervals
    bins: dict[str, tuple[Bin, ...]]
    rounds: int
    seed: int


def evaluated(cut_offs: Sequence[CutOff], *, rounds: int = ROUNDS, seed: int = 0) -> Evaluation:
    """The measures of `cut_offs` with intervals by bootstrap over households (`scoring.intervals`)."""

    def values(weights: list[_Floats] | None) -> dict[_Place, float]:
        parts = [_named(cut, None if weights is None else weights[place]) for place, cut in enumerate(cut_offs)]
        pooled = _means(parts)
        single: dict[_Place, float] = {
            (place, *name): value for place, part in enumerate(parts) for name, value in part.items()
        }
        return {
            **single,
            **{(_ALL, *name): value for name, value in pooled.items()},
            **{
                (_ABOVE, scorer, name): pooled[MODEL, name] - value
                for (scorer, name), value in pooled.items()
                if scorer != MODEL and (MODEL, name) in pooled
            },
        }

    households = [cut.scored[cut.household] for cut in cut_offs]
    found = bootstrap(
        values, households, rounds=rounds, seed=seed, inflated=lambda name: name[0] != _ABOVE and name[2] == "ece"
    )
    return Evaluation(
        parts=tuple(_part(cut, _of(found, place)) for place, cut in enumerate(cut_offs)),
        measures=_of(found, _ALL),
        above=_of(found, _ABOVE),
        bins={scorer: _bins(cut_offs, scorer) for scorer in cut_offs[0].scorers if scorer in CHANCES},
        rounds=rounds,
        seed=seed,
    )


def _named(cut: CutOff, weights: _Floats | None) -> dict[tuple[str, str], float]:
    return {
        (scorer, name): value
        for scorer in cut.scorers
        for name, value in cut.ranking(scorer).measure(cut.capacities, weights).named().items()
    }


def _means(parts: Sequence[Mapping[tuple[str, str], float]]) -> dict[tuple[str, str], float]:
    return {name: sum(part[name] for part in parts) / len(parts) for name in parts[0]}


def _of(found: Mapping[_Place, Interval], wanted: int | str) -> Intervals:
    made: Intervals = {}
    for (place, scorer, name), interval in found.items():
        if place == wanted:
            made.setdefault(scorer, {})[name] = interval
    return made


def _part(cut: CutOff, measures: Intervals) -> Part:
    return Part(
        on=str(cut.on),
        trained_rows=cut.trained_rows,
        trained_cases=cut.trained_cases,
        rows=cut.scored.height,
        cases=int(cut.scored["needed"].sum()),
        measures=measures,
    )


def _bins(cut_offs: Sequence[CutOff], scorer: str) -> tuple[Bin, ...]:
    """The reliability of all rows of all cut-offs together."""
    scores = np.concatenate([cut.scored[scorer].to_numpy().astype(np.float64) for cut in cut_offs])
    needed = np.concatenate([cut.scored["needed"].to_numpy() for cut in cut_offs])
    return Ranking(scores, needed, chance=True).measure(cut_offs[0].capacities).bins
