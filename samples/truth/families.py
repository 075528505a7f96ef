"""Families at a day: declared members first, then the household registration with couples joined.

What belongs here: lines 11 and 12 of the definitions, over whole arrays of people. A family is an
integer label; people who are dead or not yet born have -1.
"""

from dataclasses import dataclass

import numpy as np

from samples.world.base import NEVER, Columns, Flags, Ints, add_months
from samples.world.state import World, code

__all__ = ["DECLARED", "HOUSEHOLD", "SINGLE", "Families", "lives", "rigid_end"]

_KIND = 1 << 40
DECLARED, HOUSEHOLD, COUPLE, SINGLE = (each * _KIND for each in (1, 2, 3, 4))
_GRACE = 12
_ADULT = 18 * 12


def rigid_end(world: World, ends: Ints) -> Ints:
    """Effective ends of the spells: 刚性支出 without an end lasts twelve months."""
    rigid = world.spells["programme"] == code("programme", "rigid_expense")
    return np.where(rigid & (ends >= NEVER), add_months(world.spells["start"], _GRACE), ends)


def lives(people: Columns, on: int) -> Flags:
    """Who is born and not dead on a day."""
    living: Flags = (people["birth"] <= on) & (people["death"] > on)
    return living


class _Days:
    """Dated events of people, in the order of their days."""

    def __init__(self, size: int, persons: Ints, days: Ints) -> None:
        happened = np.flatnonzero(days < NEVER)
        order = happened[np.argsort(days[happened], kind="stable")]
        self._size, self._persons, self._days = size, persons[order], days[order]

    def latest(self, on: int) -> Ints:
        """Per person the latest day up to `on`, else far in the past."""
        past = int(np.searchsorted(self._days, on, side="right"))
        last = np.full(self._size, -NEVER, dtype=np.int64)
        last[self._persons[:past]] = self._days[:past]
        return last


@dataclass(frozen=True)
class _Declarations:
    """Declarations in order of family and day, with the day from which the next one replaces them."""

    family: Ints
    on: Ints
    until: Ints
    head: Ints
    row_of: Ints  # position in this order -> declared rows via `rows`
    rows: Ints  # declared rows
    of: Ints  # position of the declaration of each of `rows`


