"""What else departments know of people: prison, allowances, things owned, visits, leads.

What belongs here: facts that lead to no group by themselves but to warnings, counts and questions.
"""

import numpy as np

from samples.world.base import NEVER, YEAR, Columns, Flags, Ints
from samples.world.hardship import EASY, HARD, chance_by, of_people
from samples.world.state import ELSEWHERE, SEVERE, World, code

__all__ = ["begin", "step"]

_YUAN = 100
_MISSED = 31  # one in so many entitled people does not receive an allowance
_KEEPS = 9  # one in so many recipients keeps a car or a business on the register
_SLOW, _WAIT, _DELAY = 6, 20, 100  # one in so many new certificates waits days for the first payment, others fewer
_LEADS, _SUSPECTED, _ANYWHERE = 0.0003, 0.00012, 0.0001  # an adult and month; the first two where hardship is nought
_NOT_IN_NEED = (0.0, 0.03, 0.77, 0.08, 0.02, 0.1)  # outcomes of visits that see no need, as `visit_outcome`
_INJURED = 41  # one in so many severely disabled people has the nursing fee of work-injury insurance


def begin(world: World) -> None:
    """What people of the first day own, and sentences that run."""
    _buy(world, scale=130.0)
    adults = world.present & (world.ages > 20 * YEAR)
    rows = world.draw(adults, 0.0012)
    world.custody.add(len(rows), person=rows, kind=0, start=world.today - world.rng.integers(30, 900, len(rows)))


def step(world: World) -> None:
    """The month's sentences and releases, purchases, allowances, visits and leads."""
    _custody(world)
    _buy(world, scale=1.0)
    _sell(world)
    _businesses(world)
    if world.recording:
        _allowances(world)
    if world.month >= world.first:
        _street_work(world)


def _spells(world: World, table: Columns, rate: float, length: float, **values: int) -> None:
    """Begin and end spells of a rare condition."""
    open_now = table["end"] == NEVER
    ending = world.draw(open_now & (table["start"] < world.today), 1 / length)
    alive = world.living[table["person"][ending]]
    table["end"][ending[alive]] = world.days(int(alive.sum()))
    held = np.zeros(len(world.people), dtype=np.bool_)
    held[table["person"][table["end"] > world.today]] = True
    rows = world.draw(world.present & (world.ages > 19 * YEAR) & (world.ages < 75 * YEAR) & ~held, rate)
    table.add(len(rows), person=rows, start=world.days(len(rows)), **values)


def _custody(world: World) -> None:
    receiving = np.flatnonzero(world.residents & (world.people["family"] >= 0) & (world.ages > 20 * YEAR))
    rows = np.setdiff1d(world.draw(receiving, 0.0006), world.custody["person"])
    world.custody.add(len(rows), person=rows, kind=0, start=world.days(len(rows)))
    for kind, rate in (("prison", 0.00004), ("outside_prison", 0.000015), ("medical_bail", 0.000005)):
        _spells(world, world.custody, rate, 60, kind=code("custody", kind))
    _spells(world, world.detoxifications, 0.00002, 24)
    _spells(world, world.uncounted, 0.00001, 60, kind=0)
    _spells(world, world.uncounted, 0.000006, 200, kind=1)


