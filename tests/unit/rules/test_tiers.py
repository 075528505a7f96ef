"""Tiers and classes: points by declared reasons, and no cliff."""

from datetime import date
from itertools import pairwise
from typing import Any

import narwhals as nw
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editions.hits import rule_context
from rules import RuleContext
from rules.classes import CLASSES, difficulty_classes
from rules.frames import banded
from rules.parameters import load_parameters
from rules.tiers import (
    GROUP_REASONS,
    PROGRAMME_REASONS,
    SITUATION_REASONS,
    TIERS,
    income_per_head,
    tier_of,
    tier_reasons,
)
from tests.unit.rules.tables import AS_OF, all_tables, member, shipped

FAMILY = {
    "family_id": "H:1",
    "counted_members": 3,
    "income_evidence": "none",
    "medical_fen": 0,
    "severe_disabilities": 0,
    "severe_illnesses": 0,
    "aged_80": 0,
    "minors": 0,
    "students": 0,
    "unemployed": 0,
    "working": 0,
}


def _reasons(**given: list[dict[str, Any]]) -> dict[str, int]:
    context = rule_context(all_tables(**given), AS_OF, shipped())
    frame: pl.DataFrame = tier_reasons(context).to_native().collect()
    assert frame.select("family_id", "reason").is_unique().all()
    return dict(frame.select("reason", "points").rows())


def _tier(points: int) -> str:
    context = rule_context(all_tables(), AS_OF, shipped())
    frame = nw.from_native(pl.LazyFrame({"p": [points]})).select(t=tier_of(nw.col("p"), context))
    return str(frame.to_native().collect().item())


def test_one_yuan_over_a_threshold_lowers_a_tier_by_one_step_at_most() -> None:
    """A family just over a line would fall from red to yellow at once."""
    read = shipped()
    orange, red = read.integer("tiers.orange_points"), read.integer("tiers.red_points")
    step = min(orange, red - orange)
    single = [read.integer(f"tiers.points_{each}") for each in (*PROGRAMME_REASONS, *GROUP_REASONS, *SITUATION_REASONS)]
    income = [band.points for band in read.bands("tiers.points_income_per_head")]
    medical = [band.points for band in read.bands("tiers.points_medical")]
    assert max(single) <= step
    jumps = [abs(one - other) for bands in (income, medical) for one, other in pairwise(bands)]
    assert max(jumps) + read.integer("tiers.points_low_income_family") <= step


def _days() -> list[date]:
    """Every day on which a parameter of the tiers changes."""
    named = load_parameters().by_name
    return sorted({each.since for name in named if name.startswith("tiers.") for each in named[name].values})


def _steps(day: date, yuan: list[int], points: list[int], also: int) -> pl.DataFrame:
    """Tiers one yuan below and at each line, for families with 0 to 200 points of other reasons.

    `points` are those at each of `yuan`; `also` are points that may go or come with the same yuan.
    """
    context = RuleContext(day, load_parameters().as_of(day), {})
    pairs = [(below, at) for (a, below), (b, at) in pairwise(zip(yuan, points, strict=True)) if b - a == 1]
    rows = [
        (base + below + gone, base + at + come)
        for base in range(201)
        for below, at in pairs
        for gone, come in ((0, 0), (also, 0), (0, also))
    ]
    frame = nw.from_native(pl.LazyFrame(rows, schema={"before": pl.Int64, "after": pl.Int64}, orient="row"))
    told = frame.select(*(tier_of(nw.col(name), context).alias(name) for name in ("before", "after")))
    found: pl.DataFrame = told.to_native().collect()
    order = {tier: place for place, tier in enumerate(TIERS)}
    return found.select(pl.all().replace_strict(order, return_dtype=pl.Int64))


@pytest.mark.parametrize("day", _days(), ids=str)
@pytest.mark.parametrize(("name", "group"), [("income_per_head", "low_income_family"), ("medical", None)])
def test_no_yuan_moves_a_family_by_two_tiers(day: date, name: str, group: str | None) -> None:
    """A family with whatever other reasons would fall from red to yellow for one yuan, on some date of the numbers."""
    read = load_parameters().as_of(day)
    bands = read.bands(f"tiers.points_{name}")
    yuan = sorted({each.at_least + step for each in bands for step in (-1, 0) if each.at_least + step >= 0})
    frame = nw.from_native(pl.LazyFrame({"yuan": yuan}))
    points = frame.select(points=banded(nw.col("yuan"), bands)).to_native().collect()["points"].to_list()
    also = read.integer(f"tiers.points_{group}") if group else 0
    steps = _steps(day, yuan, points, also)
    assert steps.height >= 201 * (len(bands) - 1)
    assert (steps["after"] - steps["before"]).abs().max() == 1


@settings(deadline=None)
@given(st.sets(st.sampled_from([*PROGRAMME_REASONS, *GROUP_REASONS, *SITUATION_REASONS, "lead"])), st.integers(0, 12))
def test_no_single_reason_moves_a_family_by_two_tiers(reasons: set[str], dropped: int) -> None:
    """One fact that ends would take a family from red to yellow."""
    read = shipped()
    weights = sorted(read.integer(f"tiers.points_{each}") for each in reasons)
    if not weights:
        return
    lines = (read.integer("tiers.orange_points"), read.integer("tiers.red_points"))
    before = sum(sum(weights) >= line for line in lines)
    after = sum(sum(weights) - weights[dropped % len(weights)] >= line for line in lines)
    assert before - after in {0, 1}


