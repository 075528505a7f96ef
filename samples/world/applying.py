"""Applications for assistance: who applies, what is decided, and what follows a refusal.

What belongs here: applications, decisions, and the spells and payments that an approval starts.
"""

import numpy as np
import numpy.typing as npt

from samples.world.base import NEVER, YEAR, Flags, Ints
from samples.world.declaring import current_members, declare, household_members
from samples.world.hardship import EASY, HARD, chance_by, means_of, of_people
from samples.world.households import members_of, relation_to
from samples.world.kinship import record_support
from samples.world.paying import pay_day
from samples.world.state import SEVERE, World, code

__all__ = ["begin", "open_spells", "step"]

_APPROVED, _REFUSED, _WITHDRAWN = (code("decision", each) for each in ("approved", "refused", "withdrawn"))
_TEMPORARY = code("application_programme", "temporary")
_DESTITUTE = code("programme", "destitute")
_RIGID = code("programme", "rigid_expense")
_PENDING = -1
_NEEDY = (0.8, 0.12, 0.05, 0.03)  # of applications by those whose life is hard: approved, refused, withdrawn, pending
_NOT_NEEDY = (0.2, 0.69, 0.07, 0.04)
_WELL_OFF = (0.02, 0.87, 0.07, 0.04)
_LIMITS = (270_000, 270_000, 270_000, 600_000, NEVER)  # fen a head and month, in the order of `application_programme`
_AGAIN = 0.5  # a reconsideration looks closer, which counts as so much more hardship
_ADULT, _OLD = 18.5 * YEAR, 60 * YEAR
_BILLS, _MORE = 2_000_000, 4  # own hospital bills in fen from which 刚性支出 is asked for so much more often
_RATE = 0.0008  # applications a month where hardship is nought
_BEFORE = 30.0  # how many months of applications those who are on the register on the first day stand for
_SHARES = (0.34, 0.05, 0.2, 0.1, 0.31)  # of programmes asked for, in the order of `application_programme`


def begin(world: World) -> None:
    """Families that are on the register on the first day."""
    heads = _applicants(world, np.flatnonzero(world.houses["kind"] == 0), scale=_BEFORE)
    programme = world.rng.choice([0, 1, 2], len(heads), p=[0.6, 0.12, 0.28])
    families = _families(world, heads)
    on = world.today - world.rng.integers(40, 1400, len(heads))
    declare(world, families, heads, on, household_members(world, heads))
    open_spells(world, families, programme, on + 20)


def step(world: World) -> None:
    """New applications, follow-ups, and the decisions of the month."""
    people = world.people
    heads = _applicants(world, np.flatnonzero(world.houses["kind"] == 0), scale=1.0)
    lonely = world.present & (people["family"] < 0) & (world.ages > _ADULT) & (people["asked"] < world.month - 6)
    lonely &= (people["place"] == 1) | (world.houses["kind"][people["house"]] == 1)
    alone = np.flatnonzero(lonely)
    heads = np.concatenate([heads, world.draw(alone, chance_by(of_people(world, alone), _RATE))])
    _apply(world, heads, _families(world, heads), _asked_for(world, heads), -1)
    _follow_up(world)
    _decide(world)


def _applicants(world: World, houses: Ints, *, scale: float) -> Ints:
    """Heads, else eldest adults, of households that apply and have nothing open."""
    people = world.people
    size = len(world.houses)
    rows = np.flatnonzero(world.residents)
    house = people["house"][rows]
    count = np.bincount(house, minlength=size)
    busy = (people["family"][rows] >= 0) | (people["asked"][rows] > world.month - 6)
    blocked = np.bincount(house, weights=busy, minlength=size) > 0
    rate = chance_by(world.hardship, _RATE * scale)
    chosen = world.draw(houses[(count[houses] > 0) & ~blocked[houses]], rate)
    members = members_of(world, chosen)
    members = members[world.ages[members] > _ADULT]
    house = people["house"][members]
    head = world.houses["head"][house] == members
    order = np.lexsort((people["birth"][members], ~head, house))
    _, first = np.unique(house[order], return_index=True)
    return members[order][first]


