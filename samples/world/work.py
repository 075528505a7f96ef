"""Jobs, pay, pensions, unemployment benefit and business income, month by month.

What belongs here: who earns what, and the records that pay leaves behind (tax, contributions, housing
fund, pensions). Records are kept for the last months only; jobs are simulated all the time.
"""

import numpy as np
import numpy.typing as npt

from samples.world.base import YEAR, Flags, Ints
from samples.world.hardship import lose_income
from samples.world.state import RESIDENT_PENSION, SEVERE, World, code

__all__ = ["begin", "step"]

Floats = npt.NDArray[np.float64]

_EMPLOYED, _OWNER, _INFORMAL, _UNEMPLOYED, _RETIRED, _NONE = (
    code("job", name) for name in ("employed", "owner", "informal", "unemployed", "retired", "none")
)
_STAGE_END = np.array([16, 16, 18.5, 21.5, 22.5, 25.5])  # age at which the last stage of school ends
_YUAN = 100
_BY_MONTH = 2  # of five owners so many file by month, the others by year
_DECEMBER = 11
_CASUAL = 0.5  # of recipients who find work find casual work
_LOW, _LATE = 2, 45  # schooling and age with which work is lost more easily and found more slowly
_RECOVERY = 700  # days in which hardly anybody who fell ill finds work


def begin(world: World) -> None:
    """Give everybody of the first day a job, a pension or neither."""
    _find_work(world, world.present & (world.people["job"] == _NONE), at_once=True)
    _retire(world)


def step(world: World) -> None:
    """The labour market of the month, then what was paid."""
    people = world.people
    lost = world.draw(world.present & (people["job"] == _EMPLOYED), _loses_job(world))
    lose_income(world, lost)
    people["job"][lost] = _UNEMPLOYED
    people["wage"][lost] = 0
    people["side_wage"][lost] = 0
    insured = lost[world.chance(len(lost), 0.7)]
    people["benefit"][insured] = 180_000 + 10_000 * world.rng.integers(0, 5, len(insured))
    people["benefit_until"][insured] = world.month + 1 + world.rng.integers(3, 12, len(insured))
    _find_work(world, world.present & (people["job"] == _UNEMPLOYED), at_once=False)
    _find_work(world, world.present & (people["job"] == _NONE), at_once=False)
    _retire(world)
    gone = (people["place"] > 1) | (people["death"] < world.today)
    people["job"][gone & (people["job"] > 0)] = _NONE
    if world.recording:
        _pay(world)
        _pay_pensions(world)
        _other_income(world)


def _working_age(world: World) -> Flags:
    people = world.people
    leaves_school = _STAGE_END[people["schooling"]]
    top = np.where(people["sex"] == 0, 60, 55)
    years = world.ages / YEAR
    fit = (people["grade"] == 0) | (people["grade"] > SEVERE)
    able: Flags = (years > leaves_school) & (years < top) & fit
    return able


def _weak(world: World) -> Flags:
    """Who has a weak stand on the labour market."""
    weak: Flags = (world.people["schooling"] <= _LOW) & (world.ages > _LATE * YEAR)
    return weak


def _loses_job(world: World) -> Floats:
    return np.where(_weak(world), 0.008, 0.005)


def _finds_job(world: World) -> Floats:
    """Slower for the weak, the ill and those on assistance; part of those at home do not look for work."""
    people = world.people
    rate = np.where(_weak(world), 0.07, 0.16)
    ill = (people["ill_on"] < world.today) & (people["ill_on"] > world.today - _RECOVERY)
    rate = rate * np.where(ill, 0.1, 1) * np.where(people["family"] >= 0, 0.25, 1)
    return np.where(people["job"] == _UNEMPLOYED, rate, rate * 0.7)


def _find_work(world: World, seeking: Flags, *, at_once: bool) -> None:
    people, rng = world.people, world.rng
    rows = world.draw(seeking & _working_age(world), 0.93 if at_once else _finds_job(world))
    kind = rng.choice([_EMPLOYED, _OWNER, _INFORMAL], len(rows), p=[0.875, 0.05, 0.075])
    kind = np.where((people["family"][rows] >= 0) & world.chance(len(rows), _CASUAL), _INFORMAL, kind)
    people["job"][rows] = kind
    wage = np.exp(rng.normal(np.log(9000), 0.5, len(rows))) * (0.75 + 0.12 * people["schooling"][rows])
    wage = np.maximum(np.round(wage), 2490) * _YUAN
    people["wage"][rows] = np.where(kind == _EMPLOYED, wage, 0)
    second = (kind == _EMPLOYED) & (world.chance(len(rows), 0.03))
    people["side_wage"][rows] = np.where(second, (wage * 0.2).astype(np.int64), 0)
    people["employer"][rows] = (rng.pareto(0.9, len(rows)) * 12).astype(np.int64) % 4000
    people["funded"][rows] = world.chance(len(rows), 0.6)
    people["benefit_until"][rows] = 0


