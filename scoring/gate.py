"""The gate: whether a candidate may take the place of what scores now.

What belongs here: the judgement, a pure function of scores and outcomes of months that the candidate has not seen. It
must find surely more needs at visiting capacity than what scores now, tell chances that come true, and answer for no
gap above the declared one (`scoring.fairness`). That a second person approves is asked for where the act is
recorded, not here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from rules.parameters import ParametersAt
from scoring.errors import TrainingError
from scoring.fairness import ALL, BY, CEILING, IDLE, MEASURES, WIDER, GroupMeasures, Limits, grounds
from scoring.intervals import ROUNDS, Interval, bootstrap
from scoring.metrics import TEN_THOUSAND, Floats, Measures, Ranking

__all__ = ["CANDIDATE", "CURRENT", "Condition", "GateLimits", "Verdict", "judge"]

_PERCENT = 100
_SHOWN = 12  # groups named in one sentence
CANDIDATE, CURRENT = "candidate", "current"


@dataclass(frozen=True, slots=True)
class GateLimits:
    """What is declared: share visited, fewest cases and months, least gain in recall, largest ECE and gap.

    `gap` is how far the cases may be from those expected, as a part of these: where need is rare an ECE says little.
    """

    capacity: float
    cases: int
    months: int
    gain: float
    calibration_error: float
    gap: float

    @classmethod
    def of(cls, parameters: ParametersAt) -> "GateLimits":
        """Those in force."""
        return cls(
            capacity=parameters.integer("gate.capacity_percent") / _PERCENT,
            cases=parameters.integer("gate.minimum_cases"),
            months=parameters.integer("gate.months"),
            gain=parameters.integer("gate.least_gain_percent") / _PERCENT,
            calibration_error=parameters.integer("gate.calibration_error_percent") / _PERCENT,
            gap=parameters.integer("gate.calibration_gap_percent") / _PERCENT,
        )


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of the gate: whether it holds, the figures in a sentence, and a line for each gap that refuses."""

    name: str
    holds: bool
    told: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """The conditions in order; the gate is passed when all hold."""

    conditions: tuple[Condition, ...]

    @property
    def passed(self) -> bool:
        """Whether every condition holds."""
        return all(each.holds for each in self.conditions)

    @property
    def failed(self) -> tuple[Condition, ...]:
        """The conditions that do not hold."""
        return tuple(each for each in self.conditions if not each.holds)


def judge(  # noqa: PLR0913  # all that the judgement is a function of
    scored: pl.DataFrame,
    groups: Sequence[GroupMeasures],
    limits: GateLimits,
    *,
    declared: Limits,
    known_until: date,
    titles: Mapping[str, str] | None = None,
    household: str = "family_id",
    rounds: int = ROUNDS,
    seed: int = 0,
) -> Verdict:
    """The verdict on a candidate.

    Args:
        scored: one row a household and later month: the household, `as_of`, `needed`, `candidate` (chance per ten
            thousand) and `current` (any score, greater is more need).
        groups: the candidate's measures by group on the same rows, beside those of what scores now.
        limits: what is declared of the gate.
        declared: what is declared of groups, by which `groups` were measured.
        known_until: the last day of which the candidate knew outcomes; months before it are not unseen.
        titles: of the dimensions and groups, for the sentences; what has none is told by its code.
        household: the column that tells households apart.
        rounds: of the bootstrap over households.
        seed: of the bootstrap.

    Raises:
        TrainingError: there are no rows at all.
    """
    if scored.is_empty():
        raise TrainingError("there is no month to judge the candidate on; wait until outcomes of a later one are known")
    unseen = _unseen(scored, known_until)
    enough = _enough(scored, limits)
    if not (unseen.holds and enough.holds):
        return Verdict((unseen, enough))
    months = [scored.filter(pl.col("as_of") == on) for on in scored["as_of"].unique().sort()]
    rankings = {name: [_ranking(month, name) for month in months] for name in (CANDIDATE, CURRENT)}

    def gained(weights: list[Floats] | None) -> dict[str, float]:
        one, other = (_recall(rankings[name], limits.capacity, weights) for name in (CANDIDATE, CURRENT))
        return {CANDIDATE: one, CURRENT: other, "gain": one - other}

    found = bootstrap(gained, [month[household] for month in months], rounds=rounds, seed=seed)
    whole = _ranking(scored, CANDIDATE).measure([limits.capacity])
    return Verdict(
        (
            unseen,
            enough,
            _beats(found, limits),
            _calibrated(scored, whole, limits),
            _fair(groups, declared, titles or {}),
        )
    )


def _unseen(scored: pl.DataFrame, known_until: date) -> Condition:
    early = scored.filter(pl.col("as_of") < known_until)["as_of"].unique().sort()
    if early.is_empty():
        return Condition("unseen", holds=True, told=f"全部月份都在训练所知结果（截至{known_until}）之后")
    return Condition(
        "unseen",
        holds=False,
        told=f"{early[0]}至{early[-1]}的{len(early)}个月在{known_until}之前，训练时结果已知，不能用来检验",
    )


def _enough(scored: pl.DataFrame, limits: GateLimits) -> Condition:
    """Months and cases enough, and both outcomes in each month: in fewer, whole groups go unseen."""
    least = scored.group_by("as_of").agg(pl.col("needed").sum(), rows=pl.len())
    mixed = least.filter((pl.col("needed") == 0) | (pl.col("needed") == pl.col("rows")))
    cases = int(scored["needed"].sum())
    holds = cases >= limits.cases and least.height >= limits.months and mixed.is_empty()
    told = f"{least.height}个月（至少{limits.months}）共{cases}户次出现困难（至少{limits.cases}）"
    return Condition("enough", holds=holds, told=told)


