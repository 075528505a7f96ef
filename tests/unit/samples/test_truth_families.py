"""The truth places people in families as the definitions say (lines 11 and 12)."""

import pytest

from tests.unit.samples.village import Village


@pytest.fixture
def village() -> Village:
    return Village()


def _couple(village: Village, first: int, second: int) -> tuple[int, int]:
    """A couple registered in two households with these numbers."""
    man, woman = village.person(), village.person("1982-01-01", 1)
    village.live(man, village.house(first))
    village.live(woman, village.house(second))
    village.marry(man, woman)
    return man, woman


def test_the_spouse_in_the_larger_household_number_joins_the_smaller(village: Village) -> None:
    """Couples in two households would be two families, and both be judged on half their income."""
    man, woman = _couple(village, 7, 3)
    parent = village.person("1950-01-01")
    village.live(parent, 0)
    neighbour = village.person("1950-01-01")
    village.live(neighbour, 1)
    assert village.families() == [{man, woman, neighbour}, {parent}]


def test_the_spouse_without_the_children_joins_the_other(village: Village) -> None:
    """A mother would be taken from the household in which her children are registered."""
    man, woman = _couple(village, 1, 9)
    child = village.person("2015-01-01", father=man, mother=woman)
    village.live(child, 1)
    assert village.families() == [{man, woman, child}]


def test_a_divorced_couple_stays_apart(village: Village) -> None:
    """Divorced people would be counted as one family."""
    man, woman = _couple(village, 1, 2)
    village.marry(man, woman, "2020-01-01", event="divorce")
    assert village.families() == [{man}, {woman}]


def test_members_of_a_collective_household_are_families_of_one(village: Village) -> None:
    """Colleagues in a firm's household would become one family of fifty."""
    firm = village.house(1, kind=1)
    people = [village.person() for _ in range(2)]
    for each in people:
        village.live(each, firm)
    assert village.families() == [{people[0]}, {people[1]}]


def test_a_couple_in_collective_households_takes_its_minor_child(village: Village) -> None:
    """A child registered with two employees of a firm would be a family of one."""
    firm, other = village.house(1, kind=1), village.house(2, kind=1)
    man, woman = village.person(), village.person("1982-01-01", 1)
    child, grown = (village.person(born, father=man, mother=woman) for born in ("2015-01-01", "2007-12-31"))
    village.live(man, firm)
    village.live(woman, other)
    village.live(child, firm)
    village.live(grown, firm)
    village.marry(man, woman)
    assert village.families() == [{man, woman, child}, {grown}]


def test_a_minor_apart_from_both_parents_joins_the_mother_else_the_father(village: Village) -> None:
    """Children registered with grandparents would be missing from their parents' family."""
    father, mother = village.person(), village.person("1982-01-01", 1)
    elder = village.person("1950-01-01", 1)
    child = village.person("2015-01-01", father=father, mother=mother)
    for number, each in enumerate((father, mother, elder)):
        village.live(each, village.house(number))
    village.live(child, 2)
    assert village.families() == [{father}, {mother, child}, {elder}]
    village.die(mother, "2025-06-01")
    assert village.families() == [{father, child}, {elder}]


def test_a_minor_with_one_parent_stays_although_that_parent_is_declared_elsewhere(village: Village) -> None:
    """A child would be moved out of the household in which the mother is registered."""
    father, mother = village.person(), village.person("1982-01-01", 1)
    child = village.person("2015-01-01", father=father, mother=mother)
    village.live(father, village.house(1))
    village.live(mother, village.house(2))
    village.live(child, 1)
    family = village.family()
    village.declare(family, "2025-03-01", {mother: "self"})
    village.spell(mother, "2025-03-01", family=family)
    assert village.families() == [{father}, {mother}, {child}]


def test_a_declaration_governs_twelve_months_after_its_spell_and_no_longer(village: Village) -> None:
    """People would keep or lose their declared family a day too early or too late."""
    for day, declared in (("2025-01-31", True), ("2025-01-30", False)):
        village = Village()
        head, guest = village.person(), village.person()
        village.live(head, village.house(1))
        village.live(guest, village.house(2))
        family = village.family()
        village.declare(family, "2024-01-01", {head: "self", guest: "other_relative"})
        village.spell(head, "2024-01-01", day, family=family)
        assert village.families() == ([{head, guest}] if declared else [{head}, {guest}])


def test_a_declared_member_who_moves_away_leaves(village: Village) -> None:
    """A son who moved out would still be counted with his parents."""
    head, stays, moves = village.person(), village.person(), village.person()
    home, flat = village.house(1), village.house(2)
    for each in (head, stays, moves):
        village.live(each, home, until="2025-09-01" if each == moves else None)
    village.live(moves, flat, since="2025-09-01")
    family = village.family()
    village.declare(family, "2025-03-01", {head: "self", stays: "child", moves: "child"})
    village.spell(head, "2025-03-01", family=family)
    assert village.families() == [{head, stays}, {moves}]


def test_newborns_and_new_spouses_join_and_divorced_spouses_leave(village: Village) -> None:
    """Families on the register would not follow births, weddings and divorces."""
    head, wife, son = village.person(), village.person(sex=1), village.person("2000-01-01")
    home = village.house(1)
    for each in (head, wife, son):
        village.live(each, home)
    village.marry(head, wife)
    family = village.family()
    village.declare(family, "2025-03-01", {head: "self", wife: "spouse", son: "child"})
    village.spell(head, "2025-03-01", family=family)
    bride = village.person("2001-01-01", 1)
    village.live(bride, village.house(2))
    village.marry(son, bride, "2025-08-01")
    baby = village.person("2025-12-01", father=son, mother=bride)
    village.live(baby, home, since="2025-12-10")
    village.marry(head, wife, "2025-10-01", event="divorce")
    assert village.families() == [{head, son, bride, baby}, {wife}]


def test_of_two_declarations_the_later_prevails(village: Village) -> None:
    """A grandmother named by two sons would be in two families."""
    sons = [village.person() for _ in range(2)]
    mother = village.person("1950-01-01", 1)
    for number, each in enumerate((*sons, mother)):
        village.live(each, village.house(number))
    for son, day in zip(sons, ("2025-05-01", "2025-04-01"), strict=True):
        family = village.family()
        village.declare(family, day, {son: "self", mother: "parent"})
        village.spell(son, "2025-03-01", family=family)
    assert village.families() == [{sons[0], mother}, {sons[1]}]


def test_a_pending_application_governs_and_the_dead_are_in_no_family(village: Village) -> None:
    """Open applications would not keep families together; the dead would be counted."""
    head, guest, dead = (village.person() for _ in range(3))
    for number, each in enumerate((head, guest, dead)):
        village.live(each, village.house(number))
    village.apply(village.family(), "2023-01-10", None, None, {head: "self", guest: "sibling", dead: "sibling"})
    village.die(dead, "2026-01-31")
    assert village.families() == [{head, guest}]
