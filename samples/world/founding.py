"""The district as it stands when the simulation begins: three generations and their households.

What belongs here: who is there on the first day. What happens afterwards stands in the other modules.
"""

import numpy as np

from samples.world.base import YEAR, Flags, Ints
from samples.world.households import grandparent_house, new_houses, register
from samples.world.people import add_people, marry
from samples.world.state import World

__all__ = ["found"]

_ELDERS = 0.152  # couples of the eldest generation, per person of the district
_NEWCOMERS = 0.315  # people of the middle generation without parents here
_PERMITS = 0.03
_WITH_PARENTS, _SPLIT, _SHE_COLLECTIVE, _BOTH_COLLECTIVE, _SAME_COLLECTIVE = (
    0,
    2,
    3,
    4,
    5,
)  # where a couple is registered
_YOUNG = 35 * YEAR


def found(world: World) -> None:
    """Fill the empty world with people, marriages and households."""
    fathers, mothers = _elders(world)
    middle = np.concatenate([_children_of_elders(world, fathers, mothers), _newcomers(world)])
    _wed(world, middle)
    young = _young(world)
    _divorce_some(world)
    _elder_houses(world, fathers, mothers)
    _middle_houses(world, middle)
    _young_houses(world, young)
    _permit_holders(world)


def _elders(world: World) -> tuple[Ints, Ints]:
    """Eldest couples; -1 stands for one who died long ago. Returns (husbands, wives)."""
    rng, count = world.rng, round(world.size * _ELDERS)
    wife_age = world.span(57, 91, count)
    husband_age = wife_age + world.span(-1, 5, count)
    lives = [rng.random(count) < np.clip(1.9 - age / YEAR / 62, 0.25, 0.985) for age in (husband_age, wife_age)]
    surname = rng.integers(0, 1 << 20, count)
    parents = []
    for sex, (age, alive) in enumerate(zip((husband_age, wife_age), lives, strict=True)):
        rows = add_people(
            world,
            birth=world.today - age[alive],
            sex=sex,
            surname=surname[alive] if sex == 0 else rng.integers(0, 1 << 20, int(alive.sum())),
        )
        whole = np.full(count, -1, dtype=np.int64)
        whole[alive] = rows
        parents.append(whole)
    fathers, mothers = parents
    both = (fathers >= 0) & (mothers >= 0)
    wed_on = world.people["birth"][mothers[both]] + world.span(21, 26, int(both.sum()))
    marry(world, fathers[both], mothers[both], wed_on)
    return fathers, mothers


def _children_of_elders(world: World, fathers: Ints, mothers: Ints) -> Ints:
    rng, people = world.rng, world.people
    known = np.where(mothers >= 0, mothers, fathers)
    families = np.flatnonzero(known >= 0)
    families = np.repeat(families, rng.choice([1, 2, 3], len(families), p=[0.5, 0.36, 0.14]))
    birth = people["birth"][known[families]] + world.span(22, 34, len(families))
    birth = np.minimum(birth, world.today - 20 * YEAR)
    father = fathers[families]
    surname = np.where(father >= 0, people["surname"][father], rng.integers(0, 1 << 20, len(father)))
    return add_people(
        world,
        birth=birth,
        sex=rng.integers(0, 2, len(birth)),
        surname=surname,
        father=father,
        mother=mothers[families],
        place=np.where(world.chance(len(birth), 0.09), 2, 0),
    )


def _newcomers(world: World) -> Ints:
    count = round(world.size * _NEWCOMERS)
    birth = world.today - world.span(20, 58, count)
    prefix = world.rng.integers(1, 1 << 20, count)
    return add_people(world, birth=birth, sex=world.rng.integers(0, 2, count), prefix=prefix)


