"""Reading what was kept sealed: a note, a photo, the words of an objection or of a wish.

What belongs here: who may read it, and the record of each reading. It may be read by whoever may know of the visit,
objection or wish that it belongs to; for anybody else it does not exist. Keeping stands in `sealed`, the end of the
term in `written_terms`.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from registry.casework.desk import Desk
from registry.casework.follow_store import visible_follow_up
from registry.casework.objection_store import visible_objection
from registry.casework.rights import no_case, permit
from registry.casework.sealed import has_bytes, read
from registry.casework.store import visible_case
from registry.errors import CaseNotFoundError
from registry.models import CaseVisit, SealedObject
from registry.roles import Actor
from registry.views import record_view

__all__ = ["Written", "WrittenPlace", "read_written"]


@dataclass(frozen=True, slots=True)
class WrittenPlace:
    """A sealed object, and where the page is that it belongs to: `case_id`, `objection_id` or `family_id` is given."""

    object_id: str
    kind: str
    media_type: str
    kept_by: str
    kept_at: datetime
    case_id: str = ""
    objection_id: str = ""
    family_id: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """What was kept; `content` is None when its key was destroyed, at the end of its term or by an erasure."""

    place: WrittenPlace
    content: bytes | None

    @property
    def text(self) -> str:
        """The words of a note."""
        return (self.content or b"").decode()


def read_written(desk: Desk, object_id: str, *, actor: Actor) -> Written:
    """A sealed object with its content, and record that it was read.

    Raises `NotPermittedError`, `CaseNotFoundError` for one that is not there or not for the reader, and `ArchiveError`
    when the bytes are not what was kept.
    """
    permit(actor, "case.written")
    with desk.engine.connect() as connection:
        place = _place(connection, actor, object_id)
        content = read(desk.settings, connection, object_id) if has_bytes(desk.settings, object_id) else None
    about = {"object": object_id, "case": place.case_id, "objection": place.objection_id}
    record_view(desk.engine, actor, f"sealed {place.kind}", edition_id="", rows=1, filters=about)
    return Written(place, content)


def _place(connection: Connection, actor: Actor, object_id: str) -> WrittenPlace:
    kept = connection.execute(select(SealedObject.__table__).where(SealedObject.object_id == object_id)).one_or_none()
    if kept is None:
        raise no_case("note or photo", object_id)
    try:
        found = _subject(connection, actor, kept.subject, kept.subject_id)
    except CaseNotFoundError:
        raise no_case("note or photo", object_id) from None
    return WrittenPlace(object_id, kept.kind, kept.media_type, kept.kept_by, kept.kept_at, **found)


def _subject(connection: Connection, actor: Actor, subject: str, subject_id: str) -> dict[str, str]:
    """What the object belongs to, when the reader may know of it."""
    if subject == "visit":
        query = select(CaseVisit.case_id).where(CaseVisit.visit_id == subject_id)
        case_id = str(connection.execute(query).scalar_one())
        visible_case(connection, actor, case_id)
        return {"case_id": case_id}
    if subject == "objection":
        return {"objection_id": visible_objection(connection, actor, subject_id).objection_id}
    return {"family_id": visible_follow_up(connection, actor, subject_id).family_id}
