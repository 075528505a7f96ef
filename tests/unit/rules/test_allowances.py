"""Who is entitled to an allowance, from when and to how much: the amounts that a what-if adds up."""

from datetime import date
from typing import Any

import pytest

from editions.hits import rule_context
from rules.allowances import ALLOWANCE_KINDS, barred, entitled
from tests.unit.rules.tables import AS_OF, all_tables, member, shipped


def _entitled(kind: str, **given: list[dict[str, Any]]) -> dict[str, tuple[date, int]]:
    frame = entitled(rule_context(all_tables(**given), AS_OF, shipped()), kind).to_native().collect()
    assert frame.columns[:4] == ["family_id", "person_key", "due_on", "monthly_fen"]
    return {row["person_key"]: (row["due_on"], row["monthly_fen"]) for row in frame.iter_rows(named=True)}


def _registered(person: str, since: date, **more: Any) -> dict[str, Any]:
    return {"person_key": person, "household_no": "H1", "started_on": since, "source_feed": "f", **more}


def _certificate(person: str, grade: int, since: date = date(2020, 1, 1)) -> dict[str, Any]:
    return {"person_key": person, "kind": "disability", "category": "physical", "grade": grade, "started_on": since}


@pytest.mark.parametrize(
    ("birth", "fen"),
    [
        (date(1946, 4, 1), None),
        (date(1946, 3, 31), 15_000),
        (date(1936, 4, 1), 15_000),
        (date(1936, 3, 31), 30_000),
        (date(1926, 4, 1), 30_000),
        (date(1926, 3, 31), 80_000),
    ],
)
def test_the_old_age_rate_rises_on_the_birthday(birth: date, fen: int | None) -> None:
    """The cost of a changed rate would be estimated for the wrong people."""
    found = _entitled(
        "old_age",
        members=[member("a", "H:1", birth_on=birth)],
        registrations=[_registered("a", date(1990, 1, 1))],
    )
    assert {person: rate for person, (_, rate) in found.items()} == ({} if fen is None else {"a": fen})


def test_the_old_age_allowance_is_due_from_the_later_of_birthday_and_registration() -> None:
    """Somebody who moved in at 85 would count as waiting for five years."""
    found = _entitled(
        "old_age",
        members=[member("a", "H:1", birth_on=date(1940, 1, 1)), member("b", "H:1", birth_on=date(1941, 1, 1))],
        registrations=[_registered("a", date(1990, 1, 1)), _registered("b", date(2025, 6, 1))],
    )
    assert {person: due for person, (due, _) in found.items()} == {"a": date(2020, 1, 1), "b": date(2025, 6, 1)}


def test_the_nursing_rate_is_that_of_the_grade() -> None:
    """Grade 1 and grade 2 would be costed alike."""
    found = _entitled(
        "disability_care",
        members=[member(name, f"H:{name}") for name in "abc"],
        conditions=[_certificate("a", 1), _certificate("b", 2), _certificate("c", 3)],
    )
    assert {person: rate for person, (_, rate) in found.items()} == {"a": 50_000, "b": 25_000}


def test_the_living_allowance_is_due_when_certificate_and_programme_have_begun() -> None:
    """Months before the family was on the programme would count as arrears."""
    found = _entitled(
        "disability_living",
        members=[member("a", "H:1", on_register=True)],
        conditions=[_certificate("a", 4)],
        spells=[
            {"person_key": "a", "programme": "subsistence", "family_no": "N1", "started_on": date(2024, 5, 1)},
            {"person_key": "a", "programme": "marginal", "family_no": "N1", "started_on": date(2022, 5, 1)},
        ],
    )
    assert found == {"a": (date(2024, 5, 1), 30_200)}


def test_a_child_is_due_from_the_day_on_which_the_second_parent_was_lost() -> None:
    """The arrears of an orphan would begin with the death of the first parent."""
    found = _entitled(
        "orphan",
        members=[member("a", "H:1", birth_on=date(2015, 1, 1))],
        registrations=[_registered("a", date(2015, 1, 1), father_key="f", mother_key="m")],
        deaths=[
            {"person_key": "f", "died_on": date(2020, 1, 1)},
            {"person_key": "m", "died_on": date(2023, 1, 1)},
            {"person_key": "m", "died_on": date(2023, 1, 2)},
        ],
    )
    assert found == {"a": (date(2023, 1, 1), 158_000)}


def test_nobody_is_entitled_twice() -> None:
    """Two certificates, or two registrations, would double the cost of a person."""
    tables = all_tables(
        members=[member("a", "H:1", birth_on=date(1930, 1, 1))],
        registrations=[_registered("a", date(1990, 1, 1)), _registered("a", date(2000, 1, 1))],
        conditions=[_certificate("a", 1), _certificate("a", 2, date(2021, 1, 1))],
        spells=[
            {"person_key": "a", "programme": "subsistence", "family_no": number, "started_on": date(2020, 1, 1)}
            for number in ("N1", "N2")
        ],
    )
    context = rule_context(tables, AS_OF, shipped())
    for kind in ALLOWANCE_KINDS[:3]:
        assert entitled(context, kind).to_native().collect()["person_key"].to_list() == ["a"], kind


