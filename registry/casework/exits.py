"""Families that are proposed to leave: agreed by one person and approved by another, or refused.

What belongs here: the two steps between the proposal of an edition and a decision. Nobody leaves without both.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import blake2b

from sqlalchemy import ColumnElement, Connection, insert, select

from editions.grounds import GROUNDS
from editions.standing import PROPOSED
from registry.audit import append_within
from registry.casework.codes import EXIT_EVENTS, known
from registry.casework.desk import Desk, instant
from registry.casework.rights import no_case, permit, same_person, within
from registry.decisions import DECISION_REASONS, NewDecision, record_within
from registry.engine import ACTS, write_transaction
from registry.errors import CaseError
from registry.models import CaseEvent, CaseFile, ExitEvent, Standing
from registry.proposals import Subject, facts_judged
from registry.queries import require_edition
from registry.roles import Actor

__all__ = ["ExitDesk", "ProposedExit", "agree_exit", "approve_exit", "exit_desk", "proposed_exits", "refuse_exit"]

_ID_BYTES = 8
_NOT_SEEN = frozenset({"no_contact", "refused_entry"})


@dataclass(frozen=True, slots=True)
class ProposedExit:
    """A family and ground that the newest edition proposes to leave; `kind` is "" until somebody has agreed."""

    exit_id: str
    family_id: str
    ground: str
    reason: str | None
    proposed_since: date
    persons: int
    street_code: str | None
    community_code: str | None
    kind: str
    agreed_by: str | None


@dataclass(frozen=True, slots=True)
class ExitDesk:
    """What the newest edition proposes in an area: what `waiting` is not decided yet, the longest waiting first.

    `families` are all of which something is proposed, as the list and the overview count them; the `waiting_families`
    are those of which a proposal waits, and of the others each is decided and takes effect with the next edition.
    """

    waiting: tuple[ProposedExit, ...]
    families: int

    @property
    def waiting_families(self) -> int:
        """Families of which at least one proposal waits."""
        return len({each.family_id for each in self.waiting})


def proposed_exits(desk: Desk, *, actor: Actor) -> list[ProposedExit]:
    """What awaits the actor's area, the longest waiting first; nothing that was decided already."""
    return list(exit_desk(desk, actor=actor).waiting)


def exit_desk(desk: Desk, *, actor: Actor) -> ExitDesk:
    """What is proposed in the actor's area, counted and to be decided."""
    permit(actor, "case.read")
    edition = require_edition(desk.engine)
    proposed = (
        Standing.edition_id == edition.edition_id,
        Standing.status == PROPOSED,
        within(actor, Standing.street_code, Standing.community_code),
    )
    query = (
        select(Standing)
        .with_only_columns(
            Standing.family_id,
            Standing.ground,
            Standing.reason,
            Standing.proposed_since,
            Standing.person_key,
            Standing.street_code,
            Standing.community_code,
        )
        .where(*proposed)
        .order_by(Standing.proposed_since, Standing.family_id, Standing.ground)
    )
    found: dict[str, ProposedExit] = {}
    with desk.engine.connect() as connection:
        rows = connection.execute(query).all()
        events = _steps(connection, ExitEvent.family_id.in_(select(Standing.family_id).where(*proposed)))
    for row in rows:
        key = _id(row.family_id, row.ground, row.proposed_since)
        before = found.get(key)
        if before is None:
            last = events.get(key)
            found[key] = ProposedExit(
                key, row.family_id, row.ground, row.reason, row.proposed_since, 1, row.street_code,
                row.community_code, last.kind if last else "", last.actor if last else None,
            )  # fmt: skip
        else:
            found[key] = replace(before, persons=before.persons + 1)
    waiting = tuple(each for each in found.values() if each.kind in {"", "agreed"})
    return ExitDesk(waiting, len({each.family_id for each in found.values()}))


def agree_exit(
    desk: Desk, family_id: str, ground: str, reason: str, *, actor: Actor, now: datetime | None = None
) -> ProposedExit:
    """The first of two: agree that the family leaves. `reason` is of `registry.decisions.DECISION_REASONS`.

    Raises `CaseError` when agreement rests on a visit, and at the last one nobody of the family was seen.
    """
    permit(actor, "case.assign")
    return _act(desk, family_id, ground, "agreed", reason, actor, instant(now))


def approve_exit(desk: Desk, family_id: str, ground: str, *, actor: Actor, now: datetime | None = None) -> ProposedExit:
    """The second of two: approve, which records the decision. Raises `CaseError` for the one who agreed."""
    permit(actor, "case.approve")
    return _act(desk, family_id, ground, "approved", "", actor, instant(now))