def _wed(world: World, middle: Ints) -> None:
    """Pair men and women of the middle generation who are of like age and no siblings."""
    rng, people = world.rng, world.people
    here = middle[people["place"][middle] == 0]
    age = (world.today - people["birth"][here]) / YEAR
    ready = here[rng.random(len(here)) < np.clip((age - 21) / 9, 0, 0.9)]
    order = ready[np.argsort(people["birth"][ready] + world.span(-2, 2, len(ready)))]
    men, women = order[people["sex"][order] == 0], order[people["sex"][order] == 1]
    count = min(len(men), len(women))
    men, women = men[:count], women[:count]
    strangers = (people["mother"][men] != people["mother"][women]) | (people["mother"][men] < 0)
    strangers &= (people["father"][men] != people["father"][women]) | (people["father"][men] < 0)
    men, women = men[strangers], women[strangers]
    of_age = np.maximum(people["birth"][men] + 22 * YEAR + 30, people["birth"][women] + 20 * YEAR + 30)
    wed_on = of_age + world.span(0, 5, len(men))
    past = wed_on < world.today - 40
    marry(world, men[past], women[past], wed_on[past])


def _young(world: World) -> Ints:
    """Children of the couples of the middle generation."""
    rng, people = world.rng, world.people
    wives = np.flatnonzero((people["sex"] == 1) & (people["spouse"] >= 0) & (world.ages < 58 * YEAR))
    wed_on = people["free_on"][wives]
    born: list[Ints] = []
    birth = wed_on + world.span(0.821, 4, len(wives))
    wanted = rng.choice([0, 1, 2, 3], len(wives), p=[0.08, 0.5, 0.36, 0.06])
    for child in range(3):
        may = (wanted > child) & (birth < world.today - 40) & (birth - people["birth"][wives] < 44 * YEAR)
        mothers, fathers = wives[may], people["spouse"][wives[may]]
        born.append(
            add_people(
                world,
                birth=birth[may],
                sex=rng.integers(0, 2, int(may.sum())),
                surname=people["surname"][fathers],
                father=fathers,
                mother=mothers,
            )
        )
        people["kids"][mothers] += 1
        people["kids"][fathers] += 1
        birth = birth + world.span(1.37, 5, len(wives))
    return np.concatenate(born)


def _divorce_some(world: World) -> None:
    people = world.people
    wives = np.flatnonzero((people["sex"] == 1) & (people["spouse"] >= 0) & (world.ages < 60 * YEAR))
    wives = world.draw(wives, 0.07)
    husbands = people["spouse"][wives]
    on = people["free_on"][wives] + world.span(4, 12, len(wives))
    past = on < world.today - 40
    wives, husbands, on = wives[past], husbands[past], on[past]
    world.marriages.add(len(on), a=husbands, b=wives, event=1, on=on)
    for one in (wives, husbands):
        people["spouse"][one] = -1
        people["free_on"][one] = np.maximum(on + 3 * 365, world.today + 30)


def _elder_houses(world: World, fathers: Ints, mothers: Ints) -> None:
    known = np.where(mothers >= 0, mothers, fathers)
    families = np.flatnonzero(known >= 0)
    houses = new_houses(world, len(families))
    since = world.today - world.span(1.1, 30, len(families))
    for parents in (fathers, mothers):
        here = parents[families] >= 0
        register(world, parents[families][here], houses[here], since[here])


