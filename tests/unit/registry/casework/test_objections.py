"""Objections: a clock, the department of origin, another decider, and the list changed by decisions alone."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from registry.audit import verify
from registry.casework.acts import assign, close
from registry.casework.history import case_history
from registry.casework.objection_store import Objection, objections
from registry.casework.objections import (
    NewObjection,
    answer_for_department,
    decide_objection,
    file_objection,
    route,
    take_back,
)
from registry.casework.sealed import REASON, objects_of
from registry.casework.written import read_written
from registry.decisions import known_decisions
from registry.errors import CaseConflictError, CaseError, CaseNotFoundError, NotPermittedError
from registry.models import AuditEvent, Decision
from registry.roles import Actor
from schemas.errors import UnknownNameError
from tests.unit.registry.casework.worlds import NOON, TODAY, World, boss, one_family, staff, worker
from tests.unit.registry.examples import JULY, published


def _closed(here: World, outcome: str = "not_true") -> str:
    here.publish(one_family())
    case_id = here.only()
    here.closed(case_id, outcome)
    return case_id


def _objected(here: World, case_id: str | None = None, **changes: Any) -> Objection:
    given: dict[str, Any] = {
        "family_id": "H:100",
        "against": "case" if case_id else "fact",
        "case_id": case_id,
        "rule_id": None if case_id else "high_inpatient_cost",
        "evidence_key": None if case_id else "e1",
        "filed_by": "self",
        "filed_on": TODAY,
    }
    return file_objection(here.desk, NewObjection(**(given | changes)), actor=worker(), now=NOON)


def test_an_objection_stops_the_case_and_starts_a_clock(here: World) -> None:
    """If this fails, an objection lies in a drawer while the result counts."""
    case_id = _closed(here)
    objection = _objected(here, case_id, text="a story")
    assert (objection.state, objection.due_on) == ("filed", date(2026, 7, 20))
    assert case_history(here.engine, case_id, actor=boss()).case.state == "appealed"
    found, total = objections(here.engine, actor=boss(), due_before=date(2026, 7, 21))
    assert (total, found[0].objection_id) == (1, objection.objection_id)
    with here.engine.connect() as connection:
        assert "a story" not in str(connection.execute(select(AuditEvent.details)).fetchall())
    assert verify(here.engine).holds


@pytest.mark.parametrize("name", ["worker", "boss", " Boss"])
def test_whoever_decided_first_does_not_decide_the_objection(here: World, name: str) -> None:
    """If this fails, the judge of the objection is the one whom it is against."""
    objection = _objected(here, _closed(here))
    with pytest.raises(CaseError, match="somebody else"):
        decide_objection(
            here.desk, objection.objection_id, upheld=False, reason="核对了凭证", actor=boss(name), now=NOON
        )


def test_an_objection_upheld_takes_the_decision_back_and_lets_others_check(here: World) -> None:
    """If this fails, the family is right and nothing changes, or the same people judge again."""
    case_id = _closed(here)
    objection = _objected(here, case_id)
    decide_objection(here.desk, objection.objection_id, upheld=True, reason="核对了凭证", actor=boss("chief"), now=NOON)
    with here.engine.connect() as connection:
        outcomes = connection.scalars(select(Decision.outcome).order_by(Decision.recorded_at)).all()
    assert outcomes == ["not_true", "revoked"]
    assert known_decisions(here.engine, JULY)["outcome"].to_list() == ["revoked"]  # the later one holds
    history = case_history(here.engine, case_id, actor=boss())
    assert (history.case.state, history.case.round, len(history.open_questions)) == ("pending", 2, 1)
    for barred in ("worker", "boss"):
        with pytest.raises(CaseError, match="somebody else checks"):
            assign(here.desk, case_id, barred, actor=staff(), now=NOON)
    assert assign(here.desk, case_id, "another", actor=staff(), now=NOON).assignee == "another"


@pytest.mark.parametrize("reason", ["", "  \n", "长" * 10_001])
def test_no_objection_is_decided_without_a_reason(here: World, reason: str) -> None:
    """If this fails, a family is told no, and nobody can say or check why."""
    objection = _objected(here, _closed(here))
    with pytest.raises(CaseError):
        decide_objection(here.desk, objection.objection_id, upheld=False, reason=reason, actor=boss("chief"), now=NOON)
    (open_still,), _ = objections(here.engine, actor=boss())
    assert open_still.state == "filed"


def test_the_reason_is_kept_sealed_for_those_who_may_read_it(here: World) -> None:
    """If this fails, what was found out about a family stands in the open, or an auditor cannot read it."""
    objection = _objected(here, _closed(here))
    decide_objection(
        here.desk, objection.objection_id, upheld=False, reason=" 核对了凭证 ", actor=boss("chief"), now=NOON
    )
    with here.engine.connect() as connection:
        kept = objects_of(connection, [objection.objection_id])[objection.objection_id]
    (reason,) = [each for each, kind in kept if kind == REASON]
    assert read_written(here.desk, reason, actor=boss()).text == "核对了凭证"
    with pytest.raises(NotPermittedError):
        read_written(here.desk, reason, actor=Actor("系统", "administrator"))


def test_an_objection_dismissed_leaves_the_result(here: World) -> None:
    """If this fails, a case stays 申诉中 for ever."""
    case_id = _closed(here)
    objection = _objected(here, case_id)
    decide_objection(
        here.desk, objection.objection_id, upheld=False, reason="核对了凭证", actor=boss("chief"), now=NOON
    )
    case = case_history(here.engine, case_id, actor=boss()).case
    assert (case.state, case.outcome) == ("closed", "not_true")


def test_the_department_of_the_evidence_is_asked_and_the_clock_waits(here: World) -> None:
    """If this fails, the wrong office is asked, or the family's days run out while another one checks."""
    objection = _objected(here, _closed(here))
    asked = route(here.desk, objection.objection_id, actor=staff(), now=NOON)
    assert (asked.state, asked.department, asked.due_on) == ("correcting", "medical_insurance", date(2026, 7, 13))
    later = NOON + timedelta(days=3)  # three working days
    back = answer_for_department(here.desk, objection.objection_id, "right", actor=staff(), now=later)
    assert (back.state, back.due_on) == ("answered", date(2026, 7, 23))


