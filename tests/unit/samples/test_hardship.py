"""Need in the sample follows from what befalls families, often enough to be learnt, never with certainty."""

import numpy as np
import pytest

from samples.truth import Truth
from samples.world import World, simulate
from samples.world.base import NEVER, Flags, Ints, month_end
from samples.world.hardship import lose_income, weigh
from samples.world.state import code


@pytest.fixture(scope="module")
def district() -> World:
    """Two years of twelve thousand people."""
    return simulate(size=12_000, months=24, seed=5, first_month="2025-01")


def _families(world: World, month: int) -> tuple[Ints, Flags, Ints]:
    """Families off the register at the end of `month`, whether each enters within a year, and whose family is whose."""
    moment = Truth(world).at(month)
    on, later = month_end(month), month_end(month + 12)
    listed = np.unique(moment.family[moment.on_register & moment.in_scope])
    free = np.setdiff1d(np.unique(moment.family[moment.in_scope]), listed)
    spells = world.spells
    entering = spells["person"][(spells["start"] > on) & (spells["start"] <= later)]
    return free, np.isin(free, moment.family[entering]), moment.family


@pytest.mark.parametrize("back", [24, 18, 12])
def test_about_one_family_in_seventy_enters_within_a_year(district: World, back: int) -> None:
    """Too few entries, and no score could be judged; too many, and the district would be like no other."""
    _, enters, _ = _families(district, district.last - back)
    assert 0.008 < enters.mean() < 0.025


def test_families_that_left_come_back_more_often(district: World) -> None:
    """Return to the register would be no sign of anything."""
    month = district.last - 12
    free, enters, family = _families(district, month)
    left = district.people["left"]
    recent = np.isin(free, family[(left > month - 24) & (left <= month) & (family >= 0)])
    assert enters[recent].mean() > 3 * enters[~recent].mean()


def test_illness_comes_before_entry_and_decides_nothing(district: World) -> None:
    """The features would either see no cause, or the answer itself."""
    month = district.last - 12
    free, enters, family = _families(district, month)
    on = month_end(month)
    ill = np.isin(free, family[(district.people["ill_on"] <= on) & (family >= 0)])
    assert enters[ill].mean() > 2 * enters[~ill].mean()
    assert enters[ill].mean() < 0.5
    assert enters[~ill].sum() > 0


def test_visits_outside_the_register_see_need_sometimes(district: World) -> None:
    """Confirmed need would never become a label, or every visit would confirm it."""
    visits = district.visits
    ever = np.isin(visits["person"], district.spells["person"])
    confirmed = visits["outcome"][~ever] == code("visit_outcome", "true_include")
    assert 0.02 < confirmed.mean() < 0.6


def test_a_lost_income_weighs_most_after_some_months() -> None:
    """The score would see a cause and its effect in the same month, which a real register never shows."""
    world = simulate(size=600, months=1, seed=2, first_month="2026-01")
    world.month = world.last
    people = world.people
    people["lost"][:] = -1000
    house = int(people["house"][np.flatnonzero(world.residents)[0]])
    member = np.flatnonzero(world.residents & (people["house"] == house))[:1]

    def after(months: int) -> float:
        people["lost"][:] = -1000
        lose_income(world, member)
        people["lost"][member] -= months
        weigh(world)
        return float(world.hardship[house])

    assert after(5) > after(0)
    assert after(5) > after(24) > after(40)


def test_who_falls_severely_ill_may_lose_the_job(district: World) -> None:
    """Illness and loss of income would be strangers to each other."""
    people = district.people
    worker = district.present & (district.ages > 25 * 365) & (district.ages < 50 * 365)
    ill = worker & (people["ill_on"] < NEVER) & (people["ill_on"] > month_end(district.last - 18))
    assert ill.sum() >= 10
    assert (people["wage"][ill] == 0).mean() > 2 * (people["wage"][worker] == 0).mean()
