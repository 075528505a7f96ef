"""Each condition of a measure finds the families that it says, and no others: one fact at a time."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import pytest

from editions.hits import rule_context
from rules import RuleContext
from rules.base import Frame
from rules.frames import FEN_PER_YUAN
from rules.measures import finding
from schemas.tables import TABLES
from tests.unit.rules.tables import AS_OF, member, rows, shipped

Row = dict[str, Any]
Find = Callable[[RuleContext], Frame]

LINE = shipped().integer(finding.STANDARD) * 12 * FEN_PER_YUAN
MARGINAL = LINE * shipped().integer(finding.MARGINAL) // 100
RIGID = shipped().integer(finding.RIGID_LINE) * FEN_PER_YUAN
COSTLY = shipped().integer(finding.MEDICAL) * FEN_PER_YUAN
OLD, CHILD = date(1950, 1, 1), date(2015, 1, 1)
LONG_AGO = date(2020, 1, 1)


def _found(find: Find, **given: list[Row]) -> list[str | None]:
    """The families found, of a and b in H:1 and z in H:9 (out is not in scope) where no members are given."""
    persons = [member("a", "H:1"), member("b", "H:1"), member("z", "H:9"), member("out", "H:8", in_scope=False)]
    facts = {"members": persons, **given}
    tables = {name: rows(table, *facts.get(name, [])) for name, table in TABLES.items() if name in _READ}
    found = find(rule_context(tables, AS_OF, shipped())).to_native().select("family_id").collect()
    return sorted(found["family_id"].to_list(), key=str)


_READ = {
    "members", "families", "spells", "conditions", "registrations", "support_relations", "deaths", "expenses",
    "incomes", "list", "holdings", "warnings", "leads",
}  # fmt: skip


def _family(**more: Any) -> list[Row]:
    told = {"family_id": "H:1", "members": 1, "counted_members": 1, "income_evidence": "full", "income_fen": 0}
    return [{**told, "medical_fen": 0, "severe_illnesses": 0, "minors": 0, **more}]


def _spell(programme: str, person: str = "b", **more: Any) -> list[Row]:
    return [{"person_key": person, "programme": programme, "family_no": "N", "started_on": LONG_AGO, **more}]


INCOMES = [
    ({"income_fen": LINE - 1}, True, False),
    ({"income_fen": LINE}, False, True),
    ({"income_fen": MARGINAL - 1}, False, True),
    ({"income_fen": MARGINAL}, False, False),
    ({"income_fen": 3 * LINE - 1, "counted_members": 3}, True, False),
    ({"income_fen": 3 * LINE, "counted_members": 3}, False, True),
    ({"income_fen": 3 * MARGINAL, "counted_members": 3}, False, False),
    ({"income_fen": LINE - 1, "income_evidence": "partial"}, True, False),
    ({"income_fen": LINE, "income_evidence": "partial"}, False, True),
    ({"income_fen": LINE - 1, "income_evidence": "none"}, False, False),
    ({"income_fen": LINE, "income_evidence": "not_computable"}, False, False),
    ({"income_fen": -1, "counted_members": 0}, False, False),
]


@pytest.mark.parametrize(("change", "standard", "marginal"), INCOMES)
def test_income_below_a_line(change: Row, *, standard: bool, marginal: bool) -> None:
    """A family at the line would be sent to apply for what it cannot get, or one below it would not be told."""
    families = _family(**change)
    assert _found(finding.below_standard, families=families) == ["H:1"] * standard
    assert _found(finding.below_marginal, families=families) == ["H:1"] * marginal


@pytest.mark.parametrize(
    ("programme", "standard", "marginal"),
    [
        ("subsistence", False, False),
        ("destitute", False, False),
        ("marginal", True, False),
        ("rigid_expense", True, True),
    ],
)
def test_a_programme_held_by_a_member(programme: str, *, standard: bool, marginal: bool) -> None:
    """A family would be sent to apply for what one of it receives."""
    spells = _spell(programme, started_on=date(2026, 1, 1))
    poor, near = _family(income_fen=LINE - 1), _family(income_fen=LINE)
    assert _found(finding.below_standard, families=poor, spells=spells) == ["H:1"] * standard
    assert _found(finding.below_marginal, families=near, spells=spells) == ["H:1"] * marginal
    for other in ({"person_key": "z"}, {"ended_on": AS_OF}):
        elsewhere = [each | other for each in spells]
        assert _found(finding.below_standard, families=poor, spells=elsewhere) == ["H:1"]
        assert _found(finding.below_marginal, families=near, spells=elsewhere) == ["H:1"]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"income_fen": RIGID + 100, "medical_fen": (RIGID + 100) * 6 // 10 + 1}, True),
        ({"income_fen": RIGID + 100, "medical_fen": (RIGID + 100) * 6 // 10}, False),
        ({"income_fen": RIGID + 1, "medical_fen": RIGID}, True),
        ({"income_fen": RIGID, "medical_fen": RIGID}, False),
        ({"income_fen": 2 * RIGID + 1, "medical_fen": 2 * RIGID, "counted_members": 2}, True),
        ({"income_fen": 2 * RIGID, "medical_fen": 2 * RIGID, "counted_members": 2}, False),
        ({"income_fen": RIGID + 1, "medical_fen": RIGID, "income_evidence": "none"}, False),
        ({"income_fen": RIGID + 1, "medical_fen": RIGID, "counted_members": 0}, False),
    ],
)
def test_rigid_spending_above_the_lines(change: Row, *, found: bool) -> None:
    """Families would be sent to charity that a programme is for, or nobody would be."""
    assert _found(finding.rigid_above_lines, families=_family(**change)) == ["H:1"] * found


DISABLED: Row = {"person_key": "a", "kind": "disability", "category": "physical", "grade": 2, "started_on": LONG_AGO}
WITHOUT_SUPPORT: list[tuple[str, list[Row], dict[str, list[Row]], bool]] = [
    ("old", [member("a", "H:1", birth_on=OLD)], {}, True),
    ("old since today", [member("a", "H:1", birth_on=date(1966, 3, 31))], {}, True),
    ("old from tomorrow", [member("a", "H:1", birth_on=date(1966, 4, 1))], {}, False),
    ("a child", [member("a", "H:1", birth_on=CHILD)], {}, True),
    ("grown since today", [member("a", "H:1", birth_on=date(2008, 3, 31))], {}, False),
    ("grown from tomorrow", [member("a", "H:1", birth_on=date(2008, 4, 1))], {}, True),
    ("one of two can work", [member("a", "H:1", birth_on=OLD), member("b", "H:1")], {}, False),
    ("disabled", [member("a", "H:1")], {"conditions": [DISABLED]}, True),
    ("little disabled", [member("a", "H:1")], {"conditions": [DISABLED | {"grade": 3}]}, False),
    ("ill", [member("a", "H:1")], {"conditions": [DISABLED | {"kind": "severe_illness"}]}, False),
    ("disabled no more", [member("a", "H:1")], {"conditions": [DISABLED | {"ended_on": AS_OF}]}, False),
    ("not poor", [member("a", "H:1", birth_on=OLD)], {"families": _family(income_fen=LINE)}, False),
    ("not known", [member("a", "H:1", birth_on=OLD)], {"families": _family(income_evidence="none")}, False),
    ("destitute", [member("a", "H:1", birth_on=OLD)], {"spells": _spell("destitute", "a")}, False),
    ("on another programme", [member("a", "H:1", birth_on=OLD)], {"spells": _spell("subsistence", "a")}, True),
]


@pytest.mark.parametrize(("members", "given", "found"), [each[1:] for each in WITHOUT_SUPPORT],
                         ids=[each[0] for each in WITHOUT_SUPPORT])  # fmt: skip
def test_unable_to_work(members: list[Row], given: dict[str, list[Row]], *, found: bool) -> None:
    """Who cannot work would not be told of the support of the destitute, or who can work would be."""
    facts = {"families": _family(income_fen=LINE - 1), "members": members, **given}
    assert _found(finding.without_support, **facts) == ["H:1"] * found


A_CHILD: Row = {"person_key": "c", "father_key": "a"}
RECORDED: Row = {"ward_key": "a", "obligor_key": "c", "started_on": LONG_AGO}
OWED: list[tuple[str, dict[str, list[Row]], bool]] = [
    ("a child of the father", {"registrations": [A_CHILD]}, False),
    ("a child of the mother", {"registrations": [{"person_key": "c", "mother_key": "a"}]}, False),
    ("a child of somebody else", {"registrations": [{"person_key": "c", "father_key": "x", "mother_key": "y"}]}, True),
    ("a parent of the grown", {"registrations": [{"person_key": "a", "father_key": "c", "mother_key": "c"}]}, True),
    ("a child that died today", {"registrations": [A_CHILD], "deaths": [{"person_key": "c", "died_on": AS_OF}]}, True),
    (
        "a child that dies tomorrow",
        {"registrations": [A_CHILD], "deaths": [{"person_key": "c", "died_on": date(2026, 4, 1)}]},
        False,
    ),
    ("recorded", {"support_relations": [RECORDED]}, False),
    ("recorded of somebody else", {"support_relations": [RECORDED | {"ward_key": "x"}]}, True),
    ("recorded until today", {"support_relations": [RECORDED | {"ended_on": AS_OF}]}, True),
    ("recorded from tomorrow", {"support_relations": [RECORDED | {"started_on": date(2026, 4, 1)}]}, True),
    ("recorded without a name", {"support_relations": [RECORDED | {"obligor_key": None}]}, True),
]


@pytest.mark.parametrize(("given", "found"), [each[1:] for each in OWED], ids=[each[0] for each in OWED])
def test_support_that_is_owed(given: dict[str, list[Row]], *, found: bool) -> None:
    """Somebody with a child elsewhere would be told to apply as destitute, or a lonely one would not be."""
    old = member("a", "H:1", birth_on=OLD)
    facts = {"families": _family(income_fen=LINE - 1), **given}
    elsewhere = [old, member("c", "H:2")]
    assert _found(finding.without_support, members=[old], **facts) == ["H:1"] * found
    assert _found(finding.without_support, members=elsewhere, **facts) == ["H:1"] * found
    at_home = [old, member("c", "H:1", birth_on=OLD)]
    assert _found(finding.without_support, members=at_home, **facts) == ["H:1"]


@pytest.mark.parametrize("parent", ["father_key", "mother_key"])
def test_parents_owe_a_child_support(parent: str) -> None:
    """A child that lives alone, with a parent elsewhere, would be told to apply as destitute."""
    facts = {"families": _family(income_fen=LINE - 1), "registrations": [{"person_key": "a", parent: "c"}]}
    for born, found in ((date(2008, 4, 1), []), (OLD, ["H:1"])):
        assert _found(finding.without_support, members=[member("a", "H:1", birth_on=born)], **facts) == found


def test_counts_and_costs_of_a_family() -> None:
    """A family one fen below the line would be told of aid, or one at it would not."""
    for medical, found in ((COSTLY - 1, []), (COSTLY, ["H:1"])):
        assert _found(finding.costly, families=_family(medical_fen=medical)) == found
    for number, found in ((0, []), (1, ["H:1"])):
        assert _found(finding.severely_ill, families=_family(severe_illnesses=number)) == found
    for minors, members, found in ((0, 0, []), (1, 1, ["H:1"]), (1, 2, []), (2, 2, ["H:1"]), (0, 1, [])):
        assert _found(finding.minors_alone, families=_family(minors=minors, members=members)) == found


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, True),
        ({"total_fen": 1}, True),
        ({"total_fen": 0}, False),
        ({"fund_paid_fen": 1}, False),
        ({"fund_paid_fen": -1}, False),
        ({"spent_on": date(2025, 3, 31)}, True),
        ({"spent_on": date(2025, 3, 30)}, False),
        ({"person_key": "out"}, False),
    ],
)
def test_treated_without_the_fund(change: Row, *, found: bool) -> None:
    """Who has no insurance would not be told that it can be paid for, or who has it would be."""
    spent = {"person_key": "a", "spent_on": AS_OF, "total_fen": 5_000, "fund_paid_fen": 0} | change
    assert _found(finding.without_fund, expenses=[spent]) == ["H:1"] * found


@pytest.mark.parametrize(
    ("born", "change", "found"),
    [
        (date(1980, 1, 1), {}, True),
        (date(1980, 1, 1), {"declared": True}, False),
        (date(1980, 1, 1), {"income_kind": "wages"}, False),
        (date(1980, 1, 1), {"month": date(2025, 12, 31)}, True),
        (date(1980, 1, 1), {"month": date(2025, 12, 30)}, False),
        (date(2010, 3, 31), {}, True),
        (date(2010, 4, 1), {}, False),
        (date(1966, 4, 1), {}, True),
        (date(1966, 3, 31), {}, False),
        (date(1980, 1, 1), {"person_key": "out"}, False),
    ],
)
def test_unemployed_of_working_age(born: date, change: Row, *, found: bool) -> None:
    """A pensioner would be sent to look for work, or somebody who lost it would not be helped."""
    paid = {"person_key": "a", "income_kind": "unemployment_benefit", "month": date(2026, 3, 1), "declared": False}
    persons = [member("a", "H:1", birth_on=born), member("out", "H:8", in_scope=False)]
    assert _found(finding.unemployed, members=persons, incomes=[paid | change]) == ["H:1"] * found


STUDY: Row = {
    "person_key": "a", "kind": "study", "category": "bachelor", "detail": "full_time", "started_on": LONG_AGO,
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, True),
        ({"kind": "severe_illness"}, False),
        ({"detail": "part_time"}, False),
        ({"category": "junior_middle"}, False),
        ({"ended_on": AS_OF}, False),
        ({"ended_on": date(2026, 4, 1)}, True),
        ({"started_on": date(2026, 4, 1)}, False),
        ({"person_key": "out"}, False),
        ({"person_key": "z"}, False),
    ],
)
def test_students(change: Row, *, found: bool) -> None:
    """A pupil of whom nothing is to be paid would be told of education aid, or a student would not."""
    facts = {"conditions": [STUDY | change]}
    registered, orange = (
        {"family_id": "H:1", "layer": layer, "tier": "orange"} for layer in ("registered", "extended")
    )
    assert _found(finding.students_of_registered, list=[registered], **facts) == ["H:1"] * found
    assert _found(finding.students_in_difficulty, list=[orange], **facts) == ["H:1"] * found
    assert _found(finding.students_of_registered, list=[orange], **facts) == []
    assert _found(finding.students_in_difficulty, list=[registered], **facts) == []
    assert _found(finding.students_in_difficulty, list=[orange | {"tier": "yellow"}], **facts) == []


HOME: Row = {"person_key": "b", "kind": "real_estate", "started_on": LONG_AGO}


@pytest.mark.parametrize(
    ("holding", "spell", "found"),
    [
        ({}, {}, []),
        ({"person_key": "z"}, {}, ["H:1"]),
        ({"person_key": "out"}, {}, ["H:1"]),
        ({"ended_on": AS_OF}, {}, ["H:1"]),
        ({"ended_on": date(2026, 4, 1)}, {}, []),
        ({"kind": "vehicle"}, {}, []),
        ({"person_key": "z"}, {"programme": "destitute"}, ["H:1"]),
        ({"person_key": "z"}, {"programme": "marginal"}, []),
        ({"person_key": "z"}, {"ended_on": AS_OF}, []),
        ({"person_key": "z"}, {"person_key": "out"}, []),
    ],
)
def test_no_home_known(holding: Row, spell: Row, found: list[str]) -> None:
    """An owner would be sent to the housing office, or a family without a home would not."""
    spells = [each | spell for each in _spell("subsistence", "a")]
    assert _found(finding.without_home, holdings=[HOME | holding], spells=spells) == found


def test_homes_of_others_are_no_vehicles() -> None:
    """The register of vehicles would stand for that of homes, and everybody be without one."""
    holdings = [HOME | {"person_key": "z", "kind": "vehicle"}]
    assert _found(finding.without_home, holdings=holdings, spells=_spell("subsistence", "a")) == []


def test_who_lives_alone() -> None:
    """A visitor would be sent to a couple, or an old person alone would be forgotten."""
    for members, born, found in (
        (1, date(1946, 3, 31), ["H:1"]),
        (1, date(1946, 4, 1), []),
        (2, date(1946, 3, 31), []),
        (0, date(1946, 3, 31), []),
    ):
        persons = [member("a", "H:1", birth_on=born)]
        assert _found(finding.alone_and_aged, families=_family(members=members), members=persons) == found
    for change, members, found in (({}, 1, ["H:1"]), ({"grade": 3}, 1, []), ({}, 2, [])):
        facts = {
            "families": _family(members=members),
            "conditions": [DISABLED | change],
            "members": [member("a", "H:1")],
        }
        assert _found(finding.alone_and_disabled, **facts) == found


def test_questions_and_leads() -> None:
    """A suspicion, another question or an old lead would suggest a measure."""
    asked: Row = {"kind": "need", "rule_id": "insurance_lapsed", "family_id": "H:1", "person_key": "a"}
    find = partial(finding.warned, rule_id="insurance_lapsed")
    for change, found in (({}, ["H:1"]), ({"kind": "verify"}, []), ({"rule_id": "income_halved"}, [])):
        assert _found(find, warnings=[asked | change]) == found
    lead: Row = {"person_key": "a", "lead_no": "L", "reported_on": AS_OF, "difficulty": "housing"}
    find = partial(finding.told_of, difficulty="housing")
    leads: list[tuple[Row, list[str]]] = [
        ({}, ["H:1"]),
        ({"difficulty": "illness"}, []),
        ({"reported_on": date(2025, 12, 31)}, ["H:1"]),
        ({"reported_on": date(2025, 12, 30)}, []),
        ({"person_key": "out"}, []),
    ]
    for other, families in leads:
        assert _found(find, leads=[lead | other]) == families


def test_what_is_urgent() -> None:
    """A red family would wait, or a suspicion would be answered with money."""
    urgent: Row = {"kind": "need", "rule_id": "income_halved", "family_id": "H:1", "person_key": "a"}
    for change, found in (({}, ["H:1"]), ({"kind": "verify"}, []), ({"rule_id": "insurance_lapsed"}, [])):
        assert _found(finding.urgent_families, warnings=[urgent | change]) == found
    for tier, found in (("red", ["H:2"]), ("orange", [])):
        listed: Row = {"family_id": "H:2", "layer": "extended", "tier": tier}
        assert _found(finding.urgent_families, list=[listed]) == found
