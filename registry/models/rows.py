"""Rows that belong to an edition: the columns of `schemas.tables` (a test compares them) with the edition in front."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from registry.models.base import Base

__all__ = [
    "PUBLISHED",
    "EditionAggregate",
    "EditionAlias",
    "EditionComparison",
    "EditionDeath",
    "Exit",
    "FamilyChange",
    "Hit",
    "ListEntry",
    "ListMember",
    "ScoreReason",
    "Standing",
    "SuggestedMeasure",
    "Task",
    "Warning_",
]


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
    proposed_groups: Mapped[str | None]

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
    community_code: Mapped[str | None]
    evidence_key: Mapped[str | None]
    raised_on: Mapped[date | None]
    due_on: Mapped[date | None]

    __table_args__ = (Index(None, "edition_id", "family_id"), _CLUSTERED)


class _Ground(_OfEdition, _Sourced):
    """A person and ground of the list: what it rests on."""

    family_id: Mapped[str] = mapped_column(primary_key=True)
    person_key: Mapped[str] = mapped_column(primary_key=True)
    ground: Mapped[str] = mapped_column(primary_key=True)
    street_code: Mapped[str | None]
    community_code: Mapped[str | None]
    reason: Mapped[str | None]
    basis: Mapped[str | None]
    evidence_on: Mapped[date | None]
    valid_until: Mapped[date | None]
    evidence_key: Mapped[str | None]
    parameters_version: Mapped[str | None]
    decision_id: Mapped[str | None]


class Standing(_Ground, Base):
    """One person and ground on which a family stands on the list (`schemas.tables`: standings)."""

    __tablename__ = "standing"

    status: Mapped[str]
    since: Mapped[date]
    proposed_since: Mapped[date | None]

    __table_args__ = (_CLUSTERED,)


class Exit(_Ground, Base):
    """One person and ground that stands no longer (`schemas.tables`: exits)."""

    __tablename__ = "list_exit"

    manner: Mapped[str]

    __table_args__ = (_CLUSTERED,)


class Task(_OfEdition, Base):
    """The open questions of a family, merged (`schemas.tables`: tasks)."""

    __tablename__ = "task"

    task_id: Mapped[str] = mapped_column(primary_key=True)
    family_id: Mapped[str]
    audience: Mapped[str]
    street_code: Mapped[str | None]
    community_code: Mapped[str | None]
    urgency: Mapped[str]
    warnings: Mapped[int]
    rules: Mapped[str]
    raised_on: Mapped[date | None]
    due_on: Mapped[date | None]

    __table_args__ = (Index(None, "edition_id", "audience", "street_code", "due_on"), _CLUSTERED)


class SuggestedMeasure(_OfEdition, Base):
    """A measure that conditions of a listed family suggest (`schemas.tables`: measures)."""

    __tablename__ = "suggested_measure"

    family_id: Mapped[str] = mapped_column(primary_key=True)
    measure: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(primary_key=True)

    __table_args__ = (_CLUSTERED,)


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
    community_code: Mapped[str] = mapped_column(primary_key=True)
    tier: Mapped[str] = mapped_column(primary_key=True)
    amount: Mapped[int]

    __table_args__ = (_CLUSTERED,)


class EditionComparison(Base):
    """That two editions were compared; what came of it is kept in `family_change` and can be had anew."""

    __tablename__ = "edition_comparison"

    edition_id: Mapped[str] = mapped_column(ForeignKey("edition.edition_id", ondelete="CASCADE"), primary_key=True)
    before_id: Mapped[str] = mapped_column(ForeignKey("edition.edition_id", ondelete="CASCADE"), primary_key=True)
    at: Mapped[datetime]


class FamilyChange(Base):
    """One family of which something changed from edition `before_id` on (`editions.changes`).

    `whole` is whether the family as a whole changed so; else it did in one of its groups.
    """

    __tablename__ = "family_change"

    edition_id: Mapped[str] = mapped_column(ForeignKey("edition.edition_id", ondelete="CASCADE"), primary_key=True)
    before_id: Mapped[str] = mapped_column(ForeignKey("edition.edition_id", ondelete="CASCADE"), primary_key=True)
    family_id: Mapped[str] = mapped_column(primary_key=True)
    change: Mapped[str] = mapped_column(primary_key=True)
    whole: Mapped[bool] = mapped_column(primary_key=True)
    previous_family_id: Mapped[str | None]

    __table_args__ = (_CLUSTERED,)


PUBLISHED: dict[str, type[Base]] = {
    "list": ListEntry,
    "members": ListMember,
    "hits": Hit,
    "warnings": Warning_,
    "score_reasons": ScoreReason,
    "standings": Standing,
    "exits": Exit,
    "tasks": Task,
    "measures": SuggestedMeasure,
    "deaths": EditionDeath,
    "aliases": EditionAlias,
    "aggregates": EditionAggregate,
}
"""Tables whose rows belong to an edition, by the name of the canonical table they hold."""
