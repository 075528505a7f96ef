"""What people do with a case, apart from visiting: dispatch it, begin, send a result back, close it.

What belongs here: the checks of each act (permission, area, version, who was first) and the event that it writes. One
transaction an act; what is refused leaves nothing.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select

from registry.casework.clock import resume_day, returned_due
from registry.casework.codes import REASONS, known
from registry.casework.desk import Desk, instant
from registry.casework.families import newest_edition
from registry.casework.rights import permit, same_person
from registry.casework.store import Act, append_event, case_row, check_version, is_current, visible_case
from registry.casework.transitions import CaseState
from registry.casework.verdicts import record_verdict
from registry.casework.workers import check_worker
from registry.engine import ACTS, Row, write_transaction
from registry.errors import CaseError
from registry.models import CaseEvent, CaseFile, CaseQuestion, Warning_
from registry.roles import Actor
from rules.parameters import ParametersAt

__all__ = [
    "assign",
    "assign_all",
    "check_load",
    "close",
    "close_all",
    "give_back",
    "load_of",
    "needs_second",
    "start",
    "still_raised",
    "withdraw",
]

_CARRIED = ("assigned", "checking")
_ALWAYS_TWO = frozenset({"not_true", "moved_or_dead"})
"""Outcomes that two persons give, whatever the parameter says."""


def assign(
    desk: Desk,
    case_id: str,
    to: str,
    *,
    actor: Actor,
    version: int | None = None,
    reason: str | None = None,
    now: datetime | None = None,
) -> CaseState:
    """Give the case to a worker; one that has been given already goes over with a `reason` (改派).

    Raises `CaseError` when the worker carries as many as the cap allows, gave a result that an objection overturned, or
    has an account that could not open the case.
    """
    return assign_all(desk, {case_id: version}, to, actor=actor, reason=reason, now=now
    )[0]  # fmt: skip


def assign_all(
    desk: Desk,
    cases: Mapping[str, int | None],
    to: str,
    *,
    actor: Actor,
    reason: str | None = None,
    now: datetime | None = None,
) -> list[CaseState]:
    """Give several cases to one worker, all or none; `cases` maps an id to the version seen."""
    permit(actor, "case.assign")
    worker = to.strip()
    if not worker:
        raise CaseError("name the worker who gets the case")
    if reason is not None:
        known(REASONS, reason)
    now = instant(now)
    # whoever gives something to the same worker waits: the cap counts
    held: list[Row | str] = [f"load of {worker}", *map(case_row, cases)]
    with write_transaction(desk.engine, ACTS, only=held) as connection:
        seen = [_seen(connection, actor, case_id, version) for case_id, version in cases.items()]
        check_worker(connection, worker, seen)
        _check_cap(connection, desk.limits(now), worker, seen)
        return [_assign(connection, case, worker, Act.of(actor, now, reason=reason)) for case in seen]


def _assign(connection: Connection, case: CaseState, worker: str, act: Act) -> CaseState:
    if case.assignee is not None and case.state in _CARRIED:
        if case.assignee == worker:
            raise CaseError("the case is with this worker already")
        if act.reason is None:
            raise CaseError(
                "a case that was given already goes over with a reason: %(reasons)s", reasons=", ".join(REASONS.codes)
            )
        return append_event(connection, case, "reassigned", act, assignee=worker)
    if worker in _barred(connection, case):
        raise CaseError("after an objection was upheld, somebody else checks than the one who gave the result before")
    return append_event(connection, case, "assigned", act, assignee=worker)


def _barred(connection: Connection, case: CaseState) -> set[str]:
    """Whoever gave or approved a result that an objection overturned."""
    events = connection.execute(
        select(CaseEvent.kind, CaseEvent.actor).where(CaseEvent.case_id == case.case_id).order_by(CaseEvent.version)
    ).fetchall()
    barred: set[str] = set()
    givers: set[str] = set()
    for kind, who in events:
        if kind in {"concluded", "closed"}:
            givers.add(who)
        elif kind == "upheld":
            barred |= givers
        elif kind in {"reopened", "resumed"}:
            givers = set()
    return barred


def load_of(connection: Connection, worker: str, audience: str) -> int:
    """Cases of one kind that a worker carries now; those of the other kind do not count, nor show."""
    query = (
        select(func.count())
        .select_from(CaseEvent)
        .join(CaseFile, CaseFile.case_id == CaseEvent.case_id)
        .where(
            CaseEvent.assignee == worker,
            CaseEvent.state.in_(_CARRIED),
            CaseFile.audience == audience,
            is_current(),
        )
    )
    return int(connection.execute(query).scalar_one())


def _check_cap(connection: Connection, limits: ParametersAt, worker: str, cases: Sequence[CaseState]) -> None:
    for audience in sorted({each.audience for each in cases}):
        coming = sum(each.audience == audience and each.assignee != worker for each in cases)
        check_load(load_of(connection, worker, audience), coming, limits)


def check_load(carried: int, coming: int, limits: ParametersAt) -> None:
    """Raises `CaseError` when a worker who carries so many cases of one kind cannot get those that would come."""
    cap = limits.integer("casework.cap_per_worker")
    if carried + coming > cap:
        raise CaseError(
            "%(carried)s cases are with this worker and %(coming)s would come; "
            "the cap is %(cap)s (casework.cap_per_worker)",
            carried=carried,
            coming=coming,
            cap=cap,
        )


def start(
    desk: Desk, case_id: str, *, actor: Actor, version: int | None = None, now: datetime | None = None
) -> CaseState:
    """Begin to check; by the worker to whom the case was given."""
    permit(actor, "case.work")
    with write_transaction(desk.engine, ACTS, only=(case_row(case_id),)) as connection:
        case = _seen(connection, actor, case_id, version)
        if case.assignee != actor.name:
            raise CaseError("only the worker to whom the case was given begins to check it")
        return append_event(connection, case, "started", Act.of(actor, instant(now)))


def give_back(
    desk: Desk,
    case_id: str,
    reason: str,
    *,
    actor: Actor,
    version: int | None = None,
    now: datetime | None = None,
) -> CaseState:
    """Send a result back to be checked again (退回补查); by another person than the one who gave it."""
    now = instant(now)
    with write_transaction(desk.engine, ACTS, only=(case_row(case_id),)) as connection:
        case = _seen(connection, actor, case_id, version)
        _permit_closing(actor, case, desk.limits(now))
        _check_second(actor, case)
        due = returned_due(desk.day(now), desk.limits(now))
        act = Act.of(actor, now, reason=known(REASONS, reason))
        return append_event(connection, case, "returned", act, due_on=due)


def close(
    desk: Desk,
    case_id: str,
    *,
    actor: Actor,
    version: int | None = None,
    now: datetime | None = None,
) -> CaseState:
    """Close a case with the result that was given, and record the decisions that follow from it.

    An outcome of `casework.second_person_outcomes` is closed by somebody who may approve and did not give it.
    Raises `CaseError`, `CaseConflictError`, `NotPermittedError`.
    """
    now = instant(now)
    with write_transaction(desk.engine, ACTS, only=(case_row(case_id),)) as connection:
        case = _seen(connection, actor, case_id, version)
        return _close(connection, desk, case, actor, now)


def close_all(
    desk: Desk,
    cases: Mapping[str, int | None],
    *,
    actor: Actor,
    now: datetime | None = None,
) -> list[CaseState]:
    """Close several cases, all or none; raises `CaseError` when one of them needs a second person."""
    now = instant(now)
    with write_transaction(desk.engine, ACTS, only=map(case_row, cases)) as connection:
        seen = [_seen(connection, actor, case_id, version) for case_id, version in cases.items()]
        adverse = [each for each in seen if needs_second(each, desk.limits(now))]
        if adverse:
            raise CaseError(
                "%(adverse)s of %(all)s cases go against the family; each of them is looked at and closed alone",
                adverse=len(adverse),
                all=len(seen),
            )
        return [_close(connection, desk, each, actor, now) for each in seen]


def _close(connection: Connection, desk: Desk, case: CaseState, actor: Actor, now: datetime) -> CaseState:
    if case.state != "concluded" or case.outcome is None:
        raise CaseError("only a case with a result can be closed")
    today, limits = desk.day(now), desk.limits(now)
    _permit_closing(actor, case, limits)
    if needs_second(case, limits):
        _check_second(actor, case)
    resume = resume_day(today, limits) if case.outcome == "deferred" else None
    after = append_event(connection, case, "closed", Act.of(actor, now), closed_by=actor.name, resume_on=resume)
    record_verdict(connection, after, desk.parameters, today)
    return after


def needs_second(case: CaseState, limits: ParametersAt) -> bool:
    """Whether another person has to approve the outcome of the case.

    Of a need these are the outcomes of `casework.second_person_outcomes`; of what was to be verified any but 暂缓, for
    there the answer "true" is the one that goes against the family.
    """
    if case.outcome is None:
        return False
    if case.audience == "verify":
        return case.outcome != "deferred"
    return case.outcome in _ALWAYS_TWO.union(limits.texts("casework.second_person_outcomes"))


def _permit_closing(actor: Actor, case: CaseState, limits: ParametersAt) -> None:
    permit(actor, "case.approve" if needs_second(case, limits) else "case.assign")


def _check_second(actor: Actor, case: CaseState) -> None:
    first = (case.concluded_by, case.assignee)
    if any(each is not None and same_person(actor.name, each) for each in first):
        raise CaseError("a second person approves: neither who gave the result nor who has the case")


def withdraw(
    desk: Desk, case_id: str, *, actor: Actor, version: int | None = None, now: datetime | None = None
) -> CaseState:
    """Close a case, one by one, none of whose questions the newest edition still raises."""
    permit(actor, "case.assign")
    with write_transaction(desk.engine, ACTS, only=(case_row(case_id),)) as connection:
        case = _seen(connection, actor, case_id, version)
        raised = _raised(connection, case_id)
        if raised:
            raise CaseError("%(raised)s questions of the case still stand; a visit answers them", raised=raised)
        act = Act.of(actor, instant(now), reason="no_longer_raised")
        return append_event(connection, case, "withdrawn", act, closed_by=actor.name)


def still_raised(desk: Desk, case_id: str) -> bool:
    """Whether the newest edition still raises a question of the case, so that it cannot be withdrawn."""
    with desk.engine.connect() as connection:
        return _raised(connection, case_id) > 0


def _raised(connection: Connection, case_id: str) -> int:
    query = (
        select(func.count())
        .select_from(CaseQuestion)
        .join(Warning_, Warning_.warning_id == CaseQuestion.warning_id)
        .where(CaseQuestion.case_id == case_id, Warning_.edition_id == newest_edition(connection))
    )
    return int(connection.execute(query).scalar_one())


def _seen(connection: Connection, actor: Actor, case_id: str, version: int | None) -> CaseState:
    permit(actor, "case.read")
    case = visible_case(connection, actor, case_id)
    check_version(case, version)
    return case
