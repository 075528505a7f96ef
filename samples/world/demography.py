"""Deaths, births, marriages, divorces and moves of one month.

What belongs here: what changes who lives where and with whom. Each person's registration changes at
most once a month; deaths come first, so nothing else happens to the dead.
"""

import numpy as np

from samples.world.base import YEAR, Flags, Ints
from samples.world.hardship import give_up, lose_income, survive
from samples.world.households import (
    cancel,
    collective_houses,
    grandparent_house,
    leave,
    members_of,
    move,
    new_houses,
    register,
)
from samples.world.people import add_people, divorce, marry
from samples.world.state import World

__all__ = ["step"]

_MONTHS = 12
_MINOR = 17.5 * YEAR
_ADULT = 25
_ACCIDENTS = 0.0015  # deaths a year among working people beside those of their age
_POORER = 0.5  # of the divorced live on less afterwards
_AT_HOME = 0.12  # of mothers give up their job with a birth
_SHE, _HE, _BOTH = 0, 1, 2  # who moves at a wedding


def step(world: World) -> None:
    """Everything demographic that happens in the month."""
    _deaths(world)
    _births(world)
    _divorces(world)
    _marriages(world)
    _households_move(world)
    _people_move(world)
    _departures(world)
    _arrivals(world)
    _permits(world)


def _deaths(world: World) -> None:
    people, rng = world.people, world.rng
    age = np.clip(world.ages / YEAR, 0, 105)
    hazard = (0.00025 * np.exp(0.095 * np.clip(age - 25, 0, 80)) + np.where(age > _ADULT, 0.0005, 0)) / _MONTHS
    hazard += np.where((people["wage"] > 0) & (age > _ADULT), _ACCIDENTS, 0) / _MONTHS
    grown = world.present & (people["birth"] < world.today - 70) & (people["busy"] != world.month)
    dead = world.draw(grown, hazard * np.where(people["ill_on"] < world.today, 8, 1))
    if not len(dead):
        return
    on = world.days(len(dead))
    people["death"][dead] = on
    partner = people["spouse"][dead]
    widowed = partner[partner >= 0]
    people["spouse"][widowed] = -1
    people["free_on"][widowed] = world.today + 1500
    registered = people["house"][dead] >= 0
    seen = ~registered | (world.chance(len(dead), 0.93))
    people["cremated"][dead[seen]] = on[seen] + rng.integers(1, 3, int(seen.sum()))
    cancelled = registered & (~seen | (world.chance(len(dead), 0.9)))
    later = np.where(seen, rng.integers(0, 3, len(dead)), 0)
    house = people["house"][dead].copy()
    cancel(world, dead[cancelled], (on + later)[cancelled], "death")
    people["house"][dead] = house
    world.touch(dead)
    survive(world, dead)


def _births(world: World) -> None:
    people, rng, houses = world.people, world.rng, world.houses
    father = people["spouse"]
    ready = world.settled & (people["sex"] == 1) & (father >= 0) & (world.ages < 42 * YEAR)
    ready &= (people["place"][father] == 0) & (people["house"][father] >= 0)
    ready &= (people["death"][father] > world.today + 40) & (people["free_on"] < world.today - 250)
    rate = np.array([0.17, 0.07, 0.008, 0.0])[np.minimum(people["kids"], 3)] / _MONTHS
    mothers = world.draw(ready, rate)
    fathers = people["spouse"][mothers]
    his, hers = people["house"][fathers], people["house"][mothers]
    house = np.where((world.chance(len(mothers), 0.75)) & (houses["kind"][his] == 0), his, hers)
    house = np.where(houses["kind"][house] == 1, his, house)
    elders = grandparent_house(world, mothers)
    house = np.where((houses["kind"][house] == 1) & (elders >= 0), elders, house)
    on = world.days(len(mothers))
    babies = add_people(
        world,
        birth=on,
        sex=rng.integers(0, 2, len(on)),
        surname=people["surname"][fathers],
        father=fathers,
        mother=mothers,
    )
    world.people["kids"][mothers] += 1
    world.people["kids"][fathers] += 1
    register(world, babies, house, on + rng.integers(0, 28, len(on)))
    give_up(world, mothers[world.chance(len(mothers), _AT_HOME)])
    world.touch(babies)