def _middle_houses(world: World, middle: Ints) -> None:
    """Couples with parents, in their own house, in two houses, or in collective households; then singles."""
    rng, people = world.rng, world.people
    here = middle[people["place"][middle] == 0]
    husbands = here[(people["sex"][here] == 0) & (people["spouse"][here] >= 0)]
    wives = people["spouse"][husbands]
    wed_on = people["free_on"][husbands]
    draw = rng.choice(6, len(husbands), p=(0.22, 0.69, 0.05, 0.023, 0.01, 0.007))
    own = new_houses(world, len(husbands))
    parental = grandparent_house(world, husbands)
    hers = grandparent_house(world, wives)
    with_parents = (draw == _WITH_PARENTS) & (parental >= 0)
    his_house = np.where(with_parents, parental, own)
    her_house = his_house.copy()
    split = draw == _SPLIT
    her_house = np.where(split, np.where(hers >= 0, hers, new_houses(world, len(husbands))), her_house)
    her_house = np.where(draw == _SHE_COLLECTIVE, _collective(world, len(draw)), her_house)
    his_house = np.where(draw >= _BOTH_COLLECTIVE, _collective(world, len(draw)), his_house)
    her_house = np.where(
        draw >= _BOTH_COLLECTIVE,
        np.where(draw == _SAME_COLLECTIVE, his_house, _collective(world, len(draw))),
        her_house,
    )
    since = np.minimum(wed_on + world.span(0, 3, len(husbands)), world.today - 5)
    register(world, husbands, his_house, since)
    register(world, wives, her_house, since)
    _single_houses(world, here[people["spouse"][here] < 0])


def _single_houses(world: World, singles: Ints) -> None:
    rng, people = world.rng, world.people
    parental = grandparent_house(world, singles)
    age = world.today - people["birth"][singles]
    stays = (parental >= 0) & (rng.random(len(singles)) < np.where(age < _YOUNG, 0.75, 0.4))
    collective = (parental < 0) & (age < _YOUNG) & (world.chance(len(singles), 0.3))
    house = np.where(stays, parental, new_houses(world, len(singles)))
    house = np.where(collective, _collective(world, len(singles)), house)
    register(world, singles, house, world.today - world.span(0.0821, 2, len(singles)))


def _young_houses(world: World, young: Ints) -> None:
    """Children with father or mother; a few with grandparents; some grown-ups on their own."""
    rng, people, houses = world.rng, world.people, world.houses
    father, mother = people["father"][young], people["mother"][young]
    first, second = people["house"][father], people["house"][mother]
    swap = world.chance(len(young), 0.5)
    first, second = np.where(swap, second, first), np.where(swap, first, second)
    house = np.where(houses["kind"][first] == 0, first, second)
    elders = grandparent_house(world, mother)
    elders = np.where(elders >= 0, elders, grandparent_house(world, father))
    apart = (elders >= 0) & ((world.chance(len(young), 0.025)) | (houses["kind"][house] == 1))
    house = np.where(apart, elders, house)
    grown = (world.today - people["birth"][young]) > 22 * YEAR
    leaves = grown & (world.chance(len(young), 0.3))
    house = np.where(leaves, new_houses(world, len(young)), house)
    house = np.where(grown & ~leaves & (world.chance(len(young), 0.1)), _collective(world, len(young)), house)
    since = people["birth"][young] + rng.integers(1, 30, len(young))
    since = np.where(house == people["house"][mother], since, world.today - rng.integers(5, 30, len(young)))
    register(world, young, house, np.minimum(since, world.today - 2))


def _collective(world: World, count: int) -> Ints:
    """One of the collective households, for each."""
    kind = world.houses["kind"]
    existing = np.flatnonzero(kind == 1)
    if not len(existing):
        existing = new_houses(world, max(3, world.size // 1500), kind=1)
    chosen: Ints = world.rng.choice(existing, count)
    return chosen


def _permit_holders(world: World) -> None:
    """People registered elsewhere who live here with a residence permit."""
    rng = world.rng
    count = round(world.size * _PERMITS)
    birth = world.today - world.span(19, 60, count)
    rows = add_people(
        world, birth=birth, sex=rng.integers(0, 2, count), prefix=rng.integers(1, 1 << 20, count), place=1
    )
    holds: Flags = world.chance(count, 0.9)
    rows = rows[holds]
    start = world.today - rng.integers(0, 365, len(rows))
    area = rng.integers(0, 52, len(rows))
    world.permits.add(len(rows), person=rows, community=area, start=start, end=start + 364)
