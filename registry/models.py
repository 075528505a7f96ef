"""The tables of the registry, as typed SQLAlchemy models.

What belongs here: deliveries, editions and what they publish, publications, the audit chain. The rows that an edition
publishes have the columns of `schemas.tables` (a test compares them) and the edition in front. Triggers that forbid
changing what is published stand with the migrations.
"""

from datetime import UTC, date, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

__all__ = [
    "PUBLISHED",
    "AuditEvent",
    "Base",
    "DeliveryRecord",
    "Edition",
    "EditionAggregate",
    "EditionAlias",
    "EditionDeath",
    "Hit",
    "ListEntry",
    "ListMember",
    "Publication",
    "ScoreReason",
    "Warning_",
]


class Utc(TypeDecorator[datetime]):
    """An instant: stored in UTC on every database, given back with its time zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """To UTC; a time without zone is a mistake of the caller."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """SQLite forgets the zone: it is UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Names of constraints are fixed so that migrations can speak of them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: Utc(),
        dict[str, Any]: JSON(),
        int: BigInteger(),
        str: String(),
    }


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


class _OfEdition:
    """Rows of an edition, whose key begins with the edition."""

    edition_id: Mapped[str] = mapped_column(
        ForeignKey("edition.edition_id", ondelete="CASCADE"), primary_key=True, sort_order=-1
    )


class _Sourced:
    """Rows that name the delivered row they come from."""

    source_feed: Mapped[str | None] = mapped_column(sort_order=1)
    source_delivery: Mapped[str | None] = mapped_column(sort_order=1)
    source_sheet: Mapped[str | None] = mapped_column(sort_order=1)
    source_row: Mapped[int | None] = mapped_column(sort_order=1)


_CLUSTERED = {"sqlite_with_rowid": False}  # rows lie in the order of their key: no second index


class ListEntry(_OfEdition, Base):
    """One family on the list of an edition (`schemas.tables`: list)."""

    __tablename__ = "list_entry"

    family_id: Mapped[str] = mapped_column(primary_key=True)
    layer: Mapped[str]
    head_key: Mapped[str | None]
    street_code: Mapped[str | None]
    community_code: Mapped[str | None]
    members: Mapped[int | None]
    groups: Mapped[str | None]
    tier: Mapped[str | None]
    tier_points: Mapped[int | None]
    tier_reasons: Mapped[str | None]
    classes: Mapped[str | None]
    score: Mapped[int | None]
    income_evidence: Mapped[str | None]
    income_fen: Mapped[int | None]
    status: Mapped[str | None]

    __table_args__ = (Index(None, "edition_id", "street_code", "tier"), _CLUSTERED)


class ListMember(_OfEdition, Base):
    """One person of a listed family (`schemas.tables`: members)."""

    __tablename__ = "list_member"

    family_id: Mapped[str] = mapped_column(primary_key=True)
    person_key: Mapped[str] = mapped_column(primary_key=True)
    family_basis: Mapped[str | None]
    relation: Mapped[str | None]
    birth_on: Mapped[date | None]
    sex: Mapped[str | None]
    on_register: Mapped[bool | None]
    counted: Mapped[bool | None]
    in_scope: Mapped[bool | None]
    street_code: Mapped[str | None]
    community_code: Mapped[str | None]

    __table_args__ = (Index(None, "edition_id", "person_key"), _CLUSTERED)


class Hit(_OfEdition, _Sourced, Base):
    """One rule, person and evidence row (`schemas.tables`: hits); `hit_no` counts them within the edition."""

    __tablename__ = "hit"

    family_id: Mapped[str] = mapped_column(primary_key=True)
    hit_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    rule_id: Mapped[str]
    person_key: Mapped[str]
    basis: Mapped[str | None]
    evidence_on: Mapped[date | None]
    valid_until: Mapped[date | None]
    evidence_fen: Mapped[int | None]
    evidence_key: Mapped[str | None]

    __table_args__ = (_CLUSTERED,)


class Warning_(_OfEdition, _Sourced, Base):  # noqa: N801  # `Warning` is Python's own
    """One warning of an edition (`schemas.tables`: warnings): a question, never a finding."""

    __tablename__ = "warning"

    warning_id: Mapped[str] = mapped_column(primary_key=True)
    rule_id: Mapped[str]
    kind: Mapped[str]
    family_id: Mapped[str | None]
    person_key: Mapped[str | None]
    subject: Mapped[str | None]
    street_code: Mapped[str | None]
    evidence_on: Mapped[date | None]
    evidence_fen: Mapped[int | None]
    basis: Mapped[str | None]

    __table_args__ = (Index(None, "edition_id", "family_id"), _CLUSTERED)


class ScoreReason(_OfEdition, Base):
    """Points of one feature for one family (`schemas.tables`: score_reasons)."""

    __tablename__ = "score_reason"

    family_id: Mapped[str] = mapped_column(primary_key=True)
    feature: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int | None]
    points: Mapped[int | None]

    __table_args__ = (_CLUSTERED,)


class EditionDeath(_OfEdition, Base):
    """Deaths known to the edition: why a listed person is no longer there."""

    __tablename__ = "edition_death"

    person_key: Mapped[str] = mapped_column(primary_key=True)
    died_on: Mapped[date]

    __table_args__ = (_CLUSTERED,)


class EditionAlias(_OfEdition, Base):
    """Corrected identities known to the edition: under which key an older one is known now."""

    __tablename__ = "edition_alias"

    old_key: Mapped[str] = mapped_column(primary_key=True)
    person_key: Mapped[str]

    __table_args__ = (_CLUSTERED,)


class EditionAggregate(_OfEdition, Base):
    """Counts of an edition, kept because counting a million rows takes seconds.

    `measure` is families, members or warnings. `topic` is a group, or a warning rule; "" stands for all families, of
    which each is counted once. `part` is the layer, or the kind of warning.
    """

    __tablename__ = "edition_aggregate"

    measure: Mapped[str] = mapped_column(primary_key=True)
    topic: Mapped[str] = mapped_column(primary_key=True)
    part: Mapped[str] = mapped_column(primary_key=True)
    street_code: Mapped[str] = mapped_column(primary_key=True)
    tier: Mapped[str] = mapped_column(primary_key=True)
    amount: Mapped[int]

    __table_args__ = (_CLUSTERED,)


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


PUBLISHED: dict[str, type[Base]] = {
    "list": ListEntry,
    "members": ListMember,
    "hits": Hit,
    "warnings": Warning_,
    "score_reasons": ScoreReason,
    "deaths": EditionDeath,
    "aliases": EditionAlias,
    "aggregates": EditionAggregate,
}
"""Tables whose rows belong to an edition, by the name of the canonical table they hold."""
