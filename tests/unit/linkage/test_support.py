"""Duties of support (domain line 9)."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from linkage.support import dependents_at, obligations
from tests.unit.linkage.world import AS_OF, World


def duties(world: World, ward: str = "w", on: date = AS_OF) -> set[tuple[str, str, str]]:
    facts = world.facts()
    dependents = dependents_at(
        facts["conditions"], on, disability_grades=[1, 2], study_stages=["senior_middle", "junior_college", "bachelor"]
    )
    wards = pl.LazyFrame({"person_key": [ward]})
    frame = obligations(facts, wards, dependents, on, adult_age=18).collect()
    return set(frame.select("obligor_key", "relation", "basis").rows())


def recorded(relation: str, **more: Any) -> World:
    world = World().person("w").person("o")
    row = {"obligor_key": "o", "ward_key": "w", "support_relation": relation, "started_on": date(2020, 1, 1)}
    return world.add("support_relations", **row | more)


@pytest.mark.parametrize(("birth", "owes"), [(date(2008, 3, 31), True), (date(2008, 4, 1), False)])
def test_adult_child_owes_support_to_its_parent(birth: date, *, owes: bool) -> None:
    """A child owes support from the eighteenth birthday, not a day before."""
    world = World().person("w").person("o", "2", birth, father_key="w")
    assert (duties(world) == {("o", "child", "registration")}) is owes


@pytest.mark.parametrize(("birth", "owed"), [(date(2008, 4, 1), True), (date(2008, 3, 31), False)])
def test_parent_owes_support_to_a_minor(birth: date, *, owed: bool) -> None:
    """A parent owes support up to the day before the child's eighteenth birthday."""
    world = World().person("o").person("w", "2", birth, mother_key="o")
    assert (duties(world) == {("o", "parent", "registration")}) is owed


@pytest.mark.parametrize(
    ("condition", "owed"),
    [
        ({"kind": "disability", "grade": 1}, True),
        ({"kind": "disability", "grade": 2}, True),
        ({"kind": "disability", "grade": 3}, False),
        ({"kind": "disability", "grade": 1, "ended_on": AS_OF}, False),
        ({"kind": "disability", "grade": 1, "ended_on": date(2026, 4, 1)}, True),
        ({"kind": "study", "detail": "full_time", "category": "bachelor"}, True),
        ({"kind": "study", "detail": "full_time", "category": "senior_middle"}, True),
        ({"kind": "study", "detail": "full_time", "category": "postgraduate"}, False),
        ({"kind": "study", "detail": "part_time", "category": "bachelor"}, False),
    ],
)
def test_parent_owes_support_to_an_adult_child_who_cannot_live_independently(
    condition: dict[str, Any], *, owed: bool
) -> None:
    """Severe disability, or full-time study up to a first degree, valid at as_of."""
    world = World().person("o").person("w", "2", date(2000, 1, 1), mother_key="o")
    world.add("conditions", **{"person_key": "w", "started_on": date(2022, 9, 1)} | condition)
    assert (("o", "parent", "registration") in duties(world)) is owed


def test_spouses_until_divorce() -> None:
    """A divorced wife owes nothing from the day of the divorce."""
    world = World().person("w").person("o").marry("o", "w").marry("w", "o", date(2025, 5, 5), "divorce")
    assert duties(world, on=date(2025, 5, 4)) == {("o", "spouse", "marriage")}
    assert duties(world) == set()


def test_recorded_spouse_until_divorce_of_the_two() -> None:
    """A recorded relation must not outlive the marriage; another marriage's divorce does not end it."""
    assert duties(recorded("spouse").marry("o", "w", date(2025, 5, 5), "divorce")) == set()
    assert duties(recorded("spouse").marry("o", "x", date(2025, 5, 5), "divorce")) == {("o", "spouse", "recorded")}


@pytest.mark.parametrize("relation", ["sibling", "grandchild", "spouse", "child"])
def test_recorded_relations(relation: str) -> None:
    """Siblings and grandkin owe support where it is recorded."""
    assert duties(recorded(relation)) == {("o", relation, "recorded")}


@pytest.mark.parametrize("relation", ["in_law", "parent", "grandparent"])
def test_recorded_relations_that_hold_not(relation: str) -> None:
    """In-laws never; nobody owes support downward to an adult who can live independently."""
    assert duties(recorded(relation)) == set()


def test_recorded_relations_hold_while_open() -> None:
    """An ended record raises no duty from its end on."""
    assert duties(recorded("sibling", ended_on=AS_OF)) == set()
    assert duties(recorded("sibling", ended_on=date(2026, 4, 1))) == {("o", "sibling", "recorded")}


def test_recorded_children_obey_the_age() -> None:
    """A minor recorded as supporting child owes nothing."""
    world = World().person("w").person("o", "1", date(2010, 1, 1))
    for relation in ("child", "grandchild"):
        world.add(
            "support_relations",
            obligor_key="o",
            ward_key="w",
            support_relation=relation,
            started_on=date(2020, 1, 1),
        )
    assert duties(world) == set()


def test_only_the_living_owe_and_are_owed() -> None:
    """A dead obligor or ward must not bring a family onto the list."""
    assert duties(recorded("sibling").add("deaths", person_key="o", died_on=AS_OF)) == set()
    assert duties(recorded("sibling").add("deaths", person_key="w", died_on=AS_OF)) == set()


def test_one_row_a_duty_from_the_best_record() -> None:
    """The same duty by registration and by record is one duty."""
    world = recorded("child").register("o", "3", father_key="w", started_on=date(2020, 1, 1))
    assert duties(world) == {("o", "child", "registration")}
