"""Protecting where a family lives: set by one person, ended by two.

What belongs here: the acts and the list of protections. What a protection hides, and from whom, stands in
`registry.reader_vault`. A family is protected together with whoever is in it that day; they stay protected in whatever
family they are later.
"""

import secrets
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, Engine, Select, insert, select

from registry.audit import append_within
from registry.casework.codes import PROTECTION_EVENTS, PROTECTION_REASONS, known
from registry.casework.desk import Desk, instant
from registry.casework.families import family_name, newest_edition, visible_family
from registry.casework.rights import no_case, permit, same_person
from registry.engine import ACTS, Row, write_transaction
from registry.errors import CaseConflictError, CaseError
from registry.models import CaseFile, CaseQuestion, ListMember, ProtectedPerson, Protection, ProtectionEvent
from registry.reader_vault import in_force, is_last
from registry.roles import Actor

__all__ = ["Protected", "end", "keep", "propose_end", "protect", "protections"]

_ID_BYTES = 8
_NEXT = {"end_proposed": ("set", "kept"), "ended": ("end_proposed",), "kept": ("end_proposed",)}
"""Which state each act goes on from."""


@dataclass(frozen=True, slots=True)
class Protected:
    """One protection as it stands: `kind` is of `codes.PROTECTION_EVENTS`, with who did that and when."""

    protection_id: str
    family_id: str
    reason: str
    until: date | None
    version: int
    kind: str
    actor: str
    at: datetime


def protections(engine: Engine, today: date, *, actor: Actor, family_id: str | None = None) -> list[Protected]:
    """The protections in force on the day, the newest act first; of one family where it is named."""
    permit(actor, "family.protect")
    query = _query().where(in_force(today))
    if family_id is not None:
        query = query.where(Protection.family_id == family_id)
    with engine.connect() as connection:
        rows = connection.execute(query.order_by(ProtectionEvent.at.desc(), Protection.protection_id))
        return [Protected(*row) for row in rows]


def protect(
    desk: Desk, family_id: str, reason: str, *, actor: Actor, until: date | None = None, now: datetime | None = None
) -> str:
    """Hide where the family lives, from today; the id of the protection. `reason` is of `codes.PROTECTION_REASONS`.

    Raises `CaseNotFoundError` for a family that the actor may not know of, `CaseError` when it is protected already or
    the last day is over.
    """
    permit(actor, "family.protect")
    known(PROTECTION_REASONS, reason)
    now = instant(now)
    today = desk.day(now)
    if until is not None and until < today:
        raise CaseError("the last day of the protection, %(until)s, is over", until=until)
    protection_id = secrets.token_hex(_ID_BYTES)
    with write_transaction(desk.engine, ACTS, only=(family_name(family_id),)) as connection:
        visible_family(connection, actor, family_id)
        if connection.execute(_query().where(in_force(today), Protection.family_id == family_id)).first():
            raise CaseError("the family is protected already")
        values = {"protection_id": protection_id, "family_id": family_id, "reason": reason, "until": until}
        connection.execute(insert(Protection).values(values))
        people = [{"protection_id": protection_id, "person_key": each} for each in _people(connection, family_id)]
        if people:
            connection.execute(insert(ProtectedPerson), people)
        _write(connection, protection_id, 1, "set", actor, now)
    return protection_id


def propose_end(desk: Desk, protection_id: str, *, actor: Actor, version: int, now: datetime | None = None) -> None:
    """The first of two: propose that the address be shown again. Raises `CaseError`, `CaseNotFoundError`."""
    _act(desk, protection_id, "end_proposed", actor, version, instant(now))


def end(desk: Desk, protection_id: str, *, actor: Actor, version: int, now: datetime | None = None) -> None:
    """The second of two: end it. Raises `CaseError` for the one who proposed it."""
    _act(desk, protection_id, "ended", actor, version, instant(now))


def keep(desk: Desk, protection_id: str, *, actor: Actor, version: int, now: datetime | None = None) -> None:
    """Keep a protection whose end was proposed: one person is enough."""
    _act(desk, protection_id, "kept", actor, version, instant(now))


def _act(desk: Desk, protection_id: str, kind: str, actor: Actor, version: int, now: datetime) -> None:
    permit(actor, "family.protect")
    with write_transaction(desk.engine, ACTS, only=(Row(Protection.protection_id, protection_id),)) as connection:
        row = connection.execute(_query().where(Protection.protection_id == protection_id)).one_or_none()
        if row is None:
            raise no_case("protection", protection_id)
        stands = Protected(*row)
        if version != stands.version:
            raise CaseConflictError(
                "the protection is at version %(held)s, you have seen %(seen)s; read it again",
                held=stands.version,
                seen=version,
            )
        if stands.kind not in _NEXT[kind]:
            raise CaseError("the protection is %(state)s", state=PROTECTION_EVENTS.title_of(stands.kind))
        if kind == "ended" and same_person(stands.actor, actor.name):
            raise CaseError("a second person ends a protection: not the one who proposed it")
        _write(connection, protection_id, stands.version + 1, kind, actor, now)


def _query() -> Select[str, str, str, date | None, int, str, str, datetime]:
    return (
        select(
            Protection.protection_id,
            Protection.family_id,
            Protection.reason,
            Protection.until,
            ProtectionEvent.version,
            ProtectionEvent.kind,
            ProtectionEvent.actor,
            ProtectionEvent.at,
        )
        .join(ProtectionEvent, ProtectionEvent.protection_id == Protection.protection_id)
        .where(is_last())
    )


def _people(connection: Connection, family_id: str) -> list[str]:
    """The members of the family on the newest list; of one that is not on it, whom its cases are about."""
    edition = newest_edition(connection)
    members = select(ListMember.person_key).where(ListMember.edition_id == edition, ListMember.family_id == family_id)
    asked = (
        select(CaseQuestion.person_key)
        .join(CaseFile, CaseFile.case_id == CaseQuestion.case_id)
        .where(CaseFile.family_id == family_id, CaseQuestion.person_key.is_not(None))
    )
    return sorted({str(each) for query in (members, asked) for each in connection.execute(query).scalars()})


def _write(connection: Connection, protection_id: str, version: int, kind: str, actor: Actor, now: datetime) -> None:
    values = {"protection_id": protection_id, "version": version, "kind": known(PROTECTION_EVENTS, kind)}
    connection.execute(insert(ProtectionEvent).values(**values, actor=actor.name, role=actor.role, at=now))
    append_within(
        connection,
        actor=actor.name,
        action=f"protection_{kind}",
        purpose=f"地址保护：{PROTECTION_EVENTS.title_of(kind)}",
        details={"protection_id": protection_id, "version": version, "role": actor.role},
    )
