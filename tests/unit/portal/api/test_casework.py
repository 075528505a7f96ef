"""A day with cases through the API: the same rules as on the pages, and nothing of another street."""

import base64
import io
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from PIL import Image
from sqlalchemy import select

from registry.casework.clock import day_at
from registry.casework.desk import Desk
from registry.engine import make_engine
from registry.models import Decision
from rules.parameters import load_parameters
from schemas.settings import Settings
from tests.portal import bearer, program
from tests.served import served
from tests.unit.registry.casework.worlds import CHANGHE, World, asked, one_family, task
from tests.unit.registry.examples import edition, family, member

CASES = "/api/v1/cases"
XIXING = "330108001"
ME = f"street.staff-{XIXING}"


@pytest.fixture
def world(settings: Settings) -> Iterator[World]:
    """A registry whose casework can be driven."""
    engine = make_engine(settings)
    yield World(Desk(engine, settings, load_parameters(None)))
    engine.dispose()


@contextmanager
def _at_work(app: FastAPI, settings: Settings, *roles: str) -> Iterator[list[httpx.Client]]:
    with served(app) as address, ExitStack() as stack:
        yield [stack.enter_context(program(address, bearer(settings, role))) for role in roles]


def _today(settings: Settings) -> str:
    return day_at(settings, datetime.now(UTC)).isoformat()


def _act(client: httpx.Client, case_id: str, act: str, **fields: Any) -> httpx.Response:
    """Do something with the case as it stands."""
    version = client.get(f"{CASES}/{case_id}").json()["case"]["version"]
    return client.post(f"{CASES}/{case_id}/{act}", json={"version": version, **fields})


def test_a_case_goes_from_dispatch_to_a_decision(app: FastAPI, settings: Settings, world: World) -> None:
    """Otherwise a bureau's own field app cannot finish what a warning began."""
    world.publish(one_family(), now=datetime.now(UTC))
    picture = io.BytesIO()
    Image.new("RGB", (20, 10), "white").save(picture, "PNG")
    with _at_work(app, settings, "street_staff") as (street,):
        (line,) = street.get(CASES).json()["items"]
        case_id = line["case_id"]
        assert _act(street, case_id, "assign", to=ME).json()["case"]["state"] == "assigned"
        assert street.get(f"{CASES}?assignee=me").json()["total"] == 1
        assert _act(street, case_id, "start").json()["case"]["state"] == "checking"
        (question,) = street.get(f"{CASES}/{case_id}").json()["questions"]
        assert question["question"]
        assert "person_key" not in street.get(f"{CASES}/{case_id}").text
        visited = _act(
            street,
            case_id,
            "visits",
            visited_on=_today(settings),
            means="home",
            contact="reached",
            answers={question["warning_id"]: "yes"},
            outcome="true_include",
            note="独居",
            photos=[base64.b64encode(picture.getvalue()).decode()],
        )
        assert visited.status_code == 200, visited.text
        assert "独居" not in visited.text
        assert len(visited.json()["visits"][0]["objects"]) == 2
        closed = _act(street, case_id, "close").json()
        assert closed["case"]["state"] == "closed"
        assert closed["questions"][0]["answer"] == "yes"
        assert street.get(f"{CASES}/counts?by=street").json() == [{"key": XIXING, "open": 0, "overdue": 0, "closed": 1}]
    with world.engine.connect() as connection:
        assert "included" in connection.scalars(select(Decision.outcome)).all()


def test_an_adverse_result_waits_for_a_second_person(app: FastAPI, settings: Settings, world: World) -> None:
    """Otherwise one program alone takes help from a family."""
    world.publish(one_family(), now=datetime.now(UTC))
    case_id = world.only()
    (warning,) = world.warnings_of(case_id)
    with _at_work(app, settings, "supervisor", "district_staff") as (first, other):
        _act(other, case_id, "assign", to="supervisor")
        given = {"visited_on": _today(settings), "means": "home", "contact": "reached", "answers": {warning: "no"}}
        concluded = _act(first, case_id, "visits", **given, outcome="not_true")
        assert concluded.json()["needs_second_person"] is True
        refused = _act(first, case_id, "close")
        assert (refused.status_code, refused.json()["type"]) == (409, "/interface#not-possible")
        version = concluded.json()["case"]["version"]
        bulk = first.post(f"{CASES}/bulk", json={"act": "close", "cases": {case_id: version}})
        assert bulk.status_code == 409
        assert _act(other, case_id, "close").status_code == 403
    with world.engine.connect() as connection:
        assert connection.scalar(select(Decision.decision_id)) is None


