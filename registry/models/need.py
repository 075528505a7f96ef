"""Models of need as they are recorded: what was trained, and the acts about it. Neither ever changes."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from registry.models.base import Base

__all__ = ["KeptModel", "ModelAct"]


class KeptModel(Base):
    """One model of need; its points lie in a file under the same hash."""

    __tablename__ = "need_model"

    model_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    model_hash: Mapped[str] = mapped_column(String(64), unique=True)
    first_as_of: Mapped[date | None]
    last_as_of: Mapped[date | None]
    feature_spec_hash: Mapped[str]
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    card: Mapped[dict[str, Any]]


class ModelAct(Base):
    """What somebody did with a model: registered, proposed, refused by the gate, approved, shadowed, withdrawn.

    `holds_from` is the first day whose edition the act bears on.
    """

    __tablename__ = "model_act"

    act_id: Mapped[int] = mapped_column(Integer(), primary_key=True)
    model_id: Mapped[str] = mapped_column(ForeignKey("need_model.model_id"), index=True)
    act: Mapped[str]
    acted_by: Mapped[str]
    acted_at: Mapped[datetime]
    holds_from: Mapped[date]
    reason: Mapped[str]
    evaluation_hash: Mapped[str | None]
