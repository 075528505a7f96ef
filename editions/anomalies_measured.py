"""How well unusual families and deliveries are found: measured on an edition's own, with some made unusual on purpose.

What belongs here: what is put in, and the share of it that is found. Nothing of it enters an edition. The changes are
those that people worry about: an income that falls away while bills come in; a file that is half there, comes twice,
has an emptied column, or has changed its codes.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.random import Generator

from editions.anomalies import PROFILE, financial_profiles, unusual_feeds
from rules.parameters import ParametersAt
from scoring.anomalies import found_and_true, unusual_households
from scoring.intervals import Interval

__all__ = ["Measured", "measured_families", "measured_feeds"]

_PERCENT = 100
_HALF = 2
_INCOME, _BILLS = (500, 4_000), (60_000, 200_000)  # yuan a head and year; yuan a year
_FEWEST_ROWS = 200  # of a delivery that is spoilt: a smaller one proves nothing
_DELIVERIES = 8
_KEY = ("feed", "month")
_TIMES = {"halved": 0.4, "doubled": 2.0}
_FAULTS = ("halved", "emptied", "doubled", "recoded")


@dataclass(frozen=True, slots=True)
class Measured:
    """What was put in and found. `precision` is of what is told with it and not without it; `told` is without it."""

    injected: int
    told: int
    precision: Interval
    recall: Interval


def measured_families(
    tables: Mapping[str, pl.LazyFrame], parameters: ParametersAt, *, seed: int = 0
) -> Measured | None:
    """Half as many families as may be told lose their income and have large bills; None without a family to change.

    Reads `families` and `members`, as `editions.anomalies.unusual_families` does.
    """
    registered = tables["members"].filter("on_register").select("family_id")
    families = tables["families"].join(registered, on="family_id", how="anti")
    profiles = financial_profiles(families).collect().sort("family_id")
    share = parameters.integer("anomalies.families_percent") / _PERCENT
    random = np.random.default_rng(seed)
    plain = _unusual(profiles, parameters, share)
    usual = profiles.filter(pl.col("income_per_head").is_not_null(), ~pl.col("family_id").is_in(plain.implode()))
    if usual.is_empty():
        return None
    injected = usual.sample(min(usual.height, max(1, int(share * profiles.height) // _HALF)), seed=seed)["family_id"]
    found = _unusual(_impoverished(profiles, injected, random), parameters, share)
    return _measured(found, injected, plain)


def measured_feeds(profiles: pl.LazyFrame, parameters: ParametersAt, *, seed: int = 0) -> Measured | None:
    """Eight deliveries are spoilt, two of each kind; None where history is too short to compare.

    Reads comparable profiles, as `unusual_feeds` does.
    """
    known = profiles.collect().sort(pl.all())
    plain = _places(unusual_feeds(known.lazy(), parameters))
    able = known.group_by(_KEY).agg(pl.col("rows").max()).filter(pl.col("rows") >= _FEWEST_ROWS).sort(_KEY)
    months = pl.len().over("feed") - 1
    able = able.filter(months >= parameters.integer("anomalies.delivery_months"))
    if able.is_empty():
        return None
    able = able.with_columns(place=pl.concat_str(_KEY, separator="/")).filter(~pl.col("place").is_in(plain.implode()))
    chosen = able.sample(min(_DELIVERIES, able.height), seed=seed, shuffle=True)
    faults = chosen.select(
        *_KEY, fault=pl.Series([_FAULTS[each % len(_FAULTS)] for each in range(chosen.height)], dtype=pl.String)
    )
    found = _places(unusual_feeds(_spoilt(known, faults).lazy(), parameters))
    return _measured(found, chosen["place"], plain)


def _measured(found: pl.Series, injected: pl.Series, plain: pl.Series) -> Measured:
    """What was told without any injection is neither right nor wrong: nobody knows."""
    new = found.filter(~found.is_in(plain.implode()))
    precision, recall = found_and_true(new, injected)
    return Measured(len(injected), plain.n_unique(), precision, recall)


def _places(found: pl.DataFrame) -> pl.Series:
    """The deliveries that stand out, one each."""
    return found.select(place=pl.concat_str(_KEY, separator="/")).to_series().unique().sort()


def _unusual(profiles: pl.DataFrame, parameters: ParametersAt, share: float) -> pl.Series:
    deviations = parameters.integer("anomalies.family_deviations")
    return unusual_households(profiles, PROFILE, share=share, deviations=deviations)["family_id"].unique().sort()


def _impoverished(profiles: pl.DataFrame, families: pl.Series, random: Generator) -> pl.DataFrame:
    """`profiles` with the income of `families` gone and bills that nobody could pay of it."""
    income = random.integers(*_INCOME, len(families))
    bills = random.integers(*_BILLS, len(families))
    struck = pl.DataFrame({"family_id": families, "income_per_head": income, "medical_cost": bills}).with_columns(
        medical_share=_PERCENT * pl.col("medical_cost") // pl.col("income_per_head")
    )
    return profiles.update(struck.cast({each: profiles.schema[each] for each in struck.columns}), on="family_id")


def _spoilt(known: pl.DataFrame, faults: pl.DataFrame) -> pl.DataFrame:
    """`known` with the counts of the chosen deliveries as the faults would leave them."""
    others = known.join(faults, on=_KEY, how="anti")
    parts = [_faulty(known.filter(feed=feed, month=month), fault) for feed, month, fault in faults.iter_rows()]
    return pl.concat([others, *(each.cast(known.schema).select(known.columns) for each in parts)])


def _faulty(cells: pl.DataFrame, fault: str) -> pl.DataFrame:
    """The counts of one delivery: fewer or more rows, one column half empty, or one column with other codes."""
    coded = cells.filter(measure="code")
    if fault in _TIMES or coded.is_empty():
        return cells.with_columns((pl.col("rows", "cells") * _TIMES.get(fault, _TIMES["halved"])).round())
    column = coded.sort("cells", "column", "bin", descending=[True, False, False])["column"][0]
    own = pl.col("column") == column
    if fault == "recoded":
        return cells.with_columns(
            bin=pl.when(own & (pl.col("measure") == "code")).then("bin" + pl.lit("*")).otherwise("bin")
        )
    taken = cells.filter(own, pl.col("measure") != "empty")["cells"].sum() // _HALF
    empty = (
        cells.filter(own)
        .head(1)
        .with_columns(
            measure=pl.lit("empty"),
            bin=pl.lit(""),
            cells=pl.lit(taken) + cells.filter(own, measure="empty")["cells"].sum(),
        )
    )
    left = cells.filter(~(own & (pl.col("measure") == "empty")))
    halved = left.with_columns(cells=pl.when(own).then(pl.col("cells") // _HALF).otherwise("cells"))
    return pl.concat([halved, empty.cast(cells.schema)])