def _divorces(world: World) -> None:
    people, rng = world.people, world.rng
    wife = world.settled & (people["sex"] == 1) & (people["spouse"] >= 0) & (people["free_on"] < world.today - 400)
    wives = world.draw(wife & (world.ages < 62 * YEAR), 0.009 / _MONTHS)
    husbands = people["spouse"][wives]
    free = world.settled[husbands]
    wives, husbands = wives[free], husbands[free]
    on = world.days(len(wives))
    divorce(world, husbands, wives, on)
    for one in (wives, husbands):
        lose_income(world, one[world.chance(len(one), _POORER)])
    leaver = np.where(world.chance(len(wives), 0.5), husbands, wives)
    together = people["house"][husbands] == people["house"][wives]
    goes = together & (world.chance(len(wives), 0.7))
    parental = grandparent_house(world, leaver)
    back = (parental >= 0) & (parental != people["house"][leaver]) & (world.chance(len(wives), 0.6))
    target = np.where(back, parental, new_houses(world, len(wives)))
    move(world, leaver[goes], target[goes], on[goes] + rng.integers(0, 3, int(goes.sum())))
    for one in (wives, husbands):
        world.touch(one)


def _marriages(world: World) -> None:
    people, rng, houses = world.people, world.rng, world.houses
    single = world.settled & (people["spouse"] < 0) & (people["free_on"] < world.today)
    single &= (world.ages > 22.1 * YEAR) & (world.ages < 50 * YEAR)
    rate = np.where(world.ages < 34 * YEAR, 0.12, 0.03) / _MONTHS
    men = world.draw(single & (people["sex"] == 0), rate)
    women = world.draw(single & (people["sex"] == 1), rate)
    count = min(len(men), len(women))
    men = men[np.argsort(people["birth"][men], kind="stable")][:count]
    women = women[np.argsort(people["birth"][women], kind="stable")][:count]
    kin = (people["mother"][men] == people["mother"][women]) & (people["mother"][men] >= 0)
    kin |= (people["father"][men] == people["father"][women]) & (people["father"][men] >= 0)
    kin |= np.abs(people["birth"][men] - people["birth"][women]) > 15 * YEAR
    men, women = men[~kin], women[~kin]
    on = world.days(len(men))
    marry(world, men, women, on)
    draw = rng.choice((_SHE, _HE, _BOTH, -1), len(men), p=(0.5, 0.08, 0.24, 0.18))
    his, hers = people["house"][men].copy(), people["house"][women].copy()
    she = (draw == _SHE) & (houses["kind"][his] == 0) & (his != hers)
    he = (draw == _HE) & (houses["kind"][hers] == 0) & (his != hers)
    both = draw == _BOTH
    own = new_houses(world, len(men))
    moved_on = on + rng.integers(0, 3, len(men))
    move(world, women[she], his[she], moved_on[she])
    move(world, men[he], hers[he], moved_on[he])
    move(world, men[both], own[both], moved_on[both])
    move(world, women[both], own[both], moved_on[both])
    world.touch(men)
    world.touch(women)


def _whole_houses(world: World, rate: float) -> tuple[Ints, Ints]:
    """Ordinary households nobody of which was touched this month: (members, their household)."""
    chosen = world.draw(world.houses["kind"] == 0, rate)
    rows = members_of(world, chosen)
    house = world.people["house"][rows]
    blocked = np.unique(house[~world.settled[rows]])
    free = ~np.isin(house, blocked)
    return rows[free], house[free]


def _households_move(world: World) -> None:
    rows, house = _whole_houses(world, 0.004 / _MONTHS)
    places, index = np.unique(house, return_inverse=True)
    target = new_houses(world, len(places))
    move(world, rows, target[index], world.days(len(places))[index])
    rows, house = _whole_houses(world, 0.0015 / _MONTHS)
    places, index = np.unique(house, return_inverse=True)
    leave(world, rows, world.days(len(places))[index])


def _movers(world: World, who: Flags, rate: float) -> Ints:
    return world.draw(world.settled & who, rate / _MONTHS)


def _people_move(world: World) -> None:
    """Single people who leave their parents, buy a flat, follow a child; minors who go to grandparents."""
    people, houses, ages = world.people, world.houses, world.ages
    collective = houses["kind"][people["house"]] == 1
    single = (people["spouse"] < 0) & (people["kids"] == 0)
    young = single & (ages > 22 * YEAR) & (ages < 40 * YEAR)
    rows = _movers(world, young & ~collective, 0.02)
    to_firm = world.chance(len(rows), 0.35)
    target = np.where(to_firm, collective_houses(world, len(rows)), new_houses(world, len(rows)))
    move(world, rows, target, world.days(len(rows)))
    rows = _movers(world, collective, 0.04)
    move(world, rows, new_houses(world, len(rows)), world.days(len(rows)))
    minors = (ages > YEAR) & (ages < _MINOR)
    rows = _movers(world, minors, 0.006)
    mother = people["mother"][rows]
    target = np.where(mother >= 0, grandparent_house(world, mother), -1)
    goes = (target >= 0) & (target != people["house"][rows])
    move(world, rows[goes], target[goes], world.days(int(goes.sum())))
    _elders_follow(world)


