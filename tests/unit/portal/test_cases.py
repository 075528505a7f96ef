"""A day with cases on the staff pages: dispatch, visit, a second person; and nothing of another street."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, func, select

import portal
from portal.told import COOKIE, TOLD
from registry.casework.clock import day_at
from registry.casework.desk import Desk
from registry.engine import make_engine
from registry.models import AuditEvent, CaseAnswer, CaseVisit, Decision, FollowUp
from rules.parameters import load_parameters
from schemas.settings import Settings
from tests.portal import bearer, browser, csrf_of, program, signed_in
from tests.served import served
from tests.unit.registry.casework.worlds import CHANGHE, World, asked, one_family, task
from tests.unit.registry.examples import edition, family, member

XIXING = "330108001"


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    """The registry that the portal reads."""
    made = make_engine(settings)
    yield made
    made.dispose()


@pytest.fixture
def world(settings: Settings, engine: Engine) -> World:
    """A published edition whose only family has one question."""
    made = World(Desk(engine, settings, load_parameters(None)))
    made.publish(one_family(), now=datetime.now(UTC))
    return made


@contextmanager
def _at_work(app: FastAPI, settings: Settings, *roles: str) -> Iterator[list[httpx.Client]]:
    """A browser for each of the roles."""
    with served(app) as address, ExitStack() as stack:
        yield [stack.enter_context(browser(address, signed_in(settings, role))) for role in roles]


def _today(settings: Settings) -> str:
    return day_at(settings, datetime.now(UTC)).isoformat()


def _post(client: httpx.Client, case_id: str, act: str, **fields: str) -> httpx.Response:
    """Send a form of the case's page, with the proof and version that the page carries."""
    page = client.get(f"/cases/{case_id}").text
    version = page.split('name="version" value="', 1)[1].split('"', 1)[0]
    return client.post(f"/cases/{case_id}/{act}", data={"csrf": csrf_of(page), "version": version, **fields})


def test_a_case_goes_from_dispatch_to_a_decision(app: FastAPI, settings: Settings, world: World) -> None:
    """Otherwise staff cannot finish what a warning began, or nobody sees on the family's page that somebody came."""
    case_id = world.only()
    (warning,) = world.warnings_of(case_id)
    with _at_work(app, settings, "street_staff") as (street,):
        me = f"street.staff-{XIXING}"
        assert _post(street, case_id, "assign", to=me).status_code == 303
        assert "已派发" in street.get(f"/cases/{case_id}").text
        visited = {"visited_on": _today(settings), "means": "home", "contact": "reached", f"answer.{warning}": "yes"}
        answer = _post(street, case_id, "visit", **visited, outcome="true_include", note="独居")
        assert answer.status_code == 303
        page = street.get(f"/cases/{case_id}").text
        assert "独居" not in page
        note = "/written/" + page.split('href="/written/', 1)[1].split('"', 1)[0]
        assert "独居" in street.get(note).text
        assert _post(street, case_id, "close").status_code == 303
        assert "已办结" in street.get(f"/cases/{case_id}").text
        told = street.get("/families/H:100").text.partition('id="visits"')[2].partition("</section>")[0]
        assert f'href="/cases/{case_id}"' in told
        assert all(each in told for each in ("已办结", "属实-纳入", me, f'datetime="{_today(settings)}"', "入户"))
    with world.engine.connect() as connection:
        assert connection.scalar(select(CaseAnswer.answer)) == "yes"
        assert "included" in connection.scalars(select(Decision.outcome)).all()


def test_an_adverse_result_waits_for_a_second_person(app: FastAPI, settings: Settings, world: World) -> None:
    """Otherwise one person alone takes help from a family."""
    case_id = world.only()
    (warning,) = world.warnings_of(case_id)
    with _at_work(app, settings, "supervisor", "district_staff") as (first, other):
        _post(other, case_id, "assign", to="supervisor")
        visited = {"visited_on": _today(settings), "means": "home", "contact": "reached", f"answer.{warning}": "no"}
        assert _post(first, case_id, "visit", **visited, outcome="not_true").status_code == 303
        assert "同意并办结" not in first.get(f"/cases/{case_id}").text
        page = first.get("/cases?state=concluded").text
        version = page.split(f'value="{case_id}:', 1)[1].split('"', 1)[0]
        by_hand = {"csrf": csrf_of(page), "version": version}
        refused = first.post(f"/cases/{case_id}/close", data=by_hand)
        assert refused.status_code == 409
        assert 'role="alert"' in refused.text
        bulk = {"csrf": csrf_of(page), "case": f"{case_id}:{version}", "act": "close"}
        assert first.post("/cases/bulk", data=bulk).status_code == 409
        form = {"csrf": csrf_of(other.get("/cases").text), "version": version}
        assert other.post(f"/cases/{case_id}/close", data=form).status_code == 403
    with world.engine.connect() as connection:
        assert connection.scalar(select(Decision.decision_id)) is None


