"""How hard life is in each household: what loss of income, illness, disability, death and separation leave behind.

What belongs here: the causes of need, as a number a household, and how they fade. What people do about it (apply, tell
the street) stands where it is done. A part of it is seen by no department: savings, relatives, pride.
"""

import numpy as np
import numpy.typing as npt

from samples.world.base import NEVER, YEAR, Ints
from samples.world.households import luck, members_of
from samples.world.state import PERMIT, RESIDENT_PENSION, SEVERE, World, code

__all__ = ["EASY", "HARD", "chance_by", "give_up", "lose_income", "means_of", "of_people", "survive", "weigh"]

Floats = npt.NDArray[np.float64]

EASY, HARD = 0.5, 3.0  # below hardly in need, above surely
_INFORMAL, _TRADE = 260_000, 600_000  # fen a month: what work without a payslip brings in about
_MEANS = (0, 60_000, 110_000, 170_000, 260_000, 420_000, 700_000)  # fen a head a month
_BY_MEANS = (2.0, 1.5, 1.1, 0.6, 0.0, -0.7, -1.4)
_MONTHS_SINCE_LOSS = (0, 2, 4, 10, 19, 31)  # savings and benefit carry the first months
_BY_LOSS = (0.1, 0.7, 1.5, 0.9, 0.3, 0.0)
_DAYS_SINCE_ILLNESS = (0, 60, 550, 1500)
_BY_ILLNESS = (0.5, 1.5, 0.9, 0.3)
_BURDEN = (0, 1_200_000, 3_000_000, 8_000_000)  # fen of own hospital bills, those of long ago faded
_BY_BURDEN = (0.0, 0.4, 0.9, 1.4)
_MONTHS_SINCE_EXIT = (0, 4, 14, 37)
_BY_EXIT = (1.1, 1.7, 0.8, 0.2)
_MONTHS_SINCE_REFUSAL = (0, 13)
_BY_REFUSAL = (0.6, 0.0)
_DISABLED, _MORE_DISABLED = 1.0, 0.5
_NO_EARNER, _ALONE_WITH_CHILDREN, _MANY_CHILDREN, _OLD_ALONE = 0.8, 0.6, 0.3, 0.7
_ADULT, _AGED = 18 * YEAR, 70 * YEAR
_MANY = 3
_THOUSAND = 1000
_SURVIVORS = 0.8  # of those who lived on a dead person's pay lose by it


def weigh(world: World) -> None:
    """Keep in `world.hardship` how hard life is in each household this month, in the scale of log-odds.

    The ordinary households come first, by their rows. Who is registered in a collective household or holds a permit
    lives alone: what befalls the other members of a collective household is nothing to them. `world.home` is each
    person's place among all of these.
    """
    people = world.people
    rows = np.flatnonzero(world.present)
    home, lucks = _homes(world, rows)
    age, size = world.ages[rows], len(lucks)
    count = np.maximum(np.bincount(home, minlength=size), 1)

    def number(flags: npt.ArrayLike) -> Ints:
        return np.bincount(home, weights=np.asarray(flags, dtype=np.float64), minlength=size).astype(np.int64)

    def latest(name: str) -> Ints:
        """The latest of what each member has in column `name`."""
        last = np.full(size, -NEVER, dtype=np.int64)
        np.maximum.at(last, home, people[name][rows])
        return last

    ill_on = np.full(size, -NEVER, dtype=np.int64)
    ill = people["ill_on"][rows] < world.today
    np.maximum.at(ill_on, home[ill], people["ill_on"][rows][ill])
    minors, earners = number(age < _ADULT), number(_takings(world, rows) > 0)
    severe = number((people["grade"][rows] > 0) & (people["grade"][rows] <= SEVERE))
    old = number((age > _AGED) & (people["pension"][rows] == RESIDENT_PENSION))
    adults = count - minors
    world.means = _income(world, rows, home, size) // count
    world.hardship = (
        _step(world.means, _MEANS, _BY_MEANS)
        + _step(world.month - latest("lost"), _MONTHS_SINCE_LOSS, _BY_LOSS)
        + np.where(ill_on > -NEVER, _step(world.today - ill_on, _DAYS_SINCE_ILLNESS, _BY_ILLNESS), 0.0)
        + _step(number(people["burden"][rows]), _BURDEN, _BY_BURDEN)
        + _step(world.month - latest("left"), _MONTHS_SINCE_EXIT, _BY_EXIT)
        + _step(world.month - latest("refused"), _MONTHS_SINCE_REFUSAL, _BY_REFUSAL)
        + np.where(severe > 0, _DISABLED, 0.0)
        + np.where(severe > 1, _MORE_DISABLED, 0.0)
        + np.where((minors > 0) & (earners == 0), _NO_EARNER, 0.0)
        + np.where((minors > 0) & (adults == 1), _ALONE_WITH_CHILDREN, 0.0)
        + np.where(minors >= _MANY, _MANY_CHILDREN, 0.0)
        + np.where((old > 0) & (count == 1), _OLD_ALONE, 0.0)
        + lucks / _THOUSAND
    )


