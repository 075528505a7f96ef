"""Measures: each suggested by named conditions of need, never by a suspicion or a score, and not twice."""

from datetime import date
from typing import Any

import narwhals as nw
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editions.hits import rule_context
from editions.measures import suggested_measures
from rules import RuleContext
from rules.measures import CONDITIONS, GIVEN_PARAMETERS, MEASURES, Condition, measures
from rules.parameters import ParametersAt, load_parameters
from rules.parameters.model import Parameters
from schemas.codes import CODE_LISTS
from schemas.tables import get_table
from tests.unit.rules.tables import AS_OF, all_tables, member, shipped
from tests.unit.rules.test_rules import _Watched

FAMILY: dict[str, Any] = {
    "family_id": "H:1",
    "members": 1,
    "counted_members": 1,
    "income_evidence": "full",
    "income_fen": 20_000_000,
    "medical_fen": 0,
    "severe_illnesses": 0,
    "minors": 0,
}
LISTED: dict[str, Any] = {"family_id": "H:1", "layer": "extended", "tier": "yellow"}


def _suggested(**given: list[dict[str, Any]]) -> set[tuple[str, str]]:
    tables = all_tables(**{"families": [FAMILY], "list": [LISTED], "members": [member("a", "H:1")], **given})
    frame = suggested_measures(tables, AS_OF, shipped()).collect()
    assert frame.schema == get_table("measures").schema
    assert frame.is_unique().all()
    return set(frame.select("measure", "reason").rows())


def test_every_measure_of_the_code_list_has_a_condition_and_a_law() -> None:
    """A measure that nothing suggests is never offered to anybody."""
    assert set(MEASURES) == set(CODE_LISTS["measure"].codes)
    for each in MEASURES.values():
        assert each.conditions, each.id
        assert each.title
        assert each.legal_basis


@pytest.mark.parametrize("condition", CONDITIONS.values(), ids=lambda each: each.id)
def test_a_condition_reads_what_it_says(condition: Condition) -> None:
    """The rule book would name other numbers than those that decide."""
    frames = _Watched({name: nw.from_native(frame) for name, frame in all_tables().items()})
    numbers = _Watched(load_parameters().by_name)
    context = RuleContext(AS_OF, ParametersAt(Parameters(numbers), AS_OF), frames)
    assert condition.find(context).to_native().collect().is_empty()
    assert frames.asked == set(condition.reads)
    assert numbers.asked == set(condition.parameters)
    assert set(condition.measures) <= set(MEASURES)
    assert any("\u4e00" <= letter <= "\u9fff" for letter in condition.sentence)
    assert condition.legal_basis


def test_what_counts_as_given_is_said() -> None:
    """The page of the rules would leave out why a measure is not suggested again."""
    numbers = _Watched(load_parameters().by_name)
    frames = {name: nw.from_native(frame) for name, frame in all_tables().items()}
    measures(RuleContext(AS_OF, ParametersAt(Parameters(numbers), AS_OF), frames))
    assert numbers.asked == {*GIVEN_PARAMETERS, *(name for each in CONDITIONS.values() for name in each.parameters)}


def test_unknown_income_suggests_no_application() -> None:
    """No record would be read as no income."""
    for evidence in ("none", "not_computable"):
        family = FAMILY | {"income_evidence": evidence, "income_fen": None, "medical_fen": 900_000}
        assert _suggested(families=[family]) == set()


def test_a_family_that_is_not_listed_is_suggested_nothing() -> None:
    """Measures would be told about people outside the list."""
    assert _suggested(families=[FAMILY | {"income_fen": 0}], list=[LISTED | {"family_id": "H:2"}]) == set()


@settings(max_examples=12, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "rule_id": st.sampled_from(["earner_died", "old_age_allowance_missing", "vehicle_on_register"]),
                "evidence_fen": st.integers(0, 10**9),
            }
        ),
        max_size=3,
    ),
    st.integers(0, 10_000),
)
def test_neither_a_suspicion_nor_a_score_suggests_or_removes(suspicions: list[dict[str, Any]], score: int) -> None:
    """A measure offered, or not offered, would tell the family's visitor of a suspicion."""
    poor = {"families": [FAMILY | {"income_fen": 0, "medical_fen": 5_000_000}]}
    suspected = [{"kind": "verify", "family_id": "H:1", "person_key": "a", **each} for each in suspicions]
    plain = _suggested(**poor)
    assert plain
    assert _suggested(**poor, warnings=suspected) == plain
    scored = [LISTED | {"score": score}]
    assert _suggested(**poor, warnings=suspected, list=scored) == plain


