"""The month's visits: most need first, a share at random, nobody disturbed twice, and drawn again alike."""

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from editions.visits import NEED, RANDOM, VisitChoice, answers, visit_plan
from tests.unit.rules.tables import AS_OF, all_tables, member, shipped

STREETS = ("330108001", "330108002")
CHOICE = VisitChoice(capacity=10, random_percent=20, seed="edition-1")


def _tables(families: int = 120, **more: list[dict[str, Any]]) -> dict[str, pl.LazyFrame]:
    names = [f"H:{each}" for each in range(families)]
    return all_tables(
        families=[
            {"family_id": name, "head_key": f"p{place}", "street_code": STREETS[place % 2]}
            for place, name in enumerate(names)
        ],
        members=[
            member(f"p{place}", name, on_register=place < 4, street_code=STREETS[place % 2])
            for place, name in enumerate(names)
        ],
        scores=[
            {"family_id": name, "score": 10 * (families - place), "model": "m"} for place, name in enumerate(names)
        ],
        **more,
    )


def _plan(tables: dict[str, pl.LazyFrame], choice: VisitChoice = CHOICE) -> pl.DataFrame:
    return visit_plan(tables, AS_OF, shipped(), choice).collect()


def test_each_street_visits_the_most_need_first_and_draws_the_rest() -> None:
    """The neediest would wait, or what is missed could not be known."""
    plan = _plan(_tables())
    counted = dict(
        plan.group_by("street_code", "manner").len().select(pl.concat_str("street_code", "manner"), "len").rows()
    )
    assert counted == {f"{street}{manner}": rows for street in STREETS for manner, rows in ((NEED, 8), (RANDOM, 2))}
    first = plan.filter(pl.col("street_code") == STREETS[0], pl.col("manner") == NEED)["family_id"]
    assert sorted(first) == sorted(f"H:{each}" for each in range(4, 20, 2))
    assert plan.filter(pl.col("manner") == RANDOM).select("drawn", "left").unique().rows() == [(2, 50)]


def test_families_on_the_register_are_not_visited_by_this_plan() -> None:
    """Visits would go to those who are known already."""
    assert not set(_plan(_tables())["family_id"]) & {"H:0", "H:1", "H:2", "H:3"}


def test_the_draw_is_the_same_again_and_another_in_another_edition() -> None:
    """Whoever draws could draw until they like it."""
    tables = _tables()
    shuffled = tables | {"families": tables["families"].collect().sample(fraction=1, shuffle=True, seed=3).lazy()}
    assert _plan(tables).equals(_plan(shuffled))
    other = _plan(tables, VisitChoice(10, 20, "edition-2"))
    drawn = [set(each.filter(pl.col("manner") == RANDOM)["family_id"]) for each in (_plan(tables), other)]
    assert drawn[0] != drawn[1]


def test_everybody_left_is_drawn_equally_often() -> None:
    """The estimate of what is missed would rest on families that are easier drawn."""
    tables = _tables(60)
    times: dict[str, int] = {}
    for seed in range(150):
        plan = _plan(tables, VisitChoice(10, 50, f"edition-{seed}"))
        for name in plan.filter(pl.col("manner") == RANDOM)["family_id"]:
            times[name] = times.get(name, 0) + 1
    expected = 150 * 5 / (28 - 5)
    assert len(times) == 46
    assert sum((each - expected) ** 2 / expected for each in times.values()) < 80


def test_a_visited_family_rests_unless_something_new_is_known() -> None:
    """A family would be asked the same every month; or its new need not be looked at."""
    lately, before = AS_OF - timedelta(days=20), AS_OF - timedelta(days=200)
    visits = [
        {"person_key": "p4", "visited_on": lately, "visit_outcome": "not_true"},
        {"person_key": "p6", "visited_on": lately, "visit_outcome": "not_true"},
        {"person_key": "p8", "visited_on": lately, "visit_outcome": "no_contact"},
        {"person_key": "p10", "visited_on": before, "visit_outcome": "not_true"},
    ]
    warnings = [
        {"family_id": "H:6", "kind": "need", "evidence_on": lately + timedelta(days=5)},
        {"family_id": "H:4", "kind": "need", "evidence_on": before},
        {"family_id": "H:4", "kind": "verify", "evidence_on": lately + timedelta(days=5)},
    ]
    plan = set(_plan(_tables(visits=visits, warnings=warnings))["family_id"])
    assert "H:4" not in plan
    assert {"H:6", "H:8", "H:10"} <= plan


@pytest.mark.parametrize(("capacity", "percent", "drawn"), [(10, 0, 0), (3, 10, 1), (30, 10, 3), (5, 100, 5)])
def test_the_share_is_what_was_declared(capacity: int, percent: int, drawn: int) -> None:
    """Fewer would be drawn than was said."""
    assert VisitChoice(capacity, percent, "x").drawn == drawn


def test_more_room_than_families_visits_all() -> None:
    """A family would be left out although there is time."""
    plan = _plan(_tables(10), VisitChoice(50, 10, "x"))
    assert set(plan["family_id"]) == {f"H:{each}" for each in range(4, 10)}


def test_answers_come_from_visits_after_the_plan() -> None:
    """A visit of long ago, or of another family, would answer for the drawn one."""
    plan = _plan(_tables()).lazy()
    one, other, third = plan.collect()["family_id"][:3]
    people = pl.LazyFrame({"family_id": [one, other, third], "person_key": ["a", "b", "c"]})
    visits = pl.LazyFrame(
        [
            ("a", AS_OF + timedelta(days=9), "true_refer"),
            ("b", AS_OF + timedelta(days=9), "not_true"),
            ("b", AS_OF, "true_include"),
            ("c", AS_OF + timedelta(days=9), "no_contact"),
            ("c", date(2027, 1, 1), "true_include"),
        ],
        schema=["person_key", "visited_on", "visit_outcome"],
        orient="row",
    )
    told = answers(plan, people, visits, AS_OF, shipped()).collect()
    found = dict(told.select("family_id", "found").rows())
    assert (found[one], found[other], found[third]) == (True, False, None)
    assert told.height == plan.collect().height
