"""Applications for assistance: who applies, what is decided, and what follows a refusal.

What belongs here: applications, decisions, and the spells and payments that an approval starts.
"""

import numpy as np

from samples.world.base import NEVER, YEAR, Ints
from samples.world.declaring import current_members, declare, household_members
from samples.world.households import members_of, relation_to
from samples.world.kinship import record_support
from samples.world.paying import pay_day
from samples.world.state import RESIDENT_PENSION, SEVERE, World, code

__all__ = ["begin", "open_spells", "step"]

_APPROVED, _REFUSED, _WITHDRAWN = (code("decision", each) for each in ("approved", "refused", "withdrawn"))
_TEMPORARY = code("application_programme", "temporary")
_DESTITUTE = code("programme", "destitute")
_RIGID = code("programme", "rigid_expense")
_PENDING = -1
_OUTCOMES = (0.46, 0.44, 0.06, 0.04)  # of first applications, in the order approved, refused, withdrawn, pending
_AGAIN = (0.55, 0.36, 0.06, 0.03)  # of reconsiderations
_ADULT = 18.5 * YEAR
_COMFORT = 150_000  # pay and pension a head, in fen a month, above which hardly anybody applies
_POOR, _COMFORTABLE = 3.0, 0.06  # how often families below and above apply


def begin(world: World) -> None:
    """Families that are on the register on the first day."""
    heads = _applicants(world, np.flatnonzero(world.houses["kind"] == 0), scale=9.0)
    programme = world.rng.choice([0, 1, 2], len(heads), p=[0.6, 0.12, 0.28])
    families = _families(world, heads)
    on = world.today - world.rng.integers(40, 1400, len(heads))
    declare(world, families, heads, on, household_members(world, heads))
    open_spells(world, families, programme, on + 20)


def step(world: World) -> None:
    """New applications, follow-ups, and the decisions of the month."""
    people, rng = world.people, world.rng
    heads = _applicants(world, np.flatnonzero(world.houses["kind"] == 0), scale=1.0)
    lonely = world.present & (people["family"] < 0) & (world.ages > _ADULT) & (people["asked"] < world.month - 6)
    lonely &= (people["place"] == 1) | (world.houses["kind"][people["house"]] == 1)
    heads = np.concatenate([heads, world.draw(lonely, 0.0012)])
    programme = rng.choice(5, len(heads), p=[0.36, 0.06, 0.2, 0.1, 0.28])
    _apply(world, heads, _families(world, heads), programme, -1)
    _follow_up(world)
    _decide(world)


def _risk(world: World) -> Ints:
    """What makes a person's household apply, in thousandths."""
    people = world.people
    adult = world.ages > 20 * YEAR
    risk = np.where(adult & (people["wage"] == 0) & (people["pension"] == 0), 700, 0)
    risk = risk + np.where(people["ill_on"] < world.today, 3000, 0)
    risk = risk + np.where((people["grade"] > 0) & (people["grade"] <= SEVERE), 3500, 0)
    risk = risk + np.where(people["pension"] == RESIDENT_PENSION, 700, 0)  # the resident pension
    return np.where(world.residents, risk, 0).astype(np.int64)


def _applicants(world: World, houses: Ints, *, scale: float) -> Ints:
    """Heads, else eldest adults, of households that apply and have nothing open."""
    people = world.people
    size = len(world.houses)
    rows = np.flatnonzero(world.residents)
    house = people["house"][rows]
    count = np.bincount(house, minlength=size)
    risk = np.bincount(house, weights=_risk(world)[rows], minlength=size)
    busy = (people["family"][rows] >= 0) | (people["asked"][rows] > world.month - 6)
    blocked = np.bincount(house, weights=busy, minlength=size) > 0
    earned = np.bincount(house, weights=(people["wage"] + people["pension_fen"])[rows], minlength=size)
    poor = earned <= _COMFORT * count
    rate = scale * (0.0008 + 0.003 * risk / 1000 / np.maximum(count, 1)) * np.where(poor, _POOR, _COMFORTABLE)
    chosen = world.draw(houses[(count[houses] > 0) & ~blocked[houses]], np.minimum(rate, 0.5))
    members = members_of(world, chosen)
    members = members[world.ages[members] > _ADULT]
    house = people["house"][members]
    head = world.houses["head"][house] == members
    order = np.lexsort((people["birth"][members], ~head, house))
    _, first = np.unique(house[order], return_index=True)
    return members[order][first]


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
    outcomes = (_APPROVED, _REFUSED, _WITHDRAWN, _PENDING)
    decision = np.where(again, rng.choice(outcomes, count, p=_AGAIN), rng.choice(outcomes, count, p=_OUTCOMES))
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
