"""Illness, hospital bills and disability.

What belongs here: conditions of the body and what they cost. Aid for them stands in `aid`.
"""

import numpy as np
import numpy.typing as npt

from samples.world.base import YEAR, Ints
from samples.world.hardship import give_up
from samples.world.state import SEVERE, World

__all__ = ["begin", "step"]

_MONTHS = 12
_YUAN = 100
_ELDERLY, _OLD = 50, 60
_STOPS = 0.55  # of those who work stop when they fall severely ill or are severely disabled
_FADES = 0.92  # of an old bill, from month to month
_FRESH = 500  # days from the beginning of an illness in which hospital stays are frequent


def begin(world: World) -> None:
    """Disabilities and illnesses that people of the first day already have."""
    years = world.ages / YEAR
    disabled = world.draw(world.present, np.where(years > _OLD, 0.09, 0.028))
    back = world.span(0.548, 12, len(disabled))
    born = world.people["birth"][disabled] + 300
    on = np.maximum(world.today - back, born)
    early = on < world.today
    _certify(world, disabled[early], on[early])
    _fall_ill(world, world.draw(world.present, np.where(years > _ELDERLY, 0.02, 0.003)), begin=True)


def step(world: World) -> None:
    """New conditions, revoked certificates and the bills of the month."""
    people, rng = world.people, world.rng
    years = world.ages / YEAR
    new = world.draw(world.present & (people["grade"] == 0), np.where(years > _OLD, 0.0006, 0.0001))
    _certify(world, new, world.days(len(new)))
    severe = new[people["grade"][new] <= SEVERE]
    give_up(world, severe[world.chance(len(severe), _STOPS)])
    table = world.certificates
    valid = np.flatnonzero(world.living[table["person"]] & (table["end"] > world.month_end))
    valid = valid[table["start"][valid] < world.today]
    revoked = world.draw(valid, 0.0008)
    table["end"][revoked] = world.days(len(revoked))
    people["grade"][table["person"][revoked]] = 0
    well = world.present & (people["ill_on"] > world.today)
    sick = world.draw(well, np.where(years > _ELDERLY, 9e-4, 2.5e-4))
    _fall_ill(world, sick)
    give_up(world, sick[world.chance(len(sick), _STOPS)])
    _bills(world, rng.random(len(people)))


def _certify(world: World, rows: Ints, on: Ints) -> None:
    rng = world.rng
    grade = rng.choice([1, 2, 3, 4], len(rows), p=[0.15, 0.25, 0.3, 0.3])
    world.certificates.add(len(rows), person=rows, category=rng.integers(0, 7, len(rows)), grade=grade, start=on)
    world.people["grade"][rows] = grade


def _fall_ill(world: World, rows: Ints, *, begin: bool = False) -> None:
    on = world.today - world.rng.integers(1, 1500, len(rows)) if begin else world.days(len(rows))
    on = np.maximum(on, world.people["birth"][rows] + 60) if begin else on
    world.illnesses.add(len(rows), person=rows, illness=world.rng.integers(0, 4, len(rows)), on=on)
    world.people["ill_on"][rows] = on


def _bills(world: World, luck: npt.NDArray[np.float64]) -> None:
    """Outpatient visits and inpatient stays; the fund pays most of it."""
    people, rng = world.people, world.rng
    years = np.clip(world.ages / YEAR, 0, 100)
    ill = people["ill_on"] < world.today
    fresh = ill & (people["ill_on"] > world.today - _FRESH)
    stay = 0.0015 + 0.00012 * years + np.where(fresh, 0.16, np.where(ill, 0.05, 0))
    stay += np.where(people["grade"] > 0, 0.01, 0)
    grown = world.present & (people["birth"] < world.today - 40)
    inpatient = np.flatnonzero(grown & (luck < stay))
    visit = 0.02 + 0.002 * years
    outpatient = np.flatnonzero(grown & (luck > 1 - visit))
    people["burden"][:] = (people["burden"] * _FADES).astype(np.int64)
    for kind, rows, middle in ((0, inpatient, 9500.0), (1, outpatient, 260.0)):
        total = (np.exp(rng.normal(np.log(middle), 0.85, len(rows))) * _YUAN).astype(np.int64)
        fund = (total * rng.uniform(0.45, 0.85, len(rows))).astype(np.int64)
        people["burden"][rows] += total - fund
        if not world.recording:
            continue
        on = world.today + rng.integers(2, 27, len(rows))
        world.settlements.add(
            len(rows),
            person=rows,
            kind=kind,
            admitted=on - 2 - rng.integers(0, 14, len(rows)) if kind == 0 else 2**30,
            on=on,
            total=total,
            fund=fund,
            own=total - fund,
        )
