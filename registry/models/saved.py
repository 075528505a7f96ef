"""What readers keep for themselves: the list narrowed and ordered their way, under a name.

What belongs here: saved views. They come and go; that one was shared stands in the audit chain.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.models.base import Base

__all__ = ["SavedView"]


class SavedView(Base):
    """Filters, order and columns of the list under a name; never a keyword, and never an area of the reader's own.

    `shared_role` and `shared_area` say with whom it is shared: a role ("" for every role), in an area; None for nobody.
    """

    __tablename__ = "saved_view"

    view_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.account_id"))
    title: Mapped[str]
    words: Mapped[dict[str, Any]]
    shared_role: Mapped[str | None]
    shared_area: Mapped[str | None]
    saved_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("account_id", "title"),)
