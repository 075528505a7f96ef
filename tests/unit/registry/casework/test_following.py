"""Cases follow the tasks of editions: once for each question, again only on new evidence."""

from datetime import date, datetime

import pytest

from registry.audit import verify
from registry.casework.acts import close, withdraw
from registry.casework.feed import FEED, PLAN_SENDER, SENDER
from registry.casework.follow import follow_newest
from registry.casework.history import case_history
from registry.casework.queue import QueueFilter, queue
from registry.casework.store import check_case
from registry.errors import CaseError, CaseNotFoundError
from registry.intake import ingest, new_files
from registry.roles import Actor
from registry.scope import Area
from tests.unit.registry.casework.worlds import CHANGHE, NOON, TODAY, World, asked, boss, one_family, staff
from tests.unit.registry.deliveries import land, number
from tests.unit.registry.examples import JULY, JUNE, edition, family, member, published

AUGUST = date(2026, 8, 31)
XIXING = "330108001"


def test_a_task_becomes_a_case_once(here: World) -> None:
    """If this fails, a family gets two workers for one matter, or none."""
    assert here.publish(one_family()) == {"opened": 1}
    assert here.publish(one_family(), JULY) == {}
    found = queue(here.engine, QueueFilter(), actor=boss())
    assert (found.total, found.rows[0].state, found.rows[0].rules) == (1, "pending", ("high_inpatient_cost",))
    assert verify(here.engine).holds


def test_the_clock_begins_when_the_case_reaches_the_staff(here: World) -> None:
    """If this fails, every case is overdue on the day on which the list of last month is published."""
    here.publish(one_family())
    # as many working days after 6 July as 14 July lies after 30 June
    assert queue(here.engine, QueueFilter(), actor=boss()).rows[0].due_on == date(2026, 7, 20)


def test_a_red_family_is_seen_within_a_day(here: World) -> None:
    """If this fails, the family in the greatest need waits for two weeks."""
    here.publish(one_family(urgency="red"))
    assert queue(here.engine, QueueFilter(), actor=boss()).rows[0].due_on == date(2026, 7, 7)


def test_turning_red_shortens_an_open_case_and_calming_down_gives_no_time_back(here: World) -> None:
    """If this fails, a family that falls into emergency keeps its old place in the queue."""
    here.publish(one_family())
    assert here.publish(one_family(urgency="red"), JULY) == {"urged": 1}
    assert here.publish(one_family(urgency="yellow"), AUGUST) == {"urged": 1}
    row = queue(here.engine, QueueFilter(), actor=boss()).rows[0]
    assert (row.urgency, row.due_on) == ("yellow", date(2026, 7, 7))


def test_new_evidence_adds_a_question_to_the_open_case(here: World) -> None:
    """If this fails, a second worker visits the same family, or the new fact is never asked about."""
    here.publish(one_family())
    case_id = here.only()
    here.begun(case_id)
    assert here.publish(one_family(asked(1, "H:100", 1), asked(2, "H:100", 1)), JULY) == {"asked": 1}
    history = case_history(here.engine, case_id, actor=boss())
    assert (history.case.state, history.case.assignee) == ("checking", "worker")
    assert len(history.open_questions) == 2


def test_a_closed_case_opens_again_on_new_evidence_alone(here: World) -> None:
    """If this fails, staff answer the same question every month, or never hear of a new one."""
    here.publish(one_family())
    case_id = here.only()
    here.closed(case_id, "true_refer")
    assert here.publish(one_family(), JULY) == {}
    assert here.publish(one_family(asked(1, "H:100", 1), asked(2, "H:100", 1)), AUGUST) == {"reopened": 1}
    history = case_history(here.engine, case_id, actor=boss())
    assert (history.case.round, history.case.state, history.case.outcome) == (2, "pending", None)
    assert [each.warning_id for each in history.open_questions] == [f"{2:016x}"]


def test_a_case_that_waits_for_approval_gets_its_new_question_afterwards(here: World) -> None:
    """If this fails, an approval covers a question that nobody has asked, or the question is lost."""
    here.publish(one_family())
    here.concluded(here.only(), "not_true")
    two = one_family(asked(1, "H:100", 1), asked(2, "H:100", 1))
    assert here.publish(two, JULY) == {}
    close(here.desk, here.only(), actor=boss(), now=NOON)
    assert here.publish(two, AUGUST) == {"reopened": 1}


def test_a_family_that_moves_goes_back_to_be_dispatched(here: World) -> None:
    """If this fails, the case stays with a worker of the street that the family has left."""
    here.publish(one_family())
    case_id = here.only()
    here.begun(case_id)
    here.publish(one_family(street_code=CHANGHE, community_code=f"{CHANGHE}003"), JULY)
    row = case_history(here.engine, case_id, actor=boss()).case
    assert (row.state, row.assignee, row.street_code) == ("pending", None, CHANGHE)


