"""What a case of limits can ask of the gate: whether a candidate meets each condition, and on which months.

What belongs here: households made of a few numbers. To the bootstrap all rows are of one household, so that chance
plays no part, and a gain is what the numbers say.
"""

from dataclasses import replace
from datetime import date

import polars as pl

from registry.promotion import unseen_days
from rules.parameters import ParametersAt
from scoring.fairness import Limits
from scoring.gate import GateLimits, judge

__all__ = ["APPLIED"]

_ROUNDS = 1


def enough_cases(at: ParametersAt, *, households: int, cases: int) -> bool:
    """Whether so many cases among so many households are enough to judge by."""
    rows = [_row(needed=each < cases, candidate=1, current=1) for each in range(households)]
    return _holds(at, "enough", rows)


def finds_more(at: ParametersAt, *, households: int, found: int, found_now: int, missed: int) -> bool:
    """Whether a candidate that finds so many cases, where `found_now` are found now, finds more.

    `missed` cases are found by neither; what is found has the highest scores.
    """
    most = max(found, found_now)
    rows = [_row(needed=True, candidate=2 * (n < found), current=2 * (n < found_now)) for n in range(most)]
    rows += [_row(needed=True, candidate=0, current=0) for _ in range(missed)]
    return _holds(at, "beats", [*rows, *_none(households - len(rows), 1)])


def case_found_at(at: ParametersAt, *, households: int, cases: int, place: int) -> bool:
    """Whether a case counts as found that a candidate alone puts at that place, and all others at the end."""
    scores = [_row(needed=False, candidate=households - n, current=1) for n in range(households - cases)]
    scores.insert(place - 1, _row(needed=True, candidate=households - place + 1, current=0))
    ranked = [each | {"candidate": households - n} for n, each in enumerate(scores)]
    return _holds(at, "beats", [*ranked, *[_row(needed=True, candidate=0, current=0) for _ in range(cases - 1)]])


def chances_true(at: ParametersAt, *, households: int, cases: int, chance: int) -> bool:
    """Whether a chance (per ten thousand) that is told to every household comes true well enough."""
    rows = [_row(needed=each < cases, candidate=chance, current=1) for each in range(households)]
    return _holds(at, "calibration", rows)


def months_judged(at: ParametersAt, *, known_until: date, newest: date) -> int:
    """On how many months a candidate is judged that knew outcomes up to `known_until`; 0 where they are too few."""
    days = unseen_days(known_until, newest, at)
    rows = [_row(needed=bool(each % 2), candidate=1, current=1) for each in range(2 * GateLimits.of(at).cases)]
    scored = pl.concat(pl.DataFrame(rows).with_columns(family_id=pl.lit("H:1"), as_of=pl.lit(day)) for day in days)
    verdict = judge(scored, (), GateLimits.of(at), declared=Limits.of(at), known_until=known_until, rounds=_ROUNDS)
    return len(days) if all(each.holds for each in verdict.conditions if each.name == "enough") else 0


def _none(households: int, score: int) -> list[dict[str, object]]:
    return [_row(needed=False, candidate=score, current=score) for _ in range(households)]


def _row(*, needed: bool, candidate: int, current: int) -> dict[str, object]:
    return {"needed": needed, "candidate": candidate, "current": current}


def _holds(at: ParametersAt, condition: str, rows: list[dict[str, object]]) -> bool:
    scored = pl.DataFrame(rows).with_columns(family_id=pl.lit("H:1"), as_of=pl.lit(at.day))
    limits = replace(GateLimits.of(at), months=1)  # how many are asked for is a case of its own
    verdict = judge(scored, (), limits, declared=Limits.of(at), known_until=at.day, rounds=_ROUNDS)
    return any(each.name == condition and each.holds for each in verdict.conditions)


APPLIED = (enough_cases, finds_more, case_found_at, chances_true, months_judged)
