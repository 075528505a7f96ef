"""Casework as it is recorded: cases, what happened to them, visits, objections and measures. None of it ever changes.

What belongs here: the tables. A state is never overwritten: each event carries the state that it led to, and the one
with the greatest version holds. Texts that people write and photos lie sealed outside; here stand ids and commitments.
"""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from registry.models.base import Base

__all__ = [
    "CaseAnswer",
    "CaseEvent",
    "CaseFile",
    "CaseQuestion",
    "CaseVisit",
    "ExitEvent",
    "FollowUp",
    "FollowUpEvent",
    "ObjectionEvent",
    "ObjectionFile",
    "SealedObject",
]

_CASE_ID = String(24)
_ID = String(16)


class CaseFile(Base):
    """One family's case of one audience; its id is that of the task which it follows from edition to edition."""

    __tablename__ = "case_file"

    case_id: Mapped[str] = mapped_column(_CASE_ID, primary_key=True)
    family_id: Mapped[str] = mapped_column(index=True)
    audience: Mapped[str]
    edition_id: Mapped[str]
    opened_at: Mapped[datetime]


class CaseEvent(Base):
    """What happened to a case, and how the case stands after it; `version` counts the events of the case from 1.

    `round` counts how often the case was opened. `reason` is a word of a closed list.
    """

    __tablename__ = "case_event"

    case_id: Mapped[str] = mapped_column(ForeignKey("case_file.case_id"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer(), primary_key=True, autoincrement=False)
    kind: Mapped[str]
    at: Mapped[datetime]
    actor: Mapped[str]
    role: Mapped[str]
    reason: Mapped[str | None]
    subject_id: Mapped[str | None]
    state: Mapped[str]
    round: Mapped[int] = mapped_column(Integer())
    outcome: Mapped[str | None]
    assignee: Mapped[str | None]
    concluded_by: Mapped[str | None]
    closed_by: Mapped[str | None]
    due_on: Mapped[date | None]
    resume_on: Mapped[date | None]
    urgency: Mapped[str]
    street_code: Mapped[str | None]
    community_code: Mapped[str | None]

    __table_args__ = (
        Index(None, "street_code", "state", "due_on"),
        Index(None, "assignee", "state"),
        Index(None, "state", "due_on"),
    )


class CaseQuestion(Base):
    """One question of a case: a warning, which is asked once whatever the number of editions that repeat it."""

    __tablename__ = "case_question"

    warning_id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case_file.case_id"), index=True)
    version: Mapped[int] = mapped_column(Integer())
    rule_id: Mapped[str] = mapped_column(index=True)
    person_key: Mapped[str | None] = mapped_column(index=True)
    evidence_key: Mapped[str | None]
    evidence_on: Mapped[date | None]
    source_feed: Mapped[str | None]
    raised_on: Mapped[date | None]
    edition_id: Mapped[str]


class CaseVisit(Base):
    """One attempt to reach the family of a case: when, by which means, and whether somebody was reached."""

    __tablename__ = "case_visit"

    visit_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case_file.case_id"), index=True)
    version: Mapped[int] = mapped_column(Integer())
    round: Mapped[int] = mapped_column(Integer())
    visited_on: Mapped[date]
    means: Mapped[str]
    contact: Mapped[str]
    visited_by: Mapped[str]
    channel: Mapped[str]
    recorded_by: Mapped[str]
    recorded_at: Mapped[datetime]


class CaseAnswer(Base):
    """What a visit found about one question."""

    __tablename__ = "case_answer"

    visit_id: Mapped[str] = mapped_column(ForeignKey("case_visit.visit_id"), primary_key=True)
    warning_id: Mapped[str] = mapped_column(ForeignKey("case_question.warning_id"), primary_key=True)
    answer: Mapped[str]


class SealedObject(Base):
    """That a text or photo was kept, sealed under a key of its own: its size and a commitment to its bytes.

    Without the key the commitment tells nothing of a text, however short.
    """

    __tablename__ = "sealed_object"

    object_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    kind: Mapped[str]
    subject: Mapped[str]
    subject_id: Mapped[str] = mapped_column(index=True)
    media_type: Mapped[str]
    size_bytes: Mapped[int]
    commitment: Mapped[str] = mapped_column(String(64))
    kept_by: Mapped[str]
    kept_at: Mapped[datetime]


class ObjectionFile(Base):
    """One objection by or for a family: against a case, a fact, or how the family stands."""

    __tablename__ = "objection_file"

    objection_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    family_id: Mapped[str] = mapped_column(index=True)
    case_id: Mapped[str | None] = mapped_column(_CASE_ID, index=True)
    against: Mapped[str]
    rule_id: Mapped[str | None]
    person_key: Mapped[str | None] = mapped_column(index=True)
    evidence_key: Mapped[str | None]
    source_feed: Mapped[str | None]
    filed_by: Mapped[str]
    filed_on: Mapped[date]
    audience: Mapped[str]
    street_code: Mapped[str | None]
    community_code: Mapped[str | None]
    recorded_by: Mapped[str]
    recorded_at: Mapped[datetime]


class ObjectionEvent(Base):
    """What happened to an objection, and how it stands after it."""

    __tablename__ = "objection_event"

    objection_id: Mapped[str] = mapped_column(ForeignKey("objection_file.objection_id"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer(), primary_key=True, autoincrement=False)
    kind: Mapped[str]
    at: Mapped[datetime]
    actor: Mapped[str]
    role: Mapped[str]
    state: Mapped[str]
    due_on: Mapped[date]
    department: Mapped[str | None]
    answer: Mapped[str | None]
    edition_id: Mapped[str | None]

    __table_args__ = (Index(None, "state", "due_on"),)


class ExitEvent(Base):
    """What people did about one ground on which a family is proposed to leave: agreed, approved, refused.

    `exit_id` is a hash of family, ground and the day of the proposal.
    """

    __tablename__ = "exit_event"

    exit_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    version: Mapped[int] = mapped_column(Integer(), primary_key=True, autoincrement=False)
    kind: Mapped[str]
    family_id: Mapped[str] = mapped_column(index=True)
    ground: Mapped[str]
    proposed_since: Mapped[date]
    street_code: Mapped[str | None]
    community_code: Mapped[str | None]
    reason: Mapped[str]
    actor: Mapped[str]
    role: Mapped[str]
    at: Mapped[datetime]


class FollowUp(Base):
    """A measure that a family was referred for, or a small wish of it (微心愿)."""

    __tablename__ = "follow_up"

    follow_up_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    kind: Mapped[str]
    what: Mapped[str]
    family_id: Mapped[str] = mapped_column(index=True)
    case_id: Mapped[str | None] = mapped_column(_CASE_ID, index=True)
    receiver_kind: Mapped[str | None]
    receiver: Mapped[str | None]
    street_code: Mapped[str | None]
    community_code: Mapped[str | None]
    recorded_by: Mapped[str]
    recorded_at: Mapped[datetime]


class FollowUpEvent(Base):
    """What happened to a measure or wish, and how it stands after it."""

    __tablename__ = "follow_up_event"

    follow_up_id: Mapped[str] = mapped_column(ForeignKey("follow_up.follow_up_id"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer(), primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str]
    role: Mapped[str]
    state: Mapped[str]
    happened_on: Mapped[date]
    due_on: Mapped[date]
    owner: Mapped[str]
    reason: Mapped[str | None]

    __table_args__ = (Index(None, "state", "due_on"),)
