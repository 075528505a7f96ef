"""The rows of evidence of the six groups: predicate, day, last day, amount and key, to the letter.

The officials' cases say who is hit; what is told about a hit is held here.
"""

from datetime import date
from typing import Any

import polars as pl

from editions.hits import evaluate, rule_context
from rules import get_rule
from rules.groups.rejected_application import effective_approvals
from rules.parameters import Parameters, load_parameters
from tests.unit.rules.tables import AS_OF, all_tables, member

SOURCE = {"source_feed": "f", "source_delivery": "d", "source_sheet": "s", "source_row": 1}
MONTH = AS_OF.replace(day=1)
_TOLD = ("person_key", "family_id", "basis", "evidence_on", "valid_until", "evidence_fen", "evidence_key")


def _hits(rule: str, parameters: Parameters | None = None, **given: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    context = rule_context(all_tables(**given), AS_OF, (parameters or load_parameters()).as_of(AS_OF))
    found = evaluate([get_rule(rule)], context).collect()
    assert all(get_rule(rule).found(each) for each in found["basis"])
    assert set(found["rule_id"]) <= {rule}
    return found.select(_TOLD).sort(pl.all(), nulls_last=True).rows()


def test_an_exit_tells_its_day_and_the_last_day() -> None:
    """If this fails, a family is told a wrong day, or stays listed after its window."""
    spell = {"person_key": "a", "started_on": date(2020, 1, 1), "ended_on": date(2024, 3, 31), "on_register": False}
    assert _hits("exited_assistance", members=[member("a", "H:1")], register_spells=[spell | SOURCE]) == [
        ("a", "H:1", "left_the_register_within_window", date(2024, 3, 31), date(2027, 3, 31), None, "2024-03-31")
    ]


def test_a_refusal_tells_its_application() -> None:
    """If this fails, two refusals of one person look like one, or one like two."""
    asked = {"person_key": "a", "decision": "refused", "decided_on": date(2025, 10, 1)} | SOURCE
    applications = [asked | {"application_no": "A1"}, asked | {"application_no": "A2"}]
    assert _hits("rejected_application", members=[member("a", "H:1")], applications=applications) == [
        ("a", "H:1", "refused_within_window", date(2025, 10, 1), date(2026, 10, 1), None, "A1"),
        ("a", "H:1", "refused_within_window", date(2025, 10, 1), date(2026, 10, 1), None, "A2"),
    ]


def test_the_approvals_that_stand_tell_the_latest_day() -> None:
    """If this fails, a refused family leaves the list by rule for an approval that was taken back, or by none."""
    asked = {"person_key": "a", "decision": "approved"} | SOURCE
    applications = [
        asked | {"application_no": "A1", "decided_on": date(2025, 10, 1)},
        asked | {"application_no": "A2", "decided_on": date(2025, 11, 1)},
        asked | {"application_no": "A3", "decided_on": date(2025, 12, 1)},
        asked
        | {"application_no": "A4", "decided_on": date(2025, 12, 5), "decision": "refused", "reconsiders_no": "A3"},
    ]
    spells = [
        {"person_key": "b", "application_no": number, "started_on": date(2025, 12, 31)} for number in ("A1", "A2", "A3")
    ]
    tables = all_tables(applications=applications, spells=spells)
    context = rule_context(tables, AS_OF, load_parameters().as_of(AS_OF))
    assert effective_approvals(context).to_native().collect().rows() == [("a", date(2025, 11, 1))]


def test_aid_tells_its_kind_day_and_amount() -> None:
    """If this fails, a family cannot recognise the payment that lists it."""
    paid = {"person_key": "a", "amount_fen": 50_000} | SOURCE
    beneficiaries = [
        paid | {"aid_kind": "medical", "dated_on": date(2026, 1, 15)},
        paid | {"aid_kind": "medical", "dated_on": date(2025, 3, 31)},
        paid | {"aid_kind": "medical", "dated_on": date(2025, 3, 30)},
        paid | {"aid_kind": "medical", "dated_on": date(2026, 4, 1)},
    ]
    found = _hits("other_department_aid", members=[member("a", "H:1")], aid_beneficiaries=beneficiaries)
    assert found == [
        ("a", "H:1", "aid_medical", date(2025, 3, 31), date(2026, 3, 31), 50_000, "medical:2025-03-31"),
        ("a", "H:1", "aid_medical", date(2026, 1, 15), date(2027, 1, 15), 50_000, "medical:2026-01-15"),
    ]


def test_temporary_assistance_tells_the_same() -> None:
    """If this fails, aid of one's own bureau is told otherwise than that of others."""
    kind = load_parameters().as_of(AS_OF).texts("temporary_assistance.kinds")[0]
    paid = {"person_key": "a", "aid_kind": kind, "dated_on": date(2026, 1, 15), "amount_fen": 50_000} | SOURCE
    assert _hits("temporary_assistance", members=[member("a", "H:1")], aid_beneficiaries=[paid]) == [
        ("a", "H:1", f"aid_{kind}", date(2026, 1, 15), date(2027, 1, 15), 50_000, f"{kind}:2026-01-15")
    ]
    assert _hits("other_department_aid", members=[member("a", "H:1")], aid_beneficiaries=[paid]) == []


def test_a_listing_tells_its_kind_and_its_last_day() -> None:
    """If this fails, nobody sees how long a name on another department's roll counts."""
    listed = {"person_key": "a", "kind": "hardship_worker", "started_on": date(2020, 1, 1)} | SOURCE
    open_one = _hits("other_department_aid", members=[member("a", "H:1")], listings=[listed])
    key = "hardship_worker:2020-01-01"
    assert open_one == [("a", "H:1", "listed_hardship_worker", date(2020, 1, 1), None, None, key)]
    ended = listed | {"ended_on": date(2025, 4, 30)}
    closed = _hits("other_department_aid", members=[member("a", "H:1")], listings=[ended])
    assert closed == [("a", "H:1", "listed_hardship_worker", date(2020, 1, 1), date(2026, 4, 30), None, key)]


def test_a_duty_tells_ward_relation_and_since_when() -> None:
    """If this fails, a duty to one parent is not told apart from that to the other."""
    wards = [
        {"person_key": ward, "started_on": since, "on_register": True}
        for ward, since in (("p", date(2024, 1, 1)), ("q", date(2025, 1, 1)))
    ]
    duties = [{"obligor_key": "a", "ward_key": ward, "relation": "child"} | SOURCE for ward in "pq"]
    people = [member("a", "H:1"), member("p", "H:2"), member("q", "H:2")]
    assert _hits("obligor_family", members=people, obligations=duties, register_spells=wards) == [
        ("a", "H:1", "owes_as_child", date(2024, 1, 1), None, None, "p:child"),
        ("a", "H:1", "owes_as_child", date(2025, 1, 1), None, None, "q:child"),
    ]


def test_an_obligor_elsewhere_is_a_family_of_one() -> None:
    """If this fails, listing those who live elsewhere puts them into one family, or into none."""
    far = load_parameters().replacing({"obligor_family.include_outside_district": True})
    given = {
        "members": [member("b", "H:1"), member("p", "H:2")],
        "obligations": [{"obligor_key": name, "ward_key": "p", "relation": "child"} | SOURCE for name in "ab"],
        "register_spells": [{"person_key": "p", "started_on": date(2024, 1, 1), "on_register": True}],
    }
    told = ("owes_as_child", date(2024, 1, 1), None, None, "p:child")
    assert _hits("obligor_family", far, **given) == [("a", "P:a", *told), ("b", "H:1", *told)]
    assert _hits("obligor_family", **given) == [("b", "H:1", *told)]


def test_a_low_income_tells_the_latest_record() -> None:
    """If this fails, an amount is shown beside a month that it is not of."""
    income = {"person_key": "a", "income_kind": "wages", "counted": True} | SOURCE
    found = _hits(
        "low_income_family",
        members=[member(name, "H:1") for name in "ab"] + [member("c", "H:1", counted=False), member("d", "H:1")],
        families=[{"family_id": "H:1", "counted_members": 3, "income_evidence": "partial", "income_fen": 500_000}],
        income_window=[{"first_month": date(2025, 3, 1), "last_month": date(2026, 2, 1), "computable": True}],
        income_rows=[
            income | {"period": "2025-03", "month": date(2025, 3, 1), "counted_fen": 300_000},
            income | {"period": "2025-12", "month": date(2025, 12, 1), "counted_fen": 200_000},
            income | {"period": "2025", "person_key": "b", "income_kind": "business", "counted_fen": 0},
        ],
    )
    assert found == [
        ("a", "H:1", "income_wages", date(2025, 12, 1), None, 500_000, "2026-02-01"),
        ("b", "H:1", "income_business", date(2026, 2, 1), None, 0, "2026-02-01"),
        ("d", "H:1", "no_income_record", date(2026, 2, 1), None, None, "2026-02-01"),
    ]
