"""Whether a score serves all alike: finds, precision and calibration group by group, with intervals and gaps.

What belongs here: measures by group and the comparison with everybody. Groups are told to this module and to no model:
a feature never knows them. A group with fewer households, or fewer in need, than the declared number is counted and not
reported, since its figures would say more of single families than of the score.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rules.parameters import ParametersAt
from scoring.errors import TrainingError
from scoring.evaluation import CutOff
from scoring.intervals import ROUNDS, Interval, interval_of, weights, wilson
from scoring.metrics import TEN_THOUSAND, visited

__all__ = [
    "ALL",
    "BY",
    "CEILING",
    "IDLE",
    "MEASURES",
    "NOW",
    "UNKNOWN",
    "WIDER",
    "GroupMeasures",
    "Limits",
    "answered_for",
    "cases_of",
    "fairness",
    "grounds",
]

Floats: TypeAlias = NDArray[np.float64]

_PERCENT = 100
ALL, UNKNOWN, BY = "all", "unknown", " × "
NOW = "visited_now"
WIDER, IDLE, CEILING = "wider", "idle", "ceiling"
MEASURES: Mapping[str, str] = {"recall": "发现率", "precision": "命中率", "calibration": "低估程度"}
"""`calibration` is the share of cases less the mean chance: above zero where need is underestimated."""


_MEASURED_ON_FEW = ("recall", "precision")


@dataclass(frozen=True, slots=True)
class Limits:
    """What is declared: the smallest group that is reported, the largest gap by measure, and what none may surely be.

    `cases` counts households in need, each once however many months it stands in. `ceiling` is of recall and precision.
    """

    households: int
    cases: int
    gaps: Mapping[str, float]
    ceiling: float

    @classmethod
    def of(cls, parameters: ParametersAt) -> "Limits":
        """Those in force."""
        return cls(
            households=parameters.integer("fairness.minimum_households"),
            cases=parameters.integer("fairness.minimum_cases"),
            gaps={
                "recall": parameters.integer("fairness.recall_gap_percent") / _PERCENT,
                "precision": parameters.integer("fairness.precision_gap_percent") / _PERCENT,
                "calibration": parameters.integer("fairness.calibration_gap_percent") / _PERCENT,
            },
            ceiling=parameters.integer("fairness.gap_ceiling_percent") / _PERCENT,
        )


@dataclass(frozen=True, slots=True)
class GroupMeasures:
    """One group of one dimension: its measures, and how much worse than everybody it is served (`gaps`).

    `gaps` of recall and precision say what part of everybody's the group lacks (recall is small where few can be
    visited, so that a difference would say little); that of calibration is the underestimate itself.
    Both are empty where the group is too small. `breaches` names the measures whose gap is above its limit and surely
    above zero. `widened` says how much larger the gaps are than those of what scores now, and `gained` how much more of
    the measure itself the group has, where that is known. `worsened` names the breaches that a candidate answers for.
    """

    dimension: str
    group: str
    households: int
    cases: int
    measures: Mapping[str, Interval]
    gaps: Mapping[str, Interval]
    breaches: tuple[str, ...] = ()
    widened: Mapping[str, Interval] = field(default_factory=dict)
    gained: Mapping[str, Interval] = field(default_factory=dict)
    worsened: tuple[str, ...] = ()

    @property
    def reported(self) -> bool:
        """Whether the group is large enough to be told of."""
        return bool(self.measures)


def cases_of(  # what the rows are made of
    cut_offs: Sequence[CutOff],
    scorer: str,
    groups: pl.DataFrame,
    share: float,
    *,
    now: str = "",
    household: str = "family_id",
) -> pl.DataFrame:
    """One row a household and date: the household, `needed`, `chance`, `visited`, `visited_now`, and its groups.

    Args:
        cut_offs: what `scoring.evaluation.evaluate` gave.
        scorer: one whose score is a chance.
        groups: one row a household and `as_of`: the household, `as_of`, and a column for each dimension.
        share: of the households of each date that is visited.
        now: the scorer in whose place `scorer` would come; without it there is no `visited_now`.
        household: the column that tells households apart.

    Raises:
        TrainingError: `groups` has a household twice at a date.
    """
    parts = [
        cut.scored.select(
            household,
            "needed",
            as_of=pl.lit(cut.on),
            chance=pl.col(scorer).cast(pl.Float64) / TEN_THOUSAND,
            visited=_taken(cut.scored[scorer], share),
            **({NOW: _taken(cut.scored[now], share)} if now else {}),
        )
        for cut in cut_offs
    ]
    if groups.select(household, "as_of").is_duplicated().any():
        raise TrainingError("a household stands in the groups of a date more than once; keep one row of it")
    return pl.concat(parts).join(groups, on=[household, "as_of"], how="left")


def _taken(score: pl.Series, share: float) -> pl.Series:
    return pl.Series(visited(score.cast(pl.Float64).to_numpy(), share))


def fairness(
    cases: pl.DataFrame,
    dimensions: Sequence[str],
    limits: Limits,
    *,
    household: str = "family_id",
    rounds: int = ROUNDS,
    seed: int = 0,
) -> list[GroupMeasures]:
    """The measures of all, of each group of each dimension, and of each pair of groups of two dimensions.

    Args:
        cases: what `cases_of` gives; with `visited_now`, gaps are compared with those of what scores now.
        dimensions: its columns of groups; a household without a group is of the group `unknown`.
        limits: declared sizes and gaps.
        household: the column that tells households apart, for the bootstrap.
        rounds: of the bootstrap.
        seed: of the bootstrap.
    """
    columns = _columns(cases)
    drawn = [each[0] for each in weights([cases[household]], rounds, seed)]
    everybody = np.zeros(cases.height, dtype=np.int64)
    all_plain = _measures(everybody, 1, columns, None)
    all_drawn = [_measures(everybody, 1, columns, each) for each in drawn]
    found = []
    for dimension, labels in _dimensions(cases, dimensions):
        names = labels.unique().sort()
        places = labels.replace_strict(names, range(len(names)), return_dtype=pl.Int64).to_numpy()
        plain = _measures(places, len(names), columns, None)
        repeated = [_measures(places, len(names), columns, each) for each in drawn]
        frame = cases.select(household, "needed", "visited").with_columns(group=labels)
        sizes = frame.group_by("group").agg(
            pl.col(household).n_unique().alias("households"),
            pl.col("needed").sum().alias("cases"),
            pl.col(household).filter("needed").n_unique().alias("recall"),
            pl.col(household).filter(pl.col("visited") > 0).n_unique().alias("precision"),
        )
        counted = {each["group"]: each for each in sizes.iter_rows(named=True)}
        for place, name in enumerate(names):
            size = counted[name]
            rows, needed = size["households"], size["cases"]
            if rows < limits.households or size["recall"] < limits.cases:
                found.append(GroupMeasures(dimension, name, rows, needed, {}, {}))
                continue
            own = _intervals(plain, repeated, place)
            gaps = _gaps((plain, repeated, place), (all_plain, all_drawn))
            for each in _MEASURED_ON_FEW:
                if own[each].value == 0:
                    own[each], gaps[each] = _none_found(size[each], float(all_plain[each][0]))
            breaches = tuple(each for each, gap in gaps.items() if gap.value > limits.gaps[each] and gap.low > 0)
            widened, gained = {}, {}
            if NOW in cases.columns:
                widened = _against_now(_wider, (plain, repeated, place), (all_plain, all_drawn))
                gained = _against_now(_more, (plain, repeated, place), (all_plain, all_drawn))
            broken = () if name == ALL else breaches
            worsened = tuple(each for each in broken if answered_for(each, gaps[each], widened, gained, limits))
            found.append(GroupMeasures(dimension, name, rows, needed, own, gaps, broken, widened, gained, worsened))
    return found


_Columns: TypeAlias = Mapping[str, Floats]
_Found: TypeAlias = Mapping[str, Floats]


def _columns(cases: pl.DataFrame) -> _Columns:
    """What the sums of a group are made of."""
    needed = cases["needed"].cast(pl.Float64).to_numpy()
    taken, chance = cases["visited"].to_numpy(), cases["chance"].to_numpy()
    found = {"rows": np.ones(len(needed)), "needed": needed, "taken": taken, "hit": taken * needed, "chance": chance}
    if NOW in cases.columns:
        now = cases[NOW].to_numpy()
        found |= {"taken_now": now, "hit_now": now * needed}
    return found


def _dimensions(cases: pl.DataFrame, dimensions: Sequence[str]) -> Iterator[tuple[str, pl.Series]]:
    """`all`, each dimension, and each pair, with the group of each row."""
    yield ALL, pl.Series([ALL], dtype=pl.String).new_from_index(0, cases.height)
    single = {name: cases[name].cast(pl.String).fill_null(UNKNOWN) for name in dimensions}
    yield from single.items()
    for one, other in combinations(dimensions, 2):
        yield f"{one}{BY}{other}", single[one] + BY + single[other]


def _measures(places: NDArray[np.int64], groups: int, columns: _Columns, weighed: Floats | None) -> _Found:
    """Each measure by place of the group; not a number where nothing is there to measure."""
    sums = {
        name: np.bincount(places, values if weighed is None else values * weighed, groups).astype(np.float64)
        for name, values in columns.items()
    }
    found = {
        "recall": _divided(sums["hit"], sums["needed"]),
        "precision": _divided(sums["hit"], sums["taken"]),
        "calibration": _divided(sums["needed"] - sums["chance"], sums["rows"]),
    }
    if "hit_now" in sums:
        found |= {
            "recall_now": _divided(sums["hit_now"], sums["needed"]),
            "precision_now": _divided(sums["hit_now"], sums["taken_now"]),
        }
    return found


def _divided(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.full_like(whole, np.nan), where=whole > 0)


def _intervals(plain: _Found, drawn: Sequence[_Found], place: int) -> dict[str, Interval]:
    return {name: interval_of(float(plain[name][place]), [each[name][place] for each in drawn]) for name in MEASURES}


def _gaps(own: tuple[_Found, Sequence[_Found], int], everybody: tuple[_Found, Sequence[_Found]]) -> dict[str, Interval]:
    """How much worse the group is served than everybody, on the same drawn households."""
    plain, drawn, place = own
    all_plain, all_drawn = everybody

    def gap(name: str, group: _Found, all_of: _Found) -> float:
        return float(group[name][place]) if name == "calibration" else _lack(name, group, all_of, place)

    return {
        name: interval_of(
            gap(name, plain, all_plain),
            [gap(name, group, all_of) for group, all_of in zip(drawn, all_drawn, strict=True)],
        )
        for name in MEASURES
    }


def answered_for(
    name: str, gap: Interval, widened: Mapping[str, Interval], gained: Mapping[str, Interval], limits: Limits
) -> bool:
    """Whether a candidate answers for the breach: docs/adr/0033.

    It does on any of the `grounds`. What scores now tells no chances, so that an underestimate answers for itself; so
    does everything where what scores now is not known.
    """
    return name not in widened or bool(grounds(name, gap, widened, gained, limits))


def grounds(
    name: str, gap: Interval, widened: Mapping[str, Interval], gained: Mapping[str, Interval], limits: Limits
) -> tuple[str, ...]:
    """Why a candidate answers for a breach beside what scores now: docs/adr/0033.

    `WIDER`: it makes the gap surely wider. `IDLE`: the gap is surely above the limit and the group itself gains nothing
    by the change. `CEILING`: it is surely above the ceiling. Nothing where what scores now is not known.
    """
    if name not in widened:
        return ()
    found = {
        WIDER: widened[name].low > 0,
        IDLE: gap.low > limits.gaps[name] and gained[name].value <= 0,
        CEILING: gap.low > limits.ceiling,
    }
    return tuple(ground for ground, holds in found.items() if holds)


def _none_found(households: int, of_all: float) -> tuple[Interval, Interval]:
    """The interval of a share of nought and of the gap that it leaves, by Wilson's interval of so many households.

    However often households without a find are drawn anew, none is found: a handful of them would make anything sure.
    """
    own = wilson(0, households)
    return own, Interval(1.0, 1 - own.high / of_all if of_all else float("nan"), 1.0)


_Compared: TypeAlias = Callable[[str, _Found, _Found, int], float]


def _against_now(
    compared: _Compared, own: tuple[_Found, Sequence[_Found], int], everybody: tuple[_Found, Sequence[_Found]]
) -> dict[str, Interval]:
    """Recall and precision held against those of what scores now, on the same drawn households."""
    plain, drawn, place = own
    all_plain, all_drawn = everybody
    return {
        name: interval_of(
            compared(name, plain, all_plain, place),
            [compared(name, group, all_of, place) for group, all_of in zip(drawn, all_drawn, strict=True)],
        )
        for name in ("recall", "precision")
    }


def _wider(name: str, group: _Found, all_of: _Found, place: int) -> float:
    """How much larger the gap is than that of what scores now."""
    return _lack(name, group, all_of, place) - _lack(f"{name}_now", group, all_of, place)


def _more(name: str, group: _Found, _: _Found, place: int) -> float:
    """How much more of the measure the group has than by what scores now."""
    return float(group[name][place] - group[f"{name}_now"][place])


def _lack(name: str, group: _Found, all_of: _Found, place: int) -> float:
    """What part of everybody's measure the group lacks."""
    return float(1 - _divided(group[name][[place]], all_of[name])[0])
