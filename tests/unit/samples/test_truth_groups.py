"""The truth finds the six groups as the definitions say (lines 1 to 10), on and beside every boundary."""

import pytest

from samples.world.state import code
from tests.unit.samples.village import Village, day

_LINE = 100_000 * 100


@pytest.fixture
def village() -> Village:
    return Village()


def _citizen(village: Village, born: str = "1980-06-15") -> int:
    person = village.person(born)
    village.live(person, village.house(len(village.world.houses) + 1))
    return person


@pytest.mark.parametrize(("end", "hit"), [("2023-01-31", True), ("2023-01-30", False), ("2026-01-31", True)])
def test_exits_count_for_three_years_both_ends_included(village: Village, end: str, hit: bool) -> None:  # noqa: FBT001
    """People who left assistance would fall out of the monitoring a day early or late."""
    person = _citizen(village)
    village.spell(person, "2020-01-01", end, family=village.family())
    assert village.groups() == ({"exited_assistance": {person}} if hit else {})


def test_overlapping_programmes_end_with_the_latest_of_their_ends(village: Village) -> None:
    """A short programme inside a long one would hide the exit from the long one."""
    person, family = _citizen(village), village.family()
    village.spell(person, "2021-01-01", "2025-06-01", family=family)
    village.spell(person, "2021-06-01", "2021-12-31", family=family, programme="marginal")
    assert village.groups() == {"exited_assistance": {person}}


def test_who_is_on_the_register_again_has_not_left(village: Village) -> None:
    """A transfer from one programme to the next would be an exit."""
    person, family = _citizen(village), village.family()
    village.spell(person, "2021-01-01", "2025-12-31", family=family)
    village.spell(person, "2026-01-31", family=family, programme="marginal")
    assert village.groups() == {}


@pytest.mark.parametrize(("start", "groups"), [("2025-01-31", {"exited_assistance"}), ("2025-02-01", set())])
def test_rigid_expense_without_an_end_lasts_twelve_months(village: Village, start: str, groups: set[str]) -> None:
    """Families whose year is over would stay on the register for ever."""
    person = _citizen(village)
    village.spell(person, start, family=village.family(), programme="rigid_expense")
    assert set(village.groups()) == groups


def test_refusals_count_for_every_member_named_unless_replaced_or_followed_by_an_approval(village: Village) -> None:
    """A family that won its reconsideration would still be listed as refused."""
    head, member = _citizen(village), _citizen(village)
    family = village.family()
    refused = village.apply(family, "2025-06-01", "refused", "2025-07-01", {head: "self", member: "child"})
    assert village.groups() == {"rejected_application": {head, member}}
    village.apply(family, "2025-08-01", "refused", "2025-09-01", {head: "self"}, reconsiders=refused)
    assert village.groups() == {"rejected_application": {head}}
    approved = village.apply(family, "2025-10-01", "approved", "2025-11-01", {head: "self"})
    assert village.groups() == {"rejected_application": {head}}
    village.spell(member, "2025-11-05", "2025-12-01", family=family, application=approved)
    assert village.groups() == {"exited_assistance": {member}}


def test_withdrawn_and_pending_applications_are_no_refusals(village: Village) -> None:
    """People would be listed for having changed their mind."""
    person = _citizen(village)
    village.apply(village.family(), "2025-06-01", "withdrawn", "2025-07-01", {person: "self"})
    village.apply(village.family(), "2026-01-01", None, None, {person: "self"})
    assert village.groups() == {}


def test_aid_is_of_everybody_who_was_in_the_family_on_thatday(village: Village) -> None:
    """A daughter who has moved out since would be forgotten, one who moved in would be listed."""
    mother, daughter = village.person("1950-01-01", 1), village.person("1990-01-01", 1)
    home = village.house(1)
    village.live(mother, home)
    village.live(daughter, home, until="2025-09-01")
    village.live(daughter, village.house(2), since="2025-09-01")
    village.pay(mother, "medical", "2025-08-31")
    village.pay(mother, "temporary", "2025-09-01")
    village.pay(daughter, "charity", "2025-09-01")
    assert village.groups() == {"other_department_aid": {mother, daughter}, "temporary_assistance": {mother}}


def test_reversals_net_by_number(village: Village) -> None:
    """Aid that was taken back would list a family; aid taken back in part would not."""
    whole, part = _citizen(village), _citizen(village)
    for number, (person, back) in enumerate(((whole, -100_000), (part, -40_000))):
        village.pay(person, "medical", "2025-10-08", number=number)
        village.pay(person, "medical", "2025-11-08", back, number=number)
    assert village.groups() == {"other_department_aid": {part}}


def test_children_owe_support_and_in_laws_do_not(village: Village) -> None:
    """Relatives who owe nothing would be listed, or those who owe would not."""
    ward = _citizen(village, "1950-01-01")
    child = village.person("1980-01-01", father=ward)
    minor = village.person("2010-01-01", father=ward)
    in_law, outside = _citizen(village), village.person("1981-01-01", father=ward)
    home = village.house(50)
    village.live(child, home)
    village.live(minor, home)
    village.spell(ward, "2025-01-01", family=village.family())
    relation = {"child": outside, "in_law": in_law}
    for name, obligor in relation.items():
        village.world.support.add(
            1, obligor=obligor, ward=ward, relation=code("support_relation", name), on=day("2025-01-01")
        )
    assert village.groups() == {"obligor_family": {child}}


