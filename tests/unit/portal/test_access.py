"""Nobody sees a page without the permission that the page names; each role sees on each route what is declared."""

from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from portal.app import create_app
from portal.page import API, KNOWN, PUBLIC, Page
from registry.roles import ROLES, Actor
from registry.scope import Area
from schemas.errors import ContractError
from schemas.settings import Settings
from tests.portal import (
    AREAS,
    bearer,
    browser,
    csrf_of,
    example_of,
    open_portal,
    page_addresses,
    pages_seen_by,
    program,
    signed_in,
)
from tests.served import served

_OPEN = {200, 303, 404, 405, 409, 422}
_TO_ALL = {PUBLIC, KNOWN}


def unguarded(app: FastAPI) -> list[str]:
    """Routes that are no declared page, or are of a kind that the guard does not reach."""
    return [
        getattr(route, "path", repr(route))
        for route in app.routes
        if not isinstance(route, APIRoute) or route.endpoint not in app.state.page_of
    ]


def _actor(role: str, purpose: str = "") -> Actor:
    return Actor("reader", role, Area.of(AREAS[role]) if role in AREAS else Area(), purpose)


def test_every_route_names_its_permission(app: FastAPI) -> None:
    """Otherwise a new page is open to whoever finds its address, or to nobody or somebody else by a slip of the pen."""
    assert app.routes
    assert unguarded(app) == []
    with pytest.raises(TypeError):
        Page("/x", lambda: "x")  # type: ignore[call-arg]
    with pytest.raises(ContractError):
        Page("/x", lambda: "x", "list.raed")


def test_a_route_without_permission_is_noticed_and_refused_to_everybody(app: FastAPI, reader: httpx.Client) -> None:
    """A guard that only knows declared pages would let a forgotten one through."""
    router = APIRouter()
    router.get("/included")(lambda: "secret")
    app.get("/forgotten")(lambda: "secret")
    app.include_router(router)
    for address in ("/forgotten", "/included"):
        answer = reader.get(address)
        assert answer.status_code == 403
        assert "没有声明权限" in answer.text
        assert "secret" not in answer.text
    assert len(unguarded(app)) == 2


@pytest.mark.parametrize("role", ROLES.codes)
def test_each_role_opens_the_pages_that_are_declared_for_it_and_no_other(settings: Settings, role: str) -> None:
    """The matrix of roles and routes: reading a page is answered as the table of rights says, whatever is there."""
    pages = {each.path: each for each in create_app(settings).state.pages if "GET" in each.methods}
    actor = _actor(role)
    seen = pages_seen_by(settings, role)
    for path, page in pages.items():
        status = seen[example_of(path)][0]
        if page.permission in _TO_ALL or actor.may(page.permission):
            assert status in _OPEN, path
        else:
            assert status == (303 if path == "/" else 403), path


def test_who_has_no_overview_begins_where_their_work_is(settings: Settings) -> None:
    """If this fails, an administrator who signs in is told first of all that the page is not for them."""
    with open_portal(settings, "administrator") as client:
        answer = client.get("/")
        assert (answer.status_code, answer.headers["location"]) == (303, "/admin")


@pytest.mark.parametrize("role", ROLES.codes)
def test_each_role_sends_only_the_forms_that_are_declared_for_it(settings: Settings, role: str) -> None:
    """The matrix for forms: one that the role may not send is refused before it is read."""
    actor = _actor(role)
    with open_portal(settings, role) as client:
        for page in (each for each in create_app(settings).state.pages if not each.is_api):
            for method in {*page.methods} - {"GET"}:
                answer = client.request(method, example_of(page.path), data={"csrf": "wrong"})
                if page.permission != PUBLIC and not actor.may(page.permission):
                    assert answer.status_code == 403, page.path
                    said = answer.text.partition("<main")[2]  # above it each page names the purpose
                    assert "角色" in said or "目的" in said, page.path
                else:
                    assert answer.status_code == 403, page.path
                    assert "已过期" in answer.text


@pytest.mark.parametrize("role", ROLES.codes)
def test_each_role_sends_to_the_api_only_what_is_declared_for_it(settings: Settings, role: str) -> None:
    """The matrix for what programs send: refused before it is read, or read and found to be nothing."""
    actor = _actor(role)
    app = create_app(settings)
    with served(app) as address, program(address, bearer(settings, role)) as machine:
        for page in (each for each in app.state.pages if each.is_api and "POST" in each.methods):
            answer = machine.post(example_of(page.path), json={"nothing": "known"})
            if actor.may(page.permission):
                assert answer.status_code == 422, page.path
            else:
                assert answer.status_code == 403, page.path
                assert "nothing" not in answer.text


def test_a_stranger_sees_no_page(settings: Settings) -> None:
    """Otherwise anybody at the machine reads the list."""
    app = create_app(settings.model_copy(update={"sign_in_failures_address": 1_000_000}))  # more addresses than tries
    closed = {each.path for each in app.state.pages if each.permission != PUBLIC}
    assert closed
    with served(app) as base, browser(base) as stranger:
        for address in page_addresses(app):
            answer = stranger.get(address)
            if address.startswith(API):
                assert answer.status_code == 401, address
                assert answer.headers["www-authenticate"] == "Bearer"
            elif any(example_of(page.path) == address for page in app.state.pages if page.path in closed):
                assert answer.status_code == 303, address
                assert answer.headers["location"].startswith("/login?next=")


