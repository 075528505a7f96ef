"""The monitoring list: who is on it, in which layer, tier and class, and what is published with it."""

from typing import Any

import polars as pl

from editions.listing import listed_families, of_listed
from editions.standing import standing_tables
from schemas.tables import get_table
from tests.unit.rules.tables import AS_OF, all_tables, member, shipped

COUNTS = ("medical_fen", "severe_disabilities", "severe_illnesses", "aged_80", "minors", "students", "unemployed")


def _family(family_id: str, **more: Any) -> dict[str, Any]:
    counts = dict.fromkeys(COUNTS, 0)
    return {"family_id": family_id, "head_key": "a", "members": 1, "income_evidence": "none", **counts, **more}


def _listed(**given: list[dict[str, Any]]) -> pl.DataFrame:
    on_register = [
        {"person_key": each["person_key"], "started_on": AS_OF, "on_register": True}
        for each in given.get("members", [])
        if each["on_register"]
    ]
    tables = all_tables(register_spells=on_register, **given)
    stands = standing_tables(tables, AS_OF, shipped())
    return listed_families({**tables, **stands}, AS_OF, shipped()).collect().sort("family_id")


def _hit(family: str, rule: str, person: str = "a") -> dict[str, Any]:
    return {"family_id": family, "rule_id": rule, "person_key": person}


def test_layers_and_groups() -> None:
    """A family would stand in the wrong layer, twice, or not at all."""
    found = _listed(
        members=[
            member("a", "H:1", on_register=True),
            member("b", "H:1"),
            member("c", "H:2"),
            member("d", "H:3", on_register=True),
            member("e", "H:4"),
        ],
        families=[_family(f"H:{number}") for number in (1, 2, 3, 4)],
        hits=[
            _hit("H:1", "temporary_assistance"),
            _hit("H:2", "temporary_assistance", "c"),
            _hit("H:2", "exited_assistance", "c"),
            _hit("H:2", "exited_assistance", "c"),
        ],
    )
    assert found.schema == get_table("list").schema
    assert found.select("family_id", "layer", "groups").rows() == [
        ("H:1", "registered", "temporary_assistance"),
        ("H:2", "extended", "exited_assistance;temporary_assistance"),
        ("H:3", "registered", ""),
    ]
    assert set(found["status"]) == {"listed"}


def test_tier_reasons_add_up() -> None:
    """The page would show reasons that do not give the tier."""
    found = _listed(
        members=[member("a", "H:1")],
        families=[_family("H:1", severe_illnesses=1, minors=1, unemployed=1)],
        hits=[_hit("H:1", "other_department_aid")],
        scores=[{"family_id": "H:1", "score": 700, "model": "m"}],
    ).row(0, named=True)
    assert found["tier_reasons"] == "severe_illness=15;other_department_aid=10;unemployed=10;minors=5"
    assert found["tier_points"] == 40
    assert found["tier"] == "orange"
    assert found["classes"] == "illness;unemployment"
    assert found["score"] == 700


def test_a_family_without_reasons_is_yellow() -> None:
    """A family would have no tier and fall out of every filter."""
    found = _listed(
        members=[member("a", "H:1")],
        families=[_family("H:1")],
        hits=[_hit("H:1", "no_group_with_points")],
    ).row(0, named=True)
    assert (found["tier"], found["tier_points"], found["tier_reasons"], found["classes"]) == ("yellow", 0, "", "")


def test_only_members_of_listed_families_are_published() -> None:
    """People who are on no list would stand in the registry of poor families."""
    tables = all_tables(members=[member("a", "H:1"), member("b", "H:2")], list=[{"family_id": "H:1"}])
    assert of_listed("members", tables).collect()["person_key"].to_list() == ["a"]