def test_a_deferred_case_comes_back_while_its_question_stands(here: World) -> None:
    """If this fails, 暂缓 is a way to let a family be forgotten."""
    here.publish(one_family())
    case_id = here.only()
    closed = here.closed(case_id, "deferred")
    assert closed.resume_on == date(2026, 8, 5)
    later = datetime.fromisoformat("2026-08-04T12:00:00+08:00")
    assert here.publish(one_family(), JULY, later) == {}
    assert here.publish(one_family(), AUGUST, later.replace(day=5)) == {"resumed": 1}
    assert len(case_history(here.engine, case_id, actor=boss()).open_questions) == 1


def test_a_deferred_case_comes_back_where_the_family_is_now(here: World) -> None:
    """If this fails, the street that a family has left is told what stands in the new one, and the new one is not."""
    here.publish(one_family())
    case_id = here.only()
    here.closed(case_id, "deferred")
    later = datetime.fromisoformat("2026-08-05T12:00:00+08:00")
    here.publish(one_family(street_code=CHANGHE, community_code=f"{CHANGHE}003"), JULY, later)
    row = case_history(here.engine, case_id, actor=boss()).case
    assert (row.state, row.street_code) == ("pending", CHANGHE)


def test_a_case_of_which_nothing_is_asked_goes_with_its_family(here: World) -> None:
    """If this fails, a case stays with a worker of the street that the family has left, for nobody to end."""
    here.publish(one_family())
    case_id = here.only()
    here.begun(case_id)
    there = {"street_code": CHANGHE, "community_code": f"{CHANGHE}003"}
    here.publish(edition(listed=[family("H:100", 1, **there)], members=[member("H:100", 1, **there)]), JULY)
    row = case_history(here.engine, case_id, actor=boss()).case
    assert (row.state, row.assignee, row.street_code) == ("pending", None, CHANGHE)


def test_a_closed_case_goes_with_its_family(here: World) -> None:
    """If this fails, the old street sees that a case was opened again, and the new one does not know what was found."""
    here.publish(one_family())
    case_id = here.only()
    here.closed(case_id, "true_refer")
    there = {"street_code": CHANGHE, "community_code": f"{CHANGHE}003"}
    moved = edition(listed=[family("H:100", 1, **there)], members=[member("H:100", 1, **there)])
    here.publish(moved, JULY)
    found = case_history(here.engine, case_id, actor=Actor("new", "street_staff", Area(CHANGHE)))
    assert (found.case.state, found.case.outcome) == ("closed", "true_refer")
    assert [each.kind for each in found.events][-1] == "transferred"
    with pytest.raises(CaseNotFoundError):
        case_history(here.engine, case_id, actor=Actor("old", "street_staff", Area(XIXING)))
    assert "transferred" not in here.publish(moved, JULY)


def test_a_case_ends_without_a_visit_only_when_nothing_is_asked_any_more(here: World) -> None:
    """If this fails, a case can be put aside unseen; or stays for ever after its row was corrected."""
    here.publish(one_family())
    case_id = here.only()
    with pytest.raises(CaseError, match="still stand"):
        withdraw(here.desk, case_id, actor=staff())
    here.publish(edition(), JULY)
    assert withdraw(here.desk, case_id, actor=staff()).state == "closed"
    assert here.publish(one_family(), AUGUST) == {"resumed": 1}  # it was never answered


def test_only_what_departments_deliver_later_holds_cases_back(here: World) -> None:
    """If this fails, somebody who computes an old month again opens cases about questions that are long gone."""
    here.months += 1
    published(here.engine, one_family(), JUNE, revision=here.months)
    _delivered_in_july(here, "330108001.csv")
    assert follow_newest(here.desk, JUNE, now=NOON) == {}


def test_visits_of_the_bureau_itself_hold_no_case_back(here: World) -> None:
    """If this fails, no case is opened by the list of a month when cases were closed before it was published."""
    here.months += 1
    published(here.engine, one_family(), JUNE, revision=here.months)
    _delivered_in_july(here, f"{SENDER}.csv")
    _delivered_in_july(here, f"{PLAN_SENDER}.csv")
    assert follow_newest(here.desk, JUNE, now=NOON) == {"opened": 1}


def _delivered_in_july(here: World, name: str) -> None:
    header = "身份证号,姓名,走访编号,走访日期,走访结果,街道,社区"
    rows = [f"{number(1)},甲乙,{name},2026-07-03,不属实,西兴街道,西兴第1社区"]
    land(here.desk.settings, rows, feed=FEED, month="2026-07", name=name, header=header)
    for each in new_files(here.desk.settings, here.engine):
        assert ingest(each, here.desk.settings, here.engine, today=TODAY).status == "accepted"


def test_every_state_can_be_folded_anew_from_its_events(here: World) -> None:
    """If this fails, nobody can prove how a case came to its result."""
    here.publish(one_family())
    case_id = here.only()
    closed = here.closed(case_id, "true_include")
    with here.engine.connect() as connection:
        assert check_case(connection, case_id) == closed
