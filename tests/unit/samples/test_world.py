"""The simulated district holds together, and what the definitions speak of happens in it."""

import numpy as np
import pytest
from stdnum.cn import ric

from samples.identities import identify
from samples.truth import Truth
from samples.world import World, simulate
from samples.world.base import NEVER, Columns, Ints, add_months, month_end, month_start
from samples.world.state import code
from schemas.contract import all_feeds
from tests.unit.samples.village import day


def test_adding_months_clamps_to_the_last_day() -> None:
    """Windows would end on days that do not exist."""
    days = np.array([day("2024-01-31"), day("2024-02-29"), NEVER])
    assert add_months(days, 1).tolist() == [day("2024-02-29"), day("2024-03-29"), NEVER]
    assert add_months(days, 12).tolist() == [day("2025-01-31"), day("2025-02-28"), NEVER]


def _checks(number: str) -> bool:
    """Check digit and birth date by GB 11643. Area codes are younger than most of the people here."""
    return ric.calc_check_digit(number) == number[-1] and ric.get_birth_date(number) is not None


def test_numbers_are_valid_and_unique(world: World) -> None:
    """Departments would quarantine the whole sample, or two people would be one."""
    identities = identify(world)
    assert identities.numbers.n_unique() == len(world.people)
    assert all(_checks(each) for each in identities.numbers.to_list())
    corrected = np.flatnonzero(world.people["corrected_on"] < NEVER)
    assert len(corrected)
    old = identities.old_numbers.gather(corrected)
    assert all(_checks(each) for each in old.to_list())
    assert not set(old) & set(identities.numbers)


def test_nobody_is_registered_twice_at_once(world: World) -> None:
    """Which household a person belongs to would depend on the reader."""
    table = world.registrations
    order = np.lexsort((table["start"], table["person"]))
    person, start, end = (table[name][order] for name in ("person", "start", "end"))
    same = person[1:] == person[:-1]
    assert (start[1:][same] >= end[:-1][same]).all()
    assert (table["end"] > table["start"]).all()


def test_nothing_happens_to_the_dead(world: World) -> None:
    """Deaths would be disregarded, because later activity means alive."""
    death = world.people["death"]

    def alive(persons: Ints, on: Ints) -> bool:
        return bool((death[persons] > on).all())

    applied = world.declarations["on"][world.declared["declaration"]]
    assert alive(world.declared["person"], applied)
    assert alive(world.registrations["person"], world.registrations["start"])
    assert alive(world.studies["person"], world.studies["start"])
    for spouse in ("a", "b"):
        assert alive(world.marriages[spouse], world.marriages["on"])


def test_deaths_are_known_within_their_month(world: World) -> None:
    """The list of a month would hold people who had died in it."""
    people = world.people
    dead = np.flatnonzero(people["death"] < NEVER)
    months = people["death"][dead].astype("datetime64[D]").astype("datetime64[M]")
    cremated = people["cremated"][dead]
    seen = cremated < NEVER
    assert (cremated[seen].astype("datetime64[D]").astype("datetime64[M]") == months[seen]).all()
    cancelled = world.registrations["reason"] == code("cancel_reason", "death")
    by_police = set(world.registrations["person"][cancelled].tolist())
    assert set(dead[~seen].tolist()) <= by_police
    assert len(by_police) > len(dead) / 2


def test_rigid_expense_ends_within_its_twelve_months(world: World) -> None:
    """What is known of a spell would change in hindsight."""
    spells = world.spells
    rigid = (spells["programme"] == code("programme", "rigid_expense")) & (spells["end"] < NEVER)
    assert (spells["end"][rigid] <= add_months(spells["start"], 12)[rigid]).all()


def _gaps(world: World) -> Ints:
    """Days from the end of a spell to the next one of the same person."""
    spells = world.spells
    order = np.lexsort((spells["start"], spells["person"]))
    person, start, end = (spells[name][order] for name in ("person", "start", "end"))
    same = (person[1:] == person[:-1]) & (end[:-1] < NEVER)
    return start[1:][same] - end[:-1][same]


@pytest.mark.parametrize("gap", [0, 31, 32])
def test_transfers_and_returns_lie_on_both_sides_of_the_boundary(world: World, gap: int) -> None:
    """The 31 days of a transfer would never be tried."""
    assert (_gaps(world) == gap).any()


