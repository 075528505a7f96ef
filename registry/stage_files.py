"""Parquet of the stages of an edition: written aside, checked, then moved into place.

What belongs here: where a stage's tables lie and how they get there. A table remembers the input set
that it was computed from; reading it for another one is refused, so stages never mix.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from schemas.errors import DoudiError
from schemas.settings import Settings

__all__ = ["StageFiles", "StaleStageError"]

_MARK = "doudi.input_hash"


class StaleStageError(DoudiError):
    """A stage's table is missing, or was computed from other inputs."""


class StageFiles:
    """The tables that stages made for one month's edition, computed from one input set."""

    def __init__(self, settings: Settings, month: str, input_hash: str, *, root: str = "stages") -> None:
        self._root = settings.lake_dir / root
        self._month = month
        self._input_hash = input_hash

    def path(self, stage: str, table: str) -> Path:
        """Where `table` as made by `stage` lies once it is whole."""
        return self._root / stage / table / f"{self._month}.parquet"

    def holds(self, stage: str, table: str) -> bool:
        """Whether the table is there and was computed from this input set."""
        path = self.path(stage, table)
        return path.is_file() and pl.read_parquet_metadata(path).get(_MARK) == self._input_hash

    def scan(self, stage: str, table: str) -> pl.LazyFrame:
        """The table; raises `StaleStageError` unless it was computed from this input set."""
        path = self.path(stage, table)
        if not path.is_file():
            raise StaleStageError(f"table {table} of {self._month} is not computed; materialise {stage} first")
        if pl.read_parquet_metadata(path).get(_MARK) != self._input_hash:
            raise StaleStageError(
                f"table {table} of {self._month} was computed from other inputs; run the whole job `publish`"
            )
        return pl.scan_parquet(path)

    @contextmanager
    def writing(self, stage: str, tables: Mapping[str, pl.LazyFrame]) -> Iterator[dict[str, Path]]:
        """Write `tables` aside in one streaming pass and give their paths; move them into place at the end.

        Any exception of the body removes what was written and leaves the former tables as they were.
        """
        aside = {name: self.path(stage, name).with_suffix(f".{os.getpid()}.tmp") for name in tables}
        for path in aside.values():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            sinks = [
                frame.sink_parquet(aside[name], metadata={_MARK: self._input_hash}, lazy=True)
                for name, frame in tables.items()
            ]
            pl.collect_all(sinks, engine="streaming")
            yield aside
            for name, path in aside.items():
                path.replace(self.path(stage, name))
        finally:
            for path in aside.values():
                path.unlink(missing_ok=True)
