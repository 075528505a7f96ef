"""Which delivery: the feed, month, sender, revision and bytes that name it.

What belongs here: `Delivery` and its id. Taking one stands in `schemas.taking`.
"""

import re
from dataclasses import asdict, dataclass
from hashlib import blake2b

from schemas.errors import ContractError

__all__ = ["Delivery"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """Which file of which sender for which month."""

    feed: str
    month: str
    sender: str
    revision: int
    file_name: str
    sha256: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", self.month):
            raise ContractError(f"delivery of {self.feed}: month {self.month!r} is not YYYY-MM")

    @property
    def nothing_to_report(self) -> bool:
        """Whether the name says so: `<sender>.none[.rN].<format>`, a file with a header and no row."""
        return re.search(r"\.none(\.r[0-9]+)?\.[^.]+$", self.file_name, re.IGNORECASE) is not None

    @property
    def delivery_id(self) -> str:
        """Sixteen hexadecimal digits that name this delivery and no other."""
        parts = (self.feed, self.month, self.sender, str(self.revision), self.file_name, self.sha256)
        return blake2b("\x1f".join(parts).encode(), digest_size=8).hexdigest()

    def as_dict(self) -> dict[str, str | int]:
        """The delivery's fields and its id."""
        return {"delivery_id": self.delivery_id, **asdict(self)}