def refuse_exit(
    desk: Desk, family_id: str, ground: str, reason: str, *, actor: Actor, now: datetime | None = None
) -> ProposedExit:
    """Keep the family: one person is enough, which records the decision."""
    permit(actor, "case.assign")
    return _act(desk, family_id, ground, "refused", reason, actor, instant(now))


def _act(desk: Desk, family_id: str, ground: str, kind: str, reason: str, actor: Actor, now: datetime) -> ProposedExit:
    known(GROUNDS, ground)
    found = [each for each in proposed_exits(desk, actor=actor) if (each.family_id, each.ground) == (family_id, ground)]
    if not found:
        raise no_case("proposed exit of family", family_id)
    outcome = {"approved": "exit_confirmed", "refused": "exit_refused"}.get(kind)
    facts = (
        facts_judged(desk.engine, require_edition(desk.engine), Subject((family_id,)), rule_id=ground, outcome=outcome)
        if outcome
        else []
    )
    with write_transaction(desk.engine, ACTS, only=(f"exit {found[0].exit_id}",)) as connection:
        last = _last(connection, found[0].exit_id)
        said = _checked(connection, family_id, kind, reason, last, actor)
        _write(connection, found[0], kind, said, last.version + 1 if last else 1, actor, now)
        for person, key in facts:
            first, second = (last.actor, actor.name) if kind == "approved" and last else (actor.name, None)
            decision = NewDecision(
                person_key=person, rule_id=ground, evidence_key=key, outcome=str(outcome), decided_on=desk.day(now),
                decided_by=first, approved_by=second, reason=said,
            )  # fmt: skip
            record_within(connection, decision, desk.parameters)
    return found[0]


def _checked(
    connection: Connection, family_id: str, kind: str, reason: str, last: ExitEvent | None, actor: Actor
) -> str:
    """The reason under which the step is written; raises `CaseError` where it cannot be taken."""
    at = last.kind if last else ""
    if kind == "approved":
        if last is None or at != "agreed":
            raise CaseError("an exit is approved after somebody has agreed to it")
        if same_person(last.actor, actor.name):
            raise CaseError("a second person approves: not the one who agreed")
        return last.reason
    if at not in ({""} if kind == "agreed" else {"", "agreed"}):
        raise CaseError("the exit is %(state)s already", state=EXIT_EVENTS.title_of(at))
    if kind == "agreed" and known(DECISION_REASONS, reason) == "visited":
        _check_seen(connection, family_id)
    return known(DECISION_REASONS, reason)


def _check_seen(connection: Connection, family_id: str) -> None:
    last = connection.execute(
        select(CaseEvent.outcome)
        .join(CaseFile, CaseFile.case_id == CaseEvent.case_id)
        .where(CaseFile.family_id == family_id, CaseFile.audience == "need", CaseEvent.kind == "closed")
        .order_by(CaseEvent.at.desc(), CaseEvent.version.desc())
        .limit(1)
    ).scalar()
    if last in _NOT_SEEN:
        raise CaseError("nobody of the family was seen at the last visit, which is no ground for leaving (无法联系)")


def _write(
    connection: Connection, exit_: ProposedExit, kind: str, reason: str, version: int, actor: Actor, now: datetime
) -> None:
    connection.execute(
        insert(ExitEvent).values(
            exit_id=exit_.exit_id,
            version=version,
            kind=kind,
            family_id=exit_.family_id,
            ground=exit_.ground,
            proposed_since=exit_.proposed_since,
            street_code=exit_.street_code,
            community_code=exit_.community_code,
            reason=reason,
            actor=actor.name,
            role=actor.role,
            at=now,
        )
    )
    append_within(
        connection,
        actor=actor.name,
        action=f"exit_{kind}",
        purpose=f"拟退出：{EXIT_EVENTS.title_of(kind)}",
        details={"exit_id": exit_.exit_id, "version": version, "ground": exit_.ground, "reason": reason},
    )


def _last(connection: Connection, exit_id: str) -> ExitEvent | None:
    return _steps(connection, ExitEvent.exit_id == exit_id).get(exit_id)


def _steps(connection: Connection, which: ColumnElement[bool]) -> dict[str, ExitEvent]:
    """The last step of each exit of `which`, by its id."""
    query = (
        select(ExitEvent)
        .with_only_columns(ExitEvent.exit_id, ExitEvent.version, ExitEvent.kind, ExitEvent.actor, ExitEvent.reason)
        .where(which)
        .order_by(ExitEvent.version)
    )
    return {row.exit_id: row for row in connection.execute(query)}  # type: ignore[misc]


def _id(family_id: str, ground: str, since: date) -> str:
    return blake2b(f"{family_id}\x1f{ground}\x1f{since}".encode(), digest_size=_ID_BYTES).hexdigest()
