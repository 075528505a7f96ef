"""How much a delivered file may cost: memory, time, cells, and what it unpacks to.

What belongs here: the limits as one value that can be handed to another process, and the one check of
an archive's own table of contents, which workbooks and ZIP deliveries share.
"""

import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from schemas.errors import UnreadableFileError

__all__ = ["Limits", "check_unpacked"]

_MEGABYTE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits for one file; `from_settings` gives those of the installation."""

    memory_mb: int
    seconds: int
    cells: int
    unpacked_mb: int
    ratio: int
    members: int

    @classmethod
    def from_settings(cls) -> Self:
        """The limits of this installation (`DOUDI_READING_...`)."""
        from schemas.settings import settings  # noqa: PLC0415

        chosen = settings()
        return cls(
            memory_mb=chosen.reading_memory_mb,
            seconds=chosen.reading_seconds,
            cells=chosen.reading_cells,
            unpacked_mb=chosen.reading_unpacked_mb,
            ratio=chosen.reading_ratio,
            members=chosen.reading_members,
        )


def check_unpacked(entries: Iterable[zipfile.ZipInfo], limits: Limits, file: str, what: str) -> None:
    """Refuse an archive whose table of contents promises more than the limits; `what` names it in the message.

    A high ratio alone is no harm: it counts from a sixteenth of the size limit on.
    """
    entries = list(entries)
    packed = sum(each.compress_size for each in entries)
    unpacked = sum(each.file_size for each in entries)
    if len(entries) > limits.members:
        message = f"the {what} has {len(entries)} parts, more than {limits.members}; deliver the data alone"
        raise UnreadableFileError(message, file=file)
    if unpacked > limits.unpacked_mb * _MEGABYTE:
        message = f"the {what} unpacks to more than {limits.unpacked_mb} MB; split it, or deliver CSV or Parquet"
        raise UnreadableFileError(message, file=file)
    if unpacked > limits.unpacked_mb * _MEGABYTE // 16 and unpacked > limits.ratio * max(packed, 1):
        message = (
            f"the {what} unpacks to more than {limits.ratio} times its size, as no table of data does; "
            "copy the table alone into a new file and deliver that"
        )
        raise UnreadableFileError(message, file=file)