def _buy(world: World, scale: float) -> None:
    people, rng = world.people, world.rng
    adult = world.present & (world.ages > 22 * YEAR) & (world.ages < 75 * YEAR)
    rate = np.where(people["family"] >= 0, 0.0008, 0.0018) * scale
    rows = world.draw(adult, np.minimum(rate, 0.3))
    on = world.today - rng.integers(1, 2500, len(rows)) if scale > 1 else world.days(len(rows))
    price = (np.exp(rng.normal(np.log(110_000), 0.5, len(rows))) // 100 * 100 * _YUAN).astype(np.int64)
    world.vehicles.add(
        len(rows), person=rows, kind=rng.choice(3, len(rows), p=[0.86, 0.06, 0.08]), price=price, start=on
    )
    rows = world.draw(adult & (world.ages > 27 * YEAR), np.minimum(rate * 1.3, 0.35))
    on = world.today - rng.integers(1, 5000, len(rows)) if scale > 1 else world.days(len(rows))
    world.real_estate.add(
        len(rows),
        person=rows,
        usage=rng.choice(3, len(rows), p=[0.8, 0.06, 0.14]),
        area=rng.integers(12, 160, len(rows)),
        start=on,
    )


def _sell(world: World) -> None:
    table = world.vehicles
    rate = np.where(_gives_up(world, table["person"]), 0.4, 0.004)
    sold = world.draw((table["end"] == NEVER) & (table["start"] < world.today), rate)
    table["end"][sold] = world.days(len(sold))


def _gives_up(world: World, persons: Ints) -> Flags:
    """Who is on the register and gives up what does not go with it; a few do not."""
    people = world.people
    gives: Flags = (people["family"][persons] >= 0) & (people["given"][persons] % _KEEPS != 0)
    return gives


def _businesses(world: World) -> None:
    people, rng, table = world.people, world.rng, world.businesses
    owns = np.zeros(len(people), dtype=np.bool_)
    owns[table["person"][table["end"] == NEVER]] = True
    owner = people["job"] == code("job", "owner")
    recipient = people["family"] >= 0
    first = world.month == world.start
    rate = np.where(owner, 0.9 if first else 0.1, np.where(recipient & (world.ages > 22 * YEAR), 0.0006, 0))
    rows = world.draw(world.present & ~owns, rate)
    capital = rng.choice([1, 3, 5, 10, 50, 100], len(rows)) * 10_000 * _YUAN
    on = world.today - rng.integers(10, 3000, len(rows)) if first else world.days(len(rows))
    table.add(len(rows), person=rows, capital=capital, start=on)
    rate = np.where(_gives_up(world, table["person"]), 0.4, 0.004)
    closing = world.draw((table["end"] == NEVER) & (table["start"] < world.today), rate)
    table["end"][closing] = world.days(len(closing))
    table["status"][closing] = rng.choice([1, 2], len(closing), p=[0.2, 0.8])


def _paid_to(world: World, kind: str, rows: Ints, amount: int) -> None:
    """Pay an allowance; one in many is returned by the bank."""
    count = len(rows)
    world.allowances.add(
        count,
        person=rows,
        kind=code("allowance_kind", kind),
        month=world.month,
        amount=amount,
        paid=world.today + 9,
        status=world.chance(count, 0.004).astype(np.int64),
    )


def _certified_for(world: World) -> Flags:
    """Disabled people whose certificate has gone through the office: most soon, some after months."""
    people, table = world.people, world.certificates
    since = np.full(len(people), NEVER, dtype=np.int64)
    valid = np.flatnonzero((table["end"] > world.today) & (table["start"] < world.today))
    since[table["person"][valid]] = table["start"][valid]
    wait = np.where(people["given"] % _SLOW == 0, _DELAY, _WAIT)
    through: Flags = (people["grade"] > 0) & (since + wait <= world.today)
    return through


def _allowances(world: World) -> None:
    """Old-age and disability allowances: not everybody entitled gets them, and some are paid after death."""
    people, rng = world.people, world.rng
    forgotten = (people["death"] < world.today) & (people["death"] >= world.today - 70) & (people["given"] % 9 == 0)
    served = (world.residents & (people["given"] % _MISSED != 0)) | (forgotten & (people["place"] == 0))
    served &= (people["given"] + world.month // 8 * 13) % 97 != 0  # a payment that stops for a while
    severe = (people["grade"] > 0) & (people["grade"] <= SEVERE)
    certified = _certified_for(world)
    family = people["family"]
    destitute = (family >= 0) & (world.families["programme"][family] == code("programme", "destitute"))
    disabled = certified & ~(destitute & (people["given"] % 4 != 0))
    injured = severe & (people["given"] % _INJURED == 0)
    cared = severe & disabled & ~(injured & (people["given"] % 2 == 0))
    minor = (world.ages < 18 * YEAR) & (people["mother"] < 0) & (people["father"] < 0)
    for kind, who, amount in (
        ("old_age", world.ages > 80.1 * YEAR, 15_000),
        ("disability_living", disabled & (family >= 0), 30_200),
        ("disability_care", cared & (people["grade"] == 1), 50_000),
        ("disability_care", cared & (people["grade"] > 1), 25_000),
        ("work_injury_care", injured, 210_000),
        ("orphan", minor | ((people["given"] % 701 == 0) & (world.ages < 18 * YEAR)), 158_000),
    ):
        _paid_to(world, kind, np.flatnonzero(served & who), amount)
    veterans = np.flatnonzero(world.residents & (people["given"] % 157 == 0) & (world.ages > 60 * YEAR))
    world.veterans.add(
        len(veterans),
        person=veterans,
        kind=rng.choice(2, len(veterans)) * 0 + people["given"][veterans] % 2,
        month=world.month,
        amount=95_000 + people["given"][veterans] % 50 * 1000,
        paid=world.today + 14,
    )


def _street_work(world: World) -> None:
    """Home visits; leads from grid workers, the hotline and people themselves."""
    people, rng = world.people, world.rng
    rows = world.draw(world.residents & (people["family"] >= 0) & (world.ages > 20 * YEAR), 0.08)
    world.visits.add(len(rows), person=rows, outcome=rng.integers(0, 6, len(rows)), on=world.days(len(rows), 28))
    _first_visits(world)
    adult = world.ages > 20 * YEAR
    here = np.flatnonzero(world.residents & adult)
    rows = world.draw(here, chance_by(of_people(world, here), _LEADS))
    outside = world.draw(world.living & (people["place"] == ELSEWHERE) & adult, 0.0008)
    rows = np.concatenate([rows, outside])
    world.leads.add(
        len(rows),
        person=rows,
        source=rng.integers(0, 3, len(rows)),
        on=world.days(len(rows), 28),
        difficulty=rng.integers(0, 8, len(rows)),
    )


def _first_visits(world: World) -> None:
    """Visits to families off the register: where the street suspects need, and a few anywhere.

    Need is mostly seen where it is, sometimes not.
    """
    people, rng = world.people, world.rng
    free = np.flatnonzero(world.residents & (people["family"] < 0) & (world.ages > 20 * YEAR))
    rows = world.draw(free, chance_by(of_people(world, free), _SUSPECTED) + _ANYWHERE)
    hard = np.clip((of_people(world, rows) - EASY) / (HARD - EASY), 0.03, 0.9)
    outcome = np.where(world.chance(len(rows), hard), 0, rng.choice(6, len(rows), p=_NOT_IN_NEED))
    world.visits.add(len(rows), person=rows, outcome=outcome, on=world.days(len(rows), 28))