def test_what_was_overtaken_does_nothing(app: FastAPI, settings: Settings, world: World) -> None:
    """Otherwise two programs overwrite each other."""
    world.publish(one_family(), now=datetime.now(UTC))
    case_id = world.only()
    with _at_work(app, settings, "street_staff") as (street,):
        body = {"version": 1, "to": "one"}
        assert street.post(f"{CASES}/{case_id}/assign", json=body).status_code == 200
        again = street.post(f"{CASES}/{case_id}/assign", json=body | {"to": "two", "reason": "workload"})
        assert (again.status_code, again.json()["type"]) == (409, "/interface#conflict")
        assert street.post(f"{CASES}/{case_id}/assign", json=body | {"form": 1}).status_code == 422
        word = street.post(f"{CASES}/{case_id}/return", json={"version": 2, "reason": "whim"}).json()
        assert street.get(f"{CASES}?sort=colour").json()["known"] == ["due", "opened", "street", "urgency"]
        assert word["status"] in {409, 422}


def test_several_cases_are_dispatched_at_once(app: FastAPI, settings: Settings, world: World) -> None:
    """Otherwise a bureau's planner dispatches hundreds of cases one by one."""
    world.publish(one_family(), now=datetime.now(UTC))
    case_id = world.only()
    with _at_work(app, settings, "street_staff") as (street,):
        body = {"act": "assign", "cases": {case_id: 1}, "to": "one"}
        assert street.post(f"{CASES}/bulk", json=body).json() == {"cases": 1}
        assert street.post(f"{CASES}/bulk", json=body | {"to": ""}).status_code == 409


def test_measures_wishes_and_objections_are_followed(app: FastAPI, settings: Settings, world: World) -> None:
    """Otherwise a charity's own system cannot say that a wish was met, nor a hotline file an objection."""
    world.publish(one_family(), now=datetime.now(UTC))
    at = "/api/v1/families/H:100"
    with _at_work(app, settings, "street_staff", "supervisor") as (street, boss):
        wish = street.post(f"{at}/wishes", json={"wish": "goods", "text": "一床被子", "owner": ME})
        assert (wish.status_code, wish.json()["state"]) == (200, "open")
        assert "被子" not in wish.text
        done = street.post(
            f"/api/v1/follow-ups/{wish.json()['follow_up_id']}/move",
            json={"version": wish.json()["version"], "state": "done"},
        )
        assert done.json()["state"] == "done"
        filed = street.post(f"{at}/objections", json={"filed_by": "self", "filed_on": _today(settings)}).json()
        assert street.get(f"{at}/desk").json()["objections"][0]["objection_id"] == filed["objection_id"]
        decide = {"version": filed["version"], "verdict": "dismissed", "reason": "核对了凭证"}
        assert street.post(f"/api/v1/objections/{filed['objection_id']}/decide", json=decide).status_code == 403
        decided = boss.post(f"/api/v1/objections/{filed['objection_id']}/decide", json=decide)
        assert decided.json()["state"] == "dismissed"
        assert street.get("/api/v1/objections").json()["total"] == 0


def test_another_street_learns_nothing(app: FastAPI, settings: Settings, world: World) -> None:
    """Otherwise a program of one street reads, or acts on, the troubles of people elsewhere."""
    elsewhere = {"street_code": CHANGHE, "community_code": f"{CHANGHE}001"}
    world.publish(
        edition(
            listed=[family("H:100", 1), family("H:200", 1, **elsewhere)],
            members=[member("H:100", 1), member("H:200", 2, **elsewhere)],
            warnings=[asked(1, "H:100", 1), asked(2, "H:200", 2, **elsewhere)],
            tasks=[task(1, "H:100"), task(2, "H:200", **elsewhere)],
        ),
        now=datetime.now(UTC),
    )
    theirs, nobodys = world.only(family_id="H:200"), "f" * 24
    with _at_work(app, settings, "street_staff", "district_staff") as (street, district):
        assert district.get(f"{CASES}/{theirs}").status_code == 200
        assert street.get(CASES).json()["total"] == 1
        for path, body in (
            ("", None),
            ("/assign", {"version": 1, "to": ME}),
            ("/start", {"version": 1}),
            ("/close", {"version": 1}),
            ("/withdraw", {"version": 1}),
            ("/return", {"version": 1, "reason": "unclear"}),
            ("/objections", {"filed_by": "self", "filed_on": _today(settings)}),
        ):
            hidden, missing = (
                street.get(f"{CASES}/{each}{path}") if body is None else street.post(f"{CASES}/{each}{path}", json=body)
                for each in (theirs, nobodys)
            )
            assert (hidden.status_code, hidden.content) == (404, missing.content), path
        for path in ("", "/desk", "/letter"):
            hidden, missing = (street.get(f"/api/v1/families/{each}{path}") for each in ("H:200", "H:999"))
            assert (hidden.status_code, hidden.content) == (404, missing.content), path
