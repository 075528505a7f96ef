"""Measures followed to their end (精准服务), and small wishes of families (微心愿).

What belongs here: referring a measure to a department, the street's aid station (助联体) or a charity; recording a
wish; what becomes of them; and the rates by street. A wish's words are sealed, the registry knows its kind.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, insert, select

from registry.casework.clock import referral_due, wish_due
from registry.casework.codes import FOLLOW_REASONS, FOLLOW_STATES, RECEIVERS, WISHES, known
from registry.casework.desk import Desk, instant
from registry.casework.families import Place, family_name, newest_edition, visible_family
from registry.casework.follow_store import (
    OPEN_FOLLOW_UPS,
    Following,
    append_follow_up,
    follow_up_query,
    held_by,
    visible_follow_up,
)
from registry.casework.rights import permit
from registry.casework.sealed import record_kept, sealing, text_object
from registry.casework.store import visible_case
from registry.engine import ACTS, write_transaction
from registry.errors import CaseConflictError, CaseError
from registry.models import FollowUp, FollowUpEvent, SuggestedMeasure
from registry.roles import Actor
from rules.parameters import ParametersAt
from schemas.codes import CODE_LISTS
from schemas.contract import DEPARTMENTS
from schemas.errors import UnknownNameError

__all__ = [
    "MEASURES",
    "STEPS",
    "WITH_REASON",
    "Referral",
    "move_on",
    "record_wish",
    "refer",
    "refer_within",
    "suggested_for",
]

MEASURES = CODE_LISTS["measure"]
_CHARITY = "charity"
_ID_BYTES = 8
STEPS = {
    "open": ("accepted", "done", "not_done", "cancelled"),
    "accepted": ("open", "done", "not_done", "cancelled"),
    "done": (),
    "not_done": ("open",),
    "cancelled": (),
}
"""What each state may become."""
WITH_REASON = ("not_done", "cancelled")
"""States that are told with a reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Referral:
    """A measure for a family: to whom it is referred, who in the bureau follows it, and until when.

    `receiver` is a department's code, for a station the code of its street, for charity "charity".
    """

    family_id: str
    measure: str
    receiver_kind: str
    receiver: str
    owner: str
    due_on: date | None = None
    case_id: str | None = None

    def __post_init__(self) -> None:
        known(MEASURES, self.measure)
        able = {
            "department": [each for each in DEPARTMENTS if each != _CHARITY],
            "station": CODE_LISTS["street"].codes,
            "charity": [_CHARITY],
        }[known(RECEIVERS, self.receiver_kind)]
        if self.receiver not in able:
            raise UnknownNameError(f"receiver of kind {self.receiver_kind}", self.receiver, able)
        if not self.owner.strip():
            raise CaseError("name who follows the measure")


def refer(desk: Desk, referral: Referral, *, actor: Actor, now: datetime | None = None) -> Following:
    """Refer a measure; raises `CaseError` when the family has the same one open, `CaseNotFoundError`."""
    with write_transaction(desk.engine, ACTS, only=(family_name(referral.family_id),)) as connection:
        return refer_within(connection, desk, referral, actor=actor, now=instant(now))


def refer_within(
    connection: Connection, desk: Desk, referral: Referral, *, actor: Actor, now: datetime
) -> Following:  # fmt: skip
    """The same as a part of another act, such as a visit: both stand or neither."""
    permit(actor, "measure.work")
    place = _place(connection, actor, referral.family_id, referral.case_id)
    _check_new(connection, referral.family_id, referral.measure)
    return _record(
        connection,
        {
            "kind": "measure",
            "what": referral.measure,
            "family_id": referral.family_id,
            "case_id": referral.case_id,
            "receiver_kind": referral.receiver_kind,
            "receiver": referral.receiver,
        },
        place,
        actor,
        now,
        due_on=_due(desk, now, referral.due_on, referral_due),
        happened_on=desk.day(now),
        owner=referral.owner.strip(),
    )


def record_wish(  # noqa: PLR0913  # what a wish consists of, each by name
    desk: Desk,
    family_id: str,
    wish: str,
    text: str,
    owner: str,
    *,
    actor: Actor,
    due_on: date | None = None,
    case_id: str | None = None,
    now: datetime | None = None,
) -> Following:
    """Record a small wish of a family; `wish` is of `codes.WISHES`, `text` are its words, which are sealed."""
    permit(actor, "measure.work")
    known(WISHES, wish)
    now = instant(now)
    limits = desk.limits(now)
    if len(text.strip()) > limits.integer("casework.note_characters"):
        raise CaseError("at most %(most)s characters of text are kept", most=limits.integer("casework.note_characters"))
    if not owner.strip():
        raise CaseError("name who follows the wish")
    with (
        sealing(desk.settings, text_object(text)) as kept,
        write_transaction(desk.engine, ACTS, only=(family_name(family_id),)) as connection,
    ):
        place = _place(connection, actor, family_id, case_id)
        made = _record(
            connection,
            {"kind": "wish", "what": wish, "family_id": family_id, "case_id": case_id},
            place,
            actor,
            now,
            due_on=_due(desk, now, due_on, wish_due),
            happened_on=desk.day(now),
            owner=owner.strip(),
        )
        for each in kept:
            record_kept(connection, each, subject="wish", subject_id=made.follow_up_id, by=actor.name, at=now)
        return made


