"""The vault as a reader may see it: without the addresses of families that are protected from them.

What belongs here: who is protected today, and hiding where they live. Setting and ending a protection stands in
`registry.casework.protection`; names and numbers are masked where they are shown.
"""

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import BindParameter, ColumnElement, Connection, Date, Engine, and_, bindparam, or_, select
from sqlalchemy.orm import aliased

from registry.models import EditionAlias, ListMember, ProtectedPerson, Protection, ProtectionEvent, Publication
from registry.roles import Actor
from registry.vault import PEOPLE_SCHEMA, Vault
from schemas.settings import Settings

__all__ = ["HIDDEN_ADDRESS", "ReaderVault", "in_force", "is_last", "protected_keys", "vault_for"]

HIDDEN_ADDRESS = "住址受保护，请联系区级经办"
"""What stands where an address is not told."""

_ADDRESS = list(PEOPLE_SCHEMA).index("address")  # it is the last


class ReaderVault(Vault):
    """A vault that tells no address of the `hidden` keys."""

    def __init__(self, settings: Settings, hidden: Iterable[str]) -> None:
        super().__init__(settings)
        self._hidden = frozenset(hidden)

    def _rows(self, person_keys: Iterable[str | None]) -> list[tuple[str | None, ...]]:
        """`HIDDEN_ADDRESS` for those who are protected, whether or not an address is known."""
        rows = super()._rows(person_keys)
        if not self._hidden:
            return rows
        return [(*row[:_ADDRESS], HIDDEN_ADDRESS) if row[0] in self._hidden else row for row in rows]


def vault_for(engine: Engine, settings: Settings, actor: Actor) -> Vault:
    """The vault as `actor` may see it; everything for those who may know protected addresses."""
    if actor.may("family.protected"):
        return Vault(settings)
    with engine.connect() as connection:
        return ReaderVault(settings, protected_keys(connection, datetime.now(ZoneInfo(settings.timezone)).date()))


def protected_keys(connection: Connection, today: date) -> set[str]:
    """Those who are protected on the day, and everybody who is in a family with one of them on the newest list.

    Whose identity number was corrected since is protected under each of the numbers.
    """
    protected = {str(each) for each in connection.execute(_PROTECTED, {"today": today}).scalars()}
    if not protected:
        return set()
    newest = select(Publication.edition_id).order_by(Publication.as_of.desc(), Publication.publication_id.desc())
    edition_id = connection.execute(newest.limit(1)).scalar() or ""
    protected |= _under_other_numbers(connection, edition_id, protected)
    one, other = aliased(ListMember), aliased(ListMember)
    together = (
        select(other.person_key)
        .join(one, and_(one.edition_id == other.edition_id, one.family_id == other.family_id))
        .where(one.edition_id == edition_id, one.person_key.in_(sorted(protected)))
    )
    return protected | {str(each) for each in connection.execute(together).scalars()}


def _under_other_numbers(connection: Connection, edition_id: str, keys: set[str]) -> set[str]:
    """All keys that the edition knows as those of the same people."""
    of_them = select(EditionAlias.person_key).where(
        EditionAlias.edition_id == edition_id, EditionAlias.old_key.in_(sorted(keys))
    )
    query = select(EditionAlias.old_key, EditionAlias.person_key).where(
        EditionAlias.edition_id == edition_id,
        or_(EditionAlias.person_key.in_(of_them), EditionAlias.person_key.in_(sorted(keys))),
    )
    return {str(each) for row in connection.execute(query) for each in row}


def is_last() -> ColumnElement[bool]:
    """That an event is the last one of its protection."""
    later = aliased(ProtectionEvent)
    following = select(later.version).where(
        later.protection_id == ProtectionEvent.protection_id, later.version == ProtectionEvent.version + 1
    )
    return ~following.exists()


def in_force(today: date | BindParameter[date]) -> ColumnElement[bool]:
    """That a protection, by its last event, stands on the day: its end is not approved, its last day is not over."""
    return and_(ProtectionEvent.kind != "ended", or_(Protection.until.is_(None), Protection.until >= today))


_PROTECTED = (  # made once: it is asked for each page
    select(ProtectedPerson.person_key)
    .join(Protection, Protection.protection_id == ProtectedPerson.protection_id)
    .join(ProtectionEvent, ProtectionEvent.protection_id == Protection.protection_id)
    .where(is_last(), in_force(bindparam("today", type_=Date())))
)
