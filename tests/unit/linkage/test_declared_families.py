"""Declared families (domain line 11)."""

from datetime import date

import pytest

from tests.unit.linkage.world import World

START = date(2024, 1, 10)
CHILD = date(2015, 6, 1)


def declared(end: date | None = None) -> World:
    """A couple with a lodger who was not declared, on the register since START."""
    world = World().person("a", "1").person("b", "1").person("x", "1")
    return world.spell("N1", "a", START, end).declare("N1", date(2024, 1, 2), a="self", b="spouse")


def test_declared_members_govern_and_the_rest_is_its_own_family() -> None:
    """Registered co-residents who were not declared are another family."""
    assert declared().families() == {"a": "D:N1", "b": "D:N1", "x": "H:1"}


def test_nothing_governs_before_the_spell_starts() -> None:
    """A declaration without a spell or application says nothing."""
    assert declared().families(date(2024, 1, 9)) == {"a": "H:1", "b": "H:1", "x": "H:1"}
    assert declared().families(date(2024, 1, 10))["a"] == "D:N1"


@pytest.mark.parametrize(
    ("on", "governs"),
    [
        (date(2024, 2, 28), True),
        (date(2024, 2, 29), True),
        (date(2025, 2, 27), True),
        (date(2025, 2, 28), True),
        (date(2025, 3, 1), False),
    ],
)
def test_twelve_months_of_grace(on: date, *, governs: bool) -> None:
    """The family of a former recipient must not fall apart a day early, nor last a day longer."""
    assert (declared(date(2024, 2, 29)).families(on)["a"] == "D:N1") is governs


def test_grace_months_are_a_parameter() -> None:
    """The bureau may choose another length."""
    world = declared(date(2024, 2, 29))
    assert world.families(date(2024, 5, 29), grace_months=3)["a"] == "D:N1"
    assert world.families(date(2024, 5, 30), grace_months=3)["a"] == "H:1"


def test_open_rigid_expense_spell_ends_by_itself() -> None:
    """刚性支出 lasts twelve months, then its grace begins."""
    world = World().person("a").spell("N1", "a", START, programme="rigid_expense").declare("N1", START, a="self")
    assert world.families(date(2026, 1, 10))["a"] == "D:N1"
    assert world.families(date(2026, 1, 11))["a"] == "H:1"


def application(decision: str, decided: date | None) -> World:
    world = World().person("a").person("b")
    world.add(
        "applications",
        application_no="x",
        family_no="N1",
        person_key="a",
        relation_to_applicant="self",
        applied_on=START,
        decision=decision,
        decided_on=decided,
    )
    return world.declare("N1", START, a="self", b="spouse")


@pytest.mark.parametrize("decision", ["refused", "withdrawn", "approved"])
def test_application_governs_while_open_and_twelve_months_after(decision: str) -> None:
    """The people whom a refused application names are the family that was refused."""
    world = application(decision, date(2024, 3, 5))
    assert [world.families(on)["b"] for on in (date(2024, 1, 9), START, date(2024, 3, 4))] == ["H:1", "D:N1", "D:N1"]
    assert [world.families(on)["b"] for on in (date(2025, 3, 5), date(2025, 3, 6))] == ["D:N1", "H:1"]


def test_pending_application_governs() -> None:
    """An application stays open until it is decided."""
    assert application("pending", None).families()["b"] == "D:N1"


def test_latest_declaration_of_the_number_holds() -> None:
    """Whoever a review no longer names has left the family."""
    world = declared().declare("N1", date(2025, 6, 1), a="self")
    assert world.families(date(2025, 5, 31)) == {"a": "D:N1", "b": "D:N1", "x": "H:1"}
    assert world.families(date(2025, 6, 1)) == {"a": "D:N1", "b": "H:1", "x": "H:1"}


def two_declarations(first: date, second: date) -> World:
    world = World().person("a").person("b")
    world.declare("N1", first, a="self").declare("N2", second, a="parent", b="self")
    return world.spell("N1", "a", START).spell("N2", "b", START, date(2026, 1, 1))