class Families:
    """Answers for any day; prepared once."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.size = len(world.people)
        self.adult_on = add_months(world.people["birth"], _ADULT)
        self._marriages = self._spells_of_marriage()
        self._declarations = self._in_order()
        self._governing = self._intervals()
        table = world.registrations
        self._moves = _Days(self.size, np.tile(table["person"], 2), np.concatenate([table["start"], table["end"]]))
        divorces = world.marriages["event"] == 1
        spouses = np.concatenate([world.marriages["a"][divorces], world.marriages["b"][divorces]])
        self._divorces = _Days(self.size, spouses, np.tile(world.marriages["on"][divorces], 2))
        self._registered = np.lexsort((world.houses["number"][table["house"]], table["start"]))

    # ---- what holds on a day -------------------------------------------------------------------

    def house_on(self, on: int) -> Ints:
        """The household in which each person is registered, -1 for none."""
        table = self.world.registrations
        rows = self._registered
        rows = rows[(table["start"][rows] <= on) & (table["end"][rows] > on)]
        house = np.full(self.size, -1, dtype=np.int64)
        house[table["person"][rows]] = table["house"][rows]
        return house

    def spouse_on(self, on: int) -> tuple[Ints, Ints]:
        """(spouse, day of the wedding) of each person, -1 for none."""
        a, b, start, end = self._marriages
        valid = (start <= on) & (end > on)
        spouse = np.full(self.size, -1, dtype=np.int64)
        since = np.full(self.size, -NEVER, dtype=np.int64)
        for one, other in ((a, b), (b, a)):
            later = since[one[valid]] <= start[valid]
            spouse[one[valid][later]] = other[valid][later]
            since[one[valid][later]] = start[valid][later]
        return spouse, since

    def married_pairs(self, on: int) -> tuple[Ints, Ints]:
        """Pairs whose latest event up to the day is a marriage."""
        a, b, start, end = self._marriages
        valid = (start <= on) & (end > on)
        return a[valid], b[valid]

    def on(self, on: int) -> Ints:
        """The family label of each person on a day."""
        people = self.world.people
        alive = lives(people, on)
        house = self.house_on(on)
        spouse, wed_on = self.spouse_on(on)
        declared, declared_on = self._declared(on, alive, house)
        declared = self._added(declared, declared_on, alive & (house >= 0), spouse, wed_on)
        label = self._registered_families(on, alive & (house >= 0) & (declared < 0), house, spouse)
        label = np.where(declared >= 0, DECLARED + declared, label)
        label = np.where(label < 0, SINGLE + np.arange(self.size), label)
        return np.where(alive, label, -1)

    # ---- line 11 -------------------------------------------------------------------------------

    def _declared(self, on: int, alive: Flags, house: Ints) -> tuple[Ints, Ints]:
        """(family number, day of its declaration) of each person whom a governing declaration still lists."""
        table, world = self._declarations, self.world
        governs, with_spell = self._status(on)
        current = (table.on <= on) & (table.until > on) & governs[table.family]
        listed = np.flatnonzero(current[table.of])
        of = table.of[listed]
        person = world.declared["person"][table.rows[listed]]
        relation = world.declared["relation"][table.rows[listed]]
        day, head = table.on[of], table.head[of]
        moved = self._moves.latest(on)[person] > day
        together = (house[person] >= 0) & (house[person] == house[head])
        left = moved & (person != head) & ~together
        as_spouse = np.isin(relation, [code("relation", "spouse"), code("relation", "child_in_law")])
        left |= as_spouse & (self._divorces.latest(on)[person] > day)
        stays = alive[person] & ~left
        person, family, day = person[stays], table.family[of[stays]], day[stays]
        order = np.lexsort((-family, with_spell[family], day, person))  # the last of a person wins
        number = np.full(self.size, -1, dtype=np.int64)
        since = np.full(self.size, NEVER, dtype=np.int64)
        number[person[order]] = family[order]
        since[person[order]] = day[order]
        return number, since

    def _added(self, declared: Ints, declared_on: Ints, registered: Flags, spouse: Ints, wed_on: Ints) -> Ints:
        """Children born and spouses married since the declaration join it."""
        people = self.world.people
        free = registered & (declared < 0)
        result = declared.copy()
        groom = free & (spouse >= 0) & (declared[spouse] >= 0) & (wed_on > declared_on[spouse])
        result[groom] = declared[spouse[groom]]
        for name in ("father", "mother"):
            parent = people[name]
            child = free & (parent >= 0) & (declared[parent] >= 0) & (people["birth"] > declared_on[parent])
            result[child] = declared[parent[child]]
        return result

    def _status(self, on: int) -> tuple[Flags, Flags]:
        """(governs, has a spell that is on) of each family number."""
        family, start, end, last = self._governing
        size = len(self.world.families)
        governs = np.zeros(size, dtype=np.bool_)
        governs[family[(start <= on) & (last >= on)]] = True
        with_spell = np.zeros(size, dtype=np.bool_)
        with_spell[family[(start <= on) & (end > on)]] = True
        return governs, with_spell

    def _intervals(self) -> tuple[Ints, Ints, Ints, Ints]:
        """(family, first day, end of its spell or -1, last day of governing) of spells and applications."""
        spells, applications = self.world.spells, self.world.applications
        end = rigid_end(self.world, spells["end"])
        decided = applications["decided"]
        return (
            np.concatenate([spells["family"], applications["family"]]),
            np.concatenate([spells["start"], applications["on"]]),
            np.concatenate([end, np.full(len(decided), -NEVER, dtype=np.int64)]),
            np.concatenate([add_months(end, _GRACE), add_months(decided, _GRACE)]),
        )

    def _in_order(self) -> _Declarations:
        table, rows = self.world.declarations, self.world.declared["declaration"]
        order = np.lexsort((table["on"], table["family"]))
        family, on = table["family"][order], table["on"][order]
        until = np.full(len(order), NEVER, dtype=np.int64)
        same = family[1:] == family[:-1]
        until[:-1][same] = on[1:][same]
        position = np.empty(len(order), dtype=np.int64)
        position[order] = np.arange(len(order))
        every = np.arange(len(rows), dtype=np.int64)
        return _Declarations(family, on, until, table["head"][order], order, every, position[rows])

    def _spells_of_marriage(self) -> tuple[Ints, Ints, Ints, Ints]:
        """(a, b, start, end) of each marriage, in order of its start."""
        table = self.world.marriages
        a, b, event, on = table["a"], table["b"], table["event"], table["on"]
        order = np.lexsort((on, b, a))
        a, b, event, on = a[order], b[order], event[order], on[order]
        end = np.full(len(order), NEVER, dtype=np.int64)
        same = (a[1:] == a[:-1]) & (b[1:] == b[:-1])
        end[:-1][same] = on[1:][same]
        weddings = np.flatnonzero(event == 0)
        weddings = weddings[np.argsort(on[weddings], kind="stable")]
        return a[weddings], b[weddings], on[weddings], end[weddings]

    # ---- line 12 -------------------------------------------------------------------------------

    def _registered_families(self, on: int, free: Flags, house: Ints, spouse: Ints) -> Ints:
        """Labels by the household registration, of the living, registered and not declared."""
        people, houses = self.world.people, self.world.houses
        everyone = np.arange(self.size)
        kind = np.append(houses["kind"], -1)[house]  # -1 for those who are registered nowhere
        ordinary, collective = free & (kind == 0), free & (kind == 1)
        paired = free & (spouse >= 0) & free[spouse]
        paired &= spouse[spouse] == everyone
        minor = free & (self.adult_on > on)
        joined = np.where(ordinary, HOUSEHOLD + house, -1)
        # a couple, both ordinary, in two households: one of them moves
        apart = paired & ordinary & ordinary[spouse] & (house != house[spouse])
        has_child = self._has_minor_of_both(minor, house, spouse)
        alone_with_children = has_child & ~has_child[spouse]
        number = np.append(houses["number"], -1)[house]
        moves = apart & np.where(
            has_child == has_child[spouse],
            number > number[spouse],
            ~alone_with_children,
        )
        joined[moves] = HOUSEHOLD + house[spouse[moves]]
        # one in a collective household joins the other; both there are a family of the two
        follows = paired & collective & ordinary[spouse]
        joined[follows] = HOUSEHOLD + house[spouse[follows]]
        both = paired & collective & collective[spouse]
        joined[both] = COUPLE + np.minimum(everyone, spouse)[both]
        # minors registered apart from both parents (whoever these live with), or in a collective household
        final = joined.copy()
        lonely = minor.copy()
        for name in ("mother", "father"):
            parent = people[name]
            lonely &= ~((parent >= 0) & (house[parent] == house))
        waiting = lonely | (minor & collective)
        for name in ("mother", "father"):
            parent = people[name]
            goes = waiting & (parent >= 0) & free[parent] & (joined[parent] >= 0)
            final[goes] = joined[parent[goes]]
            waiting = waiting & ~goes
        return final

    def _has_minor_of_both(self, minor: Flags, house: Ints, spouse: Ints) -> Flags:
        """Who has a minor child with the present spouse in the own household."""
        people = self.world.people
        result = np.zeros(self.size, dtype=np.bool_)
        child = np.flatnonzero(minor & (people["father"] >= 0) & (people["mother"] >= 0))
        father, mother = people["father"][child], people["mother"][child]
        couple = spouse[father] == mother
        child, father, mother = child[couple], father[couple], mother[couple]
        for parent in (father, mother):
            result[parent[house[parent] == house[child]]] = True
        return result
