"""Who is in scope at as_of, counted, and where (domain lines 4, 5 and 10)."""

from datetime import date, timedelta
from typing import Any

import pytest

from tests.unit.editions.stages import stage_tables
from tests.unit.linkage.world import AS_OF, World

STREET, OTHER = "330108001", "330108003"


def members(world: World, as_of: date = AS_OF) -> dict[str, dict[str, Any]]:
    return {row["person_key"]: row for row in stage_tables(world, as_of)["members"].iter_rows(named=True)}


def residence(basis: str, started: date, ended: date | None = None) -> World:
    return (
        World()
        .person("a", None)
        .add("residences", person_key="a", basis=basis, started_on=started, ended_on=ended, street_code=STREET)
    )


@pytest.mark.parametrize(
    ("ended", "inside"),
    [(None, True), (AS_OF, True), (AS_OF - timedelta(days=1), False), (AS_OF + timedelta(days=1), True)],
)
def test_permit_is_valid_through_its_last_day(ended: date | None, *, inside: bool) -> None:
    """The last valid day is printed on a residence permit."""
    assert ("a" in members(residence("permit", date(2020, 1, 1), ended))) is inside


@pytest.mark.parametrize(("day", "inside"), [(date(2025, 3, 30), False), (date(2025, 3, 31), True), (AS_OF, True)])
def test_delivered_by_a_street_within_twelve_months(day: date, *, inside: bool) -> None:
    """Whom a street has dealt with lives here for twelve months."""
    assert ("a" in members(residence("street", day))) is inside


@pytest.mark.parametrize(("left", "inside"), [(date(2025, 9, 30), True), (date(2025, 10, 1), False)])
def test_moving_away_after_the_delivery(left: date, *, inside: bool) -> None:
    """A registration that ended on or after the street's delivery says that the person has left."""
    world = residence("street", date(2025, 10, 1)).register("a", "1", ended_on=left)
    assert ("a" in members(world)) is inside


def test_a_later_delivery_brings_back() -> None:
    """A person who left and was delivered again lives here."""
    world = residence("street", date(2025, 10, 1)).register("a", "1", ended_on=date(2025, 11, 1))
    world.add("residences", person_key="a", basis="street", started_on=date(2026, 1, 1), street_code=OTHER)
    assert members(world)["a"]["street_code"] == OTHER


def test_people_of_elsewhere_and_the_dead_are_not_members() -> None:
    """Nobody outside the district and nobody dead is on the list."""
    world = World().person("a", "1", ended_on=AS_OF).person("b").add("deaths", person_key="b", died_on=AS_OF)
    assert members(world) == {}


def test_declared_member_without_registration_is_in_scope() -> None:
    """A member who lives with the family and is registered elsewhere belongs to it."""
    world = World().person("a").person("b", None).declare("N1", date(2025, 1, 1), a="self", b="spouse")
    assert members(world.spell("N1", "a", date(2025, 1, 1)))["b"]["family_id"] == "D:N1"


@pytest.mark.parametrize(
    ("kind", "counted"),
    [
        ("prison", False),
        ("detoxification", False),
        ("missing", False),
        ("clergy", False),
        ("outside_prison", True),
        ("medical_bail", True),
        ("study", True),
        ("disability", True),
    ],
)
def test_who_is_counted(kind: str, *, counted: bool) -> None:
    """民发〔2021〕57号 names those who do not count; students away and those outside prison do."""
    world = World().person("a").add("conditions", person_key="a", kind=kind, started_on=date(2025, 1, 1))
    assert members(world)["a"]["counted"] is counted


@pytest.mark.parametrize(
    ("start", "end", "counted"),
    [
        (AS_OF, None, False),
        (AS_OF + timedelta(days=1), None, True),
        (date(2020, 1, 1), AS_OF, True),
        (date(2020, 1, 1), AS_OF + timedelta(days=1), False),
    ],
)
def test_counted_again_from_the_day_of_release(start: date, end: date | None, *, counted: bool) -> None:
    """A released member counts from the day the term ends."""
    world = World().person("a").add("conditions", person_key="a", kind="prison", started_on=start, ended_on=end)
    assert members(world)["a"]["counted"] is counted


def test_street_of_the_family() -> None:
    """A family stands under one street: of its declaration, else of its head's registration."""
    world = World().person("a", street_code=STREET).person("b", "2", street_code=OTHER).person("c", street_code=STREET)
    world.declare("N1", date(2025, 1, 1), a="self", b="spouse").spell("N1", "a", date(2025, 1, 1))
    found = members(world)
    assert [found[key]["street_code"] for key in "abc"] == ["330108002", "330108002", STREET]
    assert found["a"]["community_code"] == "330108002001"
    assert found["a"]["on_register"] is True
    assert found["b"]["on_register"] is False


def test_head_of_the_household_gives_the_street_not_who_joined() -> None:
    """A husband registered elsewhere who joined must not carry the family to his street."""
    world = World().person("a", "1", street_code=STREET, birth=date(1990, 1, 1), relation_to_head="child")
    world.person("b", "2", street_code=OTHER, birth=date(1960, 1, 1), relation_to_head="self").marry("a", "b")
    tables = stage_tables(world)
    assert set(tables["members"]["street_code"]) == {STREET}
    assert tables["families"]["head_key"].to_list() == ["a"]
