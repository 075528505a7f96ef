"""The answer to a delivery: what was read, accepted, set aside and skipped, and why.

What belongs here: `Receipt`, which holds counts and codes and never the content of a cell, and the
workbook with the rows to mend that a department gets back.
"""

from typing import TYPE_CHECKING, Literal, Self

from pydantic import BaseModel, ConfigDict

from schemas.errors import DeliveryError

if TYPE_CHECKING:
    from schemas.delivery import Delivery

__all__ = ["Receipt"]


class Receipt(BaseModel):
    """Counts of one delivery.

    `rows_read` is the number of records below the header, counted without reading them; titles above
    the header are in it as skipped. `reasons` counts quarantined rows by their first reason, `skipped`
    rows by kind, `normalised` cells by kind of tidying, `unknown_codes` cells by column title.
    """

    model_config = ConfigDict(frozen=True)

    delivery_id: str
    feed: str
    month: str
    sender: str
    revision: int
    file_name: str
    sha256: str
    status: Literal["accepted", "partial", "refused"]
    rows_read: int = 0
    rows_accepted: int = 0
    rows_quarantined: int = 0
    skipped: dict[str, int] = {}
    reasons: dict[str, int] = {}
    normalised: dict[str, int] = {}
    unknown_codes: dict[str, int] = {}
    caveats: list[str] = []
    refusal_code: str | None = None
    refusal_title: str | None = None
    refusal_message: str | None = None

    @property
    def balanced(self) -> bool:
        """Whether every record that the file has is accepted, set aside or skipped by name."""
        return self.rows_read == self.rows_accepted + self.rows_quarantined + sum(self.skipped.values())

    @classmethod
    def refused(cls, delivery: "Delivery", error: DeliveryError) -> Self:
        """The receipt of a file that could not be taken as a whole."""
        return cls(
            **delivery.as_dict(),
            status="refused",
            refusal_code=error.code,
            refusal_title=error.title,
            refusal_message=str(error),
        )
