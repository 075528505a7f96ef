"""Families as they declare themselves: at an application and at the yearly review.

What belongs here: who is named as a co-living member, and as what.
"""

import numpy as np

from samples.world.base import NEVER, YEAR, Flags, Ints
from samples.world.households import members_of, relation_to
from samples.world.state import SEVERE, World, code
from samples.world.study import in_full_time_study

__all__ = ["current_members", "declare", "household_members", "review"]

_ADULT = 18.2 * YEAR


def household_members(world: World, heads: Ints) -> tuple[Ints, Ints]:
    """(index into `heads`, member) of those whom each applicant names: most of the household and near kin."""
    people = world.people
    position = np.full(len(world.houses), -1, dtype=np.int64)
    ordinary = world.houses["kind"][people["house"][heads]] == 0
    ordinary &= people["place"][heads] == 0
    position[people["house"][heads[ordinary]]] = np.flatnonzero(ordinary)
    members = members_of(world, people["house"][heads[ordinary]])
    of = position[people["house"][members]]
    named = (members == heads[of]) | (world.ages[members] < _ADULT) | (world.chance(len(members), 0.93))
    parts = [(np.arange(len(heads)), heads), (of[named], members[named])]
    parts += [_kin(world, heads, name, rate) for name, rate in (("spouse", 0.9), ("father", 0.05), ("mother", 0.05))]
    parts += [_children_elsewhere(world, heads), _lodgers(world, heads)]
    pairs = np.unique(np.column_stack([np.concatenate(each) for each in zip(*parts, strict=True)]), axis=0)
    return pairs[:, 0], pairs[:, 1]


def _kin(world: World, heads: Ints, name: str, rate: float) -> tuple[Ints, Ints]:
    kin = world.people[name][heads]
    named = (kin >= 0) & (world.rng.random(len(heads)) < rate)
    named &= (world.people["death"][kin] == NEVER) & (world.people["place"][kin] <= 1)
    return np.flatnonzero(named), kin[named]


def _children_elsewhere(world: World, heads: Ints) -> tuple[Ints, Ints]:
    """Minor children of the applicant who are registered in another household."""
    people = world.people
    position = np.full(len(people) + 1, -1, dtype=np.int64)
    position[heads] = np.arange(len(heads))
    minor = world.residents & (world.ages < _ADULT)
    child = np.flatnonzero(minor & ((position[people["mother"]] >= 0) | (position[people["father"]] >= 0)))
    child = child[world.chance(len(child), 0.8)]
    by_mother = position[people["mother"][child]]
    return np.where(by_mother >= 0, by_mother, position[people["father"][child]]), child


def _lodgers(world: World, heads: Ints) -> tuple[Ints, Ints]:
    """Holders of a residence permit who live with a few of the families."""
    holders = np.flatnonzero(world.present & (world.people["place"] == 1))
    some = world.draw(np.arange(len(heads), dtype=np.int64), 0.04)
    if not len(holders):
        return some[:0], some[:0]
    return some, world.rng.choice(holders, len(some))


def declare(
    world: World, families: Ints, heads: Ints, on: Ints, members: tuple[Ints, Ints], *, applications: Ints | int = -1
) -> Ints:
    """Write one declaration a family; `members` are (index into `families`, person). Returns their rows."""
    index, persons = members
    rows = world.declarations.add(len(families), family=families, on=on, application=applications, head=heads)
    world.families["declared"][families] = rows
    world.families["head"][families] = heads
    relation = relation_to(world, persons, heads[index])
    world.declared.add(
        len(persons),
        declaration=rows[index],
        person=persons,
        relation=relation,
        livelihood=_livelihood(world, persons),
    )
    return rows


def _livelihood(world: World, persons: Ints) -> Ints:
    people = world.people
    job = people["job"][persons]
    tests: tuple[tuple[str, Flags], ...] = (
        ("minor", world.ages[persons] < _ADULT),
        ("student", in_full_time_study(world, persons)),
        ("unable", (people["grade"][persons] > 0) & (people["grade"][persons] <= SEVERE)),
        ("retired", people["pension"][persons] > 0),
        ("unemployed", job == code("job", "unemployed")),
        ("employed", job > 0),
    )
    return np.select(
        [test for _, test in tests],
        [code("livelihood", name) for name, _ in tests],
        default=code("livelihood", "carer"),
    ).astype(np.int64)


def current_members(world: World, families: Ints) -> tuple[Ints, Ints]:
    """(index into `families`, person) of the latest declaration, those living and still here."""
    position = np.full(len(world.declarations) + 1, -1, dtype=np.int64)
    known = world.families["declared"][families]
    position[known[known >= 0]] = np.flatnonzero(known >= 0)
    index = position[world.declared["declaration"]]
    rows = np.flatnonzero(index >= 0)
    persons = world.declared["person"][rows]
    here = world.present[persons]
    return index[rows][here], persons[here]


def review(world: World, families: Ints) -> None:
    """The yearly review: newborns and new spouses are added, the eldest follows a head who is gone."""
    people = world.people
    last = world.declarations["on"][world.families["declared"][families]]
    families = families[last < world.today]
    if not len(families):
        return
    index, persons = current_members(world, families)
    stays = world.chance(len(persons), 0.98)
    index, persons = index[stays], persons[stays]
    more = [_joined(world, families, index, persons), (index, persons)]
    pairs = np.unique(np.column_stack([np.concatenate(each) for each in zip(*more, strict=True)]), axis=0)
    index, persons = pairs[:, 0], pairs[:, 1]
    head = world.families["head"][families]
    order = np.lexsort((people["birth"][persons], persons != head[index], index))
    index, persons = index[order], persons[order]
    kept, first = np.unique(index, return_index=True)
    position = np.full(len(families) + 1, -1, dtype=np.int64)
    position[kept] = np.arange(len(kept))
    declare(world, families[kept], persons[first], world.days(len(kept), 28), (position[index], persons))


def _joined(world: World, families: Ints, index: Ints, persons: Ints) -> tuple[Ints, Ints]:
    """Children born to a member and spouses married since the last declaration."""
    people = world.people
    since = world.declarations["on"][world.families["declared"][families]]
    position = np.full(len(people) + 1, -1, dtype=np.int64)
    position[persons] = index
    child = np.flatnonzero(world.residents & (people["birth"] > world.today - 500))
    of = np.maximum(position[people["mother"][child]], position[people["father"][child]])
    born = (of >= 0) & (people["birth"][child] > since[of]) & (position[child] < 0)
    spouse = people["spouse"][persons]
    wed = (spouse >= 0) & (people["free_on"][persons] > since[index]) & (position[spouse] < 0)
    wed &= world.present[spouse]
    return np.concatenate([of[born], index[wed]]), np.concatenate([child[born], spouse[wed]])
