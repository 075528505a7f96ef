"""What goes wrong with whole deliveries once there is dirt: late, twice, corrected afterwards, missing.

What belongs here: faults that need the month or the world. Faults within a row stand in `dirt`. None of
them takes income away, and none changes what an attentive reader concludes.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from samples.departments import Slice
from samples.dirt import Dirt
from samples.world.base import month_start
from schemas.contract import Feed

__all__ = ["Fault", "fault_of", "first_try", "misreported"]

_MISSING = {("veteran_benefits", 2), ("vehicles", 3)}
_TWICE = {("medical_aid", 2), ("leads", 3)}
_CORRECTED = {("housing_aid", 1), ("allowances", 2), ("disability_certificates", 1)}
_NEGATIVE = frozenset({"medical_aid", "employment_aid"})
_FALSE_DEATHS = 2
_WRONG_SHARE = 0.1


@dataclass(frozen=True)
class Fault:
    """What happens to one delivery as a whole."""

    missing: bool = False
    twice: bool = False
    corrected: bool = False


def fault_of(feed: Feed, place: int, dirt: Dirt) -> Fault:
    """The fault of a feed in the `place`-th month, counted from 0; none without dirt."""
    if dirt.dial <= 0:
        return Fault()
    key = (feed.name, place % 12)
    return Fault(missing=key in _MISSING, twice=key in _TWICE, corrected=key in _CORRECTED)


def first_try(text: pl.DataFrame, dirt: Dirt) -> pl.DataFrame:
    """The table as it was before its correction: some rows are not there yet."""
    kept = dirt.rng.random(text.height) >= _WRONG_SHARE
    kept[0] = True
    return text.filter(pl.Series(kept))


def misreported(frame: pl.DataFrame, view: Slice, feed: Feed, dirt: Dirt) -> pl.DataFrame:
    """Rows that should not be there: a reversal that names no payment, a death that later life refutes."""
    if dirt.dial <= 0 or not frame.height:
        return frame
    if feed.name in _NEGATIVE:
        wrong = frame.head(1).with_columns(
            payment_no=pl.lit(None, dtype=pl.String), amount_fen=-pl.col("amount_fen").abs()
        )
        return pl.concat([frame, wrong])
    if feed.name == "cremations" and view.first:
        return pl.concat([frame, _refuted_deaths(view, frame)])
    return frame


def _refuted_deaths(view: Slice, frame: pl.DataFrame) -> pl.DataFrame:
    """Cremations under the number of somebody who was registered anew long after."""
    spells = view.world.registrations
    late = (spells["start"] > month_start(view.month - 20)) & (spells["start"] < month_start(view.month))
    persons = np.unique(spells["person"][late])
    people = view.world.people
    old_enough = people["birth"][persons] < month_start(view.month - 240)
    alive = people["death"][persons] > view.until
    persons = persons[old_enough & alive][:_FALSE_DEATHS]
    on = np.full(len(persons), month_start(view.month - 30), dtype=np.int64)
    columns = view.person(persons) | {
        "cremation_no": view.number(persons, "BYC", 8),
        "died_on": view.day(on),
        "cremated_on": view.day(on + 2),
    }
    return pl.DataFrame(columns).select(frame.columns)