def test_a_corrected_row_is_computed_before_the_objection_is_decided(here: World) -> None:
    """If this fails, the objection is decided on the list that the wrong row made."""
    objection = _objected(here, _closed(here))
    route(here.desk, objection.objection_id, actor=staff(), now=NOON)
    answer_for_department(here.desk, objection.objection_id, "corrected", actor=staff(), now=datetime.now(UTC))
    with pytest.raises(CaseError, match="doudi run"):
        decide_objection(here.desk, objection.objection_id, upheld=True, reason="核对了凭证", actor=boss("chief"))
    new = published(here.engine, one_family(), JULY, revision=9)
    decided = decide_objection(here.desk, objection.objection_id, upheld=True, reason="核对了凭证", actor=boss("chief"))
    assert (decided.state, decided.edition_id) == ("upheld", new)


def test_a_family_that_was_left_out_is_put_on_the_list_by_decision(here: World) -> None:
    """If this fails, an objection against not being listed can only be agreed with, not acted on."""
    here.publish(one_family())
    objection = _objected(here, against="standing", rule_id=None, evidence_key=None)
    decide_objection(here.desk, objection.objection_id, upheld=True, reason="核对了凭证", actor=boss("chief"), now=NOON)
    assert known_decisions(here.engine, JULY).select("outcome", "rule_id").rows() == [
        ("included", "verified_inclusion")
    ]


def test_a_fact_is_objected_to_only_where_it_is(here: World) -> None:
    """If this fails, objections hang on facts that no list has, and can never be answered."""
    here.publish(one_family())
    assert _objected(here).source_feed == "medical_settlements"
    with pytest.raises(CaseNotFoundError):
        _objected(here, evidence_key="another")
    with pytest.raises(CaseNotFoundError):
        _objected(here, family_id="H:999")
    with pytest.raises(UnknownNameError):
        _objected(here, rule_id="no_such_rule")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"against": "weather"}, UnknownNameError),
        ({"filed_by": "anybody"}, UnknownNameError),
        ({"evidence_key": None}, CaseError),
        ({"filed_on": TODAY + timedelta(days=1)}, CaseError),
        ({"text": "a" * 2001}, CaseError),
    ],
)
def test_what_is_no_objection_is_refused(here: World, changes: dict[str, Any], error: type[Exception]) -> None:
    """If this fails, an objection is recorded that nobody can work on."""
    here.publish(one_family())
    with pytest.raises(error):
        _objected(here, **changes)


def test_an_open_case_is_answered_before_it_is_objected_to(here: World) -> None:
    """If this fails, an objection stops a visit that is under way, and its sealed text stays behind."""
    here.publish(one_family())
    case_id = here.only()
    with pytest.raises(CaseError, match="已办结"):
        _objected(here, case_id, text="x")
    assert not [each for each in here.desk.settings.vault_dir.rglob("*") if each.is_file()]


def test_steps_follow_one_another_and_tell_the_later_of_two(here: World) -> None:
    """If this fails, an objection is decided twice."""
    objection = _objected(here, _closed(here))
    with pytest.raises(CaseError, match="possible in"):
        answer_for_department(here.desk, objection.objection_id, "right", actor=staff(), now=NOON)
    with pytest.raises(CaseConflictError):
        route(here.desk, objection.objection_id, actor=staff(), version=7, now=NOON)
    take_back(here.desk, objection.objection_id, actor=staff(), now=NOON)
    with pytest.raises(CaseError, match="possible in"):
        decide_objection(
            here.desk, objection.objection_id, upheld=True, reason="核对了凭证", actor=boss("chief"), now=NOON
        )


def test_a_closed_case_can_be_objected_to_again_after_a_new_result(here: World) -> None:
    """If this fails, a family has one objection in its life."""
    case_id = _closed(here)
    objection = _objected(here, case_id)
    decide_objection(here.desk, objection.objection_id, upheld=True, reason="核对了凭证", actor=boss("chief"), now=NOON)
    assign(here.desk, case_id, "another", actor=staff(), now=NOON)
    here.visit(case_id, "not_true", by="another")
    close(here.desk, case_id, actor=boss("third"), now=NOON)
    assert _objected(here, case_id).state == "filed"