def _asked_for(world: World, heads: Ints) -> Ints:
    """The programme by what is hard: bills, being alone and old or disabled, else mostly how poor the household is."""
    people, rng = world.people, world.rng
    ill = (people["burden"][heads] > _BILLS) | (people["ill_on"][heads] < world.today)
    helpless = (world.ages[heads] > _OLD) | ((people["grade"][heads] > 0) & (people["grade"][heads] <= SEVERE))
    shares = np.tile(np.asarray(_SHARES), (len(heads), 1))
    shares[ill, _RIGID] *= _MORE
    shares[~(helpless & (people["spouse"][heads] < 0)), _DESTITUTE] *= 1 / _MORE
    shares[of_people(world, heads) < HARD, 0] *= 1 / 2
    ends = np.cumsum(shares, axis=1)
    return _place(ends, rng.random((len(heads), 1)) * ends[:, -1:])


def _outcome(world: World, heads: Ints, programme: Ints, again: Flags) -> Ints:
    """What becomes of each application: hard lives are mostly seen, not always; the rest is mostly refused.

    Whose income is above the limit of the programme is refused but for a few mistakes, however hard life is.
    """
    hard = (of_people(world, heads) + np.where(again, _AGAIN, 0) - EASY) / (HARD - EASY)
    needy = world.rng.random(len(heads)) < np.clip(hard, 0.05, 0.95)
    ends = np.where(needy[:, None], np.cumsum(_NEEDY), np.cumsum(_NOT_NEEDY))
    outcomes = np.asarray((_APPROVED, _REFUSED, _WITHDRAWN, _PENDING), dtype=np.int64)
    ends[means_of(world, heads) > np.asarray(_LIMITS)[programme]] = np.cumsum(_WELL_OFF)
    drawn: Ints = outcomes[np.minimum(_place(ends, world.rng.random((len(heads), 1))), len(outcomes) - 1)]
    return drawn


def _place(ends: npt.NDArray[np.float64], drawn: npt.NDArray[np.float64]) -> Ints:
    """In which of the parts that end at `ends`, row by row, what was drawn falls."""
    return np.asarray((ends < drawn).sum(axis=1), dtype=np.int64)


def _families(world: World, heads: Ints) -> Ints:
    """The family number of each applicant: an old one of the same head, else a new one."""
    old = np.full(len(world.people) + 1, -1, dtype=np.int64)
    old[world.families["head"]] = np.arange(len(world.families))
    numbers = old[heads]
    new = np.flatnonzero(numbers < 0)
    numbers[new] = world.families.add(
        len(new), head=heads[new], community=area_of(world, heads[new]), review=world.rng.integers(0, 12, len(new))
    )
    return numbers


def area_of(world: World, persons: Ints) -> Ints:
    """The community in which each person lives; for those without a registration an even spread."""
    people = world.people
    house = people["house"][persons]
    area: Ints = np.where(house >= 0, world.houses["community"][house], persons % 52)
    return area


def _apply(world: World, heads: Ints, families: Ints, programme: Ints, reconsiders: Ints | int) -> None:
    rng, count = world.rng, len(heads)
    on = world.days(count, 27)
    again = (np.zeros(count, dtype=np.int64) + reconsiders) >= 0
    decision = _outcome(world, heads, programme, again)
    decided = np.where(decision < 0, NEVER, on + rng.integers(12, 45, count))
    refused = decision == _REFUSED
    reconsidered, tried = world.chance(count, 0.16), world.chance(count, 0.18)
    wait = np.where(reconsidered, 3, rng.integers(3, 9, count))
    applications = world.applications.add(
        count,
        family=families,
        programme=programme,
        on=on,
        decided=decided,
        decision=decision,
        reason=np.where(refused, rng.integers(0, 5, count), -1),
        reconsiders=reconsiders,
        again=reconsidered.astype(np.int64),
        next=np.where(refused & (reconsidered | tried), world.month + wait, -1),
    )
    index, members = household_members(world, heads)
    world.applications["declaration"][applications] = declare(
        world, families, heads, on, (index, members), applications=applications
    )
    world.people["asked"][members] = world.month


