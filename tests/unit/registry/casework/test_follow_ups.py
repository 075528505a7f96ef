"""Measures and wishes, followed to their end."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from registry.audit import verify
from registry.casework.codes import FOLLOW_REASONS
from registry.casework.follow_store import Following, follow_ups, rates
from registry.casework.follow_ups import Referral, move_on, record_wish, refer
from registry.casework.sealed import objects_of, read
from registry.errors import CaseConflictError, CaseError, CaseNotFoundError
from registry.models import AuditEvent
from registry.roles import Actor
from schemas.errors import UnknownNameError
from tests.unit.registry.casework.worlds import CHANGHE, NOON, TODAY, XIXING, World, boss, one_family, worker
from tests.unit.registry.examples import JULY, edition, family, member


def _referred(here: World, *, actor: Actor | None = None, **changes: Any) -> Following:
    given: dict[str, Any] = {
        "family_id": "H:100",
        "measure": "medical_aid",
        "receiver_kind": "department",
        "receiver": "medical_insurance",
        "owner": "worker",
    }
    return refer(here.desk, Referral(**(given | changes)), actor=actor or worker(), now=NOON)


def test_a_measure_is_followed_to_its_end(here: World) -> None:
    """If this fails, families are referred and nobody knows whether anything came of it."""
    here.publish(one_family())
    made = _referred(here)
    assert (made.state, made.due_on, made.street_code) == ("open", date(2026, 8, 3), XIXING)
    move_on(here.desk, made.follow_up_id, "accepted", actor=worker(), version=1, now=NOON)
    done = move_on(here.desk, made.follow_up_id, "done", actor=worker(), version=2, on=TODAY, now=NOON)
    assert (done.state, done.happened_on) == ("done", TODAY)
    assert follow_ups(here.engine, actor=boss()) == ([], 0)
    assert verify(here.engine).holds


def test_rates_count_what_is_done_and_late_by_street(here: World) -> None:
    """If this fails, the overview praises a street that does nothing."""
    here.publish(one_family())
    first, second = _referred(here), _referred(here, measure="housing_aid", receiver="housing")
    gone = _referred(here, measure="charity_aid", receiver_kind="charity", receiver="charity")
    move_on(here.desk, first.follow_up_id, "done", actor=worker(), now=NOON)
    move_on(here.desk, gone.follow_up_id, "cancelled", reason="mistake", actor=worker(), now=NOON)
    (rate,) = rates(here.engine, second.due_on + timedelta(days=1), actor=boss())
    assert (rate.kind, rate.street_code, rate.recorded, rate.done, rate.overdue) == ("measure", XIXING, 2, 1, 1)
    assert rate.percent == 50


def test_a_wish_is_ticked_off_and_its_words_are_sealed(here: World) -> None:
    """If this fails, a wish is forgotten, or its words stand in the record for good."""
    here.publish(one_family())
    wish = record_wish(here.desk, "H:100", "goods", "a warm coat", "worker", actor=worker(), now=NOON)
    with here.engine.connect() as connection:
        ((object_id, _),) = objects_of(connection, [wish.follow_up_id])[wish.follow_up_id]
        assert read(here.desk.settings, connection, object_id).decode() == "a warm coat"
        assert "coat" not in str(connection.execute(select(AuditEvent.details)).fetchall())
    assert move_on(here.desk, wish.follow_up_id, "done", actor=worker(), now=NOON).state == "done"
    assert [(each.kind, each.done) for each in rates(here.engine, TODAY, actor=boss())] == [("wish", 1)]


def test_the_same_measure_is_not_referred_twice(here: World) -> None:
    """If this fails, a family is helped twice and another not at all (一户一条救助链)."""
    here.publish(one_family())
    first = _referred(here)
    with pytest.raises(CaseError, match="not at its end"):
        _referred(here)
    move_on(here.desk, first.follow_up_id, "not_done", reason="not_eligible", actor=worker(), now=NOON)
    assert _referred(here).state == "open"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"measure": "money"}, UnknownNameError),
        ({"receiver_kind": "friend"}, UnknownNameError),
        ({"receiver": "charity"}, UnknownNameError),
        ({"receiver_kind": "station"}, UnknownNameError),
        ({"owner": " "}, CaseError),
        ({"due_on": date(2026, 7, 1)}, CaseError),
        ({"family_id": "H:999"}, CaseNotFoundError),
        ({"case_id": "0" * 24}, CaseNotFoundError),
    ],
)
def test_a_referral_has_somebody_who_receives_it(here: World, changes: dict[str, Any], error: type[Exception]) -> None:
    """If this fails, a family is referred to nobody."""
    here.publish(one_family())
    with pytest.raises(error):
        _referred(here, **changes)


def test_what_is_done_stays_done_and_what_is_not_has_its_reason(here: World) -> None:
    """If this fails, rates can be changed afterwards, or failures have no cause."""
    here.publish(one_family())
    made = _referred(here).follow_up_id
    with pytest.raises(CaseError, match="reason"):
        move_on(here.desk, made, "not_done", actor=worker(), now=NOON)
    with pytest.raises(CaseError, match="reason"):
        move_on(here.desk, made, "done", reason="mistake", actor=worker(), now=NOON)
    with pytest.raises(CaseError, match="future"):
        move_on(here.desk, made, "done", on=TODAY + timedelta(days=1), actor=worker(), now=NOON)
    with pytest.raises(CaseConflictError):
        move_on(here.desk, made, "done", version=5, actor=worker(), now=NOON)
    move_on(here.desk, made, "done", actor=worker(), now=NOON)
    with pytest.raises(CaseError, match="does not become"):
        move_on(here.desk, made, "open", actor=worker(), now=NOON)


def test_a_measure_is_open_once(here: World) -> None:
    """If this fails, a family is helped twice with the same, and another waits for it."""
    here.publish(one_family())
    first = _referred(here)
    with pytest.raises(CaseError, match="has been referred"):
        _referred(here)
    move_on(here.desk, first.follow_up_id, "not_done", reason=FOLLOW_REASONS.codes[0], actor=worker(), now=NOON)
    _referred(here)
    with pytest.raises(CaseError, match="has been referred"):
        move_on(here.desk, first.follow_up_id, "open", actor=worker(), now=NOON)


@pytest.mark.parametrize("referred", [False, True])
def test_a_measure_of_a_family_that_moved_is_not_opened_again(here: World, *, referred: bool) -> None:
    """If this fails, a refusal tells the street that a family left what its new street has referred."""
    here.publish(one_family())
    made = _referred(here)
    move_on(here.desk, made.follow_up_id, "not_done", reason="not_eligible", actor=worker(), now=NOON)
    there = {"street_code": CHANGHE, "community_code": f"{CHANGHE}001"}
    here.publish(edition(listed=[family("H:100", 1, **there)], members=[member("H:100", 1, **there)]), JULY)
    if referred:
        _referred(here, actor=boss())
    with pytest.raises(CaseNotFoundError) as refused:
        move_on(here.desk, made.follow_up_id, "open", actor=worker(), now=NOON)
    assert "H:100" in str(refused.value)
