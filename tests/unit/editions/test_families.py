"""Family facts: counts, income and how well it is known (domain line 10)."""

from datetime import date
from typing import Any

import pytest

from tests.unit.editions.stages import stage_tables
from tests.unit.editions.test_incomes import delivered, income, month, months, standard
from tests.unit.linkage.world import AS_OF, World


def family(world: World, family_id: str = "H:1") -> dict[str, Any]:
    return stage_tables(world)["families"].filter(family_id=family_id).row(0, named=True)


def evidence(world: World) -> tuple[str, int | None]:
    row = family(world)
    return row["income_evidence"], row["income_fen"]


def test_no_record_is_not_zero_income() -> None:
    """A family of whom nothing is known must not be called poor."""
    assert evidence(standard()) == ("none", None)


def test_a_record_of_zero_is_a_record() -> None:
    """Zero wages in the tax file is known; so is a contribution."""
    assert evidence(income(standard(), "a", month("2025-06"), 0)) == ("partial", 0)
    world = standard().add("work_evidence", person_key="a", kind="housing_fund", month=month("2025-06"), amount_fen=5)
    assert evidence(world) == ("partial", 0)


def test_a_record_each_month_is_full() -> None:
    """Eleven months known is not the year known."""
    world = standard()
    for each in months("2025-03", 11):
        income(world, "a", each, 10)
    assert evidence(world) == ("partial", 110)
    assert evidence(income(world, "a", month("2026-02"), 10)) == ("full", 120)


def test_an_annual_record_covers_the_months_of_its_year() -> None:
    """Evidence for each month of the year, though the sum is not divided."""
    world = income(standard(), "a", None, 70, period="2025", income_kind="business")
    assert evidence(world) == ("partial", 70)
    assert evidence(income(world, "a", None, 70, period="2026", income_kind="business")) == ("full", 70)


def with_silent_member(birth: date = date(1985, 5, 5)) -> World:
    """A member known for all months and another, `b`, without any record."""
    world = standard().person("b", "1", birth)
    for each in months("2025-03", 12):
        income(world, "a", each, 10)
    return world


@pytest.mark.parametrize(
    ("birth", "level"),
    [
        (date(2008, 3, 31), "partial"),
        (date(2008, 4, 1), "full"),
        (date(1966, 4, 1), "partial"),
        (date(1966, 3, 31), "full"),
    ],
)
def test_members_of_18_to_59_need_a_record(birth: date, level: str) -> None:
    """Children and the old need none."""
    assert evidence(with_silent_member(birth)) == (level, 120)


@pytest.mark.parametrize(
    ("condition", "level"),
    [
        ({"kind": "disability", "grade": 2}, "full"),
        ({"kind": "disability", "grade": 3}, "partial"),
        ({"kind": "disability", "grade": 1, "ended_on": AS_OF}, "partial"),
        ({"kind": "study", "detail": "full_time", "category": "postgraduate"}, "full"),
        ({"kind": "study", "detail": "part_time"}, "partial"),
        ({"kind": "prison"}, "full"),
    ],
)
def test_reasons_and_conditions(condition: dict[str, Any], level: str) -> None:
    """Severe disability and full-time study are reasons; who is not counted needs none."""
    world = with_silent_member().add("conditions", **{"person_key": "b", "started_on": date(2022, 1, 1)} | condition)
    assert evidence(world) == (level, 120)


@pytest.mark.parametrize(
    ("livelihood", "level"), [("carer", "full"), ("retired", "full"), ("unemployed", "full"), ("employed", "partial")]
)
def test_declared_reasons(livelihood: str, level: str) -> None:
    """What the family declared of a member is a reason from the closed list."""
    world = with_silent_member().declare("N1", date(2025, 1, 1), a="self", b="spouse")
    world.spell("N1", "a", date(2025, 1, 1)).rows["declarations"][1]["livelihood"] = livelihood
    assert family(world, "D:N1")["income_evidence"] == level


def test_months_in_study_are_covered() -> None:
    """A graduate who started to work needs records from graduation on."""
    world = standard().add(
        "conditions",
        person_key="a",
        kind="study",
        detail="full_time",
        category="bachelor",
        started_on=date(2021, 9, 1),
        ended_on=date(2025, 7, 1),
    )
    for each in months("2025-07", 8):
        income(world, "a", each, 10)
    assert evidence(world) == ("full", 80)
    world.rows["conditions"][0]["ended_on"] = date(2025, 6, 1)
    assert evidence(world) == ("partial", 80)


def test_only_counted_members_add_up() -> None:
    """The wages of a member in prison are not income of the family."""
    world = with_silent_member().add("conditions", person_key="b", kind="prison", started_on=date(2026, 1, 1))
    row = family(income(world, "b", month("2025-06"), 1000))
    assert (row["income_fen"], row["members"], row["counted_members"]) == (120, 2, 1)


def test_without_the_months_nothing_is_computed() -> None:
    """A missing feed must cause no hit: the level says that it could not be computed."""
    world = income(delivered(World().person("a"), ("2025-03", 6)), "a", month("2025-04"), 5)
    assert evidence(world) == ("not_computable", None)


def test_counts_of_members() -> None:
    """Tiers and classes count people by these."""
    world = standard()
    world.person("b", "1", date(1946, 3, 31)).person("c", "1", date(2008, 4, 1)).person("d", "1", date(2008, 3, 31))
    for key, more in (
        ("b", {"kind": "disability", "grade": 1}),
        ("b", {"kind": "disability", "grade": 2}),
        ("a", {"kind": "disability", "grade": 4}),
        ("c", {"kind": "study", "detail": "full_time"}),
        ("d", {"kind": "study", "detail": "full_time"}),
        ("a", {"kind": "severe_illness"}),
    ):
        world.add("conditions", person_key=key, started_on=date(2020, 1, 1), **more)
    for day, fen in ((date(2025, 3, 30), 1), (date(2025, 3, 31), 10), (AS_OF, 100)):
        world.add("expenses", person_key="a", spent_on=day, out_of_pocket_fen=fen)
    for text in ("2025-12", "2026-01"):
        income(world, "a", month(text), 5, income_kind="unemployment_benefit")
    income(world, "d", month("2026-02"), 5)
    row = family(world)
    names = ("members", "severe_disabilities", "severe_illnesses", "aged_80", "minors", "students", "unemployed")
    assert [row[name] for name in names] == [4, 1, 1, 1, 1, 1, 1]
    assert (row["medical_fen"], row["working"], row["head_key"]) == (110, 1, "b")
