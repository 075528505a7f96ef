"""What a case of limits can ask of fairness: which groups are reported, which are served worse than may be."""

from datetime import date

import polars as pl

from editions.fairness_groups import fairness_groups
from editions.scenario_facts import frame_of
from rules.parameters import ParametersAt
from schemas.tables import get_table
from scoring.fairness import GroupMeasures, Limits, answered_for, fairness
from scoring.intervals import Interval

__all__ = ["APPLIED"]

_OWN, _OTHERS = "own", "others"
_PERCENT, _TEN_THOUSAND = 100, 10_000


def group_reported(at: ParametersAt, *, households: int, cases: int) -> bool:
    """Whether the figures of a group of so many households, so many of them in need, are reported."""
    return _of_own(at, _group(_OWN, households, cases)).reported


def finds_too_few(at: ParametersAt, *, cases: int, found: int, others_found: int) -> bool:
    """Whether a group lacks too much: of so many cases in it and as many in the others these are found."""
    own, others = (
        _group(name, cases, cases, visited=visited) for name, visited in ((_OWN, found), (_OTHERS, others_found))
    )
    return "recall" in _of_own(at, own, others).breaches


def visits_find_too_few(at: ParametersAt, *, visits: int, cases: int, others_cases: int) -> bool:
    """Whether so many visits to a group, and as many to the others, find too few of its cases."""
    own, others = (
        _group(name, visits, needed, visited=visits) for name, needed in ((_OWN, cases), (_OTHERS, others_cases))
    )
    return "precision" in _of_own(at, own, others).breaches


def told_too_low(at: ParametersAt, *, households: int, cases: int, chance: int) -> bool:
    """Whether the chance (per ten thousand) told to each household of a group is too low for the cases in it."""
    return "calibration" in _of_own(at, _group(_OWN, households, cases, chance=chance)).breaches


def refused_whatever_scores_now(at: ParametersAt, *, surely_lacks_percent: int) -> bool:
    """Whether a group that surely lacks so much keeps a model out, though it lacks less than now and gains."""
    lack = surely_lacks_percent / _PERCENT
    narrower, more = Interval(-0.2, -0.3, -0.1), Interval(0.1, 0.05, 0.2)
    return answered_for("recall", Interval(lack, lack, lack), {"recall": narrower}, {"recall": more}, Limits.of(at))


def age_group(at: ParametersAt, *, born_on: date) -> str:
    """The band of age that a head of a family is in today."""
    return str(_groups(at, born_on)["age_group"].item())


def of_elders(at: ParametersAt, *, born_on: date) -> bool:
    """Whether somebody who lives alone counts as a household of the elderly today."""
    return str(_groups(at, born_on)["household_type"].item()) == "elders"


def _groups(at: ParametersAt, born_on: date) -> pl.DataFrame:
    rows: dict[str, dict[str, object]] = {
        "families": {"family_id": "H:1", "head_key": "a"},
        "members": {"family_id": "H:1", "person_key": "a", "birth_on": born_on},
    }
    tables = {name: frame_of(get_table(name), [row]) for name, row in rows.items()}
    tables["conditions"] = get_table("conditions").empty()
    return fairness_groups(tables, at.day, at).collect()


def _group(name: str, households: int, cases: int, *, visited: int = 0, chance: int = 0) -> pl.DataFrame:
    """Households of a group, the first of them in need, the first of them visited."""
    place = pl.int_range(households, eager=True)
    return pl.DataFrame({"place": place}).select(
        family_id=pl.format("{}:{}", pl.lit(name), "place"),
        group=pl.lit(name),
        needed=pl.col("place") < cases,
        chance=pl.lit(chance / _TEN_THOUSAND),
        visited=(pl.col("place") < visited).cast(pl.Float64),
    )


def _of_own(at: ParametersAt, *groups: pl.DataFrame) -> GroupMeasures:
    found = fairness(pl.concat(groups), ["group"], Limits.of(at))
    return next(each for each in found if (each.dimension, each.group) == ("group", _OWN))


APPLIED = (
    group_reported,
    finds_too_few,
    visits_find_too_few,
    told_too_low,
    refused_whatever_scores_now,
    age_group,
    of_elders,
)
