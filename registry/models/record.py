"""What is recorded once and for all: deliveries, editions, publications, decisions, the audit chain."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from registry.models.base import Base

__all__ = ["AuditEvent", "Decision", "DeliveryRecord", "Edition", "Erasure", "Publication"]


class DeliveryRecord(Base):
    """One delivered file: accepted, partly accepted or refused. Accepted ones never change."""

    __tablename__ = "delivery"

    delivery_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    feed: Mapped[str]
    month: Mapped[str]
    sender: Mapped[str]
    revision: Mapped[int]
    file_name: Mapped[str]
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size_bytes: Mapped[int]
    modified_ns: Mapped[int]
    status: Mapped[str]
    duplicate_of: Mapped[str | None]
    rows_read: Mapped[int]
    rows_accepted: Mapped[int]
    rows_quarantined: Mapped[int]
    receipt: Mapped[dict[str, Any]]
    message: Mapped[str | None] = mapped_column(Text())
    received_at: Mapped[datetime]
    taken_on: Mapped[date | None]  # the day that the reading took for today; dates after it were set aside

    __table_args__ = (
        Index(
            "uq_delivery_revision",
            "feed",
            "sender",
            "month",
            "revision",
            unique=True,
            sqlite_where=text("status <> 'refused'"),
            postgresql_where=text("status <> 'refused'"),
        ),
    )


class Edition(Base):
    """What was computed from one input set: a candidate until a publication names it."""

    __tablename__ = "edition"

    edition_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    as_of: Mapped[date]
    input_hash: Mapped[str]
    content_hash: Mapped[str]
    manifest: Mapped[dict[str, Any]]
    code_version: Mapped[str]
    created_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("as_of", "input_hash"),)


class Publication(Base):
    """The act that makes an edition the current one for its `as_of`; the latest publication holds."""

    __tablename__ = "publication"

    publication_id: Mapped[int] = mapped_column(Integer(), primary_key=True)
    edition_id: Mapped[str] = mapped_column(ForeignKey("edition.edition_id"), index=True)
    as_of: Mapped[date] = mapped_column(index=True)
    published_at: Mapped[datetime]
    published_by: Mapped[str]


class Decision(Base):
    """One decision of a person about a person and rule; never changed, a later one takes its place.

    An adverse one (it can end a listing, or silence a finding of need) names a second person who approved it.
    """

    __tablename__ = "decision"

    decision_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    person_key: Mapped[str] = mapped_column(index=True)
    rule_id: Mapped[str]
    evidence_key: Mapped[str | None]
    outcome: Mapped[str]
    decided_on: Mapped[date]
    expires_on: Mapped[date | None]
    decided_by: Mapped[str]
    approved_by: Mapped[str | None]
    recorded_at: Mapped[datetime]


class Erasure(Base):
    """That a delivery's key was destroyed, or a person's rows taken out of it; what is left is its hash and manifest.

    Acts on several deliveries share their `act_id`. `manifest` says what there was: feed, month, hash, counts and, of
    a person, the numbers of the rows; never what stood in them. A person's act that touched no delivery has "".
    """

    __tablename__ = "erasure"

    erasure_id: Mapped[int] = mapped_column(Integer(), primary_key=True)
    act_id: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str]
    delivery_id: Mapped[str] = mapped_column(String(16), index=True)
    person_key: Mapped[str | None] = mapped_column(index=True)
    reason: Mapped[str]
    manifest: Mapped[dict[str, Any]]
    erased_by: Mapped[str]
    approved_by: Mapped[str | None]
    erased_at: Mapped[datetime]


class AuditEvent(Base):
    """One link of the audit chain: who did what, when and why; never a person's data."""

    __tablename__ = "audit_event"

    seq: Mapped[int] = mapped_column(Integer(), primary_key=True, autoincrement=False)
    at: Mapped[str]  # text, because its characters are hashed
    actor: Mapped[str]
    action: Mapped[str]
    purpose: Mapped[str]
    details: Mapped[dict[str, Any]]
    previous_hash: Mapped[str] = mapped_column(String(64))
    event_hash: Mapped[str] = mapped_column(String(64))