def _homes(world: World, rows: Ints) -> tuple[Ints, Ints]:
    """Where each of `rows` lives, kept in `world.home` too, and the luck of each of these homes."""
    people, houses = world.people, world.houses
    house = people["house"][rows]
    alone = (people["place"][rows] == PERMIT) | (houses["kind"][house] == code("household_type", "collective"))
    single = rows[alone]
    unset = single[people["luck"][single] == NEVER]
    people["luck"][unset] = luck(world, len(unset))
    home = house.copy()
    home[alone] = len(houses) + np.arange(len(single))
    world.home = np.full(len(people), -1, dtype=np.int64)
    world.home[rows] = home
    return home, np.concatenate([houses["luck"], people["luck"][single]])


def of_people(world: World, persons: Ints) -> Floats:
    """The hardship of each person's household; of those who do not live here that of an average household."""
    home = world.home[persons]
    found: Floats = np.where(home >= 0, world.hardship[home], 0.0)
    return found


def means_of(world: World, persons: Ints) -> Ints:
    """What each person's household has a head, fen a month; nothing where nobody knows of a household here."""
    home = world.home[persons]
    found: Ints = np.where(home >= 0, world.means[home], 0)
    return found


def chance_by(hardship: Floats, base: float, most: float = 0.5) -> Floats:
    """The monthly chance of what happens `base` often where hardship is nought."""
    found: Floats = np.minimum(base * np.exp(hardship), most)
    return found


def lose_income(world: World, persons: Ints) -> None:
    """Remember that these lost an income this month."""
    world.people["lost"][persons] = world.month


def give_up(world: World, persons: Ints) -> None:
    """Those of `persons` who work stop working, without a benefit."""
    people = world.people
    stops = persons[_takings(world, persons) > 0]
    people["job"][stops] = code("job", "none")
    people["wage"][stops] = 0
    people["side_wage"][stops] = 0
    lose_income(world, stops)


def survive(world: World, dead: Ints) -> None:
    """Those who lived in the household of a dead earner have lost an income."""
    house = world.people["house"][dead[_takings(world, dead) > 0]]
    house = house[house >= 0]
    left = members_of(world, house[world.houses["kind"][house] == code("household_type", "ordinary")])
    lose_income(world, left[world.chance(len(left), _SURVIVORS)])


def _takings(world: World, persons: Ints) -> Ints:
    """What each brings home by work, fen a month."""
    people = world.people
    job = people["job"][persons]
    other = np.where(job == code("job", "informal"), _INFORMAL, np.where(job == code("job", "owner"), _TRADE, 0))
    takings: Ints = people["wage"][persons] + people["side_wage"][persons] + other
    return takings


def _income(world: World, rows: Ints, home: Ints, size: int) -> Ints:
    people = world.people
    benefit = np.where(people["benefit_until"][rows] > world.month, people["benefit"][rows], 0)
    income = _takings(world, rows) + people["pension_fen"][rows] + benefit
    return np.bincount(home, weights=income, minlength=size).astype(np.int64)


def _step(values: Ints, bounds: tuple[int, ...], effects: tuple[float, ...]) -> Floats:
    place = np.searchsorted(np.asarray(bounds), values, side="right") - 1
    found: Floats = np.asarray(effects)[np.maximum(place, 0)]
    return found
