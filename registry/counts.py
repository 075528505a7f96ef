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
    """Families or warnings by topic (group or rule), by street and by tier."""

    streets: dict[tuple[str, str], int]
    tiers: dict[tuple[str, str], int]
    totals: dict[str, int]

    def at(self, topic: str, *, street: str | None = None, tier: str | None = None) -> int:
        """How many of `topic` there are, in a street or in a tier; "" is every family, each once."""
        if street is not None:
            return self.streets.get((topic, street), 0)
        if tier is not None:
            return self.tiers.get((topic, tier), 0)
        return self.totals.get(topic, 0)


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
    """The counts of `measure` (families or warnings) of an edition within a scope."""
    counted = EditionAggregate
    query = select(counted.topic, counted.street_code, counted.tier, counted.amount).where(
        counted.edition_id == edition_id, counted.measure == measure, counted_within(scope)
    )
    found = Cross({}, {}, {})
    with engine.connect() as connection:
        for topic, street, tier, amount in connection.execute(query):
            for part, key in ((found.streets, (topic, street)), (found.tiers, (topic, tier))):
                part[key] = part.get(key, 0) + amount
            found.totals[topic] = found.totals.get(topic, 0) + amount
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
