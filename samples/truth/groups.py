"""The six groups at a day, with the reason of each hit.

What belongs here: lines 1 to 10 of the definitions, read from the world.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from samples.truth.families import DECLARED, Families, lives, rigid_end
from samples.truth.incomes import income_of
from samples.world.base import NEVER, Flags, Ints, add_months, month_end, month_start
from samples.world.state import World, code

__all__ = ["Moment", "Truth"]

_THRESHOLD = 100_000 * 100
_COUNTED = 3
_GAP = 31
_YEAR = 12
_EXIT_WINDOW = 36
_SEVERE = 2
_AID = ("medical", "public_rental", "rent_subsidy", "education_need", "employment", "disaster", "legal")
Hits = Iterator[tuple[str, Ints, str]]


@dataclass(frozen=True)
class Moment:
    """What holds at a day, per person."""

    on: int
    month: int
    family: Ints
    living: Flags
    in_scope: Flags
    on_register: Flags
    counted: Flags


class Truth:
    """Answers about month ends; prepared once."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.families = Families(world)
        self.size = len(world.people)
        self._beneficiaries: tuple[Ints, Ints] | None = None

    def at(self, month: int) -> Moment:
        """The state of everybody at the end of a month."""
        on = month_end(month)
        family = self.families.on(on)
        living = lives(self.world.people, on)
        return Moment(
            on=on,
            month=month,
            family=family,
            living=living,
            in_scope=living & self._scope(on, family),
            on_register=self._on_register(on),
            counted=living & ~self._away(on),
        )

    def hits(self, moment: Moment) -> Hits:
        """(group, people, reason) of everybody in scope who belongs to a group."""
        for group, people, reason in (
            *self._exited(moment),
            *self._rejected(moment),
            *self._aided(moment),
            *self._listed(moment),
            *self._obliged(moment),
            *self._low_income(moment),
        ):
            yield group, people[moment.in_scope[people]], reason

    # ---- standing ------------------------------------------------------------------------------

    def _ends(self, on: int) -> Ints:
        """Effective ends of the spells, as known on a day."""
        end = self.world.spells["end"]
        return rigid_end(self.world, np.where(end > on, NEVER, end))

    def _mark(self, persons: Ints) -> Flags:
        flags = np.zeros(self.size, dtype=np.bool_)
        flags[persons] = True
        return flags

    def _on_register(self, on: int) -> Flags:
        spells = self.world.spells
        open_now = (spells["start"] <= on) & (self._ends(on) > on)
        return self._mark(spells["person"][open_now])

    def _away(self, on: int) -> Flags:
        """In prison, detoxification, missing or clergy apart."""
        world = self.world
        away = np.zeros(self.size, dtype=np.bool_)
        for table, which in (
            (world.custody, world.custody["kind"] == code("custody", "prison")),
            (world.detoxifications, True),
            (world.uncounted, True),
        ):
            now = (table["start"] <= on) & (table["end"] > on) & which
            away[table["person"][now]] = True
        return away

    def _scope(self, on: int, family: Ints) -> Flags:
        """Registered, in a governing declared family, with a permit, or delivered by a street."""
        world = self.world
        declared = (family >= DECLARED) & (family < 2 * DECLARED)
        permits = world.permits
        valid = (permits["start"] <= on) & (permits["end"] >= on)
        scope: Flags = (self.families.house_on(on) >= 0) | declared | self._mark(permits["person"][valid])
        persons, days = self._street_events(on)
        recent = add_months(days, _YEAR) >= on
        persons, days = persons[recent], days[recent]
        left = np.full(self.size, -NEVER, dtype=np.int64)
        ended = world.registrations["end"] <= on
        np.maximum.at(left, world.registrations["person"][ended], world.registrations["end"][ended])
        return scope | self._mark(persons[left[persons] < days])

    def _street_events(self, on: int) -> tuple[Ints, Ints]:
        """(person, day) of applications, temporary assistance and leads that streets delivered."""
        world = self.world
        named = world.declarations["application"][world.declared["declaration"]] >= 0
        applied = (world.declared["person"][named], world.declarations["on"][world.declared["declaration"][named]])
        temporary = (world.aid["kind"] == code("aid_kind", "temporary")) & (world.aid["known"] <= on)
        granted = (world.aid["person"][temporary], world.aid["granted"][temporary])
        led = (world.leads["person"], world.leads["on"])
        persons, days = (np.concatenate(each) for each in zip(applied, granted, led, strict=True))
        past = days <= on
        return persons[past], days[past]

    # ---- lines 6 and 7 -------------------------------------------------------------------------

    def _exited(self, moment: Moment) -> Hits:
        """Left the register within three years, no later spell."""
        spells = self.world.spells
        begun = spells["start"] <= moment.on
        person, start, end = spells["person"][begun], spells["start"][begun], self._ends(moment.on)[begun]
        order = np.lexsort((start, person))
        person, start, end = person[order], start[order], end[order]
        last_start = np.full(self.size, -NEVER, dtype=np.int64)
        last_end = np.full(self.size, -NEVER, dtype=np.int64)
        for row in range(_most(person)):  # the n-th spell of everybody at once
            rows = _nth(person, row)
            who = person[rows]
            merged = start[rows] <= last_end[who] + _GAP
            last_start[who] = np.where(merged, last_start[who], start[rows])
            last_end[who] = np.where(merged, np.maximum(last_end[who], end[rows]), end[rows])
        inside = (last_end <= moment.on) & (last_end > -NEVER)
        inside &= add_months(np.where(inside, last_end, 0), _EXIT_WINDOW) >= moment.on
        yield "exited_assistance", np.flatnonzero(inside & ~moment.on_register), "spell ended"

    def _rejected(self, moment: Moment) -> Hits:
        """Refused within twelve months, neither replaced nor followed by an approval with a spell."""
        table, on = self.world.applications, moment.on
        decided = (table["decided"] <= on) & (table["decision"] <= code("decision", "refused"))
        replaced = np.zeros(len(table) + 1, dtype=np.bool_)
        replaced[table["reconsiders"][decided]] = True
        standing = decided & ~replaced[:-1]
        refused = standing & (table["decision"] == code("decision", "refused"))
        refused &= add_months(table["decided"], _YEAR) >= on
        started = np.zeros(len(table) + 1, dtype=np.bool_)
        started[self.world.spells["application"][self.world.spells["start"] <= on]] = True
        approved = standing & (table["decision"] == code("decision", "approved")) & started[:-1]
        refusals, approvals = self._named(refused), self._named(approved)
        last_approval = np.full(self.size, -NEVER, dtype=np.int64)
        np.maximum.at(last_approval, approvals[0], table["decided"][approvals[1]])
        person, application = refusals
        stands = (table["decided"][application] > last_approval[person]) & ~moment.on_register[person]
        yield "rejected_application", np.unique(person[stands]), "application refused"

    def _named(self, applications: Flags) -> tuple[Ints, Ints]:
        """(person, application) of the members named by some applications."""
        world = self.world
        of = world.declarations["application"][world.declared["declaration"]]
        chosen = (of >= 0) & np.append(applications, False)[of]
        return world.declared["person"][chosen], of[chosen]

    # ---- line 8 --------------------------------------------------------------------------------

    def _aided(self, moment: Moment) -> Hits:
        aid, on = self.world.aid, moment.on
        known = aid["known"] <= on
        worth = np.where(aid["amount"] >= NEVER, 1, aid["amount"])
        net = np.zeros(self.world.payment_number + 1, dtype=np.int64)
        np.add.at(net, aid["number"][known], worth[known])
        positive = np.where(aid["number"] >= 0, net[aid["number"]] > 0, worth > 0) & (worth >= 0)
        inside = known & positive & (add_months(aid["known"], _YEAR) >= on)
        row, person = self.beneficiaries()
        for group, kinds in (("temporary_assistance", ("temporary",)), ("other_department_aid", _AID)):
            counts = inside & np.isin(aid["kind"], [code("aid_kind", each) for each in kinds])
            who = np.unique(person[counts[row]])
            yield group, who[moment.living[who]], "aid received"

    def beneficiaries(self) -> tuple[Ints, Ints]:
        """(payment row, person): everybody living in the recipient's family on the day of the payment."""
        if self._beneficiaries is None:
            aid = self.world.aid
            oldest = month_start(self.world.first - _YEAR - 1)
            kinds = [code("aid_kind", each) for each in (*_AID, "temporary")]
            rows = np.flatnonzero((aid["known"] >= oldest) & np.isin(aid["kind"], kinds) & (aid["amount"] >= 0))
            nobody = np.empty(0, dtype=np.int64)
            parts = [(nobody, nobody)]
            parts += [
                self._families_of(rows[aid["known"][rows] == day], int(day)) for day in np.unique(aid["known"][rows])
            ]
            paid, people = zip(*parts, strict=True)
            self._beneficiaries = np.concatenate(paid), np.concatenate(people)
        return self._beneficiaries

    def _families_of(self, rows: Ints, day: int) -> tuple[Ints, Ints]:
        family = self.families.on(day)
        recipient = self.world.aid["person"][rows]
        own = family[recipient]
        rows, own = rows[own >= 0], own[own >= 0]
        wanted = np.unique(own)
        if not len(wanted):
            return rows, rows
        place = np.minimum(np.searchsorted(wanted, family), len(wanted) - 1)
        member = np.flatnonzero(wanted[place] == family)
        left = pl.DataFrame({"family": own, "row": rows})
        pairs = left.join(pl.DataFrame({"family": family[member], "person": member}), on="family")
        return pairs["row"].to_numpy(), pairs["person"].to_numpy()

    def _listed(self, moment: Moment) -> Hits:
        table, on = self.world.listings, moment.on
        end = np.where(table["end"] > on, NEVER, table["end"])
        inside = (table["start"] <= on) & (add_months(end, _YEAR) >= on)
        yield "other_department_aid", np.unique(table["person"][inside]), "on a department's list"

    # ---- line 9 --------------------------------------------------------------------------------

    def _obliged(self, moment: Moment) -> Hits:
        obligor, ward = self._duties(moment)
        holds = (obligor >= 0) & (ward >= 0)
        obligor, ward = obligor[holds], ward[holds]
        holds = moment.on_register[ward] & moment.living[ward] & moment.living[obligor]
        holds &= moment.family[ward] != moment.family[obligor]
        yield "obligor_family", np.unique(obligor[holds]), "owes support to a person on the register"

    def _duties(self, moment: Moment) -> tuple[Ints, Ints]:
        """(obligor, ward) pairs that hold by kin, marriage or record."""
        people, on, support = self.world.people, moment.on, self.world.support
        adult = self.families.adult_on <= on
        everyone = np.arange(self.size)
        registrations = self.world.registrations
        known = self._mark(registrations["person"][registrations["start"] <= on])
        dependent = ~adult | self._cannot_live_alone(on)
        pairs: list[tuple[Ints, Ints]] = []
        for name in ("father", "mother"):
            child = everyone[known & (people[name] >= 0)]
            parent = people[name][child]
            pairs += [(child[adult[child]], parent[adult[child]]), (parent[dependent[child]], child[dependent[child]])]
        a, b = self.families.married_pairs(on)
        pairs += [(a, b), (b, a)]
        recorded = (support["on"] <= on) & (support["end"] > on)
        obligor, ward, relation = (support[each][recorded] for each in ("obligor", "ward", "relation"))
        kind = {name: relation == code("support_relation", name) for name in ("child", "parent", "spouse", "in_law")}
        holds = ~kind["in_law"]
        holds &= ~kind["child"] | adult[obligor]
        holds &= ~kind["parent"] | dependent[ward]
        holds &= ~kind["spouse"] | ~self._divorced(obligor, ward, on)
        pairs.append((obligor[holds], ward[holds]))
        return np.concatenate([each[0] for each in pairs]), np.concatenate([each[1] for each in pairs])

    def _cannot_live_alone(self, on: int) -> Flags:
        """A valid disability of grade 1 or 2, or full-time study up to a first degree."""
        cards, studies = self.world.certificates, self.world.studies
        severe = (cards["grade"] <= _SEVERE) & (cards["start"] <= on) & (cards["end"] > on)
        stages = [code("school_stage", each) for each in ("senior_middle", "junior_college", "bachelor")]
        full = (studies["mode"] == 0) & np.isin(studies["stage"], stages)
        full &= (studies["start"] <= on) & (studies["end"] > on)
        return self._mark(cards["person"][severe]) | self._mark(studies["person"][full])

    def _divorced(self, one: Ints, other: Ints, on: int) -> Flags:
        """Pairs with a record of marriage events the latest of which is a divorce."""
        table = self.world.marriages
        past = table["on"] <= on
        a, b = self.families.married_pairs(on)

        def key(left: Ints, right: Ints) -> Ints:
            return np.minimum(left, right) * (1 << 31) + np.maximum(left, right)

        pair = key(one, other)
        ever = np.isin(pair, key(table["a"][past], table["b"][past]))
        divorced: Flags = ever & ~np.isin(pair, key(a, b))
        return divorced

    # ---- line 10 -------------------------------------------------------------------------------

    def family_incomes(self, moment: Moment) -> tuple[Ints, Ints, Ints, Flags]:
        """(family, counted members, income in fen, any record) of each family with a counted member."""
        income, known = income_of(self.world, moment.month)
        counted = np.flatnonzero(moment.counted & moment.in_scope)
        families, index = np.unique(moment.family[counted], return_inverse=True)
        size = len(families)
        total = np.bincount(index, weights=income[counted], minlength=size).astype(np.int64)
        return families, np.bincount(index, minlength=size), total, np.bincount(index, known[counted], size) > 0

    def _low_income(self, moment: Moment) -> Hits:
        families, members, income, known = self.family_incomes(moment)
        low = families[(members == _COUNTED) & (income <= _THRESHOLD) & known]
        poor = moment.counted & moment.in_scope & np.isin(moment.family, low)
        yield "low_income_family", np.flatnonzero(poor), "income of three counted members"


def _most(sorted_persons: Ints) -> int:
    """The largest number of rows that one person has."""
    return int(np.unique(sorted_persons, return_counts=True)[1].max(initial=0))


def _nth(sorted_persons: Ints, place: int) -> Ints:
    """The rows that are each person's `place`-th, counted from 0."""
    _, first, count = np.unique(sorted_persons, return_index=True, return_counts=True)
    rows: Ints = first[count > place] + place
    return rows