def test_a_page_that_was_overtaken_does_nothing(app: FastAPI, settings: Settings, world: World) -> None:
    """Otherwise two people overwrite each other."""
    case_id = world.only()
    with _at_work(app, settings, "street_staff") as (street,):
        form = {"csrf": csrf_of(street.get(f"/cases/{case_id}").text), "version": "1", "to": "one"}
        assert street.post(f"/cases/{case_id}/assign", data=form).status_code == 303
        again = street.post(f"/cases/{case_id}/assign", data=form | {"to": "two", "reason": "workload"})
        assert again.status_code == 409
        assert "one" in street.get(f"/cases/{case_id}").text


def test_several_cases_are_dispatched_at_once(app: FastAPI, settings: Settings, world: World) -> None:
    """Otherwise a supervisor clicks through hundreds of cases each month."""
    case_id = world.only()
    with _at_work(app, settings, "street_staff") as (street,):
        page = street.get("/cases").text
        form = {"csrf": csrf_of(page), "case": f"{case_id}:1", "to": "one", "act": "assign"}
        assert street.post("/cases/bulk", data=form).status_code == 303
        assert street.post("/cases/bulk", data={"csrf": csrf_of(page), "to": "one", "act": "assign"}).status_code == 409
        assert "已派发" in street.get("/cases").text


def test_another_street_learns_nothing(app: FastAPI, settings: Settings, engine: Engine) -> None:
    """Otherwise a worker reads the troubles of people elsewhere."""
    world = World(Desk(engine, settings, load_parameters(None)))
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
    case_id = world.only(family_id="H:200")
    with _at_work(app, settings, "street_staff", "district_staff") as (street, district):
        assert district.get(f"/cases/{case_id}").status_code == 200
        assert district.get("/families/H:200").status_code == 200
        hidden, missing = street.get(f"/cases/{case_id}"), street.get(f"/cases/{'f' * 24}")
        assert hidden.status_code == missing.status_code == 404
        assert hidden.text.replace(case_id, "") == missing.text.replace("f" * 24, "")
        assert case_id not in street.get("/cases").text
        assert "共 1 件" in street.get("/cases").text
        hidden, missing = street.get("/families/H:200"), street.get("/families/H:999")
        assert hidden.status_code == missing.status_code == 404
        assert hidden.text.replace("H%3A200", "") == missing.text.replace("H%3A999", "")
        assert street.get("/families/H:100").status_code == 200


def test_what_is_to_be_verified_is_apart(app: FastAPI, settings: Settings, engine: Engine) -> None:
    """Otherwise a suspicion is known to those who visit to help."""
    world = World(Desk(engine, settings, load_parameters(None)))
    doubt = asked(1, "H:100", 1, rule_id="paid_after_death", kind="verify")
    world.publish(one_family(doubt, audience="verify", rules="paid_after_death"), now=datetime.now(UTC))
    case_id = world.only(audience="verify")
    with _at_work(app, settings, "street_staff", "district_staff") as (street, district):
        assert case_id in district.get("/cases?audience=verify").text
        assert street.get("/cases?audience=verify").status_code == 422
        assert street.get(f"/cases/{case_id}").status_code == 404
        assert "paid_after_death" not in street.get("/families/H:100").text
        assert "死亡后仍发放" in district.get("/families/H:100").text


def test_the_overview_counts_what_is_to_be_verified_for_those_alone_who_may_know(
    app: FastAPI, settings: Settings, engine: Engine
) -> None:
    """Otherwise verifications run past their day and nobody sees it, or a street learns that there are any."""
    world = World(Desk(engine, settings, load_parameters(None)))
    doubt = asked(1, "H:100", 1, rule_id="paid_after_death", kind="verify")
    world.publish(one_family(doubt, audience="verify", rules="paid_after_death"))  # years ago: overdue
    with _at_work(app, settings, "street_staff", "district_staff") as (street, district):
        told, untold = district.get("/").text, street.get("/").text
        assert '<a class="figure late" href="/cases?audience=verify&amp;sort=due"><b>1</b>' in told
        overdue = f"/cases?audience=verify&amp;due=overdue&amp;street={XIXING}"
        assert f'<a href="{overdue}">1</a>' in told
        assert "共 1 件" in district.get(overdue.replace("&amp;", "&")).text
        assert "待核实" not in untold
    one = {"audience": "verify", "street": XIXING, "open": 1, "overdue": 1, "closed": 0}
    for role, cases in (("district_staff", [one]), ("street_staff", [])):
        with served(app) as address, program(address, bearer(settings, role)) as machine:
            assert machine.get("/api/v1/overview").json()["cases"] == cases