def _beats(found: dict[str, Interval], limits: GateLimits) -> Condition:
    gain, one, other = found["gain"], found[CANDIDATE], found[CURRENT]
    told = (
        f"走访{limits.capacity:.0%}的家庭，候选发现{one.value:.1%}，现用发现{other.value:.1%}，"
        f"相差{gain.value:+.1%}（{gain.low:+.1%}至{gain.high:+.1%}；下限须高于{limits.gain:.1%}）"
    )
    return Condition("beats", holds=gain.low > limits.gain, told=told)


def _calibrated(scored: pl.DataFrame, whole: Measures, limits: GateLimits) -> Condition:
    """The chances come true bin by bin, and in sum."""
    error, expected = whole.ece or 0.0, int(scored[CANDIDATE].sum()) / TEN_THOUSAND
    gap = abs(whole.cases - expected) / expected if expected else float("inf")
    told = (
        f"校准误差{error:.2%}（上限{limits.calibration_error:.2%}）；"
        f"预计{expected:.0f}户次、实际{whole.cases}户次，相差{gap:.0%}（上限{limits.gap:.0%}）"
    )
    return Condition("calibration", holds=error <= limits.calibration_error and gap <= limits.gap, told=told)


def _fair(groups: Sequence[GroupMeasures], declared: Limits, titles: Mapping[str, str]) -> Condition:
    """The candidate answers for no gap of a group that is large enough; none at all proves nothing.

    A gap that what scores now leaves as well, of a group that gains by the change, is told to whoever approves:
    refusing would leave the group as it is.
    """
    reported = [each for each in groups if each.reported]
    broken = [each for each in reported if each.worsened]
    left = [each for each in reported if each.breaches and not each.worsened]
    known = f"；另有{len(left)}个组的差距超过限值，现用的也是如此：{_listed(left, titles)}" if left else ""
    if not reported:
        return Condition("fairness", holds=False, told="没有一个组达到可报告的户数，公平性无从检验")
    if not broken:
        within = (
            "没有一个组的差距须由候选承担（比现用的更大、确实超限而该组无所改善，或确实超过绝对上限）"
            if left
            else "差距都在限值以内"
        )
        return Condition("fairness", holds=True, told=f"{len(reported)}个组：{within}{known}")
    everybody = next((each for each in reported if each.dimension == ALL), None)
    return Condition(
        "fairness",
        holds=False,
        told=f"{len(reported)}个组中{len(broken)}个组的差距超过限值，须由候选承担，见下{known}",
        lines=tuple(
            _gap_told(each, name, everybody, declared, titles) for each in _ordered(broken) for name in each.worsened
        ),
    )


def _gap_told(
    group: GroupMeasures, name: str, everybody: GroupMeasures | None, declared: Limits, titles: Mapping[str, str]
) -> str:
    """One gap that refuses: whose, of which measure, how much, beside which limit, and why it is answered for."""
    gap, limit = group.gaps[name], declared.gaps[name]
    known = f"（{gap.low:.0%}至{gap.high:.0%}；限值{limit:.0%}）"
    if name == "calibration":
        return f"{_named(group, titles)}的{MEASURES[name]}：实际比例比所说的可能性高{gap.value:.1%}{known}"
    of_all = f"全部{everybody.measures[name].value:.1%}，" if everybody else ""
    why = {
        WIDER: lambda: f"确实比现用的大{group.widened[name].value:.0%}",
        IDLE: lambda: f"确实超过限值而该组无所改善（{group.gained[name].value:+.1%}）",
        CEILING: lambda: f"确实超过绝对上限{declared.ceiling:.0%}",
    }
    because = "，".join(why[each]() for each in grounds(name, gap, group.widened, group.gained, declared))
    return (
        f"{_named(group, titles)}的{MEASURES[name]}：{of_all}该组{group.measures[name].value:.1%}，"
        f"少{gap.value:.0%}{known}{'，' if because else ''}{because}"
    )


def _named(group: GroupMeasures, titles: Mapping[str, str]) -> str:
    def told(codes: str) -> str:
        return BY.join(titles.get(each, each) for each in codes.split(BY))

    return f"{told(group.dimension)}={told(group.group)}"


def _ordered(groups: Sequence[GroupMeasures]) -> list[GroupMeasures]:
    """Those with most cases first."""
    return sorted(groups, key=lambda each: (-each.cases, each.dimension, each.group))


def _listed(groups: Sequence[GroupMeasures], titles: Mapping[str, str]) -> str:
    """The groups with the measures of which they lack; of many not all."""
    names = [
        f"{_named(each, titles)}（{'、'.join(MEASURES[name] for name in each.breaches)}）" for each in _ordered(groups)
    ]
    return "，".join(names[:_SHOWN]) + (f"等{len(names)}个组" if len(names) > _SHOWN else "")


def _ranking(rows: pl.DataFrame, name: str) -> Ranking:
    return Ranking(rows[name].to_numpy().astype(np.float64), rows["needed"].to_numpy(), chance=name == CANDIDATE)


def _recall(rankings: Sequence[Ranking], share: float, weights: list[Floats] | None) -> float:
    """Needs found over all months, each month visited for itself."""
    found = cases = 0.0
    for place, each in enumerate(rankings):
        measured = each.measure([share], None if weights is None else weights[place])
        found += measured.at_capacity[0].recall * measured.cases
        cases += measured.cases
    return found / cases if cases else float("nan")
