"""What the warnings of need tell of a fact beyond who is asked: family, day, amount, key and source, to the letter."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from editions.hits import evaluate, rule_context
from rules import get_rule
from schemas.tables import TABLES
from tests.unit.rules.tables import AS_OF, member, rows, shipped

Row = dict[str, Any]
SOURCE: Row = {"source_feed": "f", "source_delivery": "d", "source_sheet": "s", "source_row": 1}
MARCH = date(2026, 3, 1)
MEMBERS = [member("a", "H:1"), member("out", "H:8", in_scope=False)]
ON_REGISTER = [member("a", "H:1", on_register=True)]
FAMILY: Row = {
    "family_id": "H:1", "members": 1, "counted_members": 1, "income_evidence": "full", "income_fen": 2_400_000,
    "medical_fen": 1_500_000, "minors": 1, "students": 0, "severe_disabilities": 0, "working": 0,
}  # fmt: skip
SPENT: Row = {
    "person_key": "a",
    "settlement_no": "S1",
    "kind": "inpatient",
    "spent_on": MARCH,
    "out_of_pocket_fen": 1_500_000,
}
DISABLED: Row = {"person_key": "a", "kind": "disability", "category": "physical", "grade": 2, "started_on": MARCH}
STUDY: Row = {"person_key": "a", "kind": "study", "category": "bachelor", "detail": "full_time", "started_on": MARCH}
RELIEF: Row = {"person_key": "a", "aid_kind": "disaster", "dated_on": MARCH, "amount_fen": 300_000}
LEAD: Row = {"person_key": "a", "lead_no": "L1", "lead_source": "grid", "reported_on": MARCH, "difficulty": "disaster"}
WAGES: Row = {"person_key": "e", "income_kind": "wages", "month": date(2026, 1, 1), "amount_fen": 5, "declared": False}
BENEFIT: Row = WAGES | {"person_key": "a", "income_kind": "unemployment_benefit", "month": MARCH, "amount_fen": 180_000}
PAID: Row = {"allowance_kind": "disability_care", "month": MARCH, "payment_status": "paid", "amount_fen": 25_000}
LONG_DISABLED: Row = DISABLED | {"started_on": date(2020, 2, 1)}
WINDOW: Row = {"first_month": date(2025, 4, 1), "last_month": MARCH, "computable": True}
HALVED = [WAGES | {"person_key": "a", "month": date(2025, month, 1), "amount_fen": 400_000} for month in (1, 2, 3)]
INSURED = [{"person_key": "a", "kind": "contribution", "month": date(2025, month, 1)} | SOURCE for month in (9, 10, 11)]
DELIVERED: Row = {"person_key": "z", "kind": "contribution", "month": MARCH}

FACTS: list[tuple[str, dict[str, list[Row]], tuple[Any, ...]]] = [
    ("high_inpatient_cost", {"expenses": [SPENT | SOURCE]}, ("stay_of_other", MARCH, 1_500_000, "S1")),
    (
        "medical_share_of_income",
        {"expenses": [SPENT | SOURCE], "families": [FAMILY | {"medical_fen": 1_600_000}]},
        ("medical_over_share_of_income", MARCH, 1_600_000, "S1"),
    ),
    (
        "rigid_expense_share",
        {"expenses": [SPENT | SOURCE], "families": [FAMILY], "conditions": [LONG_DISABLED]},
        ("rigid_over_share_of_income", MARCH, 2_100_000, "medical:S1"),
    ),
    (
        "rigid_expense_share",
        {"expenses": [SPENT | SOURCE | {"out_of_pocket_fen": 900_000}], "families": [FAMILY],
         "conditions": [STUDY | {"started_on": date(2024, 9, 1)}, LONG_DISABLED], "members": MEMBERS},
        ("rigid_over_share_of_income", MARCH, 2_300_000, "medical:S1"),
    ),
    (
        "new_severe_disability",
        {"conditions": [DISABLED | SOURCE]},
        ("first_severe_certificate", MARCH, None, "2026-03-01"),
    ),
    (
        "university_entry",
        {"conditions": [STUDY | SOURCE], "members": ON_REGISTER},
        ("entered_higher_education", MARCH, None, "2026-03-01"),
    ),
    (
        "unemployment_with_dependants",
        {"incomes": [BENEFIT | SOURCE], "families": [FAMILY]},
        ("benefit_begun_with_dependants", MARCH, 180_000, "2026-03-01"),
    ),
    (
        "disaster_struck",
        {"aid_payments": [RELIEF | SOURCE]},
        ("disaster_relief_paid", MARCH, 300_000, "aid:2026-03-01"),
    ),
    ("disaster_struck", {"leads": [LEAD | SOURCE]}, ("disaster_reported", MARCH, None, "lead:L1")),
    *(
        (f"lead_{source}", {"leads": [LEAD | SOURCE | {"lead_source": source}]}, (f"lead_{source}", MARCH, None, "L1"))
        for source in ("grid", "hotline", "self_report")
    ),
    (
        "earner_died",
        {"deaths": [{"person_key": "e", "died_on": MARCH} | SOURCE], "incomes": [WAGES],
         "registrations": [{"person_key": "a", "father_key": "e"}],
         "members": [member("a", "H:1", birth_on=date(2015, 1, 1))]},
        ("earning_parent_died", MARCH, None, "e"),
    ),
    (
        "earner_died",
        {
            "deaths": [{"person_key": "e", "died_on": AS_OF} | SOURCE],
            "incomes": [WAGES],
            "marriages": [
                {"spouse_a_key": "e", "spouse_b_key": "a", "marriage_event": "marriage", "registered_on": AS_OF}
            ],
        },
        ("earning_spouse_died", AS_OF, None, "e"),
    ),
    (
        "income_halved",
        {"incomes": [*HALVED, WAGES | {"person_key": "a", "month": MARCH, "amount_fen": 500_000} | SOURCE],
         "families": [FAMILY], "income_window": [WINDOW]},
        ("income_fell_by_share", MARCH, 500_000, "2026-03-01"),
    ),
    (
        "insurance_lapsed",
        {"work_evidence": [*INSURED, DELIVERED]},
        ("contributions_stopped", date(2025, 11, 1), None, "2025-11-01"),
    ),
    (
        "insurance_lapsed",
        {"work_evidence": [*INSURED, DELIVERED], "conditions": [STUDY | {"kind": "severe_illness"}]},
        ("contributions_stopped", date(2025, 11, 1), None, "2025-11-01"),
    ),
    (
        "disability_care_missing",
        {"conditions": [LONG_DISABLED | SOURCE], "allowances": [PAID | {"person_key": "z"}]},
        ("never_paid", date(2020, 2, 1), 25_000, "never"),
    ),
    (
        "disability_care_missing",
        {"conditions": [LONG_DISABLED | SOURCE],
         "allowances": [PAID | {"person_key": "z"}, PAID | {"person_key": "a", "month": date(2025, 12, 1)}]},
        ("payment_stopped", date(2020, 2, 1), 25_000, "2025-12-01"),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "given", "expected"), FACTS)
def test_a_need_tells_its_fact(rule: str, given: dict[str, list[Row]], expected: tuple[Any, ...]) -> None:
    """A visitor would be sent without the day and the amount, to another family, or twice with the same fact."""
    facts = {"members": MEMBERS, **given}
    tables = {name: rows(TABLES[name], *facts.get(name, [])) for name in get_rule(rule).reads}
    found = evaluate([get_rule(rule)], rule_context(tables, AS_OF, shipped())).collect()
    columns = ("basis", "evidence_on", "evidence_fen", "evidence_key")
    assert found.select("family_id", "person_key", *columns).rows() == [("H:1", "a", *expected)]
    assert found["valid_until"].is_null().all()
    assert found.select(pl.col(*SOURCE)).rows() == [tuple(SOURCE.values())]


@pytest.mark.parametrize("rule", ["university_entry", "rigid_expense_share"])
def test_what_is_no_study_is_none(rule: str) -> None:
    """A code that two departments use alike would make a student of somebody who is ill."""
    facts = {
        "members": ON_REGISTER if rule == "university_entry" else MEMBERS,
        "families": [FAMILY | {"income_fen": 1}],
    }
    found = []
    for kind in ("study", "severe_illness"):
        told = facts | {"conditions": [STUDY | {"kind": kind, "person_key": "a"}] * 2}
        told["expenses"] = [SPENT | {"out_of_pocket_fen": 300_000}]
        tables = {name: rows(TABLES[name], *told.get(name, [])) for name in get_rule(rule).reads}
        found.append(evaluate([get_rule(rule)], rule_context(tables, AS_OF, shipped())).collect().height)
    assert found == [1, 0]


@pytest.mark.parametrize("rule", ["medical_share_of_income", "rigid_expense_share"])
def test_no_record_is_not_zero_income(rule: str) -> None:
    """A family of which nothing is known would be told that its costs eat up an income of nothing."""
    found = []
    for evidence in ("partial", "none", "not_computable"):
        family = FAMILY | {"income_evidence": evidence, "income_fen": 0}
        told = {"members": MEMBERS, "families": [family], "expenses": [SPENT]}
        tables = {name: rows(TABLES[name], *told.get(name, [])) for name in get_rule(rule).reads}
        found.append(evaluate([get_rule(rule)], rule_context(tables, AS_OF, shipped())).collect().height)
    assert found == [1, 0, 0]