def test_a_form_needs_the_proof_of_its_own_session(settings: Settings) -> None:
    """Otherwise another page in the same browser can act as the reader."""
    with open_portal(settings, "district_staff") as client:
        page = client.get("/purpose").text
        wrong = client.post("/purpose", data={"csrf": "0" * 64, "purpose": "statistics"})
        assert wrong.status_code == 403
        right = client.post("/purpose", data={"csrf": csrf_of(page), "purpose": "statistics"})
        assert right.status_code == 303
        assert "统计和上报" in client.get("/").text


def test_whatever_is_sent_without_proof_is_refused(settings: Settings) -> None:
    """If this fails, a file can be handed in, or an act done, in the name of a reader who looks at another page."""
    ways: dict[str, dict[str, Any]] = {
        "upload": {"files": {"file": ("a.csv", b"x")}},
        "proof as a file": {"files": {"csrf": ("a.csv", b"x")}},
        "json": {"json": {"csrf": "x"}},
        "text": {"content": b"csrf=x", "headers": {"Content-Type": "text/plain"}},
        "nothing": {},
    }
    actor = _actor("supervisor")
    with open_portal(settings, "supervisor") as client:
        pages = [each for each in create_app(settings).state.pages if not each.is_api and "POST" in each.methods]
        asked = [each.path for each in pages if each.permission != PUBLIC and actor.may(each.permission)]
        assert {"/sheets/take", "/visit-plans/take", "/cases/{case_id}/visit"} <= set(asked)
        for path in asked:
            for way, sent in ways.items():
                answer = client.post(example_of(path), **sent)
                assert answer.status_code == 403, (path, way)
                assert "已过期" in answer.text, (path, way)


@pytest.mark.parametrize("origin", ["https://attacker.example", "null", ""])
def test_a_form_from_elsewhere_is_refused_even_with_its_proof(settings: Settings, origin: str) -> None:
    """Otherwise a leaked proof is enough; and signing in, which has none, can be forged."""
    with open_portal(settings, "district_staff") as client:
        proof = csrf_of(client.get("/purpose").text)
        answer = client.post("/purpose", data={"csrf": proof}, headers={"Origin": origin})
        assert answer.status_code == 403
        assert client.post("/login", data={"name": "a"}, headers={"Origin": origin}).status_code == 403


def test_a_form_that_does_not_say_where_it_comes_from_is_refused(settings: Settings) -> None:
    """A browser says it; a program with a stolen cookie may not."""
    cookies = signed_in(settings, "district_staff")
    with served(create_app(settings)) as address, httpx.Client(base_url=address, cookies=cookies) as client:
        proof = csrf_of(client.get("/purpose").text)
        assert client.post("/purpose", data={"csrf": proof}).status_code == 403
        told = {"Sec-Fetch-Site": "same-origin"}
        same = client.post("/purpose", data={"csrf": proof, "purpose": "policy"}, headers=told)
        assert same.status_code == 303


def test_a_body_that_is_too_long_is_not_read(settings: Settings) -> None:
    """Otherwise anybody fills the memory before saying who they are."""
    with served(create_app(settings)) as address, browser(address) as client:
        assert client.post("/login", data={"name": "a" * 100_000}).status_code == 413


def test_a_purpose_narrows_what_is_shown(settings: Settings) -> None:
    """Who looks for statistics needs no list of names, and is told how to go on."""
    with open_portal(settings, "district_staff", purpose="policy") as client:
        answer = client.get("/deliveries")
    assert answer.status_code == 403
    assert "工作目的" in answer.text


@pytest.mark.parametrize("address", ["/", "/nowhere", "/static/portal.css", "/login"])
def test_every_answer_forbids_inline_scripts_and_foreign_assets(address: str, stranger: httpx.Client) -> None:
    """Otherwise text that a department delivered could run in a reader's browser."""
    policy = stranger.get(address).headers["content-security-policy"]
    told = dict(each.strip().split(" ", 1) for each in policy.split(";"))
    assert told["default-src"] == told["base-uri"] == told["frame-ancestors"] == "'none'"
    assert "form-action" in told  # to which the first does not extend, as to the two above
    assert {*told.values()} == {"'self'", "'none'"}


@pytest.mark.parametrize(
    ("method", "address", "changes", "status"),
    [
        ("GET", "/login", {}, 303),
        ("GET", "/account", {}, 200),
        ("GET", "/nowhere", {}, 404),
        ("PUT", "/list", {}, 405),
        ("GET", "/admin", {}, 403),
        ("GET", "/login", {"headers": {"Host": "attacker.example"}}, 400),
        ("POST", "/login", {"data": {"name": "a" * 100_000}}, 413),
        ("POST", "/purpose", {"data": {"csrf": "wrong"}}, 403),
        ("GET", "/api/v1/families", {}, 401),
        ("GET", "/list?colour=red", {}, 422),
    ],
)
def test_every_answer_says_how_a_browser_must_treat_it(
    reader: httpx.Client, method: str, address: str, changes: dict[str, Any], status: int
) -> None:
    """If this fails, a page of families stays in a browser's cache, is framed, or is taken for another kind of file."""
    answer = reader.request(method, address, **changes)
    assert answer.status_code == status
    headers = answer.headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "script-src 'self';" in headers["content-security-policy"]
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"
    assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"


def test_only_known_names_are_answered(stranger: httpx.Client) -> None:
    """Otherwise a foreign page can reach the portal through a name that it points at this machine."""
    assert stranger.get("/login", headers={"Host": "attacker.example"}).status_code == 400


@pytest.mark.parametrize("name", ["../templates/base.html", "%2e%2e/app.py", "app.py", "nothing.css"])
def test_only_assets_are_given_out(stranger: httpx.Client, name: str) -> None:
    """Otherwise the files of the installation can be read."""
    assert stranger.get(f"/static/{name}").status_code == 404
