"""Families by the household registration (domain line 12)."""

from datetime import date

import pytest

from tests.unit.linkage.world import World

CHILD = date(2015, 6, 1)


def test_a_household_is_a_family() -> None:
    """Without anything else those registered together are counted together."""
    world = World().person("a", "1").person("b", "1").person("c", "2")
    assert world.families() == {"a": "H:1", "b": "H:1", "c": "H:2"}


def test_the_dead_belong_to_no_family_from_the_day_of_death() -> None:
    """A dead member would make a family of three out of two."""
    world = World().person("a").add("deaths", person_key="a", died_on=date(2026, 3, 31))
    assert world.families(date(2026, 3, 30)) == {"a": "H:1"}
    assert world.families(date(2026, 3, 31)) == {}


def test_the_unborn_belong_to_no_family() -> None:
    """Whoever is born after a payment did not benefit from it, even when an application already named the child."""
    world = World().person("a").person("k", "1", date(2026, 3, 16)).declare("N1", date(2026, 3, 2), a="self", k="child")
    world.spell("N1", "a", date(2026, 3, 2))
    assert world.families(date(2026, 3, 15)) == {"a": "D:N1"}
    assert world.families(date(2026, 3, 16)) == {"a": "D:N1", "k": "D:N1"}


@pytest.mark.parametrize(
    ("sign", "alive"),
    [
        (
            ("marriages", {"spouse_a_key": "a", "spouse_b_key": "x", "marriage_event": "marriage"}, "registered_on"),
            True,
        ),
        (
            ("marriages", {"spouse_a_key": "a", "spouse_b_key": "x", "marriage_event": "divorce"}, "registered_on"),
            False,
        ),
        (("applications", {"person_key": "a", "relation_to_applicant": "self"}, "applied_on"), True),
        (("applications", {"person_key": "a", "relation_to_applicant": "parent"}, "applied_on"), False),
        (("registrations", {"person_key": "a", "household_no": "1"}, "started_on"), True),
        (("conditions", {"person_key": "a", "kind": "study"}, "started_on"), True),
        (("conditions", {"person_key": "a", "kind": "disability"}, "started_on"), False),
    ],
)
def test_later_activity_means_alive(sign: tuple[str, dict[str, str], str], *, alive: bool) -> None:
    """A wrong record of death must not end anybody's help; one act on the day of death proves nothing."""
    table, row, day = sign
    for on, expected in ((date(2025, 6, 2), alive), (date(2025, 6, 1), False)):
        world = (
            World().person("a").add("deaths", person_key="a", died_on=date(2025, 6, 1)).add(table, **row, **{day: on})
        )
        assert ("a" in world.families()) is expected


def test_the_true_death_after_a_wrong_one_counts() -> None:
    """Each record of a death is judged by itself; of those that stand the earliest counts."""
    world = World().person("a")
    for day in (date(2020, 1, 1), date(2025, 3, 1), date(2025, 3, 9)):
        world.add("deaths", person_key="a", died_on=day)
    world.marry("a", "x", date(2021, 1, 1))
    assert world.families(date(2025, 2, 28)) == {"a": "H:1"}
    assert world.families(date(2025, 3, 1)) == {}


def test_latest_registration_holds() -> None:
    """A move shows from its first day; of two spells at once the later start, then the larger number."""
    world = World().person("a", "1", ended_on=date(2025, 7, 1)).register("a", "2", started_on=date(2025, 7, 1))
    assert world.families(date(2025, 6, 30)) == {"a": "H:1"}
    assert world.families(date(2025, 7, 1)) == {"a": "H:2"}
    world.register("a", "3", started_on=date(2025, 7, 1)).register("a", "9", started_on=date(2024, 1, 1))
    assert world.families() == {"a": "H:3"}


def test_unregistered_persons_are_alone() -> None:
    """Whoever moved away without a declared family is a family of one."""
    world = World().person("a", "1", ended_on=date(2026, 3, 31)).person("b", None)
    assert world.families() == {"a": "P:a", "b": "P:b"}
    assert world.families(date(2026, 3, 30))["a"] == "H:1"


def test_couple_in_two_households_larger_number_joins_smaller() -> None:
    """A couple registered apart lives together; only the person named moves, not the household."""
    world = World().person("a", "2").person("b", "10").person("c", "2").marry("a", "b")
    assert world.families() == {"a": "H:10", "b": "H:10", "c": "H:2"}
    assert world.families(basis="registration_only") == {"a": "H:2", "b": "H:10", "c": "H:2"}


def test_spouse_without_the_minor_children_joins() -> None:
    """The children decide where the couple lives, whatever the numbers say."""
    world = World().person("a", "1").person("b", "2").marry("a", "b").child("k", "2", CHILD, "b", "a")
    assert set(world.families().values()) == {"H:2"}


def test_children_in_both_households_leave_it_to_the_number() -> None:
    """Where the children do not decide the larger number joins; a child left beside a parent's place stays."""
    world = World().person("a", "1").person("b", "2").marry("a", "b")
    world.child("k", "2", CHILD, "b", "a").child("m", "1", CHILD, "b", "a")
    assert world.families() == {"a": "H:1", "b": "H:1", "m": "H:1", "k": "H:2"}


@pytest.mark.parametrize("parents", [("b", None), ("b", "x"), (None, "a")])
def test_children_of_one_spouse_alone_do_not_decide(parents: tuple[str | None, str | None]) -> None:
    """Only minor children of the two decide: a stepchild does not."""
    world = World().person("a", "1").person("b", "2").person("x", None).marry("a", "b")
    world.child("k", "2", CHILD, *parents)
    assert world.families()["b"] == "H:1"


