"""The counts that an edition keeps of itself, over the months and across streets and tiers.

What belongs here: reading `edition_aggregate`, so that no page has to count families, and what is counted by tier,
class, measure and status when the rule book asks.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Engine, and_, func, select

from registry.filters import counted_within
from registry.models import EditionAggregate, ListEntry, Publication, SuggestedMeasure
from registry.scope import Scope

__all__ = ["Cross", "Point", "cross", "graded", "timeline"]


@dataclass(frozen=True, slots=True)
class Point:
    """One published month: the edition that answers for it, and its families by layer."""

    edition_id: str
    as_of: date
    registered: int
    extended: int

    @property
    def families(self) -> int:
        """Families on the list."""
        return self.registered + self.extended


@dataclass(frozen=True, slots=True)
class Cross:
    """Families, people or warnings by topic (group or rule): of each, how many by street, tier and part (layer)."""

    cells: dict[str, dict[tuple[str, str, str], int]]

    def at(
        self, topic: str | None, *, street: str | None = None, tier: str | None = None, part: str | None = None
    ) -> int:
        """How many of `topic` there are, of those alone that are named.

        Topic "" is every family, each once; None is all topics together.
        """
        asked = (street, tier, part)
        topics = self.cells.values() if topic is None else [self.cells.get(topic, {})]
        return sum(
            amount
            for cells in topics
            for key, amount in cells.items()
            if all(wanted in {None, found} for wanted, found in zip(asked, key, strict=True))
        )

    @property
    def streets(self) -> dict[tuple[str, str], int]:
        """By topic and street."""
        found: dict[tuple[str, str], int] = {}
        for topic, cells in self.cells.items():
            for (street, _, _), amount in cells.items():
                found[topic, street] = found.get((topic, street), 0) + amount
        return found

    @property
    def totals(self) -> dict[str, int]:
        """By topic."""
        return {topic: sum(cells.values()) for topic, cells in self.cells.items()}


def timeline(engine: Engine, months: int | None, scope: Scope) -> list[Point]:
    """The latest `months` published months (None: all), the oldest first, by their latest publications; of a scope."""
    latest = select(func.max(Publication.publication_id)).group_by(Publication.as_of)
    counted = EditionAggregate
    query = (
        select(Publication.edition_id, Publication.as_of, counted.part, func.sum(counted.amount))
        .outerjoin(
            counted,
            and_(
                counted.edition_id == Publication.edition_id,
                counted.measure == "families",
                counted.topic == "",
                counted_within(scope),
            ),
        )
        .where(Publication.publication_id.in_(latest))
        .group_by(Publication.edition_id, Publication.as_of, counted.part)
        .order_by(Publication.as_of)
    )
    points: dict[date, Point] = {}
    with engine.connect() as connection:
        for edition_id, as_of, layer, amount in connection.execute(query):
            known = points.get(as_of) or Point(edition_id, as_of, 0, 0)
            registered = known.registered + (int(amount) if layer == "registered" else 0)
            extended = known.extended + (int(amount) if layer == "extended" else 0)
            points[as_of] = Point(edition_id, as_of, registered, extended)
    return list(points.values())[-(months or 0) :]


def cross(engine: Engine, edition_id: str, measure: str, scope: Scope) -> Cross:
    """The counts of `measure` (families, members or warnings) of an edition within a scope."""
    counted = EditionAggregate
    key = (counted.topic, counted.street_code, counted.tier, counted.part)
    query = (
        select(*key, func.sum(counted.amount))
        .where(counted.edition_id == edition_id, counted.measure == measure, counted_within(scope))
        .group_by(*key)
    )
    found = Cross({})
    with engine.connect() as connection:
        for topic, street, tier, part, amount in connection.execute(query):
            found.cells.setdefault(topic, {})[street, tier, part] = int(amount)
    return found


def graded(engine: Engine, edition_id: str) -> dict[str, dict[str, int]]:
    """Families of an edition by `tiers`, `classes`, `measures` and `status`: code to families, each once a code."""
    number = func.count()
    of_list = {
        subject: select(column, number).where(ListEntry.edition_id == edition_id).group_by(column)
        for subject, column in (("tiers", ListEntry.tier), ("classes", ListEntry.classes), ("status", ListEntry.status))
    }
    suggested = (
        select(SuggestedMeasure.measure, func.count(SuggestedMeasure.family_id.distinct()))
        .where(SuggestedMeasure.edition_id == edition_id)
        .group_by(SuggestedMeasure.measure)
    )
    found: dict[str, dict[str, int]] = {}
    with engine.connect() as connection:
        for subject, query in (of_list | {"measures": suggested}).items():
            counts = found.setdefault(subject, {})
            for codes, amount in connection.execute(query):
                for code in filter(None, (codes or "").split(";")):
                    counts[code] = counts.get(code, 0) + int(amount)
    return found
