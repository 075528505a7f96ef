"""Troubles of whole deliveries that are planted on request: what departments really do to a month's file.

What belongs here: which feed has which trouble in which month, what the trouble does to its table, and which warning
an attentive reader puts. Each is written down in the truth (`troubles.parquet`). Faults that come with dirt stand in
`dirt` and `faults`.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl

__all__ = ["LATE", "LEAST_MONTHS", "LEAST_PEOPLE", "Trouble", "declare", "retold", "trouble_of", "troubled", "worn"]

LATE = "late"
"""The folder beside landing/ in which a late file waits: it is put into landing/ once its day has passed."""

LEAST_MONTHS = 6
LEAST_PEOPLE = 3000
"""Below these a change cannot be told from chance, so the warnings that the truth declares would not be deserved."""

TroubleKind = Literal[
    "zero_report",
    "missing",
    "late",
    "shrunk",
    "emptied",
    "shifted",
    "new_codes",
    "unreadable",
    "old_file",
    "repeated",
    "lapsed",
    "unagreed",
]
_SCHEMA = dict.fromkeys(("feed", "month", "trouble", "column", "rule_id", "basis"), pl.String)
_KEPT = {"vehicles": 0.3, "medical_settlements": 0.2}  # of the rows of a delivery that shrinks
_EMPTIED, _UNREADABLE, _REPEATED = 0.6, 0.3, 0.4  # of the rows
_FACTOR = 4
_NEW_CODES = 3
_NEW_LABEL = "新设类别"


@dataclass(frozen=True, slots=True)
class Trouble:
    """What happens to one feed's delivery `before_last` months before the last one, and the warning it deserves."""

    kind: TroubleKind
    feed: str
    column: str = ""
    rule_id: str = ""
    basis: str = ""
    before_last: int = 0


_PLANTED = (
    Trouble("zero_report", "employment_aid"),
    Trouble("missing", "veteran_benefits", "", "delivery_missing", "not_delivered"),
    Trouble("late", "housing_aid", "", "delivery_late", "came_late", before_last=1),
    Trouble("shrunk", "vehicles", "", "volume_jump", "much_smaller"),
    Trouble("shrunk", "medical_settlements", "", "volume_jump", "much_smaller"),
    Trouble("emptied", "real_estate", "area_m2", "null_rate_drift", "much_emptier"),
    Trouble("shifted", "housing_fund", "deposit_fen", "distribution_drift", "much_shifted"),
    Trouble("new_codes", "allowances", "allowance_kind", "unknown_codes", "code_of_no_list"),
    Trouble("unreadable", "tax_other_income", "person_id", "quarantine_high", "quarantine_over_share"),
    Trouble("old_file", "declared_incomes", "", "same_bytes_again", "known_bytes"),
    Trouble("repeated", "contributions", "", "rows_repeated", "known_keys"),
    Trouble("lapsed", "charity_aid", "", "contract_expired", "agreement_expired"),
    Trouble("unagreed", "hardship_workers", "", "contract_expired", "no_agreement"),
)


def troubled(kind: TroubleKind) -> frozenset[str]:
    """The feeds that have the trouble, in whatever month."""
    return frozenset(each.feed for each in _PLANTED if each.kind == kind)


def trouble_of(feed: str, before_last: int) -> Trouble | None:
    """The trouble of a feed so many months before the last one, if it has any."""
    return next((each for each in _PLANTED if (each.feed, each.before_last) == (feed, before_last)), None)


def worn(frame: pl.DataFrame, trouble: Trouble, rng: np.random.Generator) -> pl.DataFrame:
    """The typed table as the trouble leaves it; troubles of the file or of its text change nothing here."""
    if trouble.kind == "zero_report":
        return frame.clear()
    if trouble.kind == "shrunk":
        return frame.filter(_struck(frame, _KEPT[trouble.feed], rng))
    if trouble.kind == "emptied":
        column = pl.when(~_struck(frame, _EMPTIED, rng)).then(pl.col(trouble.column))
        return frame.with_columns(column.alias(trouble.column))
    if trouble.kind == "shifted":
        return frame.with_columns(pl.col(trouble.column) * _FACTOR)
    return frame


def retold(text: pl.DataFrame, trouble: Trouble, rng: np.random.Generator) -> pl.DataFrame:
    """The table as text: with labels of no list, or with identity numbers that lost their last digit."""
    column = pl.col(trouble.column) if trouble.column else pl.lit("")
    if trouble.kind == "new_codes":
        new = pl.Series(np.arange(text.height) < _NEW_CODES)
        return text.with_columns(pl.when(new).then(pl.lit(_NEW_LABEL)).otherwise(column).alias(trouble.column))
    if trouble.kind == "unreadable":
        cut = pl.when(_struck(text, _UNREADABLE, rng)).then(column.str.head(-1)).otherwise(column)
        return text.with_columns(cut.alias(trouble.column))
    if trouble.kind == "repeated":
        return text.filter(_struck(text, _REPEATED, rng))
    return text


def declare(months: list[str], out: Path) -> None:
    """Write `troubles.parquet`: feed, month, trouble, column, and rule and basis of the warning ("" for none)."""
    rows = [
        (each.feed, months[-1 - each.before_last], each.kind, each.column, each.rule_id, each.basis)
        for each in _PLANTED
        if each.before_last < len(months)
    ]
    pl.DataFrame(rows, schema=_SCHEMA, orient="row").sort("feed", "month").write_parquet(out / "troubles.parquet")


def _struck(frame: pl.DataFrame, share: float, rng: np.random.Generator) -> pl.Series:
    return pl.Series(rng.random(frame.height) < share, dtype=pl.Boolean)
