"""The tables of the registry, as typed SQLAlchemy models.

What belongs here: deliveries, editions and what they publish, decisions, casework, the audit chain, accounts. Triggers
that forbid changing what is published stand with the migrations.
"""

from registry.models.accounts import Account, ApiToken, SignInThrottle, StaffSession
from registry.models.base import Base
from registry.models.casework import (
    CaseAnswer,
    CaseEvent,
    CaseFile,
    CaseQuestion,
    CaseVisit,
    ExitEvent,
    FollowUp,
    FollowUpEvent,
    ObjectionEvent,
    ObjectionFile,
    SealedObject,
)
from registry.models.need import KeptModel, ModelAct
from registry.models.protection import ProtectedPerson, Protection, ProtectionEvent
from registry.models.record import AuditEvent, Decision, DeliveryRecord, Edition, Erasure, Publication
from registry.models.rows import (
    PUBLISHED,
    EditionAggregate,
    EditionAlias,
    EditionComparison,
    EditionDeath,
    Exit,
    FamilyChange,
    Hit,
    ListEntry,
    ListMember,
    ScoreReason,
    Standing,
    SuggestedMeasure,
    Task,
    Warning_,
)
from registry.models.saved import SavedView

__all__ = [
    "PUBLISHED",
    "Account",
    "ApiToken",
    "AuditEvent",
    "Base",
    "CaseAnswer",
    "CaseEvent",
    "CaseFile",
    "CaseQuestion",
    "CaseVisit",
    "Decision",
    "DeliveryRecord",
    "Edition",
    "EditionAggregate",
    "EditionAlias",
    "EditionComparison",
    "EditionDeath",
    "Erasure",
    "Exit",
    "ExitEvent",
    "FamilyChange",
    "FollowUp",
    "FollowUpEvent",
    "Hit",
    "KeptModel",
    "ListEntry",
    "ListMember",
    "ModelAct",
    "ObjectionEvent",
    "ObjectionFile",
    "ProtectedPerson",
    "Protection",
    "ProtectionEvent",
    "Publication",
    "SavedView",
    "ScoreReason",
    "SealedObject",
    "SignInThrottle",
    "StaffSession",
    "Standing",
    "SuggestedMeasure",
    "Task",
    "Warning_",
]