def test_later_declaration_wins() -> None:
    """An old mother who moved to her daughter is counted there."""
    assert two_declarations(date(2024, 1, 2), date(2024, 1, 3)).families()["a"] == "D:N2"
    assert two_declarations(date(2024, 1, 3), date(2024, 1, 2)).families()["a"] == "D:N1"


def test_of_one_day_the_one_with_an_open_spell_wins_then_the_smaller_number() -> None:
    """Two declarations of one day must be decided alike in every run."""
    world = two_declarations(date(2024, 1, 2), date(2024, 1, 2))
    assert world.families()["a"] == "D:N1"
    world = World().person("a").declare("N2", START, a="self").declare("N1", START, a="self")
    world.spell("N2", "a", START)
    assert world.spell("N1", "a", START, date(2026, 1, 1)).families()["a"] == "D:N2"
    assert world.spell("N1", "a", date(2026, 1, 1)).families()["a"] == "D:N1"


def test_a_declaration_that_no_longer_lists_the_person_does_not_win() -> None:
    """A later declaration that the person has left leaves the earlier one in force."""
    world = World().person("a", "1").person("b", "2")
    world.declare("N1", date(2024, 1, 2), a="self").declare("N2", date(2024, 5, 2), a="spouse", b="self")
    world.spell("N1", "a", START).spell("N2", "b", START)
    assert world.families()["a"] == "D:N2"
    assert world.marry("a", "b", date(2025, 1, 1), "divorce").families()["a"] == "D:N1"


def test_member_who_moves_away_leaves() -> None:
    """A grown son who registers elsewhere is no longer of the family; the head who moves stays the head."""
    world = World().person("a", "1").person("s", "1", ended_on=date(2025, 5, 1))
    world.register("s", "2", started_on=date(2025, 5, 1))
    world.spell("N1", "a", START).declare("N1", START, a="self", s="child")
    assert world.families(date(2025, 4, 30))["s"] == "D:N1"
    assert world.families(date(2025, 5, 1))["s"] == "H:2"
    head = World().person("a", "1", ended_on=date(2025, 5, 1)).person("s", "1")
    head.spell("N1", "a", START).declare("N1", START, a="self", s="child")
    assert head.families() == {"a": "D:N1", "s": "D:N1"}


def test_member_who_moves_together_with_the_head_stays() -> None:
    """A family that moves house is still one family."""
    world = World()
    for key in ("a", "s"):
        world.person(key, "1", ended_on=date(2025, 5, 1)).register(key, "2", started_on=date(2025, 5, 1))
    world.spell("N1", "a", START).declare("N1", START, a="self", s="child")
    assert world.families() == {"a": "D:N1", "s": "D:N1"}


@pytest.mark.parametrize(("day", "left"), [(START, False), (date(2024, 1, 11), True)])
def test_a_move_on_the_day_of_the_declaration_was_known_to_it(day: date, *, left: bool) -> None:
    """Only what happened later than the declaration changes it."""
    world = World().person("a", "1").person("s", "2", started_on=day)
    world.spell("N1", "a", START).declare("N1", START, a="self", s="child")
    assert (world.families()["s"] == "H:2") is left


@pytest.mark.parametrize(("relation", "left"), [("spouse", True), ("child_in_law", True), ("child", False)])
def test_divorce_ends_the_membership_of_a_spouse(relation: str, *, left: bool) -> None:
    """A divorced wife's income must not be counted; a divorced daughter stays with her parents."""
    world = World().person("a", "1").person("b", "1").spell("N1", "a", START)
    world.declare("N1", START, a="self", b=relation).marry("b", "q", date(2025, 2, 2), "divorce")
    assert world.families(date(2025, 2, 1))["b"] == "D:N1"
    assert (world.families(date(2025, 2, 2))["b"] == "H:1") is left