def _follow_up(world: World) -> None:
    """Reconsiderations of refusals, and second tries."""
    table = world.applications
    rows = np.flatnonzero(table["next"] == world.month)
    head = world.families["head"][table["family"][rows]]
    free = world.present[head] & (world.people["family"][head] < 0)
    rows, head = rows[free], head[free]
    _, first = np.unique(head, return_index=True)
    rows, head = rows[first], head[first]
    reconsiders = np.where(table["again"][rows] == 1, rows, -1)
    _apply(world, head, table["family"][rows], table["programme"][rows], reconsiders)


def _decide(world: World) -> None:
    """Start what was approved this month."""
    table = world.applications
    decided = (table["decided"] >= world.today) & (table["decided"] <= world.month_end)
    rows = np.flatnonzero(decided & (table["decision"] == _APPROVED))
    _remember_refusals(world, np.flatnonzero(decided & (table["decision"] == _REFUSED)))
    once = rows[table["programme"][rows] == _TEMPORARY]
    head = world.declarations["head"][table["declaration"][once]]
    granted = table["decided"][once]
    pay_day(world, head, granted, area_of(world, head))
    rows = rows[table["programme"][rows] != _TEMPORARY]
    free = world.families["programme"][table["family"][rows]] < 0
    _, first = np.unique(table["family"][rows], return_index=True)
    rows = rows[np.intersect1d(first, np.flatnonzero(free))]
    decided_on = table["decided"][rows]
    start = np.where(world.chance(len(rows), 0.5), decided_on, world.month_end + 1)
    open_spells(world, table["family"][rows], table["programme"][rows], start, applications=rows)


def _remember_refusals(world: World, applications: Ints) -> None:
    people, head = world.people, world.declarations["head"][world.applications["declaration"][applications]]
    people["refused"][head] = world.month


def open_spells(world: World, families: Ints, programme: Ints, start: Ints, *, applications: Ints | int = -1) -> None:
    """Spells of the members last declared; a few cover one member only; the destitute are alone."""
    people, rng = world.people, world.rng
    index, persons = current_members(world, families)
    head = world.families["head"][families][index]
    severe = (people["grade"][persons] > 0) & (people["grade"][persons] <= SEVERE)
    single = (world.chance(len(families), 0.12))[index]
    keep = np.where(single, severe | (persons == head), 1).astype(np.bool_)
    keep &= (programme[index] != _DESTITUTE) | (persons == head)
    keep &= (people["family"][persons] < 0) | (world.chance(len(persons), 0.1))
    index, persons = index[keep], persons[keep]
    amount = np.array([98_000, 210_000, -1, -1])[programme[index]]
    amount = np.where(amount > 0, amount + 1000 * rng.integers(0, 40, len(index)), amount)
    number = np.broadcast_to(np.asarray(applications, dtype=np.int64), (len(families),))
    relation = _declared_relation(world, families[index], persons)
    world.spells.add(
        len(index),
        person=persons,
        family=families[index],
        relation=relation,
        programme=programme[index],
        start=start[index],
        amount=amount,
        application=number[index],
    )
    covered = np.unique(families[index])
    world.families["programme"][families[index]] = programme[index]
    world.families["start"][families[index]] = start[index]
    people["family"][persons] = families[index]
    record_support(world, persons[np.isin(families[index], covered)])


def _declared_relation(world: World, families: Ints, persons: Ints) -> Ints:
    return relation_to(world, persons, world.families["head"][families])
