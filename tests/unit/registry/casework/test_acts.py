"""What people may do with a case: by whom, in which state, with whose approval."""

from datetime import date

import pytest
from sqlalchemy import select

from editions.decisions import INCLUDED
from registry.audit import verify
from registry.casework.acts import assign, assign_all, close, close_all, give_back, start
from registry.casework.history import case_history
from registry.casework.queue import QueueFilter, queue
from registry.casework.visits import VisitForm, record_visit
from registry.errors import CaseConflictError, CaseError, CaseNotFoundError, NotPermittedError
from registry.models import AuditEvent, Decision
from registry.roles import Actor
from rules.parameters import load_parameters
from schemas.errors import UnknownNameError
from tests.unit.registry.casework.worlds import (
    NOON,
    World,
    asked,
    boss,
    many,
    one_family,
    staff,
    with_suspicion,
    worker,
)
from tests.unit.registry.examples import key


def _decisions(here: World) -> list[tuple[str, str, str, str | None]]:
    with here.engine.connect() as connection:
        rows = connection.execute(
            select(Decision.outcome, Decision.rule_id, Decision.decided_by, Decision.approved_by).order_by(
                Decision.outcome
            )
        )
        return [tuple(each) for each in rows]  # type: ignore[misc]


def test_a_case_goes_through_all_hands(here: World) -> None:
    """If this fails, the ordinary way from a warning to its end is not there."""
    here.publish(one_family())
    case_id = here.only()
    assert here.dispatched(case_id).state == "assigned"
    assert start(here.desk, case_id, actor=worker(), now=NOON).state == "checking"
    assert here.visit(case_id, "true_include").state == "concluded"
    assert close(here.desk, case_id, actor=boss(), now=NOON).state == "closed"
    kinds = [each.kind for each in case_history(here.engine, case_id, actor=boss()).events]
    assert kinds == ["opened", "assigned", "started", "visited", "concluded", "closed"]
    assert verify(here.engine).holds


def test_a_true_need_puts_the_family_on_the_list_and_settles_the_question(here: World) -> None:
    """If this fails, a family is found in need and the next list does not know of it."""
    here.publish(one_family())
    here.closed(here.only(), "true_include")
    assert _decisions(here) == [
        (INCLUDED, "verified_inclusion", "worker", "boss"),
        ("settled", "high_inpatient_cost", "worker", "boss"),
    ]


@pytest.mark.parametrize("outcome", ["deferred", "true_refer"])
def test_what_goes_to_others_does_not_list_the_family(here: World, outcome: str) -> None:
    """If this fails, a referral lists a family that nobody found in need of listing."""
    here.publish(one_family())
    here.closed(here.only(), outcome)
    assert INCLUDED not in [each[0] for each in _decisions(here)]


@pytest.mark.parametrize("outcome", ["not_true", "moved_or_dead", "duplicate"])
def test_one_person_does_not_end_a_need_without_help(here: World, outcome: str) -> None:
    """If this fails, one worker can put a family in need aside."""
    here.publish(one_family())
    case_id = here.only()
    here.dispatched(case_id, "boss")
    here.visit(case_id, outcome, by="boss")
    with pytest.raises(CaseError, match="second person"):
        close(here.desk, case_id, actor=boss(), now=NOON)
    with pytest.raises(CaseError, match="second person"):
        close(here.desk, case_id, actor=boss(" BOSS "), now=NOON)
    with pytest.raises(NotPermittedError):
        close(here.desk, case_id, actor=worker("another"), now=NOON)
    assert close(here.desk, case_id, actor=boss("chief"), now=NOON).closed_by == "chief"


def test_whoever_has_the_case_does_not_approve_what_was_typed_in_for_them(here: World) -> None:
    """If this fails, a worker who may approve lets a colleague type the result and approves it alone."""
    here.publish(one_family())
    case_id = here.only()
    here.dispatched(case_id, "boss")
    form = VisitForm(
        visited_on=date(2026, 7, 6),
        means="home",
        contact="reached",
        answers=dict.fromkeys(here.warnings_of(case_id), "no"),
        outcome="not_true",
    )
    record_visit(here.desk, case_id, form, actor=staff(), now=NOON)
    with pytest.raises(CaseError, match="second person"):
        close(here.desk, case_id, actor=boss(), now=NOON)


def test_adverse_results_are_never_closed_in_bulk(here: World) -> None:
    """If this fails, a hundred families are judged with one click."""
    here.publish(many([1, 2]))
    first, second = (each.case_id for each in queue(here.engine, QueueFilter(), actor=boss()).rows)
    here.concluded(first, "true_refer")
    here.concluded(second, "not_true")
    with pytest.raises(CaseError, match="closed alone"):
        close_all(here.desk, {first: None, second: None}, actor=boss(), now=NOON)
    assert {each.state for each in queue(here.engine, QueueFilter(), actor=boss()).rows} == {"concluded"}
    assert [each.state for each in close_all(here.desk, {first: None}, actor=boss(), now=NOON)] == ["closed"]


