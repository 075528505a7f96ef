"""What came of a what-if: the edition asked about, what was changed, what would differ.

What belongs here: the values that pages, workbook and kept results read. Computing them stands in `registry.whatif`.
"""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from editions.costs import Costs
from editions.whatif import Comparison
from registry.queries import EditionInfo
from registry.wording import told_value
from rules.parameters.model import ParameterValue

__all__ = ["Change", "WhatIf"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One parameter as it was in force and as the what-if had it."""

    name: str
    title: str
    unit: str
    before: ParameterValue
    after: ParameterValue

    @property
    def told(self) -> str:
        """The change in Chinese words."""
        return (
            f"{self.title}：{told_value(self.before, self.unit)} → {told_value(self.after, self.unit)}（{self.name}）"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """The published edition that was asked about, the parameters that were changed, and what would differ.

    `start` (`STARTS`) says from when they were changed, `base` which state both sides, or the unchanged one alone,
    started from. `drifted` names what could not be had as it was when the edition was made: code, parameters. `newer`
    names what has come since and does not count: deliveries, decisions, parameters. `reproduced` says whether the
    unchanged side is the published edition to the row, but for persons erased since. `before` and `after` are the
    families that differ as both lists have them.
    """

    edition: EditionInfo
    changes: tuple[Change, ...]
    start: str
    base: str
    comparison: Comparison
    costs: Costs
    drifted: tuple[str, ...]
    newer: tuple[str, ...]
    reproduced: bool
    path: Path | None
    before: pl.DataFrame
    after: pl.DataFrame
