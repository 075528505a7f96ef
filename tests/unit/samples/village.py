"""A village made by hand: a world of a few people in which one thing happens at a time."""

from datetime import date

import numpy as np

from samples.truth import Truth
from samples.world.base import NEVER, day_of, month_index
from samples.world.state import World, code


class Village:
    """Writes into an empty world; all references are row numbers."""

    def __init__(self, month: str = "2026-01") -> None:
        self.world = World(size=0, first=month_index(month), months=1, seed=0, history=60)
        self.month = self.world.first

    def person(self, born: str = "1980-06-15", sex: int = 0, *, father: int = -1, mother: int = -1) -> int:
        """A living person."""
        rows = self.world.people.add(1, birth=day(born), sex=sex, father=father, mother=mother)
        return int(rows[0])

    def house(self, number: int, *, kind: int = 0) -> int:
        """A household; `kind` 1 is collective."""
        return int(self.world.houses.add(1, number=number, kind=kind)[0])

    def live(self, person: int, house: int, since: str = "2010-01-01", until: str | None = None) -> None:
        """Register a person in a household."""
        end = NEVER if until is None else day(until)
        self.world.registrations.add(1, person=person, house=house, start=day(since), end=end)

    def die(self, person: int, on: str) -> None:
        """A death, known by a cremation."""
        self.world.people["death"][person] = day(on)

    def marry(self, husband: int, wife: int, on: str = "2005-05-01", *, event: str = "marriage") -> None:
        """A marriage or divorce."""
        self.world.marriages.add(1, a=husband, b=wife, event=code("marriage_event", event), on=day(on))

    def family(self) -> int:
        """A number in the assistance register."""
        return int(self.world.families.add(1)[0])

    def declare(
        self, family: int, on: str, members: dict[int, str], *, application: int = -1, head: int | None = None
    ) -> int:
        """A declaration of co-living members; the first of them is the applicant."""
        head = next(iter(members)) if head is None else head
        declaration = int(
            self.world.declarations.add(1, family=family, on=day(on), application=application, head=head)[0]
        )
        for person, relation in members.items():
            self.world.declared.add(1, declaration=declaration, person=person, relation=code("relation", relation))
        return declaration

    def spell(
        self,
        person: int,
        start: str,
        end: str | None = None,
        *,
        family: int,
        programme: str = "subsistence",
        application: int = -1,
    ) -> None:
        """A spell on the register."""
        self.world.spells.add(
            1,
            person=person,
            family=family,
            programme=code("programme", programme),
            start=day(start),
            end=NEVER if end is None else day(end),
            application=application,
        )

    def apply(
        self,
        family: int,
        on: str,
        decision: str | None,
        decided: str | None,
        members: dict[int, str],
        *,
        reconsiders: int = -1,
    ) -> int:
        """An application and the members it names."""
        row = int(
            self.world.applications.add(
                1,
                family=family,
                on=day(on),
                decided=NEVER if decided is None else day(decided),
                decision=-1 if decision is None else code("decision", decision),
                reconsiders=reconsiders,
            )[0]
        )
        self.world.applications["declaration"][row] = self.declare(family, on, members, application=row)
        return row

    def pay(self, person: int, kind: str, on: str, amount: int = 100_000, *, number: int = -1) -> None:
        """A payment of aid, negative when it is taken back."""
        self.world.aid.add(
            1,
            person=person,
            kind=code("aid_kind", kind),
            number=number,
            amount=amount,
            granted=day(on),
            paid=day(on),
            known=day(on),
        )
        self.world.payment_number = max(self.world.payment_number, number + 1)

    def earn(self, person: int, yearly: int, months: int = 12) -> None:
        """Wages of the months before the village's month, adding up to `yearly` fen."""
        share, rest = divmod(yearly, months)
        for back in range(1, months + 1):
            self.world.wages.add(1, person=person, month=self.month - back, amount=share + (rest if back == 1 else 0))

    def groups(self) -> dict[str, set[int]]:
        """Who is hit, by group, at the end of the village's month."""
        truth = Truth(self.world)
        found: dict[str, set[int]] = {}
        for group, people, _ in truth.hits(truth.at(self.month)):
            found.setdefault(group, set()).update(int(each) for each in people)
        return {group: people for group, people in found.items() if people}

    def families(self) -> list[set[int]]:
        """The families at the end of the village's month, in order of their first member."""
        truth = Truth(self.world)
        label = truth.at(self.month).family
        groups = {int(each): set(np.flatnonzero(label == each).tolist()) for each in label if each >= 0}
        return sorted(groups.values(), key=min)


def day(text: str) -> int:
    """The number of a day."""
    return day_of(date.fromisoformat(text))
