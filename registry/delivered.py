"""The tables of one delivery while it is taken in: written piece by piece, whole at the end.

What belongs here: pseudonymising each piece, writing it, and joining the pieces. Memory grows with the people of a
delivery, not with its rows. Where the tables go is decided by the caller.
"""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl

from linkage.identity import VAULT_SCHEMA, IdentityKey, Keyed, PersonKeys, identities_of, pseudonymise
from registry.errors import IntakeGateError
from schemas.contract import get_feed
from schemas.delivery import Delivery
from schemas.taking import QUARANTINE_SCHEMA

__all__ = ["DeliveredTables"]

_HELD_BYTES = 1 << 27  # of one table
_LEVEL = 1  # of zstd: the same size as the default, a fifth less time
_SAME = ("source_feed", "source_delivery", "source_sheet")  # held as categories, which are written in no time


class DeliveredTables:
    """A sink for `schemas.delivery.take_into` that keeps keyed rows, vault, identities and quarantine as Parquet."""

    def __init__(self, folder: Path, delivery: Delivery, key: IdentityKey) -> None:
        self._feed = get_feed(delivery.feed)
        self._delivery = delivery
        self._key = key
        self._people = PersonKeys(key)
        self._rows = _Table(folder / "rows", self._feed.keyed_schema)
        self._quarantine = _Table(folder / "quarantine", dict(QUARANTINE_SCHEMA))
        self._vault = _Table(folder / "vault", VAULT_SCHEMA)

    def begin(self) -> None:
        """Forget every piece."""
        for table in (self._rows, self._quarantine, self._vault):
            table.clear()
        self._people = PersonKeys(self._key)

    def add(self, accepted: pl.DataFrame, quarantined: pl.DataFrame) -> None:
        """Keep a piece; raises `IntakeGateError` when replacing identifiers by keys loses or changes its rows."""
        keyed = pseudonymise(accepted, self._feed, self._people)
        self._check(accepted, keyed)
        self._rows.add(keyed.rows)
        self._quarantine.add(quarantined)
        self._vault.add(keyed.vault)

    @property
    def held(self) -> tuple[int, int]:
        """Rows in the feed table and in the quarantine."""
        return self._rows.height, self._quarantine.height

    def write(self, *, table: Path, vault: Path, identities: Path, quarantine: Path) -> None:
        """Write each table whole, the largest beside the others."""
        with ThreadPoolExecutor(1, thread_name_prefix="write") as beside:
            rows = beside.submit(self._rows.write, table)
            identities_of(self._people.people).write_parquet(identities, compression_level=_LEVEL)
            self._vault.write(vault)
            self._quarantine.write(quarantine)
            rows.result()

    def _check(self, accepted: pl.DataFrame, keyed: Keyed) -> None:
        if keyed.rows.height != accepted.height or dict(keyed.rows.schema) != self._feed.keyed_schema:
            raise IntakeGateError(
                f"feed {self._feed.name}, file {self._delivery.file_name!r}: the table with person keys has "
                f"{keyed.rows.height} rows for {accepted.height} accepted ones, or other columns; nothing of the file "
                "was kept"
            )


class _Table:
    """A table in parts: in memory as long as they are small, for most deliveries are."""

    def __init__(self, folder: Path, schema: dict[str, pl.DataType]) -> None:
        self._folder = folder
        self._empty = pl.DataFrame(schema=schema)
        self._words = pl.Categorical(pl.Categories.random())
        self.clear()

    def clear(self) -> None:
        self._held: list[pl.DataFrame] = []
        self._held_bytes = 0
        self._parts: list[Path] = []
        self.height = 0

    def add(self, frame: pl.DataFrame) -> None:
        self.height += frame.height
        if frame.is_empty():
            return
        frame = frame.with_columns(_word(frame[name], self._words) for name in _SAME if name in frame.columns)
        self._held.append(frame)
        self._held_bytes += int(frame.estimated_size())
        if self._held_bytes > _HELD_BYTES:
            self._put_down()

    def write(self, path: Path) -> None:
        if self._parts:
            self._put_down()
            pl.scan_parquet(self._parts).sink_parquet(path, compression_level=_LEVEL, metadata=self._types(path))
        else:
            self._whole().write_parquet(path, compression_level=_LEVEL, metadata=self._types(path))

    def _types(self, path: Path) -> dict[str, str]:
        """What a file says of its columns' types, so that the words are read as text again."""
        self._empty.write_parquet(path)
        return pl.read_parquet_metadata(path)

    def _whole(self) -> pl.DataFrame:
        words = [pl.col(name).cast(self._words) for name in _SAME if name in self._empty.columns]
        return pl.concat([self._empty.with_columns(words), *self._held], rechunk=False)

    def _put_down(self) -> None:
        if self._held:
            self._folder.mkdir(exist_ok=True)
            path = self._folder / f"{len(self._parts):06}.parquet"
            self._whole().write_parquet(path, compression="lz4", statistics=False)
            self._parts.append(path)
            self._held.clear()
            self._held_bytes = 0


def _word(column: pl.Series, words: pl.Categorical) -> pl.Series:
    """A column of a piece as categories; nearly always it says one thing, and is made anew from that."""
    first = column.first()
    if (column == first).all():
        return pl.repeat(first, len(column), dtype=words, eager=True).alias(column.name)
    return column.cast(words)
