"""Who is the head of each of some families, as the reader may see the person.

What belongs here: names beside rows of families: lists, queues. One family stands in `registry.dossier`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Engine, or_, select

from registry.casework.store import is_current
from registry.models import CaseEvent, CaseFile, CaseQuestion, ListEntry
from registry.names_of_people import name_teller
from registry.queries import current_edition
from registry.reader_vault import vault_for
from registry.roles import Actor
from registry.scope import Area
from schemas.settings import Settings

__all__ = ["Head", "heads", "heads_of_cases", "heads_of_work"]


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a family; telephone and address are empty for readers who may not know identities.

    `members` is 0 for a family that is not on the list.
    """

    name: str
    phone: str
    address: str
    members: int


def heads(
    engine: Engine, settings: Settings, family_ids: Iterable[str], *, actor: Actor, edition_id: str | None = None
) -> dict[str, Head]:
    """The heads of those of the families that are on the list and in the reader's area, by family.

    The newest edition answers unless another is named.
    """
    if edition_id is None:
        edition = current_edition(engine)
        edition_id = edition.edition_id if edition else ""
    query = select(ListEntry.family_id, ListEntry.head_key, ListEntry.members).where(
        ListEntry.edition_id == edition_id,
        ListEntry.family_id.in_(sorted(set(family_ids))),
        actor.area.condition(ListEntry.street_code, ListEntry.community_code),
    )
    with engine.connect() as connection:
        rows = connection.execute(query).mappings().fetchall()
    members = {row["family_id"]: row["members"] or 0 for row in rows}
    return _people(engine, settings, {row["family_id"]: row["head_key"] for row in rows}, actor, members)


def heads_of_cases(engine: Engine, settings: Settings, families: Mapping[str, str], *, actor: Actor) -> dict[str, Head]:
    """By case (`families` names the family of each, all of them seen by the reader): the head of a listed family.

    Of a family that is not on the list it is the person whom the first question is about, of those asked in the area.
    """
    listed = heads(engine, settings, families.values(), actor=actor)
    unlisted = sorted(case for case, family in families.items() if family not in listed)
    query = (
        select(CaseQuestion.case_id, CaseQuestion.person_key)
        .where(CaseQuestion.case_id.in_(unlisted), CaseQuestion.person_key.is_not(None), _asked_within(actor.area))
        .order_by(CaseQuestion.version.desc(), CaseQuestion.rule_id.desc(), CaseQuestion.warning_id.desc())
    )
    with engine.connect() as connection:
        asked = {row.case_id: row.person_key for row in connection.execute(query)}
    found = {case: listed[family] for case, family in families.items() if family in listed}
    return found | _people(engine, settings, asked, actor)


def heads_of_work(engine: Engine, settings: Settings, families: Iterable[str], *, actor: Actor) -> dict[str, Head]:
    """By family, all of them seen by the reader: the head, or of one that is off the list whom its case asks about."""
    wanted = sorted(set(families))
    query = select(CaseFile.case_id, CaseFile.family_id).where(
        CaseFile.family_id.in_(wanted), CaseFile.audience == "need"
    )
    with engine.connect() as connection:
        cases = {row.case_id: row.family_id for row in connection.execute(query)}
    asked = heads_of_cases(engine, settings, cases, actor=actor)
    named = {cases[case]: head for case, head in asked.items()}
    return named | heads(engine, settings, wanted, actor=actor)


def _asked_within(area: Area) -> ColumnElement[bool]:
    """That a question was asked while its case was of the area, or that the case is: not once it had moved away."""
    here = select(CaseEvent.version).where(
        CaseEvent.case_id == CaseQuestion.case_id,
        or_(CaseEvent.version == CaseQuestion.version, is_current()),
        area.condition(CaseEvent.street_code, CaseEvent.community_code),
    )
    return here.exists()


def _people(
    engine: Engine,
    settings: Settings,
    keys: Mapping[str, str | None],
    actor: Actor,
    members: Mapping[str, int] | None = None,
) -> dict[str, Head]:
    """The people of some keys, by what the keys stand beside, as are the `members` of their families."""
    people = vault_for(engine, settings, actor).persons(keys.values())
    named, told = actor.may("family.identity"), name_teller(actor)
    found = {}
    for place, key in keys.items():
        person = people.get(key, {})
        found[place] = Head(
            name=told(person.get("person_name")),
            phone=(person.get("phone") or "") if named else "",
            address=(person.get("address") or "") if named else "",
            members=(members or {}).get(place, 0),
        )
    return found