def test_what_the_definitions_speak_of_happens(world: World) -> None:
    """A line of the definitions would be judged by a truth in which it never occurs."""
    table, aid, people = world.applications, world.aid, world.people
    decided = table["decided"] < NEVER
    reversed_numbers = aid["number"][aid["amount"] < 0]
    declared = world.declared["declaration"]
    spells = world.spells
    happened = {
        "reconsidered refusals": (table["reconsiders"] >= 0).sum(),
        "withdrawn": (table["decision"] == code("decision", "withdrawn")).sum(),
        "pending": (~decided).sum(),
        "refused temporary": (
            (table["programme"] == code("application_programme", "temporary"))
            & (table["decision"] == code("decision", "refused"))
        ).sum(),
        "rigid without an end": (
            (spells["programme"] == code("programme", "rigid_expense")) & (spells["end"] == NEVER)
        ).sum(),
        "reversals": len(reversed_numbers),
        "payments without a number": (aid["number"] < 0).sum(),
        "aid without an amount": (aid["amount"] >= NEVER).sum(),
        "merit": (aid["kind"] == code("aid_kind", "education_merit")).sum(),
        "talent": (aid["kind"] == code("aid_kind", "talent_rent_subsidy")).sum(),
        "appointed defence": (aid["kind"] == code("aid_kind", "appointed_defence")).sum(),
        "listings that ended": (world.listings["end"] < NEVER).sum(),
        "recorded in-laws": (world.support["relation"] == code("support_relation", "in_law")).sum(),
        "recorded siblings": (world.support["relation"] == code("support_relation", "sibling")).sum(),
        "obligors elsewhere": (people["place"][world.support["obligor"]] == 2).sum(),
        "named by two families": len(world.declared) - len(np.unique(world.declared["person"])),
        "permit holders named": (people["place"][world.declared["person"]] == 1).sum(),
        "several employers": (world.wages["employer"] >= 4000).sum(),
        "zero wages": (world.wages["amount"] == 0).sum(),
        "annual business income": world.other_income["annual"].sum(),
        "declared support": (world.stated_income["kind"] == code("income_kind", "support_received")).sum(),
        "basic pensions in 2026": ((world.pensions["basic"] > 0) & (world.pensions["month"] >= 56 * 12)).sum(),
        "prisoners": (world.custody["kind"] == code("custody", "prison")).sum(),
        "detoxification": len(world.detoxifications),
        "missing or clergy": len(world.uncounted),
        "cancelled without a reason": (
            (world.registrations["status"] == code("registration_status", "cancelled"))
            & (world.registrations["reason"] < 0)
        ).sum(),
        "collective households": (world.houses["kind"] == 1).sum(),
        "divorces": (world.marriages["event"] == 1).sum(),
        "street aid to outsiders": (people["place"][aid["person"][aid["kind"] == 0]] == 2).sum(),
        "declarations": len(np.unique(declared)),
    }
    assert not {name for name, count in happened.items() if count <= 0}


def test_family_shapes_that_line_12_speaks_of_exist(world: World) -> None:
    """Joining couples and children would be judged by a truth without any."""
    families = Truth(world).families
    on = month_end(world.first)
    house, (spouse, _) = families.house_on(on), families.spouse_on(on)
    kind = np.append(world.houses["kind"], -1)[house]
    paired = (spouse >= 0) & (kind >= 0) & (kind[spouse] >= 0) & (world.people["death"] > on)
    paired &= world.people["death"][spouse] > on
    apart = paired & (house != house[spouse])
    minor = (families.adult_on > on) & (kind >= 0)
    mother, father = world.people["mother"], world.people["father"]
    alone = minor & (house[mother] != house) & (house[father] != house) & (mother >= 0)
    assert (apart & (kind == 0) & (kind[spouse] == 0)).sum() > 0
    assert (apart & (kind == 1) & (kind[spouse] == 0)).sum() > 0
    assert (paired & (kind == 1) & (kind[spouse] == 1)).sum() > 0
    assert alone.sum() > 0


def test_income_and_history_reach_back_far_enough(world: World) -> None:
    """The first delivery could not carry fifteen months of income or five years of registers."""
    assert world.wages["month"].min() <= world.first - 15
    assert world.start <= world.first - 60
    for feed in all_feeds().values():
        assert feed.history_months <= 60 or feed.name in {
            "marriages",
            "disability_certificates",
            "business_registrations",
            "prison_terms",
        }


def test_the_size_is_about_what_was_asked(world: World) -> None:
    """`--people 20000` would mean something else."""
    assert abs(int(world.residents.sum()) - world.size) < world.size * 0.06


def test_equal_seeds_give_equal_worlds() -> None:
    """Nobody could find a problem again."""
    one, same, other = (simulate(size=500, months=1, seed=seed, first_month="2026-01") for seed in (1, 1, 2))
    assert (one.people["birth"] == same.people["birth"]).all()
    assert (one.wages["amount"] == same.wages["amount"]).all()
    assert len(one.people) != len(other.people) or (one.people["birth"] != other.people["birth"]).any()


def test_columns_grow_and_know_their_names() -> None:
    """Rows would be lost when a table grows, or written into a column that nobody reads."""
    table = Columns(a=7, b=0)
    table.add(3, b=np.arange(3))
    table.add(5000)
    assert len(table) == 5003
    assert table["a"].sum() == 7 * 5003
    assert table["b"][:3].tolist() == [0, 1, 2]
    with pytest.raises(KeyError, match="c"):
        table.add(1, c=1)


def test_the_first_of_a_month_is_its_first_day() -> None:
    """Deliveries would be cut a day early."""
    assert month_start(0) == 0
    assert month_end(0) == 30