def test_grown_children_do_not_decide() -> None:
    """On the eighteenth birthday the child is no minor."""
    world = World().person("a", "1").person("b", "2").marry("a", "b").child("k", "2", date(2008, 3, 31), "b", "a")
    assert world.families(date(2026, 3, 30))["a"] == "H:2"
    assert world.families(date(2026, 3, 31))["b"] == "H:1"


def test_leap_day_child_comes_of_age_on_the_last_of_february() -> None:
    """Birth on 29 February plus eighteen years is 28 February."""
    world = World().person("a", "1").person("b", "2").marry("a", "b").child("k", "2", date(2008, 2, 29), "b", "a")
    assert world.families(date(2026, 2, 27))["a"] == "H:2"
    assert world.families(date(2026, 2, 28))["a"] == "H:1"


def test_divorce_and_remarriage() -> None:
    """Couples are joined while they are married, and from the day of a new marriage."""
    world = World().person("a", "1").person("b", "2").person("c", "3").marry("a", "b")
    world.marry("b", "a", date(2025, 5, 5), "divorce").marry("c", "b", date(2025, 9, 9))
    assert world.families(date(2025, 5, 4))["b"] == "H:1"
    assert world.families(date(2025, 5, 5))["b"] == "H:2"
    assert world.families(date(2025, 9, 9)) == {"a": "H:1", "b": "H:2", "c": "H:2"}


def test_latest_of_several_spouses() -> None:
    """A marriage without a recorded divorce gives way to the later one, and joins nobody to the earlier spouse."""
    world = World().person("a", "1").person("b", "2").person("c", "3").marry("a", "b").marry("b", "c", date(2020, 1, 1))
    assert world.families() == {"a": "H:1", "b": "H:2", "c": "H:2"}


def test_widowed_spouse_stays() -> None:
    """A dead spouse moves nobody."""
    world = World().person("a", "1").person("b", "2").marry("a", "b")
    world.add("deaths", person_key="a", died_on=date(2025, 1, 1))
    assert world.families() == {"b": "H:2"}


def test_collective_spouse_joins_the_ordinary_household() -> None:
    """A worker in the company's 集体户 belongs to the spouse's household, whatever the number and the children."""
    world = (
        World()
        .person("a", "集1")
        .person("b", "9")
        .person("c", "集1")
        .marry("a", "b")
        .child("k", "集1", CHILD, "a", "b")
    )
    assert world.families() == {"a": "H:9", "b": "H:9", "c": "P:c", "k": "H:9"}


def test_couple_in_collective_households_with_children() -> None:
    """A couple both in 集体户 and their minor children are one family, also from two 集体户."""
    world = World().person("b", "集1").person("a", "集2").marry("a", "b").child("k", "集1", CHILD, "a", "b")
    world.child("g", "5", CHILD, "a", "b").person("gm", "5")
    assert world.families() == {"a": "C:a", "b": "C:a", "k": "C:a", "g": "C:a", "gm": "H:5"}


def test_minor_with_a_single_parent_in_a_collective_household() -> None:
    """By line 12 everybody else in a 集体户 is a family of one."""
    world = World().person("a", "集1").child("k", "集1", CHILD, "a", None)
    assert world.families() == {"a": "P:a", "k": "P:k"}


def test_minor_apart_joins_the_mother_else_the_father() -> None:
    """A child registered with the grandparents lives with its mother, without her with its father."""
    world = World().person("g", "1").person("m", "2").person("f", "3").child("k", "1", CHILD, "m", "f")
    assert world.families()["k"] == "H:2"
    world.add("deaths", person_key="m", died_on=date(2025, 1, 1))
    assert world.families()["k"] == "H:3"
    world.add("deaths", person_key="f", died_on=date(2025, 1, 1))
    assert world.families()["k"] == "H:1"
    assert world.families(basis="registration_only", on=date(2024, 1, 1))["k"] == "H:1"


def test_minor_follows_the_mother_to_her_joined_family() -> None:
    """The mother's family is where she is joined, not where she is registered."""
    world = World().person("g", "1").person("m", "9").person("f", "3").marry("m", "f").child("k", "1", CHILD, "m", "f")
    assert world.families() == {"g": "H:1", "m": "H:3", "f": "H:3", "k": "H:3"}


def test_minor_beside_one_parent_stays() -> None:
    """A child registered with one parent is not apart from both."""
    world = World().person("m", "2").person("f", "3").child("k", "3", CHILD, "m", "f")
    assert world.families()["k"] == "H:3"


def test_mother_in_a_collective_household_alone_is_no_place_for_the_child() -> None:
    """The father's household comes next when the mother is a family of one in a 集体户."""
    world = World().person("g", "1").person("m", "集1").person("f", "3").child("k", "1", CHILD, "m", "f")
    assert world.families()["k"] == "H:3"


def test_grown_child_apart_stays() -> None:
    """Adult children are not moved."""
    world = World().person("g", "1").person("m", "2").child("k", "1", date(2008, 3, 31), "m", None)
    assert world.families()["k"] == "H:1"


def test_basis_and_relation_say_how() -> None:
    """The page shows how a member came into the family."""
    world = World().person("a", "1", relation_to_head="self").person("b", "2").marry("a", "b").person("z", "集1")
    rows = world.families_frame().select("person_key", "family_basis", "relation").rows()
    assert rows == [("a", "registered", "self"), ("b", "joined", "spouse"), ("z", "single", "self")]