def test_each_page_that_names_people_is_recorded(app: FastAPI, settings: Settings, world: World) -> None:
    """Otherwise somebody reads name after name, and no auditor can ever tell."""
    case_id = world.only()
    pages = (
        "/cases",
        f"/cases/{case_id}",
        "/exits",
        "/follow-ups",
        "/objections",
        "/families/H:100/desk",
        "/families/H:100",
    )
    recorded = select(func.count()).where(AuditEvent.action == "view")
    with _at_work(app, settings, "supervisor") as (reader,), world.engine.connect() as connection:
        for page in pages:
            before = connection.scalar(recorded)
            connection.rollback()
            assert reader.get(page).status_code == 200
            assert connection.scalar(recorded) == before + 1, page
            connection.rollback()


def test_names_come_to_pages_by_one_way() -> None:
    """Otherwise a new page shows people and forgets to record it."""
    users = {
        path.name
        for path in Path(portal.__file__).parent.rglob("*.py")
        if re.search(r"people_of_families import .*\bheads|import .*\bnames_of_heads", path.read_text(encoding="utf-8"))
    }
    assert users == {"people.py", "list_query.py"}  # which records each reading itself


def test_a_refused_form_keeps_what_was_typed(app: FastAPI, settings: Settings, world: World) -> None:
    """Otherwise a worker at the door writes a long note, forgets one answer, and writes it all again."""
    case_id = world.only()
    with _at_work(app, settings, "street_staff") as (street,):
        _post(street, case_id, "assign", to=f"street.staff-{XIXING}")
        typed = {"visited_on": _today(settings), "means": "phone", "contact": "reached", "note": "独居 <b>"}
        refused = _post(street, case_id, "visit", **typed, outcome="not_true")
        assert refused.status_code == 409
        assert "独居 &lt;b&gt;</textarea>" in refused.text
        for chosen in ("phone", "reached", "not_true"):
            assert f'<option value="{chosen}" selected>' in refused.text
        assert "独居" not in street.get(f"/cases/{case_id}").text
        unknown = _post(street, case_id, "visit", **typed | {"contact": "waved"})
        assert unknown.status_code == 422
        assert "独居 &lt;b&gt;</textarea>" in unknown.text
        page = street.get("/cases?assignee=me").text
        ticked = {"csrf": csrf_of(page), "case": f"{case_id}:2", "act": "close", "asked.assignee": "me"}
        again = street.post("/cases/bulk", data=ticked)
        assert again.status_code == 409
        assert f'value="{case_id}:2" checked' in again.text
        assert 'name="asked.assignee" value="me"' in again.text


def test_what_was_done_is_said_once(app: FastAPI, settings: Settings, world: World) -> None:
    """Otherwise nobody knows whether the form was taken, and sends it again."""
    case_id = world.only()
    with _at_work(app, settings, "street_staff") as (street,):
        assert _post(street, case_id, "assign", to="one").status_code == 303
        assert TOLD["assigned"] in street.get(f"/cases/{case_id}").text
        assert TOLD["assigned"] not in street.get(f"/cases/{case_id}").text
        street.cookies.set(COOKIE, "<b>.1")
        assert 'role="status"' not in street.get(f"/cases/{case_id}").text


def test_a_visit_refers_a_measure_or_leaves_nothing(app: FastAPI, settings: Settings, world: World) -> None:
    """Otherwise a visit is recorded and the help that it promised is not, or help without the visit."""
    case_id = world.only()
    with _at_work(app, settings, "street_staff") as (street,):
        _post(street, case_id, "assign", to=f"street.staff-{XIXING}")
        visited = {"visited_on": _today(settings), "means": "home", "contact": "reached"}
        measure = {"measure": "employment_aid", "receiver": f"station:{XIXING}"}
        assert _post(street, case_id, "visit", **visited, measure=measure["measure"]).status_code == 409
        assert _post(street, case_id, "visit", **visited, **measure).status_code == 303
        assert _post(street, case_id, "visit", **visited | {"means": "phone"}, **measure).status_code == 409
        warning = world.warnings_of(case_id)[0]
        _post(street, case_id, "visit", **visited | {"means": "phone"}, **{f"answer.{warning}": "yes"})
        assert _post(street, case_id, "conclude", result="true_refer").status_code == 303
        assert "属实-转介" in street.get(f"/cases/{case_id}").text
    with world.engine.connect() as connection:
        assert connection.execute(select(FollowUp.case_id, FollowUp.what)).all() == [(case_id, "employment_aid")]
        assert connection.scalar(select(func.count()).select_from(CaseVisit)) == 2
