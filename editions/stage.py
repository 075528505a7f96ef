"""What a stage of an edition is, and what it may look at.

What belongs here: the names of the raw inputs, `StageInput` and `Stage`. Which stages there are stands in
`editions.compute`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType

import polars as pl

from rules.parameters import ParametersAt
from schemas.tables import MATURED, get_table
from scoring.model import NeedModel

__all__ = [
    "DECISIONS",
    "FEEDS",
    "HEALTH_TABLE",
    "IDENTITIES",
    "MATURED_TABLE",
    "NOTHING_BEFORE",
    "PREVIOUS",
    "PROFILES_TABLE",
    "Stage",
    "StageInput",
    "Tables",
]

FEEDS = "feeds"
IDENTITIES = "identities"
HEALTH_TABLE = "health"
PROFILES_TABLE = "profiles"
DECISIONS = "decisions"
MATURED_TABLE = "matured"
PREVIOUS: Mapping[str, str] = {f"previous_{name}": name for name in ("list", "members", "standings", "warnings")}
"""The state that one month hands to the next: under what name, and which published table it is."""

Tables = Mapping[str, pl.LazyFrame]

NOTHING_BEFORE: Tables = {name: get_table(table).empty() for name, table in PREVIOUS.items()}
"""The state before the first month."""


@dataclass(frozen=True, kw_only=True)
class StageInput:
    """What a stage may look at: the date, the parameters, the raw inputs, and the tables of earlier stages.

    `model` scores; without it the scorecard does. `matured` says what it told of the families of a year ago, and what
    became of them (`editions.history.matured`). `shadow` is a model on trial, on which nothing depends.
    """

    as_of: date
    parameters: ParametersAt
    tables: Tables
    feed_tables: Tables = field(default_factory=lambda: MappingProxyType({}))
    identities: pl.LazyFrame | None = None
    health: pl.LazyFrame | None = None
    profiles: pl.LazyFrame | None = None
    previous: Tables | None = None
    decisions: pl.LazyFrame | None = None
    model: NeedModel | None = None
    matured: pl.LazyFrame | None = None
    shadow: NeedModel | None = None

    @property
    def readable(self) -> dict[str, pl.LazyFrame]:
        """The tables of earlier stages, and the raw inputs beside the feeds."""
        given = {
            HEALTH_TABLE: self.health,
            PROFILES_TABLE: self.profiles,
            DECISIONS: self.decisions,
            MATURED_TABLE: self.matured,
        }
        raw = {name: frame for name, frame in given.items() if frame is not None}
        return {**self.tables, **raw, **(self.previous or {})}

    def complete(self) -> "StageInput":
        """The same; where no month before, no decisions or nothing of a year ago were given, without any.

        Raises `ValueError` for a model without what became of the families of a year ago: it would go on scoring where
        the edition's own stages step back from it.
        """
        if self.model is not None and self.matured is None:
            raise ValueError("a model scores only beside what became of the families of a year ago (`matured`)")
        return replace(
            self,
            previous=NOTHING_BEFORE if self.previous is None else self.previous,
            decisions=get_table(DECISIONS).empty() if self.decisions is None else self.decisions,
            matured=MATURED.empty() if self.matured is None else self.matured,
        )


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: the tables it makes, and the tables it needs.

    Needs are tables of earlier stages, or the raw inputs: `feeds`, `identities`, `health`, `profiles`, `decisions`,
    and the state of the month before (`PREVIOUS`).
    """

    name: str
    tables: tuple[str, ...]
    needs: tuple[str, ...]
    run: Callable[[StageInput], dict[str, pl.LazyFrame]]