def test_of_two_at_once_the_second_is_told(here: World) -> None:
    """If this fails, the later of two colleagues overwrites what the first has done."""
    here.publish(one_family())
    case_id = here.only()
    assign(here.desk, case_id, "first", actor=staff(), version=1, now=NOON)
    with pytest.raises(CaseConflictError, match="version 2"):
        assign(here.desk, case_id, "second", actor=staff(), version=1, now=NOON)
    assert case_history(here.engine, case_id, actor=boss()).case.assignee == "first"


def test_a_worker_carries_no_more_than_the_cap(here: World) -> None:
    """If this fails, one worker gets a whole street, and the last families wait for months."""
    here.desk = type(here.desk)(
        here.engine, here.desk.settings, load_parameters().replacing({"casework.cap_per_worker": 2})
    )
    here.publish(many([1, 2, 3]))
    ids = [each.case_id for each in queue(here.engine, QueueFilter(), actor=boss()).rows]
    with pytest.raises(CaseError, match="cap is 2"):
        assign_all(here.desk, dict.fromkeys(ids), "worker", actor=staff(), now=NOON)
    assert queue(here.engine, QueueFilter(states=("assigned",)), actor=boss()).total == 0  # all or none
    assert len(assign_all(here.desk, dict.fromkeys(ids[:2]), "worker", actor=staff(), now=NOON)) == 2
    with pytest.raises(CaseError, match="cap is 2"):
        assign(here.desk, ids[2], "worker", actor=staff(), now=NOON)


def test_a_case_goes_over_to_another_with_a_reason(here: World) -> None:
    """If this fails, cases wander from hand to hand and nobody knows why."""
    here.publish(one_family())
    case_id = here.only()
    here.begun(case_id)
    with pytest.raises(CaseError, match="reason"):
        assign(here.desk, case_id, "another", actor=staff(), now=NOON)
    with pytest.raises(UnknownNameError):
        assign(here.desk, case_id, "another", actor=staff(), reason="because", now=NOON)
    over = assign(here.desk, case_id, "another", actor=staff(), reason="absent", now=NOON)
    assert (over.state, over.assignee) == ("assigned", "another")
    with pytest.raises(CaseError, match="only the worker"):
        start(here.desk, case_id, actor=worker(), now=NOON)


def test_a_result_is_sent_back_by_somebody_else_with_a_new_day(here: World) -> None:
    """If this fails, a doubtful result is either approved or lost."""
    here.publish(one_family())
    case_id = here.only()
    here.concluded(case_id, "not_true")
    back = give_back(here.desk, case_id, "not_supported", actor=boss(), now=NOON)
    assert (back.state, back.outcome, back.assignee, back.due_on) == ("checking", None, "worker", date(2026, 7, 13))


def test_an_unknown_case_is_not_found(here: World) -> None:
    """If this fails, an act on a case that does not exist fails in the database."""
    with pytest.raises(CaseNotFoundError):
        assign(here.desk, "0" * 24, "worker", actor=staff(), now=NOON)


def test_auditors_and_workers_do_not_dispatch(here: World) -> None:
    """If this fails, whoever may read may also steer who is visited."""
    here.publish(one_family())
    with pytest.raises(NotPermittedError):
        assign(here.desk, here.only(), "worker", actor=Actor("auditor", "auditor"), now=NOON)


def test_a_suspicion_leaves_no_trace_in_the_queue_of_visits(here: World) -> None:
    """If this fails, a worker learns from counts, days or loads that a family is suspected."""
    here.publish(with_suspicion())
    visitor = worker()
    shown = queue(here.engine, QueueFilter(), actor=visitor)
    assert (shown.total, shown.rows[0].rules) == (1, ("high_inpatient_cost",))
    with pytest.raises(UnknownNameError):
        queue(here.engine, QueueFilter(audience="verify"), actor=visitor)
    hidden = here.only(audience="verify")
    with pytest.raises(CaseNotFoundError) as unseen:
        case_history(here.engine, hidden, actor=visitor)
    with pytest.raises(CaseNotFoundError) as unknown:
        case_history(here.engine, "0" * 24, actor=visitor)
    assert str(unseen.value).replace(hidden, "") == str(unknown.value).replace("0" * 24, "")


def test_a_confirmed_suspicion_needs_two_and_lists_nobody(here: World) -> None:
    """If this fails, one person's word about a car takes help from a family."""
    here.publish(with_suspicion())
    case_id = here.only(audience="verify")
    here.dispatched(case_id, "boss")
    with pytest.raises(CaseError, match="does not put a family on the list"):
        here.visit_as(case_id, boss(), "true_include")
    here.visit_as(case_id, boss(), "true_refer")
    with pytest.raises(CaseError, match="second person"):
        close(here.desk, case_id, actor=boss(), now=NOON)
    close(here.desk, case_id, actor=boss("chief"), now=NOON)
    assert _decisions(here) == [("settled", "vehicle_on_register", "boss", "chief")]


def test_the_audit_chain_names_no_person(here: World) -> None:
    """If this fails, the chain, which is never erased, tells of whom a case was."""
    here.publish(one_family(asked(1, "H:100", 77)))
    here.closed(here.only(), "not_true")
    with here.engine.connect() as connection:
        told = str(connection.execute(select(AuditEvent.details)).fetchall())
    assert key(77) not in told
    assert "H:100" not in told