def _retire(world: World) -> None:
    people, rng = world.people, world.rng
    years = world.ages / YEAR
    due = world.present & (people["pension"] == 0) & (people["job"] != _RETIRED)
    rows = np.flatnonzero(due & (years >= np.where(people["sex"] == 0, 60, 55)))
    employee = rng.random(len(rows)) < np.where(people["job"][rows] == _EMPLOYED, 0.9, 0.5)
    people["job"][rows] = _RETIRED
    people["wage"][rows] = 0
    people["side_wage"][rows] = 0
    people["pension"][rows] = np.where(employee, 1, 2)
    amount = np.exp(rng.normal(np.log(3600), 0.35, len(rows))).round() * _YUAN
    people["pension_fen"][rows] = np.where(employee, amount, 33_000 + 100 * rng.integers(0, 200, len(rows)))
    people["basic_fen"][rows] = np.where(employee, 0, 30_000)


def _pay(world: World) -> None:
    """Wages with their contributions and deposits, and unemployment benefit."""
    people, rng, month = world.people, world.rng, world.month
    alive = world.living | (people["death"] >= world.today)
    rows = np.flatnonzero(alive & (people["wage"] > 0) & (people["place"] <= 1))
    swing = np.where(world.chance(len(rows), 0.3), rng.integers(-40_000, 120_000, len(rows)), 0)
    amount = np.maximum(people["wage"][rows] + swing, 0)
    zero = world.chance(len(rows), 0.002)
    world.wages.add(
        len(rows), person=rows, employer=people["employer"][rows], month=month, amount=np.where(zero, 0, amount)
    )
    second = rows[people["side_wage"][rows] > 0]
    world.wages.add(
        len(second),
        person=second,
        employer=people["employer"][second] + 4000,
        month=month,
        amount=people["side_wage"][second],
    )
    base = np.clip(people["wage"][rows], 481_200, 2_493_000)
    insured = world.chance(len(rows), 0.985)
    world.contributions.add(int(insured.sum()), person=rows[insured], month=month, base=base[insured])
    own = world.draw(world.present & (people["job"] == _OWNER), 0.8)
    world.contributions.add(len(own), person=own, month=month, base=481_200)
    funded = rows[people["funded"][rows] == 1]
    deposit = (people["wage"][funded] * 0.24).astype(np.int64) // _YUAN * _YUAN
    world.deposits.add(len(funded), person=funded, month=month, amount=deposit)
    jobless = np.flatnonzero(world.present & (people["job"] == _UNEMPLOYED) & (people["benefit_until"] > month))
    world.benefits.add(len(jobless), person=jobless, month=month, amount=people["benefit"][jobless])


def _pay_pensions(world: World) -> None:
    people = world.people
    alive = world.living | (people["death"] >= world.today)
    rows = np.flatnonzero(alive & (people["pension"] > 0) & (people["place"] <= 1))
    resident = people["pension"][rows] == RESIDENT_PENSION
    world.pensions.add(
        len(rows),
        person=rows,
        kind=people["pension"][rows] - 1,
        month=world.month,
        amount=people["pension_fen"][rows],
        basic=np.where(resident, people["basic_fen"][rows], -1),
    )


def _other_income(world: World) -> None:
    """Business income by month or by year, and rents."""
    people, rng, month = world.people, world.rng, world.month
    owners = np.flatnonzero(world.present & (people["job"] == _OWNER))
    monthly = owners[owners % 5 < _BY_MONTH]
    amount = (np.exp(rng.normal(np.log(6500), 0.6, len(monthly))) * _YUAN).astype(np.int64)
    world.other_income.add(len(monthly), person=monthly, month=month, amount=amount)
    renting = np.flatnonzero(world.present & (people["given"] % 33 == 0) & (world.ages > 35 * YEAR))
    rent = 100_000 + people["given"][renting] % 40 * 10_000
    world.other_income.add(len(renting), person=renting, kind=1, month=month, amount=rent)
    if month % 12 == _DECEMBER:
        yearly = _annual(world, owners[owners % 5 >= _BY_MONTH])
        world.other_income.add(
            len(yearly),
            person=yearly,
            month=month,
            annual=1,
            amount=(np.exp(rng.normal(np.log(82_000), 0.6, len(yearly))) * _YUAN).astype(np.int64),
        )


def _annual(world: World, owners: Ints) -> Ints:
    """Owners who file their year in time."""
    return world.draw(owners, 0.95)
