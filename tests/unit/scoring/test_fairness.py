"""Fairness by group: finds a group that is served worse, keeps small groups out, and is sure of what it says."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from scoring.errors import TrainingError
from scoring.evaluation import MODEL, evaluate
from scoring.fairness import ALL, BY, UNKNOWN, GroupMeasures, Limits, answered_for, cases_of, fairness
from scoring.intervals import Interval
from tests.unit.scoring.households import CUT_OFFS, SPEC, history

LIMITS = Limits(households=50, cases=10, gaps={"recall": 0.2, "precision": 0.4, "calibration": 0.05}, ceiling=0.5)


def _cases(rows: int = 4000, *, biased: bool = False, seed: int = 1) -> pl.DataFrame:
    """Households of two streets and sexes; if biased, the chance of street b is told at a third of the truth."""
    random = np.random.default_rng(seed)
    true = random.beta(1, 6, rows)
    street = np.where(random.random(rows) < 0.4, "b", "a")
    chance = np.where((street == "b") & biased, true / 3, true)
    bound = np.quantile(chance, 0.9)
    return pl.DataFrame(
        {
            "family_id": [f"H:{each}" for each in range(rows)],
            "needed": random.random(rows) < true,
            "chance": chance,
            "visited": (chance >= bound).astype(np.float64),
            "street": street,
            "sex": np.where(random.random(rows) < 0.5, "female", "male"),
        }
    ).with_columns(sex=pl.when(pl.int_range(pl.len()) % 200 != 0).then(pl.col("sex")))


def _by_group(found: list[GroupMeasures]) -> dict[tuple[str, str], GroupMeasures]:
    return {(each.dimension, each.group): each for each in found}


def test_a_group_served_worse_is_named() -> None:
    """The needy of one street would be found half as often, and nobody would see it."""
    groups = _by_group(fairness(_cases(biased=True), ["street", "sex"], LIMITS, rounds=60))
    assert set(groups["street", "b"].breaches) >= {"recall", "calibration"}
    assert not groups["street", "a"].breaches
    assert not groups["sex", "female"].breaches
    assert groups["street", "b"].gaps["recall"].low > 0
    assert "recall" in groups[f"street{BY}sex", f"b{BY}male"].breaches


def test_a_fair_score_breaks_no_limit() -> None:
    """A fair score would be refused."""
    found = fairness(_cases(), ["street", "sex"], LIMITS, rounds=60)
    assert not [each for each in found if each.breaches]


def test_figures_are_shares_of_the_group() -> None:
    """The page would tell figures of somebody else."""
    cases = _cases(biased=True)
    own = cases.filter(pl.col("street") == "b")
    found = _by_group(fairness(cases, ["street"], LIMITS, rounds=20))["street", "b"]
    hit = own.filter("needed")["visited"].sum()
    assert (found.households, found.cases) == (own.height, own["needed"].sum())
    assert found.measures["recall"].value == pytest.approx(hit / own["needed"].sum())
    assert found.measures["precision"].value == pytest.approx(hit / own["visited"].sum())
    assert found.measures["calibration"].value == pytest.approx(own["needed"].mean() - own["chance"].mean())  # type: ignore[operator]
    assert all(each.low <= each.value <= each.high for each in found.measures.values())


def test_small_groups_are_counted_and_not_reported() -> None:
    """A page would tell of single families."""
    cases = _cases()
    found = _by_group(fairness(cases, ["sex"], LIMITS, rounds=5))
    unknown = found["sex", UNKNOWN]
    assert (unknown.households, unknown.reported, unknown.measures) == (20, False, {})
    assert sum(each.households for (dimension, _), each in found.items() if dimension == "sex") == cases.height
    assert found[ALL, ALL].reported


def test_a_household_in_need_for_months_is_one_household() -> None:
    """A page would tell of four families that stand in five months as if they were twenty."""
    cases = _cases()
    few = cases.filter("needed").head(LIMITS.cases - 1).with_columns(street=pl.lit("c"))
    rest = cases.join(few, on="family_id", how="anti")
    others = rest.filter(~pl.col("needed")).head(100).with_columns(street=pl.lit("c"))
    found = _by_group(fairness(pl.concat([few] * 5 + [others, rest]), ["street"], LIMITS, rounds=5))["street", "c"]
    assert (found.households, found.cases) == (100 + few.height, 5 * few.height)
    assert not found.reported


def test_nobody_found_among_few_is_not_sure() -> None:
    """A model would be refused because none of three visits to a street found need: drawn anew, none ever will."""
    cases = _cases()
    street = pl.when(pl.col("street") == "b").then(0.0).otherwise(pl.col("visited"))
    three = cases.filter(~pl.col("needed"), pl.col("street") == "b")["family_id"].head(3).to_list()
    visited = cases.with_columns(visited=pl.when(pl.col("family_id").is_in(three)).then(1.0).otherwise(street))
    found = _by_group(fairness(visited, ["street"], LIMITS, rounds=20))["street", "b"]
    assert (found.measures["precision"].value, found.measures["precision"].high) == (0, pytest.approx(0.561, abs=0.001))
    assert (found.gaps["precision"].value, found.breaches) == (1, ("recall",))
    assert found.gaps["precision"].low < 0
    assert found.gaps["recall"].low > LIMITS.ceiling
    assert found.measures["recall"].high > 0


def test_a_gap_that_may_be_luck_breaks_no_limit() -> None:
    """A score would be refused for the luck of a handful of families."""
    strict = Limits(households=1, cases=1, gaps=dict.fromkeys(LIMITS.gaps, 0.0), ceiling=0.5)
    found = fairness(_cases(300), ["street"], strict, rounds=60)
    sure = [each for each in found for name in each.breaches if each.gaps[name].low <= 0]
    assert not sure
    assert [each for each in found if any(gap.value > 0 for gap in each.gaps.values())]


@pytest.mark.parametrize(
    ("gap", "widened", "gained", "answered"),
    [
        ((0.1, 0.4), (0.01, 0.3), 0.1, True),  # surely wider than now
        ((0.1, 0.4), (-0.1, 0.3), -0.1, False),  # whether it is above the limit, or wider, is not sure
        ((0.21, 0.4), (-0.1, 0.3), 0.0, True),  # surely above the limit, and the group gains nothing
        ((0.21, 0.4), (-0.1, 0.3), 0.01, False),  # it gains
        ((0.51, 0.9), (-0.3, -0.1), 0.2, True),  # surely above the ceiling, whatever it gains
        ((0.5, 0.9), (-0.3, -0.1), 0.2, False),
    ],
)
def test_a_candidate_answers_for_gaps_that_are_sure(
    gap: tuple[float, float], widened: tuple[float, float], gained: float, *, answered: bool
) -> None:
    """A group would be left behind for good because it always was; or no model would ever pass."""
    now = {"recall": Interval(sum(widened) / 2, *widened)}, {"recall": Interval(gained, gained - 1, gained + 1)}
    assert answered_for("recall", Interval(sum(gap) / 2, *gap), *now, LIMITS) is answered
    assert answered_for("calibration", Interval(0.1, 0.06, 0.2), *now, LIMITS)


def test_without_what_scores_now_every_gap_is_answered_for() -> None:
    """A first model would be let off gaps that nobody has measured before."""
    found = _by_group(fairness(_cases(biased=True), ["street"], LIMITS, rounds=60))["street", "b"]
    assert found.worsened == found.breaches


def test_groups_are_those_of_the_date() -> None:
    """A family that has moved would be counted where it no longer lives."""
    table = history(1800)
    cut_offs = evaluate(table, SPEC, CUT_OFFS)
    groups = table.select("family_id", "as_of").with_columns(
        place=pl.when(pl.col("as_of") == date(2026, 6, 30)).then(pl.lit("new")).otherwise(pl.lit("old"))
    )
    cases = cases_of(cut_offs, MODEL, groups, 0.05)
    assert cases.group_by("as_of", "place").len().height == 2
    assert cases.height == sum(cut.scored.height for cut in cut_offs)
    assert cases["visited"].sum() == pytest.approx(60)
    assert cases["chance"].is_between(0, 1).all()
    with pytest.raises(TrainingError, match="more than once"):
        cases_of(cut_offs, MODEL, pl.concat([groups, groups]), 0.05)