def move_on(  # noqa: PLR0913  # what may change, each by name
    desk: Desk,
    follow_up_id: str,
    state: str,
    *,
    actor: Actor,
    version: int | None = None,
    on: date | None = None,
    reason: str | None = None,
    owner: str | None = None,
    due_on: date | None = None,
    now: datetime | None = None,
) -> Following:
    """Record what became of a measure or wish: accepted, done, not done or cancelled (with a reason), open again.

    Raises `CaseError` (for a measure that would be open twice, too), `CaseConflictError`, `CaseNotFoundError`,
    also for a measure that would be open again of a family that has moved elsewhere.
    """
    permit(actor, "measure.work")
    known(FOLLOW_STATES, state)
    now = instant(now)
    happened = on or desk.day(now)
    if happened > desk.day(now):
        raise CaseError("%(happened)s lies in the future", happened=happened)
    with write_transaction(desk.engine, ACTS, only=held_by(desk.engine, follow_up_id)) as connection:
        before = visible_follow_up(connection, actor, follow_up_id)
        if version is not None and version != before.version:
            raise CaseConflictError(
                "it is at version %(held)s, you have seen %(seen)s; read it again", held=before.version, seen=version
            )
        if state not in STEPS[before.state]:
            raise CaseError(
                "%(before)s does not become %(after)s",
                before=FOLLOW_STATES.title_of(before.state),
                after=FOLLOW_STATES.title_of(state),
            )
        if (state in WITH_REASON) != (reason is not None):
            raise CaseError(
                "a reason is given for what is not done or cancelled: %(reasons)s",
                reasons=", ".join(FOLLOW_REASONS.codes),
            )
        if before.kind == "measure" and before.state not in OPEN_FOLLOW_UPS and state in OPEN_FOLLOW_UPS:
            visible_family(connection, actor, before.family_id)  # of one that moved it is not told what is open there
            _check_new(connection, before.family_id, before.what)
        return append_follow_up(
            connection,
            follow_up_id,
            before.version + 1,
            actor,
            now,
            state=state,
            happened_on=happened,
            due_on=due_on or before.due_on,
            owner=(owner or before.owner).strip(),
            reason=reason and known(FOLLOW_REASONS, reason),
        )


def suggested_for(engine: Engine, family_id: str) -> frozenset[str]:
    """Measures that the newest edition suggests for a family."""
    with engine.connect() as connection:
        query = select(SuggestedMeasure.measure).where(
            SuggestedMeasure.edition_id == newest_edition(connection), SuggestedMeasure.family_id == family_id
        )
        return frozenset(connection.scalars(query))


def _place(connection: Connection, actor: Actor, family_id: str, case_id: str | None) -> Place:
    if case_id is not None:
        visible_case(connection, actor, case_id)
    return visible_family(connection, actor, family_id)


def _check_new(connection: Connection, family_id: str, measure: str) -> None:
    same = follow_up_query().where(
        FollowUp.family_id == family_id, FollowUp.what == measure, FollowUpEvent.state.in_(OPEN_FOLLOW_UPS)
    )
    if connection.execute(same).first():
        raise CaseError(
            "%(measure)s has been referred for this family and is not at its end", measure=MEASURES.title_of(measure)
        )


def _due(desk: Desk, now: datetime, agreed: date | None, due: Callable[[date, ParametersAt], date]) -> date:
    today = desk.day(now)
    if agreed is not None and agreed < today:
        raise CaseError("the day agreed, %(agreed)s, is over", agreed=agreed)
    return agreed or due(today, desk.limits(now))


def _record(
    connection: Connection, values: dict[str, Any], place: Place, actor: Actor, now: datetime, **event: Any
) -> Following:
    follow_up_id = secrets.token_hex(_ID_BYTES)
    connection.execute(
        insert(FollowUp).values(
            follow_up_id=follow_up_id,
            street_code=place.street_code,
            community_code=place.community_code,
            recorded_by=actor.name,
            recorded_at=now,
            **values,
        )
    )
    return append_follow_up(connection, follow_up_id, 1, actor, now, state="open", reason=None, **event)
