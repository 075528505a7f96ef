"""The few frame idioms that rules share, kept to what Polars, Spark and SQL do alike.

What belongs here: windows by calendar arithmetic, the people a hit may be of, and the closing select
that gives every rule the columns of `hits`.
"""

from datetime import date
from typing import Literal, TypeAlias

import narwhals as nw

from rules.base import Frame, RuleContext
from rules.parameters.model import Band
from schemas.tables import SOURCE

__all__ = [
    "FEN_PER_YUAN",
    "SOURCE_COLUMNS",
    "about_feeds",
    "as_hits",
    "banded",
    "day",
    "day_text",
    "earliest_of",
    "entitlements",
    "in_force",
    "inside",
    "latest_of",
    "months_to",
    "nothing",
    "people",
    "recent_deliveries",
    "shifted",
]

SOURCE_COLUMNS: tuple[str, ...] = tuple(SOURCE)
FEN_PER_YUAN = 100
_MONTHS_A_YEAR = 12

Unit: TypeAlias = Literal["d", "mo", "y"]


def day(value: date) -> nw.Expr:
    """`value` as a date literal."""
    return nw.lit(value, dtype=nw.Date)


def nothing(dtype: type[nw.String | nw.Date | nw.Int64]) -> nw.Expr:
    """A typed null."""
    return nw.lit(None, dtype=dtype)


def shifted(column: str, number: int, unit: Unit) -> nw.Expr:
    """The date ⊕ `number` units, clamped to the month's last day (domain line 3)."""
    return nw.col(column).dt.offset_by(f"{number}{unit}").cast(nw.Date)


def inside(column: str, as_of: date, number: int, unit: Unit) -> nw.Expr:
    """Whether d ≤ as_of ≤ d ⊕ n, both ends included (domain line 3)."""
    return (nw.col(column) <= day(as_of)) & (shifted(column, number, unit) >= day(as_of))


def in_force(started: str, ended: str, as_of: date) -> nw.Expr:
    """Whether a spell has started and not ended; the end is the first day after it (domain line 1)."""
    return (nw.col(started) <= day(as_of)) & (nw.col(ended).is_null() | (nw.col(ended) > day(as_of)))


def day_text(column: str) -> nw.Expr:
    """The date as YYYY-MM-DD."""
    return nw.col(column).dt.to_string("%Y-%m-%d")


def people(context: RuleContext, *extra: str) -> Frame:
    """Living persons in scope (domain line 5): `person_key`, `family_id` and the `extra` columns of `members`."""
    return context.table("members").filter(nw.col("in_scope")).select("person_key", "family_id", *extra)


def entitlements(context: RuleContext) -> Frame:
    """Spells on the register at as_of (domain line 1): `person_key`, `programme`, `family_no`, dates and source.

    A rigid_expense spell without an end ends by its parameter.
    """
    months = context.parameters.integer("register.rigid_expense_months")
    open_rigid = nw.col("ended_on").is_null() & (nw.col("programme") == "rigid_expense")
    spells = context.table("spells").with_columns(
        ended_on=nw.when(open_rigid).then(shifted("started_on", months, "mo")).otherwise(nw.col("ended_on"))
    )
    return spells.filter(in_force("started_on", "ended_on", context.as_of)).select(
        "person_key", "programme", "family_no", "started_on", "ended_on", *SOURCE_COLUMNS
    )


def recent_deliveries(context: RuleContext) -> Frame:
    """Rows of `health` of the latest folder months that raise warnings."""
    number = context.parameters.integer("feed_health.recent_months")
    return context.table("health").filter(nw.col("month").is_in(months_to(context.as_of, number)))


def months_to(as_of: date, number: int) -> list[str]:
    """The last `number` folder months up to that of `as_of`, as YYYY-MM."""
    last = as_of.year * _MONTHS_A_YEAR + as_of.month - 1
    ordinals = range(last - number + 1, last + 1)
    return [f"{each // _MONTHS_A_YEAR:04d}-{each % _MONTHS_A_YEAR + 1:02d}" for each in ordinals]


def banded(value: nw.Expr, bands: list[Band]) -> nw.Expr:
    """The points of the band in which `value` lies; below the first band those of the first, null for null."""
    points = nw.lit(bands[0].points)
    for band in bands[1:]:
        points = nw.when(value >= band.at_least).then(nw.lit(band.points)).otherwise(points)
    return nw.when(~value.is_null()).then(points).otherwise(nothing(nw.Int64)).cast(nw.Int64)


def latest_of(frame: Frame, by: list[str], order: list[str]) -> Frame:
    """The last row of each `by` in ascending `order`, which must be total."""
    first = by[0]
    numbered = frame.with_columns(_place=nw.col(first).cum_count().over(*by, order_by=order).cast(nw.Int64))
    return numbered.with_columns(_last=nw.col("_place").max().over(*by)).filter(nw.col("_place") == nw.col("_last"))


def earliest_of(frame: Frame, by: list[str], order: list[str]) -> Frame:
    """The first row of each `by` in ascending `order`, which must be total."""
    place = nw.col(by[0]).cum_count().over(*by, order_by=order).cast(nw.Int64)
    return frame.with_columns(_place=place).filter(nw.col("_place") == 1)


def as_hits(
    frame: Frame,
    rule_id: str,
    *,
    basis: str | nw.Expr,
    evidence_on: str | nw.Expr,
    evidence_key: str | nw.Expr,
    valid_until: nw.Expr | None = None,
    evidence_fen: str | nw.Expr | None = None,
) -> Frame:
    """`frame` (family_id, person_key, the source columns and what the expressions need) as rows of `hits`."""
    return frame.select(
        nw.lit(rule_id).alias("rule_id"),
        nw.col("family_id"),
        nw.col("person_key"),
        (nw.lit(basis) if isinstance(basis, str) else basis).alias("basis"),
        _column(evidence_on, nw.Date).alias("evidence_on"),
        _column(valid_until, nw.Date).alias("valid_until"),
        _column(evidence_fen, nw.Int64).alias("evidence_fen"),
        _column(evidence_key, nw.String).alias("evidence_key"),
        *SOURCE_COLUMNS,
    )


def about_feeds(
    frame: Frame,
    rule_id: str,
    *,
    basis: str | nw.Expr,
    evidence_on: nw.Expr,
    evidence_key: str | nw.Expr,
) -> Frame:
    """`frame` (feed and what the expressions need) as rows of `hits` about a feed; its name is the source."""
    named = frame.with_columns(
        family_id=nothing(nw.String),
        person_key=nothing(nw.String),
        source_feed=nw.col("feed"),
        source_delivery=nothing(nw.String),
        source_sheet=nothing(nw.String),
        source_row=nothing(nw.Int64),
    )
    return as_hits(named, rule_id, basis=basis, evidence_on=evidence_on, evidence_key=evidence_key)


def _column(given: str | nw.Expr | None, dtype: type[nw.String | nw.Date | nw.Int64]) -> nw.Expr:
    if given is None:
        return nothing(dtype)
    return (nw.col(given) if isinstance(given, str) else given).cast(dtype)