def test_divorce_before_the_declaration_changes_nothing() -> None:
    """Who is declared as spouse after a divorce is declared knowingly."""
    assert declared().marry("a", "b", date(2024, 1, 2), "divorce").families()["b"] == "D:N1"


def test_dead_member_leaves_and_the_family_goes_on() -> None:
    """The death of the head does not dissolve the family of those who stay."""
    world = declared().add("deaths", person_key="a", died_on=date(2025, 1, 1))
    assert world.families() == {"b": "D:N1", "x": "H:1"}


def test_child_born_since_joins_its_mother_else_its_father() -> None:
    """A newborn is a member before anybody writes it down."""
    world = declared().child("k", "1", date(2025, 3, 3), "b", None).child("m", "1", date(2025, 3, 3), "q", "a")
    families = world.families()
    assert (families["k"], families["m"]) == ("D:N1", "D:N1")


def test_child_that_the_declaration_left_out_is_not_added() -> None:
    """A child born by the day of the declaration and not declared lives elsewhere."""
    world = declared().child("k", "1", date(2024, 1, 2), "b", "a").child("m", "1", date(2024, 1, 3), "b", "a")
    assert (world.families()["k"], world.families()["m"]) == ("H:1", "D:N1")


def test_unregistered_newborn_is_not_added() -> None:
    """Only a registered child is known to live here."""
    world = declared().child("k", "1", date(2025, 3, 3), "b", "a")
    world.rows["registrations"][-1]["ended_on"] = date(2026, 1, 1)
    assert world.families()["k"] == "P:k"


def test_spouse_married_since_joins() -> None:
    """A new husband belongs to the family from the wedding, until a divorce."""
    world = declared().person("y", "7").marry("b", "a", date(2025, 1, 1), "divorce").marry("y", "a", date(2025, 2, 2))
    assert world.families(date(2025, 2, 1))["y"] == "H:7"
    assert world.families(date(2025, 2, 2))["y"] == "D:N1"
    assert world.marry("y", "a", date(2025, 9, 9), "divorce").families()["y"] == "H:7"


def test_spouse_married_before_and_left_out_is_not_added() -> None:
    """A husband whom the declaration leaves out is not declared."""
    world = World().person("a", "1").person("y", "7").marry("a", "y", START).declare("N1", START, a="self")
    assert world.spell("N1", "a", START).families() == {"a": "D:N1", "y": "H:7"}


def test_both_spouses_declared_nobody_moves() -> None:
    """Two declared families do not become one by a wedding."""
    world = World().person("a", "1").person("b", "2").declare("N1", START, a="self").declare("N2", START, b="self")
    world.spell("N1", "a", START).spell("N2", "b", START).marry("a", "b", date(2025, 1, 1))
    assert world.families() == {"a": "D:N1", "b": "D:N2"}


def test_governed_persons_move_nobody() -> None:
    """Line 12 looks at the ungoverned alone: a husband is not moved to a declared wife's household."""
    world = declared().person("y", "7").marry("b", "y", date(2023, 1, 1)).child("k", "9", CHILD, "b", None)
    assert (world.families()["y"], world.families()["k"]) == ("H:7", "H:9")


def test_minor_beside_a_governed_parent_stays() -> None:
    """A child registered with its declared mother is not apart from both parents."""
    world = declared().person("f", "8").child("k", "1", CHILD, "b", "f")
    assert world.families()["k"] == "H:1"


def test_member_from_outside_the_district() -> None:
    """A declared member without registration belongs to the family."""
    world = declared().person("o", None).declare("N1", date(2025, 1, 1), a="self", o="parent")
    assert world.families()["o"] == "D:N1"


def test_equal_declarations_count_once() -> None:
    """The same member named by two files is one member; self is kept."""
    world = declared().declare("N1", date(2024, 1, 2), a="child", b="spouse")
    frame = world.families_frame()
    assert frame.height == 3
    assert frame.filter(person_key="a")["relation"].to_list() == ["self"]
