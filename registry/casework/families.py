"""Where a family is, and by whom it is known: what an objection, a referral or a proposed exit is filed under.

What belongs here: looking a family up in the newest edition for somebody who may know of it.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from registry.casework.rights import no_case, seen_by
from registry.models import CaseEvent, CaseFile, ListEntry, Publication, Task
from registry.roles import Actor

__all__ = ["Place", "family_name", "newest_edition", "visible_family"]


@dataclass(frozen=True, slots=True)
class Place:
    """Street and community of a family."""

    street_code: str | None
    community_code: str | None


def family_name(family_id: str) -> str:
    """What an act that makes something new for a family holds (`registry.engine.write_transaction`).

    A family has a row in each edition and none of its own.
    """
    return f"family {family_id}"


def newest_edition(connection: Connection) -> str:
    """The id of the newest published edition, "" without one."""
    query = (
        select(Publication.edition_id).order_by(Publication.as_of.desc(), Publication.publication_id.desc()).limit(1)
    )
    return str(connection.execute(query).scalar() or "")


def visible_family(connection: Connection, actor: Actor, family_id: str) -> Place:
    """The place of a family on the last list that had it, in its tasks, else in its last case.

    Raises `CaseNotFoundError`. A family that only a suspicion makes known is known to those who may see suspicions.
    """
    edition = newest_edition(connection)
    listed = (
        select(ListEntry.street_code, ListEntry.community_code)
        .join(Publication, Publication.edition_id == ListEntry.edition_id)
        .where(ListEntry.family_id == family_id)
        .order_by(Publication.as_of.desc(), Publication.publication_id.desc())
        .limit(1)
    )
    tasked = select(Task.street_code, Task.community_code, Task.audience).where(
        Task.edition_id == edition, Task.family_id == family_id
    )
    worked = (
        select(CaseEvent.street_code, CaseEvent.community_code, CaseFile.audience)
        .join(CaseFile, CaseFile.case_id == CaseEvent.case_id)
        .where(CaseFile.family_id == family_id)
        .order_by(CaseEvent.at.desc(), CaseEvent.version.desc())
    )
    found = [(street, community, "need") for street, community in connection.execute(listed)]
    found += [tuple(row) for query in (tasked, worked) for row in connection.execute(query)]  # type: ignore[misc]
    for street, community, audience in found:
        if seen_by(actor, audience, street, community):
            return Place(street, community)
    raise no_case("family", family_id)
