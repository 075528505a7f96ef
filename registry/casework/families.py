"""Where a family is, and by whom it is known: what an objection, a referral or a proposed exit is filed under.

What belongs here: looking a family up in the newest edition for somebody who may know of it.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from registry.casework.rights import no_case, seen_by
from registry.casework.store import is_current
from registry.errors import CaseNotFoundError
from registry.models import CaseEvent, CaseFile, ListEntry, Publication, Task
from registry.roles import Actor

__all__ = ["Place", "family_name", "is_visible", "newest_edition", "visible_family"]

_NEED = "need"


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
    """The place of a family on the newest list and in its tasks; of one that is in neither, where it was last.

    That is on the last list that had it, and where its cases are of which something happened since. Raises
    `CaseNotFoundError`: also for a family that has moved elsewhere, whatever was done for it before. A family that only
    a suspicion makes known is known to those who may see suspicions.
    """
    edition = newest_edition(connection)
    listed = (
        select(ListEntry.street_code, ListEntry.community_code, Publication.edition_id, Publication.published_at)
        .join(Publication, Publication.edition_id == ListEntry.edition_id)
        .where(ListEntry.family_id == family_id)
        .order_by(Publication.as_of.desc(), Publication.publication_id.desc())
        .limit(1)
    )
    tasked = select(Task.street_code, Task.community_code, Task.audience).where(
        Task.edition_id == edition, Task.family_id == family_id
    )
    worked = (
        select(CaseEvent.street_code, CaseEvent.community_code, CaseFile.audience, CaseEvent.at)
        .join(CaseFile, CaseFile.case_id == CaseEvent.case_id)
        .where(CaseFile.family_id == family_id, is_current())
        .order_by(CaseEvent.at.desc(), CaseEvent.version.desc())
    )
    last, tasks, cases = (connection.execute(query).fetchall() for query in (listed, tasked, worked))
    now = [(row.street_code, row.community_code, _NEED) for row in last if row.edition_id == edition]
    now += [(row.street_code, row.community_code, row.audience) for row in tasks]
    if all(audience != _NEED for *_, audience in now):
        now += [(row.street_code, row.community_code, _NEED) for row in last]
        since = max((row.published_at for row in last), default=None)
        now += [(row.street_code, row.community_code, row.audience) for row in cases if not since or row.at > since]
    for street, community, audience in now:
        if seen_by(actor, audience, street, community):
            return Place(street, community)
    raise no_case("family", family_id)


def is_visible(connection: Connection, actor: Actor, family_id: str) -> bool:
    """Whether `visible_family` knows it."""
    try:
        visible_family(connection, actor, family_id)
    except CaseNotFoundError:
        return False
    return True
