"""Decisions of persons: recorded once, by two where they go against a family, never changed, and known by their day."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import polars as pl
import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError

from editions.grounds import VERIFIED
from editions.hashing import table_hash
from registry.audit import verify
from registry.decisions import NewDecision, known_decisions, record
from registry.errors import DecisionError
from registry.models import AuditEvent, Decision
from registry.proposals import Subject, facts_judged, pending, subject_of
from registry.publish import publish, write_candidate
from registry.queries import EditionInfo, require_edition
from registry.scope import DISTRICT, Area
from registry.standing_notes import standing_notes
from rules.parameters import load_parameters
from schemas.codes import CODE_LISTS
from schemas.errors import UnknownNameError
from schemas.settings import Settings
from tests.unit.registry.examples import JUNE, edition, family, hit, input_set, key, member

DAY = date(2026, 6, 15)
GIVEN: dict[str, Any] = {
    "person_key": key(1),
    "rule_id": "low_income_family",
    "evidence_key": "2026-04-01",
    "outcome": "exit_confirmed",
    "decided_on": DAY,
    "decided_by": "first",
    "approved_by": "second",
    "reason": "visited",
}


def _new(**changes: Any) -> NewDecision:
    return NewDecision(**{**GIVEN, **changes})


def test_a_decision_is_recorded_once_and_expires_by_its_parameter(engine: Engine) -> None:
    """A decision typed twice would count twice; one without an end would bind for ever."""
    parameters = load_parameters()
    first = record(engine, _new(), parameters)
    assert record(engine, _new(), parameters) == first
    known = known_decisions(engine, JUNE)
    assert known.select("decision_id", "expires_on").rows() == [(first, date(2026, 9, 15))]
    assert known_decisions(engine, date(2026, 6, 14)).is_empty()


@pytest.mark.parametrize("outcome", CODE_LISTS["decision_outcome"].codes)
def test_each_outcome_binds_for_its_own_months(engine: Engine, outcome: str) -> None:
    """A decision would bind a month more or less than the bureau has set, or by the months of another outcome."""
    rule = {"included": VERIFIED, "settled": "income_halved"}.get(outcome, "low_income_family")
    name = f"status.{outcome}_months"
    shipped = load_parameters()
    months = shipped.as_of(DAY).integer(name)
    for number in (months, months + 1):
        decision = _new(outcome=outcome, rule_id=rule, evidence_key=f"e{number}")
        decision_id = record(engine, decision, shipped.replacing({name: number}))
        known = known_decisions(engine, JUNE).filter(decision_id=decision_id)
        assert known["expires_on"].item() == pl.select(pl.lit(DAY).dt.offset_by(f"{number}mo")).item()


def test_the_audit_chain_says_who_and_what_without_the_person(engine: Engine) -> None:
    """A decision could be denied later; or the chain would tell of whom it was."""
    record(engine, _new(), load_parameters())
    with engine.connect() as connection:
        event = connection.execute(select(AuditEvent.actor, AuditEvent.action, AuditEvent.details)).one()
    assert (event.actor, event.action) == ("first", "decide")
    assert event.details["approved_by"] == "second"
    assert key(1) not in json.dumps(event.details)
    assert verify(engine).holds


@pytest.mark.parametrize("outcome", ["exit_confirmed", "not_true"])
@pytest.mark.parametrize("second", [None, "", "first", " First "])
def test_nobody_decides_alone_against_a_family(outcome: str, second: str | None) -> None:
    """One clerk alone could take a family off the list."""
    with pytest.raises(DecisionError, match="second person"):
        _new(outcome=outcome, approved_by=second)
    assert _new(outcome="exit_refused", approved_by=None).approved_by is None


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"outcome": "everybody"}, UnknownNameError),
        ({"reason": "a long story"}, UnknownNameError),
        ({"rule_id": "no_such_rule"}, UnknownNameError),
        ({"outcome": "settled"}, UnknownNameError),
        ({"outcome": "included", "rule_id": "low_income_family"}, UnknownNameError),
        ({"outcome": "not_true", "rule_id": "register"}, UnknownNameError),
        ({"evidence_key": None}, DecisionError),
        ({"decided_by": " "}, DecisionError),
    ],
)
def test_what_cannot_be_decided_is_refused(changes: dict[str, Any], error: type[Exception]) -> None:
    """A misspelt rule would be recorded and bind nothing."""
    with pytest.raises(error):
        _new(**changes)


def test_decisions_are_never_changed(engine: Engine) -> None:
    """A decision could be turned into its opposite after a complaint."""
    record(engine, _new(), load_parameters())
    for statement in ("UPDATE decision SET outcome = 'exit_refused'", "DELETE FROM decision"):
        with pytest.raises(DBAPIError), engine.begin() as connection:
            connection.execute(text(statement))


def test_the_later_of_two_on_one_day_is_known(engine: Engine) -> None:
    """A mistake that was set right within the hour would stay."""
    parameters = load_parameters()
    record(engine, _new(), parameters)
    last = record(engine, _new(outcome="exit_refused"), parameters)
    assert known_decisions(engine, JUNE)["decision_id"].to_list() == [last]
    with engine.connect() as connection:
        assert len(connection.execute(select(Decision.decision_id)).all()) == 2


def test_what_is_known_does_not_depend_on_the_order_of_recording(sqlite: Engine, postgres: Engine) -> None:
    """The same decisions would make two different editions."""
    ours = [_new(), _new(person_key=key(2)), _new(outcome="exit_refused", decided_on=JUNE)]
    for where, decisions in ((sqlite, ours), (postgres, ours[::-1])):
        for each in decisions:
            record(where, each, load_parameters())
    assert table_hash(known_decisions(sqlite, JUNE)) == table_hash(known_decisions(postgres, JUNE))


def _standing(family_id: str, person: int, **changes: Any) -> dict[str, Any]:
    return {
        "ground": "low_income_family",
        "family_id": family_id,
        "person_key": key(person),
        "street_code": "330108001",
        "status": "proposed_exit",
        "since": date(2026, 1, 31),
        "proposed_since": JUNE,
        "reason": "income_changed",
        "basis": "income_wages",
        "evidence_on": date(2026, 4, 1),
        "evidence_key": "2026-04-01",
        "parameters_version": "2021-01-01#aa",
    } | changes


@contextmanager
def _published(engine: Engine) -> Iterator[EditionInfo]:
    tables = edition(
        listed=[family("H:1", 1, groups="low_income_family"), family("H:3", 3)],
        members=[member("H:1", 1), member("H:1", 2), member("H:3", 3)],
        hits=[hit("H:3", 3), hit("H:3", 3, evidence_key="another")],
        standings=[
            _standing("H:1", 1),
            _standing("H:1", 2),
            _standing("H:3", 3, ground="temporary_assistance", status="listed", street_code="330108002"),
        ],
    )
    publish(engine, write_candidate(engine, input_set(), tables))
    yield require_edition(engine)


def test_families_proposed_to_leave_are_listed_without_persons(engine: Engine) -> None:
    """Staff would not know who awaits their decision; or would be shown more than they need."""
    with _published(engine) as info:
        rows = pending(engine, info, DISTRICT)
        assert rows.select("family_id", "ground", "reason", "persons").rows() == [
            ("H:1", "low_income_family", "income_changed", 2)
        ]
        assert "person_key" not in rows.columns
        assert pending(engine, info, Area.of("330108002")).is_empty()


def test_a_decision_about_a_family_judges_each_of_its_persons(engine: Engine, settings: Settings) -> None:
    """A family would half leave, and stay on the list by the other half."""
    with _published(engine) as info:
        whole = subject_of(engine, settings, info, "1")
        facts = facts_judged(engine, info, whole, rule_id="low_income_family", outcome="exit_confirmed")
        assert facts == [(key(1), "2026-04-01"), (key(2), "2026-04-01")]
        one = subject_of(engine, settings, info, key(2))
        assert one == Subject(person_key=key(2))
        facts = facts_judged(engine, info, one, rule_id="low_income_family", outcome="exit_confirmed")
        assert facts == [(key(2), "2026-04-01")]


def test_only_what_is_proposed_can_be_confirmed(engine: Engine) -> None:
    """A confirmation in store would take a family off the list the moment its facts change."""
    with _published(engine) as info, pytest.raises(DecisionError, match="nothing of temporary_assistance"):
        facts_judged(engine, info, Subject(("H:3",)), rule_id="temporary_assistance", outcome="exit_confirmed")


def test_of_several_facts_one_is_named(engine: Engine) -> None:
    """A judgement of one payment would take away all of them."""
    with _published(engine) as info:
        asked = {"rule_id": "temporary_assistance", "outcome": "not_true"}
        with pytest.raises(DecisionError, match="another"):
            facts_judged(engine, info, Subject(("H:3",)), **asked)
        assert facts_judged(engine, info, Subject(("H:3",)), **asked, evidence_key="another") == [(key(3), "another")]


def test_a_family_is_included_through_one_person(engine: Engine) -> None:
    """An inclusion of a family would have nobody to follow."""
    with _published(engine) as info:
        included = {"rule_id": "verified_inclusion", "outcome": "included"}
        assert facts_judged(engine, info, Subject(("H:1",)), **included) == [(key(1), None)]
        assert facts_judged(engine, info, Subject(person_key=key(9)), **included) == [(key(9), None)]
        with pytest.raises(DecisionError, match="not on the list"):
            facts_judged(engine, info, Subject(("H:9",)), **included)


def test_an_explanation_says_what_is_proposed_to_leave(engine: Engine) -> None:
    """A family would read why it is listed and not that it is about to leave; or read it of a relative."""
    with _published(engine) as info:
        told = standing_notes(engine, info.edition_id, "H:1")
        assert len(told) == 1
        assert "拟退出（收入超过标准）" in told[0]
        assert standing_notes(engine, info.edition_id, "H:1", key(2)) == told
        assert standing_notes(engine, info.edition_id, "H:1", key(3)) == []
        assert standing_notes(engine, info.edition_id, "H:3") == []
