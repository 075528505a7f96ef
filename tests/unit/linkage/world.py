"""A few people and what is recorded of them, as fact tables, for the tests of families."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl

from linkage.families import families_at
from schemas.tables import FACTS

AS_OF = date(2026, 3, 31)
ADULT = date(1985, 5, 5)
TERMS: dict[str, Any] = {
    "basis": "nuclear_joined",
    "grace_months": 12,
    "adult_age": 18,
    "rigid_expense_months": 12,
}


@dataclass
class World:
    """Records by fact table; each method adds one and may be chained."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def add(self, table: str, **row: Any) -> "World":
        """Add a row; columns that are not given are null."""
        rows = self.rows.setdefault(table, [])
        rows.append({"source_feed": table, "source_delivery": "d", "source_sheet": "", "source_row": len(rows)} | row)
        return self

    def person(self, key: str, household: str | None = "1", birth: date = ADULT, **more: Any) -> "World":
        """A person, registered in `household` (a name that begins with 集 is a 集体户) unless it is None."""
        self.rows.setdefault("identities", []).append({"person_key": key, "birth_on": birth, "sex": "female"})
        return self if household is None else self.register(key, household, **more)

    def register(self, key: str, household: str, **more: Any) -> "World":
        """A spell of registration, from 2010 unless `started_on` says otherwise."""
        kind = "collective" if household.startswith("集") else "ordinary"
        return self.add(
            "registrations",
            **{
                "person_key": key,
                "household_no": household,
                "household_type": kind,
                "started_on": date(2010, 1, 1),
                "relation_to_head": "other_relative",
                "registration_status": "normal",
            }
            | more,
        )

    def child(self, key: str, household: str, birth: date, mother: str | None, father: str | None) -> "World":
        """A person registered in `household` since birth, with registered parents."""
        return self.person(key, household, birth, mother_key=mother, father_key=father, started_on=birth)

    def marry(self, one: str, other: str, on: date = date(2012, 1, 1), event: str = "marriage") -> "World":
        """A record of marriage or divorce."""
        return self.add("marriages", spouse_a_key=one, spouse_b_key=other, registered_on=on, marriage_event=event)

    def spell(self, family: str, key: str, start: date, end: date | None = None, **more: Any) -> "World":
        """A spell of 低保 unless `programme` says otherwise."""
        return self.add(
            "spells",
            **{"family_no": family, "person_key": key, "started_on": start, "ended_on": end, "programme": "subsistence"}
            | more,
        )

    def declare(self, family: str, on: date, **relations: str) -> "World":
        """A declaration of `family`: each member's key and relation to the applicant."""
        for key, relation in relations.items():
            self.add(
                "declarations",
                family_no=family,
                declared_on=on,
                person_key=key,
                relation_to_applicant=relation,
                street_code="330108002",
                community_code="330108002001",
            )
        return self

    def facts(self) -> dict[str, pl.LazyFrame]:
        """All fact tables."""
        return {name: pl.LazyFrame(self.rows.get(name, []), schema=table.schema) for name, table in FACTS.items()}

    def keys(self) -> list[str]:
        """Everybody of whom there is an identity."""
        return [row["person_key"] for row in self.rows.get("identities", [])]

    def families(self, on: date = AS_OF, **terms: Any) -> dict[str, str]:
        """The family of everybody at `on`."""
        frame = self.families_frame([on], **terms)
        return dict(frame.select("person_key", "family_id").iter_rows())

    def families_frame(self, dates: Iterable[date] = (AS_OF,), **terms: Any) -> pl.DataFrame:
        """`families_at` of everybody at each of `dates`."""
        people = pl.LazyFrame({"person_key": self.keys()}, schema={"person_key": pl.String})
        cohort = people.join(pl.LazyFrame({"on": list(dates)}, schema={"on": pl.Date}), how="cross")
        return families_at(self.facts(), cohort, **(TERMS | terms)).sort("on", "person_key").collect()