def test_each_reason_of_exclusion_is_named() -> None:
    """Staff would be asked about a double benefit without being told which."""
    paid = {"month": AS_OF.replace(day=1), "payment_status": "paid", "amount_fen": 90_000}
    tables = all_tables(
        members=[member("a", "H:1", on_register=True)],
        conditions=[_certificate("a", 1)],
        spells=[{"person_key": "a", "programme": "destitute", "family_no": "N1", "started_on": date(2020, 1, 1)}],
        allowances=[
            {"person_key": "a", "allowance_kind": kind, **paid} for kind in ("work_injury_care", "disability_pension")
        ],
    )
    found = barred(rule_context(tables, AS_OF, shipped()), "disability_care").to_native().collect()
    assert sorted(found["reason"]) == ["destitute", "higher_of_two", "work_injury_care"]


def test_the_living_allowance_is_due_from_the_first_of_several_spells() -> None:
    """Arrears of a family that two registers hold would begin with the later one."""
    spells = [
        {"person_key": "a", "programme": "subsistence", "family_no": number, "started_on": since}
        for number, since in (("N1", date(2022, 5, 1)), ("N2", date(2024, 5, 1)))
    ]
    found = _entitled(
        "disability_living", members=[member("a", "H:1")], conditions=[_certificate("a", 4)], spells=spells
    )
    assert found == {"a": (date(2022, 5, 1), 30_200)}


def test_a_child_is_due_from_its_birth() -> None:
    """Months before a child was born would count as arrears."""
    found = _entitled(
        "orphan",
        members=[member("a", "H:1", birth_on=date(2015, 1, 1))],
        registrations=[_registered("a", date(2015, 1, 1), father_key="f", mother_key="m")],
        deaths=[{"person_key": "f", "died_on": date(2014, 9, 1)}],
        conditions=[{"person_key": "m", "kind": "prison", "started_on": date(2013, 1, 1)}],
    )
    assert found == {"a": (date(2015, 1, 1), 158_000)}


@pytest.mark.parametrize(
    ("condition", "entitled_to"),
    [
        ({}, True),
        ({"ended_on": AS_OF}, False),
        ({"ended_on": date(2026, 4, 1)}, True),
        ({"started_on": date(2026, 4, 1)}, False),
        ({"kind": "study"}, False),
        ({"kind": "clergy", "grade": 1}, False),
        ({"kind": "disability", "grade": 1}, True),
        ({"kind": "disability", "grade": 3}, False),
    ],
)
def test_a_parent_who_cannot_bring_up_a_child(condition: dict[str, Any], *, entitled_to: bool) -> None:
    """A child of a released parent would be paid for on, or one whom nobody brings up would not be."""
    found = _entitled(
        "orphan",
        members=[member("a", "H:1", birth_on=date(2015, 1, 1))],
        registrations=[_registered("a", date(2015, 1, 1), father_key="f", mother_key="m")],
        deaths=[{"person_key": "f", "died_on": date(2020, 1, 1)}],
        conditions=[{"person_key": "m", "kind": "prison", "started_on": date(2023, 1, 1)} | condition],
    )
    assert bool(found) is entitled_to


def test_a_parent_who_lives_after_a_recorded_death_is_alive() -> None:
    """A child would be an orphan by a slip of the crematorium (domain line 14)."""
    found = _entitled(
        "orphan",
        members=[member("a", "H:1", birth_on=date(2015, 1, 1)), member("m", "H:1")],
        registrations=[_registered("a", date(2015, 1, 1), father_key="f", mother_key="m")],
        deaths=[{"person_key": each, "died_on": date(2020, 1, 1)} for each in ("f", "m")],
    )
    assert found == {}


@pytest.mark.parametrize(("died_on", "entitled_to"), [(AS_OF, True), (date(2026, 4, 1), False)])
def test_a_child_is_due_on_the_day_of_the_death(died_on: date, *, entitled_to: bool) -> None:
    """A child would wait a month longer, or be paid for before its parent has died."""
    found = _entitled(
        "orphan",
        members=[member("a", "H:1", birth_on=date(2015, 1, 1))],
        registrations=[_registered("a", date(2015, 1, 1), father_key="f", mother_key="m")],
        deaths=[{"person_key": "f", "died_on": date(2020, 1, 1)}, {"person_key": "m", "died_on": died_on}],
    )
    assert found == ({"a": (AS_OF, 158_000)} if entitled_to else {})


def test_a_grown_child_is_no_orphan() -> None:
    """Everybody whose parents have died would be paid for."""
    found = _entitled(
        "orphan",
        members=[member("a", "H:1", birth_on=date(1990, 1, 1))],
        registrations=[_registered("a", date(1990, 1, 1), father_key="f", mother_key="m")],
        deaths=[{"person_key": each, "died_on": date(2020, 1, 1)} for each in ("f", "m")],
    )
    assert found == {}


def test_who_is_no_longer_registered_is_not_due_by_age() -> None:
    """A permit holder, or somebody who has moved away, would be paid for by two districts."""
    for ended, found in ((AS_OF, set()), (date(2026, 4, 1), {"a"})):
        registered = _registered("a", date(1990, 1, 1)) | {"ended_on": ended}
        members = [member("a", "H:1", birth_on=date(1930, 1, 1))]
        assert set(_entitled("old_age", members=members, registrations=[registered])) == found


def test_the_living_allowance_is_for_those_on_the_programme() -> None:
    """Every disabled person would count as due, and the cost of the rate with them."""
    spell = {"person_key": "a", "programme": "marginal", "family_no": "N1", "started_on": date(2020, 1, 1)}
    for spells in ([], [spell], [spell | {"programme": "subsistence", "ended_on": AS_OF}]):
        certified = {"members": [member("a", "H:1")], "conditions": [_certificate("a", 4)], "spells": spells}
        assert _entitled("disability_living", **certified) == {}