def _elders_follow(world: World) -> None:
    """Widowed elders who move in with a grown child."""
    people = world.people
    elder = (world.ages > 68 * YEAR) & (people["spouse"] < 0)
    elders = _movers(world, elder, 0.03)
    follow = np.zeros(len(people) + 1, dtype=np.bool_)
    follow[elders] = True
    child = np.flatnonzero(world.residents & (follow[people["mother"]] | follow[people["father"]]))
    child = child[world.houses["kind"][people["house"][child]] == 0]
    mother = people["mother"][child]
    parent = np.where(follow[mother] & (mother >= 0), mother, people["father"][child])
    parent, first = np.unique(parent, return_index=True)
    target = people["house"][child[first]]
    goes = (parent >= 0) & (people["house"][parent] != target)
    move(world, parent[goes], target[goes], world.days(int(goes.sum())))


def _departures(world: World) -> None:
    people, ages = world.people, world.ages
    single = (people["spouse"] < 0) & (people["kids"] == 0) & (ages > 18 * YEAR) & (ages < 50 * YEAR)
    rows = _movers(world, single, 0.012)
    leave(world, rows, world.days(len(rows)))
    receiving = (people["family"] >= 0) & (ages > 20 * YEAR) & (ages < 70 * YEAR)
    rows = _movers(world, receiving, 0.02)
    leave(world, rows, world.days(len(rows)))
    for reason, rate in (("emigration", 0.0008), ("military", 0.0015), (None, 0.0006)):
        rows = _movers(world, single & (ages < 40 * YEAR), rate)
        cancel(world, rows, world.days(len(rows)), reason)


def _arrivals(world: World) -> None:
    """Single people for firms, and young couples with a flat of their own."""
    rng = world.rng
    count = rng.binomial(world.size, 0.0035 / _MONTHS)
    birth = world.today - world.span(20, 36, count)
    prefix = rng.integers(1, 1 << 20, count)
    rows = add_people(world, birth=birth, sex=rng.integers(0, 2, count), prefix=prefix)
    house = np.where(world.chance(count, 0.6), collective_houses(world, count), new_houses(world, count))
    register(world, rows, house, world.days(count))
    world.touch(rows)
    _couples_arrive(world)


def _couples_arrive(world: World) -> None:
    rng = world.rng
    count = rng.binomial(world.size, 0.0012 / _MONTHS)
    on = world.days(count)
    age = world.span(26, 42, count)
    house = new_houses(world, count)
    pair = [
        add_people(world, birth=world.today - age + 300 * sex, sex=sex, prefix=rng.integers(1, 1 << 20, count))
        for sex in (0, 1)
    ]
    marry(world, pair[0], pair[1], world.today - age + (23.5 * YEAR + world.span(0, 1, count)).astype(np.int64))
    for rows in pair:
        register(world, rows, house, on)
        world.touch(rows)
    has_child = world.chance(count, 0.6)
    child = add_people(
        world,
        birth=world.today - (age[has_child] - 25.5 * YEAR).astype(np.int64) - 90,
        sex=rng.integers(0, 2, int(has_child.sum())),
        surname=world.people["surname"][pair[0][has_child]],
        father=pair[0][has_child],
        mother=pair[1][has_child],
    )
    register(world, child, house[has_child], on[has_child])
    for rows in pair:
        world.people["kids"][rows[has_child]] += 1
    world.touch(child)


def _permits(world: World) -> None:
    """Permits that run out and are renewed, and new holders."""
    rng, permits, people = world.rng, world.permits, world.people
    end = permits["end"]
    ending = np.flatnonzero((end >= world.today) & (end <= world.month_end))
    ending = ending[(people["death"][permits["person"][ending]] > world.month_end)]
    kept = world.draw(ending, 0.85)
    start = end[kept] + 1
    world.permits.add(
        len(kept), person=permits["person"][kept], community=permits["community"][kept], start=start, end=start + 364
    )
    count = rng.binomial(world.size, 0.004 / _MONTHS)
    birth = world.today - world.span(19, 45, count)
    rows = add_people(
        world, birth=birth, sex=rng.integers(0, 2, count), prefix=rng.integers(1, 1 << 20, count), place=1
    )
    start = world.days(count)
    world.permits.add(count, person=rows, community=rng.integers(0, 52, count), start=start, end=start + 364)
