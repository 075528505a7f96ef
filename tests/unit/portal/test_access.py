"""Nobody sees a page without the permission that the page names."""

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from portal.access import COOKIE, SESSION_SECONDS, Gate, Permission
from portal.app import create_app
from schemas.settings import Settings
from tests.served import served

_EXAMPLES = {"rule_id": "low_income_family", "feed": "tax_wages", "month": "2026-01", "column": "list.tier"}


def unguarded(app: FastAPI) -> list[str]:
    """Routes that name no permission, or are of a kind that the guard does not reach."""
    permissions = app.state.permissions
    return [
        getattr(route, "path", repr(route))
        for route in app.routes
        if not isinstance(route, APIRoute) or route.endpoint not in permissions
    ]


def closed_addresses(app: FastAPI) -> list[str]:
    """Every address that asks for more than entering, with example values in its place-holders."""
    return [
        route.path.format(**_EXAMPLES)
        for route in app.routes
        if isinstance(route, APIRoute) and app.state.permissions[route.endpoint] is not Permission.PUBLIC
    ]


def test_every_route_names_its_permission(app: FastAPI) -> None:
    """Otherwise a new page is open to whoever finds its address."""
    assert app.routes
    assert unguarded(app) == []


def test_a_route_without_permission_is_noticed_and_refused_to_everybody(app: FastAPI, reader: httpx.Client) -> None:
    """A guard that only knows declared pages would let a forgotten one through."""
    router = APIRouter()
    router.get("/included")(lambda: "secret")
    app.get("/forgotten")(lambda: "secret")
    app.include_router(router)
    assert len(unguarded(app)) == 2
    for address in ("/forgotten", "/included"):
        answer = reader.get(address)
        assert answer.status_code == 403
        assert "没有声明权限" in answer.text
        assert "secret" not in answer.text


def test_a_stranger_sees_no_page(app: FastAPI, stranger: httpx.Client) -> None:
    """Otherwise anybody at the machine reads the list."""
    for address in closed_addresses(app):
        answer = stranger.get(address)
        assert answer.status_code == 401, address
        assert "doudi serve" in answer.text


def test_the_address_works_once(gate: Gate, stranger: httpx.Client) -> None:
    """Otherwise an address left in a terminal's history opens the portal again."""
    token = gate.token
    assert stranger.get("/enter", params={"token": token}).status_code == 303
    assert stranger.get("/enter", params={"token": token}).status_code == 401


@pytest.mark.parametrize("token", ["", "guessed", "口令"])
def test_a_wrong_token_opens_nothing(token: str, gate: Gate, stranger: httpx.Client) -> None:
    """Otherwise guessing gets in, or spoils the right address."""
    assert stranger.get("/enter", params={"token": token}).status_code == 401
    assert gate.token is not None


@pytest.mark.parametrize("cookie", ["", "staff", "staff.99999999999.", "staff.99999999999.0123", "é.é.é"])
def test_a_forged_cookie_proves_nothing(cookie: str) -> None:
    """Otherwise a reader makes a session for themselves."""
    assert Gate().role_of(cookie) == "nobody"


def test_a_cookie_of_another_process_proves_nothing() -> None:
    """A restart must end every session."""
    gate = Gate()
    cookie = gate.redeem(str(gate.token))
    assert cookie is not None
    assert gate.role_of(cookie) == "staff"
    assert Gate().role_of(cookie) == "nobody"


def test_a_session_ends() -> None:
    """Otherwise a browser left open stays inside for ever."""
    now = [1_000.0]
    gate = Gate(clock=lambda: now[0])
    cookie = str(gate.redeem(str(gate.token)))
    assert gate.role_of(cookie) == "staff"
    now[0] += SESSION_SECONDS
    assert gate.role_of(cookie) == "nobody"


def test_an_auditor_does_not_see_the_list(settings: Settings) -> None:
    """Each role sees what it needs: an auditor checks deliveries and rules without families."""
    gate = Gate(role="auditor")
    with served(create_app(settings, gate)) as address, httpx.Client(base_url=address, trust_env=False) as client:
        client.get("/enter", params={"token": gate.token})
        assert client.get("/rules").status_code == 200
        answer = client.get("/list")
    assert answer.status_code == 403
    assert "list.read" in answer.text


def test_the_session_cookie_is_kept_from_scripts_and_other_sites(gate: Gate, stranger: httpx.Client) -> None:
    """Otherwise another page in the same browser can act as the reader."""
    answer = stranger.get("/enter", params={"token": gate.token})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie


@pytest.mark.parametrize("address", ["/", "/nowhere", "/portal.css", "/enter"])
def test_every_answer_forbids_scripts_and_foreign_assets(address: str, stranger: httpx.Client) -> None:
    """Otherwise text that a department delivered could run in a reader's browser."""
    policy = stranger.get(address).headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "script-src" not in policy
    assert "unsafe" not in policy


def test_only_the_loopback_name_is_answered(stranger: httpx.Client) -> None:
    """Otherwise a foreign page can reach the portal through a name that it points at this machine."""
    assert stranger.get("/enter", headers={"Host": "attacker.example"}).status_code == 400