@pytest.mark.parametrize(
    ("kind", "paid", "again"),
    [
        ("rent_subsidy", date(2025, 3, 31), False),
        ("rent_subsidy", date(2025, 3, 30), True),
        ("rent_subsidy", AS_OF, False),
        ("medical", AS_OF, True),
    ],
)
def test_help_given_lately_is_not_suggested_again(kind: str, paid: date, *, again: bool) -> None:
    """A family would be helped twice with the same, or never again."""
    aid = [{"person_key": "a", "aid_kind": kind, "dated_on": paid}]
    leads = [{"person_key": "a", "lead_no": "L", "reported_on": AS_OF, "difficulty": "housing"}]
    expected = {("housing_aid", "told_of_housing")} if again else set()
    assert _suggested(leads=leads, aid_payments=aid) == expected


def test_what_is_urgent_and_has_no_other_measure_is_temporary_assistance() -> None:
    """A red family would be visited with nothing in hand."""
    urgent = ("temporary_assistance", "urgent_without_other")
    assert _suggested(list=[LISTED | {"tier": "red"}]) == {urgent}
    ill = FAMILY | {"severe_illnesses": 1}
    assert _suggested(list=[LISTED | {"tier": "red"}], families=[ill]) == {("medical_aid", "severe_illness")}
    asked = [{"kind": "need", "rule_id": "income_halved", "family_id": "H:1", "person_key": "a"}]
    assert _suggested(warnings=asked) == {urgent}


@pytest.mark.parametrize(
    ("change", "suggested"),
    [
        ({}, True),
        ({"died_on": AS_OF}, True),
        ({"family": "H:2"}, False),
        ({"family": "H:1"}, True),
        ({"family": None}, False),
    ],
)
def test_a_child_elsewhere_owes_support(change: dict[str, Any], *, suggested: bool) -> None:
    """Somebody with a child who can support would be told to apply as destitute, or a lonely one not."""
    people = [member("a", "H:1", birth_on=date(1950, 1, 1))]
    registrations = [] if not change else [{"person_key": "c", "father_key": "a"}]
    if change.get("family"):
        people.append(member("c", change["family"], birth_on=date(1960, 1, 1)))
    deaths = [{"person_key": "c", "died_on": change["died_on"]}] if "died_on" in change else []
    found = _suggested(
        families=[FAMILY | {"income_fen": 0}], members=people, registrations=registrations, deaths=deaths
    )
    assert (("destitute_application", "unable_and_without_support") in found) is suggested


def test_without_the_register_of_homes_nobody_is_without_one() -> None:
    """A feed that was not delivered would send everybody to the housing office."""
    spells = [{"person_key": "a", "programme": "subsistence", "family_no": "1", "started_on": date(2025, 1, 1)}]
    reason = ("housing_aid", "no_home_known")
    assert reason not in _suggested(spells=spells)
    elsewhere = [{"person_key": "z", "kind": "real_estate", "started_on": date(2020, 1, 1)}]
    assert reason in _suggested(spells=spells, holdings=elsewhere)
    assert reason not in _suggested(spells=spells, holdings=[each | {"person_key": "a"} for each in elsewhere])


def test_measures_do_not_depend_on_the_order_of_rows() -> None:
    """The same month run twice would give two editions."""
    tables = all_tables(families=[FAMILY | {"income_fen": 0}], list=[LISTED], members=[member("a", "H:1")])
    turned: dict[str, pl.LazyFrame] = {name: frame.reverse() for name, frame in tables.items()}
    one, other = (measures(rule_context(each, AS_OF, shipped())).to_native().collect() for each in (tables, turned))
    assert one.sort(one.columns).equals(other.sort(other.columns))
