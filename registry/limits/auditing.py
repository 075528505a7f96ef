"""What a case of limits can ask of auditing: how many items a sample has, and which reads are looked at twice."""

import polars as pl

from registry.auditing.reports import odd_hours, volumes
from registry.auditing.sampling import Request
from registry.auditing.sizes import sample_size
from registry.auditing.strata import shares
from rules.parameters import ParametersAt

__all__ = ["APPLIED"]

_KIND, _SEED = "entries", "limits"


def items_drawn(at: ParametersAt, *, items: int) -> int:
    """How many of so many items an auditor looks at."""
    return sample_size(items, Request.of(_KIND, at, seed=_SEED).assurance).size


def drawn_of_stratum(at: ParametersAt, *, items: int, others: int, drawn: int) -> int:
    """How many items a stratum gives, when so many are drawn of it and of all others by their share."""
    strata = pl.DataFrame({"stratum": ["one", "others"], "items": [items, others]})
    request = Request.of(_KIND, at, seed=_SEED)
    given = shares(strata, drawn, at_least=request.at_least).row(0, named=True)
    return int(given["share"] + given["extra"])


def odd_hour(at: ParametersAt, *, hour: int) -> bool:
    """Whether a read at that hour of a working day is unusual."""
    read = _read(1, 1, hour)
    return not odd_hours(read.clear(), read, at).rows.is_empty()


def unusual_day(at: ParametersAt, *, reads: int = 1, rows: int = 1) -> bool:
    """Whether a day on which one person reads so often, so many rows in all, is unusual."""
    read = _read(reads, rows, 12)
    return bool(volumes(read.clear(), read, at).rows["flagged"].item())


def _read(reads: int, rows: int, hour: int) -> pl.DataFrame:
    """So many reads of one person at that hour of one working day; the first shows all the rows."""
    return pl.DataFrame({"seq": range(reads)}).with_columns(
        at=pl.lit(""),
        day=pl.lit("2026-03-31").str.to_date(),
        hour=pl.lit(hour),
        working=pl.lit(value=True),
        actor=pl.lit("reader"),
        action=pl.lit("view"),
        role=pl.lit("street_staff"),
        rows=pl.when(pl.col("seq") == 0).then(rows).otherwise(0),
        masked=pl.lit(value=True),
    )


APPLIED = (items_drawn, drawn_of_stratum, odd_hour, unusual_day)
