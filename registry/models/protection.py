"""Protected families as they are recorded: whose address is hidden, why, until when, and what happened since.

What belongs here: the tables. Nothing of them ever changes; the last event says whether a protection stands.
"""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from registry.models.base import Base

__all__ = ["ProtectedPerson", "Protection", "ProtectionEvent"]

_ID = String(16)


class Protection(Base):
    """That a family's address is hidden; `reason` is a word of a closed list, `until` the last day, if there is one."""

    __tablename__ = "protection"

    protection_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    family_id: Mapped[str] = mapped_column(index=True)
    reason: Mapped[str]
    until: Mapped[date | None]


class ProtectedPerson(Base):
    """One member of the family on the day of the protection, who stays protected in whatever family they are later."""

    __tablename__ = "protected_person"

    protection_id: Mapped[str] = mapped_column(ForeignKey("protection.protection_id"), primary_key=True)
    person_key: Mapped[str] = mapped_column(primary_key=True)


class ProtectionEvent(Base):
    """What happened to a protection: set, its end proposed, ended, or kept."""

    __tablename__ = "protection_event"

    protection_id: Mapped[str] = mapped_column(ForeignKey("protection.protection_id"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer(), primary_key=True, autoincrement=False)
    kind: Mapped[str]
    actor: Mapped[str]
    role: Mapped[str]
    at: Mapped[datetime]
