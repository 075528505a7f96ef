"""The tables of the registry, as typed SQLAlchemy models.

What belongs here: deliveries, editions and what they publish, publications, decisions, the audit chain. Triggers that
forbid changing what is published stand with the migrations.
"""

from registry.models.base import Base
from registry.models.need import KeptModel, ModelAct
from registry.models.record import AuditEvent, Decision, DeliveryRecord, Edition, Erasure, Publication
from registry.models.rows import (
    PUBLISHED,
    EditionAggregate,
    EditionAlias,
    EditionDeath,
    Exit,
    Hit,
    ListEntry,
    ListMember,
    ScoreReason,
    Standing,
    SuggestedMeasure,
    Task,
    Warning_,
)

__all__ = [
    "PUBLISHED",
    "AuditEvent",
    "Base",
    "Decision",
    "DeliveryRecord",
    "Edition",
    "EditionAggregate",
    "EditionAlias",
    "EditionDeath",
    "Erasure",
    "Exit",
    "Hit",
    "KeptModel",
    "ListEntry",
    "ListMember",
    "ModelAct",
    "Publication",
    "ScoreReason",
    "Standing",
    "SuggestedMeasure",
    "Task",
    "Warning_",
]