def test_parents_owe_support_to_a_grown_child_who_cannot_live_alone(village: Village) -> None:
    """Parents of a severely disabled adult on the register would be missed."""
    parent = _citizen(village, "1950-01-01")
    child = village.person("1990-01-01", mother=parent)
    village.live(child, village.house(50))
    village.spell(child, "2025-01-01", family=village.family())
    assert village.groups() == {}
    village.world.certificates.add(1, person=child, grade=2, start=day("2020-01-01"))
    assert village.groups() == {"obligor_family": {parent}}


def _three(village: Village) -> list[int]:
    home = village.house(1)
    people = [village.person(), village.person(sex=1), village.person("2015-01-01")]
    for each in people:
        village.live(each, home)
    return people


@pytest.mark.parametrize(("income", "hit"), [(_LINE, True), (_LINE + 1, False), (0, True)])
def test_the_threshold_itself_is_low_income(village: Village, income: int, hit: bool) -> None:  # noqa: FBT001
    """以下 includes the figure (民法典 1259): a family of exactly 100,000 yuan would be missed."""
    people = _three(village)
    village.earn(people[0], income)
    assert village.groups() == ({"low_income_family": set(people)} if hit else {})


def test_no_record_is_not_poverty(village: Village) -> None:
    """Families of whom nobody knows anything would be called poor; with one contribution they are known."""
    people = _three(village)
    assert village.groups() == {}
    village.world.contributions.add(1, person=people[1], month=village.month - 1)
    assert village.groups() == {"low_income_family": set(people)}


def test_exactly_three_are_counted_and_prisoners_are_not(village: Village) -> None:
    """A family of four with one in prison is a family of three."""
    people = _three(village)
    village.earn(people[0], 1200)
    prisoner = village.person()
    village.live(prisoner, 0)
    assert village.groups() == {}
    village.world.custody.add(1, person=prisoner, kind=code("custody", "prison"), start=day("2025-01-01"))
    assert village.groups() == {"low_income_family": set(people)}


def test_the_basic_part_of_the_resident_pension_is_exempt_until_the_end_of_2025() -> None:
    """Old people would be over the line because of a pension part that is not income."""
    for month, hit in (("2026-01", True), ("2026-02", False)):
        village = Village(month)
        people = _three(village)
        village.earn(people[0], _LINE)
        village.world.pensions.add(
            1,
            person=people[1],
            kind=code("pension_kind", "pension_resident"),
            month=village.month - 1,
            amount=30_000,
            basic=30_000,
        )
        assert bool(village.groups()) is hit


def test_declared_income_counts_only_where_no_feed_speaks(village: Village) -> None:
    """Wages would be counted twice, or wages that only the family knows of not at all."""
    people = _three(village)
    village.earn(people[0], _LINE)
    wages, support = (code("income_kind", each) for each in ("wages", "support_received"))
    village.world.stated_income.add(1, person=people[0], kind=wages, month=village.month - 1, amount=500_000)
    assert village.groups()
    village.world.stated_income.add(1, person=people[1], kind=support, month=village.month - 1, amount=1)
    assert village.groups() == {}


def test_annual_income_counts_whole_when_its_year_ends_inside(village: Village) -> None:
    """An annual figure would be divided into months."""
    people = _three(village)
    village.earn(people[0], _LINE)
    village.world.other_income.add(1, person=people[1], month=village.month - 1, annual=1, amount=1)
    assert village.groups() == {}


def test_scope_is_registration_permit_or_street(village: Village) -> None:
    """People who live elsewhere would be listed, people who live here would not."""
    outsider, holder, expired, gone = (village.person() for _ in range(4))
    for person in (outsider, holder, expired, gone):
        village.world.listings.add(1, person=person, start=day("2025-06-01"))
    village.world.permits.add(1, person=holder, start=day("2025-02-01"), end=day("2026-01-31"))
    village.world.permits.add(1, person=expired, start=day("2025-01-31"), end=day("2026-01-30"))
    assert village.groups() == {"other_department_aid": {holder}}
    for person in (outsider, gone):
        village.world.leads.add(1, person=person, on=day("2025-01-31"))
    village.live(gone, village.house(1), until="2025-03-01")
    assert village.groups() == {"other_department_aid": {holder, outsider}}


def test_nothing_that_happens_later_is_known(village: Village) -> None:
    """An edition would know the future."""
    person = _citizen(village)
    village.spell(person, "2025-01-01", "2026-02-01", family=village.family())
    village.pay(person, "medical", "2026-02-03")
    village.apply(village.family(), "2026-01-20", "refused", "2026-02-10", {person: "self"})
    village.die(person, "2026-02-20")
    assert village.groups() == {}