@pytest.mark.parametrize(
    ("points", "tier"), [(0, "yellow"), (24, "yellow"), (25, "orange"), (54, "orange"), (55, "red")]
)
def test_the_tier_of_points(points: int, tier: str) -> None:
    """The red families are visited within a day: a point too many or too few sends the visitor elsewhere."""
    assert _tier(points) == tier


def test_only_the_heaviest_programme_counts() -> None:
    """A family in two programmes would count as twice as poor."""
    spells = [
        {"person_key": "a", "programme": "marginal", "family_no": "N1", "started_on": date(2025, 1, 1)},
        {"person_key": "b", "programme": "subsistence", "family_no": "N1", "started_on": date(2025, 1, 1)},
    ]
    found = _reasons(members=[member("a", "H:1"), member("b", "H:1")], spells=spells)
    assert found == {"subsistence": 25}


def test_situations_groups_and_amounts_weigh() -> None:
    """A family would stand in a lower tier than its situation."""
    family = FAMILY | {
        "severe_illnesses": 1,
        "minors": 2,
        "medical_fen": 3_000_000,
        "income_evidence": "partial",
        "income_fen": 0,
    }
    hits = [{"rule_id": "rejected_application", "family_id": "H:1", "person_key": name} for name in "ab"]
    found = _reasons(families=[family], hits=hits)
    assert found == {
        "severe_illness": 15,
        "minors": 5,
        "medical": 15,
        "income_per_head": 15,
        "rejected_application": 10,
    }


def test_unknown_income_has_no_points() -> None:
    """No record would be read as no income (safeguard: say what is known)."""
    assert "income_per_head" not in _reasons(families=[FAMILY])
    late = FAMILY | {"income_evidence": "not_computable"}
    assert "income_per_head" not in _reasons(families=[late])


@pytest.mark.parametrize(
    ("evidence", "members", "known"),
    [("full", 2, 9_999), ("partial", 2, 9_999), ("none", 2, None), ("not_computable", 2, None), ("full", 0, None)],
)
def test_income_per_head_is_whole_yuan_and_only_of_known_incomes(
    evidence: str, members: int, known: int | None
) -> None:
    """An income that nobody knows would be weighed, or fen would be told as yuan."""
    given = {"income_evidence": [evidence], "counted_members": [members], "income_fen": [1_999_999]}
    found = nw.from_native(pl.LazyFrame(given)).select(each=income_per_head()).to_native().collect()
    assert found["each"].to_list() == [known]


def test_a_reason_of_one_point_is_told() -> None:
    """A parameter of one would have no effect."""
    tables = all_tables(families=[FAMILY | {"minors": 1}])
    read = load_parameters().replacing({"tiers.points_minors": 1}).as_of(AS_OF)
    assert tier_reasons(rule_context(tables, AS_OF, read)).to_native().collect().rows() == [("H:1", "minors", 1)]


def test_people_in_no_family_give_no_reason() -> None:
    """A reason or class would stand for a family that does not exist."""
    tables = all_tables(
        spells=[{"person_key": "a", "programme": "subsistence", "family_no": "N1", "started_on": date(2025, 1, 1)}],
        leads=[{"person_key": "a", "lead_no": "L1", "reported_on": AS_OF, "difficulty": "disaster"}],
        allowances=[
            {"person_key": "a", "allowance_kind": "orphan", "month": AS_OF.replace(day=1), "payment_status": "paid"}
        ],
    )
    context = rule_context(tables, AS_OF, shipped())
    assert tier_reasons(context).to_native().collect().is_empty()
    assert difficulty_classes(context).to_native().collect().is_empty()


def test_classes_of_difficulty() -> None:
    """The family would be referred to the wrong department."""
    tables = all_tables(
        members=[member("a", "H:1"), member("b", "H:2")],
        families=[FAMILY | {"medical_fen": 1_000_000}, FAMILY | {"family_id": "H:2", "aged_80": 1, "unemployed": 1}],
        hits=[{"rule_id": "other_department_aid", "family_id": "H:1", "person_key": "a", "basis": "aid_rent_subsidy"}],
        leads=[{"person_key": "b", "lead_no": "L1", "reported_on": AS_OF, "difficulty": "disaster"}],
        allowances=[
            {"person_key": "a", "allowance_kind": "orphan", "month": AS_OF.replace(day=1), "payment_status": "paid"},
            {
                "person_key": "b",
                "allowance_kind": "orphan",
                "month": AS_OF.replace(day=1),
                "payment_status": "returned",
            },
        ],
    )
    found = difficulty_classes(rule_context(tables, AS_OF, shipped())).to_native().collect()
    assert set(found.rows()) == {
        ("H:1", "illness"),
        ("H:1", "housing"),
        ("H:1", "child"),
        ("H:2", "old_age"),
        ("H:2", "unemployment"),
        ("H:2", "disaster"),
    }
    assert set(found["class_id"]) <= set(CLASSES)


def test_medical_cost_just_under_the_line_is_no_illness() -> None:
    """The parameter would have no effect."""
    tables = all_tables(families=[FAMILY | {"medical_fen": 999_999}])
    read = load_parameters().as_of(AS_OF)
    assert difficulty_classes(rule_context(tables, AS_OF, read)).to_native().collect().is_empty()
