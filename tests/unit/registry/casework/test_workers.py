"""To whom a case may be given."""

import pytest

from registry.accounts.accounts import NewAccount, add_account, disable
from registry.casework.acts import assign
from registry.casework.workers import able_workers
from registry.errors import CaseError
from registry.roles import Actor
from registry.scope import Area
from tests.unit.registry.casework.worlds import CHANGHE, NOON, XIXING, World, one_family, staff, with_suspicion


def _account(here: World, name: str, role: str, area: str = "district") -> None:
    add_account(here.engine, here.desk.settings, NewAccount(name=name, role=role, area=Area(area)), by="admin")


@pytest.fixture
def staffed(here: World) -> World:
    """A world with a case, and accounts of which two could open it."""
    here.publish(one_family())
    _account(here, "near", "community_worker", f"{XIXING}001")
    _account(here, "next.door", "community_worker", f"{XIXING}002")
    _account(here, "elsewhere", "street_staff", CHANGHE)
    _account(here, "street", "street_staff", XIXING)
    _account(here, "gone", "street_staff", XIXING)
    _account(here, "admin", "administrator")
    disable(here.engine, "gone", by="admin")
    return here


@pytest.mark.parametrize("name", ["elsewhere", "next.door", "gone", "admin"])
def test_nobody_gets_a_case_whom_it_would_be_hidden_from(staffed: World, name: str) -> None:
    """If this fails, a family's case lies in a queue that nobody can see."""
    with pytest.raises(CaseError, match="cannot open the case"):
        assign(staffed.desk, staffed.only(), name, actor=staff(), now=NOON)


@pytest.mark.parametrize("name", ["near", "street", "on.paper"])
def test_whoever_can_open_it_or_works_on_paper_gets_it(staffed: World, name: str) -> None:
    """If this fails, the workers of a community cannot be sent, or those who work with visit sheets."""
    assert assign(staffed.desk, staffed.only(), name, actor=staff(), now=NOON).assignee == name


def test_a_suspicion_goes_to_those_who_may_know_of_it(here: World) -> None:
    """If this fails, a street worker gets a case that tells of a suspicion, or that is never found."""
    here.publish(with_suspicion())
    _account(here, "street", "street_staff", XIXING)
    _account(here, "checker", "district_staff")
    case_id = here.only(audience="verify")
    with pytest.raises(CaseError, match="cannot open the case"):
        assign(here.desk, case_id, "street", actor=staff(), now=NOON)
    assert able_workers(here.engine, actor=staff(), audience="verify") == {"checker": 0}
    assert assign(here.desk, case_id, "checker", actor=staff(), now=NOON).assignee == "checker"


def test_idle_workers_of_the_area_are_offered(staffed: World) -> None:
    """If this fails, new colleagues get nothing, or a street is offered the workers of another."""
    assign(staffed.desk, staffed.only(), "on.paper", actor=staff(), now=NOON)
    offered = able_workers(staffed.engine, actor=Actor("head", "street_staff", Area(XIXING)))
    assert offered == {"near": 0, "next.door": 0, "on.paper": 1, "street": 0}
