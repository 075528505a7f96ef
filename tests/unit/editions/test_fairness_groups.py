"""The groups of the fairness report, and that no score knows them."""

from datetime import date
from typing import Any

from editions.fairness_groups import DIMENSIONS, fairness_groups
from scoring.features import FEATURES
from tests.unit.rules.tables import AS_OF, all_tables, member, shipped

FAMILIES: dict[str, list[tuple[str, str, date | None]]] = {
    "H:1": [("a", "female", date(1950, 1, 1)), ("b", "male", date(1948, 1, 1))],
    "H:2": [("c", "male", date(1990, 1, 1))],
    "H:3": [("d", "female", date(1991, 3, 31)), ("e", "male", date(2015, 1, 1))],
    "H:4": [("f", "male", date(1966, 4, 1)), ("g", "female", date(1970, 1, 1)), ("h", "male", date(2010, 1, 1))],
    "H:5": [("i", "female", None), ("j", "male", date(1990, 1, 1))],
}


def _tables() -> dict[str, Any]:
    people = [
        member(person, family, sex=sex, birth_on=born)
        for family, all_of in FAMILIES.items()
        for person, sex, born in all_of
    ]
    families = [
        {"family_id": family, "head_key": all_of[0][0], "street_code": "330108001"}
        for family, all_of in FAMILIES.items()
    ]
    conditions = [
        {"person_key": "e", "kind": "disability", "grade": 3, "started_on": date(2020, 1, 1)},
        {"person_key": "c", "kind": "disability", "grade": 1, "started_on": date(2010, 1, 1), "ended_on": AS_OF},
        {"person_key": "a", "kind": "severe_illness", "started_on": date(2020, 1, 1)},
    ]
    return all_tables(members=people, families=families, conditions=conditions)


def test_each_family_has_one_group_in_each_dimension() -> None:
    """A family would be missing from the report, or counted twice."""
    found = fairness_groups(_tables(), AS_OF, shipped()).sort("family_id").collect()
    assert found.columns == ["family_id", *DIMENSIONS]
    assert found["household_type"].to_list() == ["elders", "single", "one_parent", "with_minors", "other"]
    assert found["sex"].to_list() == ["female", "male", "female", "male", "female"]
    assert found["age_group"].to_list() == ["60-79", "35-59", "35-59", "35-59", None]
    assert found["disability"].to_list() == ["no", "no", "yes", "no", "no"]


def test_no_feature_reads_a_group() -> None:
    """The score would know a person's sex, age or street."""
    read = {name for feature in FEATURES for name in (feature.name, *feature.reads)}
    assert not read & set(DIMENSIONS)
