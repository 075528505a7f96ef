"""The vault as a reader may see it: without addresses of the protected, and where and how to find who is elsewhere.

What belongs here: who is protected today, who is listed or lives elsewhere, and hiding where they live. Setting and
ending a protection stands in `registry.casework.protection`; names and numbers are masked where they are shown.
"""

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import BindParameter, ColumnElement, Connection, Date, Engine, and_, bindparam, or_, select
from sqlalchemy.orm import aliased

from registry.models import (
    EditionAlias,
    ListEntry,
    ListMember,
    ProtectedPerson,
    Protection,
    ProtectionEvent,
    Publication,
)
from registry.roles import Actor
from registry.scope import Area
from registry.vault import PEOPLE_SCHEMA, Vault
from schemas.settings import Settings

__all__ = ["HIDDEN_ADDRESS", "ReaderVault", "in_force", "is_last", "protected_keys", "vault_for"]

HIDDEN_ADDRESS = "住址受保护，请联系区级经办"
"""What stands where an address is not told."""

_PHONE = list(PEOPLE_SCHEMA).index("phone")  # the address comes after it, and nothing else
_AT_ONCE = 500  # of as many parameters as every database takes


class ReaderVault(Vault):
    """A vault that tells no address of the `hidden` keys, nor to a part of the district of those who are elsewhere now.

    The vault knows where people live now, and their telephone of now: without that, a page of an earlier month would
    tell a street where those are who have left it. Elsewhere is who is in a family of the newest list that is not of
    the area; of those in no family of it, whose address lies in another. Of them it is not told either whether they are
    protected, since that may have come about there. Of those in no family of whom nobody said where their address lies,
    the telephone is told, by which a letter is announced, and not the address.
    """

    def __init__(self, engine: Engine, settings: Settings, area: Area, hidden: Iterable[str] = ()) -> None:
        super().__init__(settings)
        self._engine = engine
        self._area = area
        self._hidden = frozenset(hidden)

    def _rows(self, person_keys: Iterable[str | None]) -> list[tuple[str | None, ...]]:
        """`HIDDEN_ADDRESS` for the protected, whether or not an address is known; nothing for those elsewhere."""
        rows = super()._rows(person_keys)
        elsewhere: set[str | None] = set()
        nowhere: set[str | None] = set()
        if not self._area.is_district:
            keys = [str(row[0]) for row in rows]
            with self._engine.connect() as connection:
                listed = _listed(connection, keys, self._area)
            unlisted = self.communities(each for each in keys if each not in listed)
            elsewhere |= {key for key, here in listed.items() if not here}
            elsewhere |= {key for key, code in unlisted.items() if code and not self._area.has_community(code)}
            nowhere |= {key for key, code in unlisted.items() if not code}
        if not self._hidden and not elsewhere and not nowhere:
            return rows
        found = []
        for row in rows:
            key, *told = row[:_PHONE]
            phone, address = (None, None) if key in elsewhere else row[_PHONE:]
            if key in self._hidden and key not in elsewhere:
                address = HIDDEN_ADDRESS
            elif key in nowhere:
                address = None
            found.append((key, *told, phone, address))
        return found


def vault_for(engine: Engine, settings: Settings, actor: Actor) -> Vault:
    """The vault as `actor` may see it; everything for those of the district who may know protected addresses."""
    if actor.may("family.protected"):
        return Vault(settings) if actor.area.is_district else ReaderVault(engine, settings, actor.area)
    with engine.connect() as connection:
        hidden = protected_keys(connection, datetime.now(ZoneInfo(settings.timezone)).date())
    return ReaderVault(engine, settings, actor.area, hidden)


def _listed(connection: Connection, keys: list[str], area: Area) -> dict[str, bool]:
    """Those of the keys who are in a family of the newest list, and whether all such families are of the area."""
    edition_id = _newest(connection)
    found: dict[str, bool] = {}
    for start in range(0, max(len(keys), 1), _AT_ONCE):  # asked for nobody too: a clock tells not if anybody was found
        query = (
            select(ListMember.person_key, ListEntry.street_code, ListEntry.community_code)
            .join(
                ListEntry,
                and_(ListEntry.edition_id == ListMember.edition_id, ListEntry.family_id == ListMember.family_id),
            )
            .where(ListMember.edition_id == edition_id, ListMember.person_key.in_(keys[start : start + _AT_ONCE]))
        )
        for key, street, community in connection.execute(query):
            found[key] = found.get(key, True) and area.has(street, community)
    return found


def _newest(connection: Connection) -> str:
    newest = select(Publication.edition_id).order_by(Publication.as_of.desc(), Publication.publication_id.desc())
    return str(connection.execute(newest.limit(1)).scalar() or "")


def protected_keys(connection: Connection, today: date) -> set[str]:
    """Those who are protected on the day, and everybody who is in a family with one of them on the newest list.

    Whose identity number was corrected since is protected under each of the numbers.
    """
    protected = {str(each) for each in connection.execute(_PROTECTED, {"today": today}).scalars()}
    if not protected:
        return set()
    edition_id = _newest(connection)
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
