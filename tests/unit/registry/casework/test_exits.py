"""Proposed exits: two persons let a family go, one keeps it."""

import pytest
from sqlalchemy import select

from registry.audit import verify
from registry.casework.acts import close
from registry.casework.exits import agree_exit, approve_exit, proposed_exits, refuse_exit
from registry.casework.visits import VisitForm, conclude, record_visit
from registry.errors import CaseError, CaseNotFoundError, NotPermittedError
from registry.models import Decision
from schemas.errors import UnknownNameError
from tests.statements import statements_of
from tests.unit.registry.casework.worlds import NOON, TODAY, World, asked, boss, staff, task, worker
from tests.unit.registry.examples import edition, family, leaving, member

GROUND = "low_income_family"
_QUESTIONS = 3  # the newest edition, what it proposes, and what was done about it


def _proposed(here: World) -> None:
    here.publish(
        edition(
            listed=[family("H:100", 1)],
            members=[member("H:100", 1), member("H:100", 2)],
            standings=[leaving("H:100", each, ground=GROUND) for each in (1, 2)],
            warnings=[asked(1, "H:100", 1)],
            tasks=[task(1, "H:100")],
        )
    )


def _decided(here: World) -> set[tuple[str, str, str | None]]:
    with here.engine.connect() as connection:
        rows = connection.execute(select(Decision.outcome, Decision.decided_by, Decision.approved_by))
        return {tuple(each) for each in rows}  # type: ignore[misc]


def test_a_family_leaves_by_two_persons(here: World) -> None:
    """If this fails, a family loses its place by one hand, or cannot leave at all."""
    _proposed(here)
    (waiting,) = proposed_exits(here.desk, actor=boss())
    assert (waiting.persons, waiting.kind) == (2, "")
    agree_exit(here.desk, "H:100", GROUND, "documents", actor=boss(), now=NOON)
    assert _decided(here) == set()
    with pytest.raises(CaseError, match="second person"):
        approve_exit(here.desk, "H:100", GROUND, actor=boss("Boss"), now=NOON)
    approve_exit(here.desk, "H:100", GROUND, actor=boss("chief"), now=NOON)
    assert _decided(here) == {("exit_confirmed", "boss", "chief")}
    assert proposed_exits(here.desk, actor=boss()) == []
    assert verify(here.engine).holds


@pytest.mark.parametrize("families", [2, 20])
def test_the_desk_asks_as_often_for_twenty_as_for_two(here: World, families: int) -> None:
    """If this fails, the page of a district that checked its register takes minutes: hundreds are proposed at once."""
    numbers = range(1, families + 1)
    here.publish(
        edition(
            listed=[family(f"H:{each}", each) for each in numbers],
            members=[member(f"H:{each}", each) for each in numbers],
            standings=[leaving(f"H:{each}", each, ground=GROUND) for each in numbers],
        )
    )
    agree_exit(here.desk, "H:1", GROUND, "documents", actor=staff(), now=NOON)
    agree_exit(here.desk, "H:2", GROUND, "documents", actor=staff(), now=NOON)
    approve_exit(here.desk, "H:2", GROUND, actor=boss(), now=NOON)
    with statements_of(here.engine) as questions:
        waiting = proposed_exits(here.desk, actor=boss())
    assert {each.family_id: each.kind for each in waiting} == {
        f"H:{each}": "agreed" if each == 1 else "" for each in numbers if each != 2
    }
    assert len(questions) == _QUESTIONS


def test_one_person_keeps_a_family(here: World) -> None:
    """If this fails, keeping a family takes more hands than letting it go."""
    _proposed(here)
    agree_exit(here.desk, "H:100", GROUND, "documents", actor=staff(), now=NOON)
    refuse_exit(here.desk, "H:100", GROUND, "visited", actor=boss(), now=NOON)
    assert _decided(here) == {("exit_refused", "boss", None)}


def test_nobody_approves_what_nobody_agreed_to(here: World) -> None:
    """If this fails, one person approves alone."""
    _proposed(here)
    with pytest.raises(CaseError, match="after somebody has agreed"):
        approve_exit(here.desk, "H:100", GROUND, actor=boss(), now=NOON)
    agree_exit(here.desk, "H:100", GROUND, "documents", actor=staff(), now=NOON)
    with pytest.raises(NotPermittedError):
        approve_exit(here.desk, "H:100", GROUND, actor=worker(), now=NOON)
    with pytest.raises(CaseError, match="already"):
        agree_exit(here.desk, "H:100", GROUND, "documents", actor=boss(), now=NOON)


def test_being_out_of_reach_is_no_ground_for_leaving(here: World) -> None:
    """If this fails, a family that could not be found is taken off the list as visited."""
    _proposed(here)
    case_id = here.only()
    here.dispatched(case_id)
    for means in ("home", "phone", "message"):
        form = VisitForm(visited_on=TODAY, means=means, contact="nobody")
        record_visit(here.desk, case_id, form, actor=worker(), now=NOON)
    conclude(here.desk, case_id, "no_contact", actor=worker(), now=NOON)
    close(here.desk, case_id, actor=boss(), now=NOON)
    assert _decided(here) == set()
    with pytest.raises(CaseError, match="无法联系"):
        agree_exit(here.desk, "H:100", GROUND, "visited", actor=staff(), now=NOON)


def test_what_is_not_proposed_cannot_be_agreed_to(here: World) -> None:
    """If this fails, a family that stands by rule is sent away."""
    _proposed(here)
    with pytest.raises(CaseNotFoundError):
        agree_exit(here.desk, "H:100", "obligor_family", "documents", actor=staff(), now=NOON)
    with pytest.raises(UnknownNameError):
        agree_exit(here.desk, "H:100", "no_such_ground", "documents", actor=staff(), now=NOON)
