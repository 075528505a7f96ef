"""Coming in through the forms: the first administrator, signing in and out, a first password, the language."""

import re
from collections.abc import Iterator
from hashlib import sha256

import httpx
import pytest

from portal.access import cookie_name
from portal.app import create_app
from registry.accounts.accounts import NewAccount, add_account, disable
from registry.engine import make_engine
from registry.scope import DISTRICT
from schemas.settings import Settings
from tests.portal import browser, csrf_of, open_portal
from tests.served import served

GOOD = "four quiet rivers 88"
TOKEN = "of-this-test"  # noqa: S105 - opens an empty portal for one test


def _add(settings: Settings, name: str = "worker", role: str = "district_staff", password: str | None = GOOD) -> str:
    engine = make_engine(settings)
    given = add_account(engine, settings, NewAccount(name=name, role=role, area=DISTRICT), by="a", password=password)
    engine.dispose()
    return str(given)


@pytest.fixture
def fresh(settings: Settings) -> Iterator[httpx.Client]:
    """A browser before a portal without accounts that was started with a one-time address."""
    with served(create_app(settings, setup_token=TOKEN)) as address, browser(address) as client:
        yield client


def _fields(**changes: str) -> dict[str, str]:
    return {"token": TOKEN, "name": "boss", "title": "管理员", "password": GOOD, "again": GOOD} | changes


def test_the_first_administrator_is_made_by_the_printed_address_once(fresh: httpx.Client) -> None:
    """If this fails, a new installation cannot be entered, or anybody can make themselves its administrator."""
    assert fresh.get("/setup", params={"token": "guessed"}).status_code == 404
    assert fresh.post("/setup", data=_fields() | {"token": "guessed"}).status_code == 404
    assert "建立系统管理员" in fresh.get("/setup", params={"token": TOKEN}).text
    made = fresh.post("/setup", data=_fields())
    assert made.status_code == 303
    assert "系统管理员" in fresh.get("/account").text
    assert fresh.get("/list").status_code == 403
    assert fresh.get("/setup", params={"token": TOKEN}).status_code == 404
    fresh.cookies.clear()
    assert fresh.post("/setup", data=_fields(name="other")).status_code == 404


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"again": "other"}, "不一样"), ({"password": "short", "again": "short"}, "15"), ({"name": "王"}, "name")],
)
def test_what_is_wrong_with_the_first_account_is_said(fresh: httpx.Client, changes: dict[str, str], said: str) -> None:
    """If this fails, the address is spent on a slip of the pen."""
    answer = fresh.post("/setup", data=_fields(**changes))
    assert answer.status_code == 422
    assert said in answer.text
    assert fresh.post("/setup", data=_fields()).status_code == 303


def test_somebody_signs_in_reads_and_signs_out(settings: Settings, stranger: httpx.Client) -> None:
    """If this fails, nobody works; a browser that went out must not get back in by its old cookie."""
    _add(settings)
    asked = stranger.get("/rules")
    assert asked.headers["location"] == "/login?next=/rules"
    form = stranger.get(asked.headers["location"])
    assert 'name="next" value="/rules"' in form.text
    answer = stranger.post("/login", data={"name": "worker", "password": GOOD, "next": "/rules"})
    assert answer.headers["location"] == "/purpose?next=/rules"
    page = stranger.get("/purpose?next=/rules").text
    chosen = stranger.post("/purpose", data={"csrf": csrf_of(page), "purpose": "policy", "next": "/rules"})
    assert chosen.headers["location"] == "/rules"
    assert "政策测算" in stranger.get("/rules").text
    cookies = dict(stranger.cookies)
    assert stranger.post("/logout", data={"csrf": csrf_of(page)}).status_code == 303
    stranger.cookies.update(cookies)
    assert stranger.get("/rules").status_code == 303


def test_a_wrong_pair_is_told_in_one_sentence(settings: Settings, stranger: httpx.Client) -> None:
    """If this fails, the form tells which accounts there are."""
    _add(settings)
    told = set()
    for name, password in (("worker", "wrong"), ("nobody", GOOD), ("nobody", "wrong")):
        answer = stranger.post("/login", data={"name": name, "password": password})
        assert answer.status_code == 401
        assert "账号或密码不正确" in answer.text
        told.add(answer.text.replace(f'value="{name}"', ""))
        assert password not in answer.text.replace(f'value="{name}"', "")
    assert len(told) == 1


@pytest.mark.parametrize(
    "asked", ["https://attacker.example", "//attacker.example", "/\\attacker.example", "javascript:1", "/\t/attacker"]
)
def test_nobody_is_sent_elsewhere_after_signing_in(settings: Settings, stranger: httpx.Client, asked: str) -> None:
    """If this fails, a link to our sign-in page ends on somebody else's."""
    _add(settings)
    answer = stranger.post("/login", data={"name": "worker", "password": GOOD, "next": asked})
    assert answer.headers["location"] == "/purpose?next=/"
    assert stranger.get("/language/en", params={"next": asked}).headers["location"] == "/"
    assert stranger.get("/login", params={"next": asked}).headers["location"] == "/"
    page = stranger.get("/purpose", params={"next": asked}).text
    assert 'name="next" value="/"' in page
    sent = {"csrf": csrf_of(page), "purpose": "policy", "next": asked}
    assert stranger.post("/purpose", data=sent).headers["location"] == "/"
    assert 'name="next" value="/"' in stranger.get("/account/password", params={"next": asked}).text


def test_a_first_password_has_to_be_changed(settings: Settings, stranger: httpx.Client) -> None:
    """If this fails, an administrator knows the passwords that staff work with, or a key is made by one of them.

    The password comes before everything else, the purpose included; then the reader goes on to what was asked for.
    """
    given = _add(settings, password=None)
    sent = stranger.post("/login", data={"name": "worker", "password": given, "next": "/list"})
    assert sent.headers["location"] == "/purpose?next=/list"
    first = stranger.get(sent.headers["location"]).headers["location"]
    assert first == "/account/password?next=/purpose%3Fnext%3D/list"
    for address in ("/list", "/account", "/account/tokens"):
        assert stranger.get(address).headers["location"] == f"/account/password?next={address}"
    page = stranger.get(first).text
    assert 'name="next" value="/purpose?next=/list"' in page
    proof = csrf_of(page)
    for address in ("/purpose", "/account/tokens"):
        posted = stranger.post(address, data={"csrf": proof, "purpose": "policy", "title": "x", "scopes": "list.read"})
        assert posted.headers["location"] == "/account/password?next=/"
    for old, new, again in (
        (given, given, given),
        (given, "short", "short"),
        (given, GOOD, "other"),
        ("x", GOOD, GOOD),
    ):
        fields = {"csrf": proof, "old": old, "password": new, "again": again}
        assert stranger.post("/account/password", data=fields).status_code == 422
    fields = {"csrf": proof, "old": given, "password": GOOD, "again": GOOD, "next": "/purpose?next=/list"}
    assert stranger.post("/account/password", data=fields).headers["location"] == "/purpose?next=/list"
    assert stranger.get("/rules").status_code == 200


def test_a_disabled_account_is_out_at_the_next_click(settings: Settings) -> None:
    """If this fails, somebody who has left goes on reading until the evening."""
    with open_portal(settings, "auditor") as client:
        assert client.get("/rules").status_code == 200
        engine = make_engine(settings)
        disable(engine, "auditor", by="boss")
        engine.dispose()
        assert client.get("/rules").status_code == 303


def test_another_device_can_be_ended_from_the_account_page(settings: Settings, stranger: httpx.Client) -> None:
    """If this fails, a forgotten browser in another office stays signed in."""
    _add(settings)
    stranger.post("/login", data={"name": "worker", "password": GOOD})
    elsewhere = dict(stranger.cookies)
    stranger.cookies.clear()
    stranger.post("/login", data={"name": "worker", "password": GOOD})
    page = stranger.get("/account").text
    (which,) = re.findall(r'name="which" value="([0-9a-f]{64})"', page)
    assert stranger.post("/account/sessions", data={"csrf": csrf_of(page), "which": which}).status_code == 303
    stranger.cookies.clear()
    stranger.cookies.update(elsewhere)
    assert stranger.get("/account").status_code == 303


def test_nobody_ends_the_session_of_another(settings: Settings, stranger: httpx.Client) -> None:
    """If this fails, one worker throws another out of the portal, over and over."""
    _add(settings)
    stranger.post("/login", data={"name": "worker", "password": GOOD})
    theirs = sha256(stranger.cookies[cookie_name(settings)].encode()).hexdigest()
    with open_portal(settings, "auditor") as client:
        proof = csrf_of(client.get("/account").text)
        for which in (theirs, "f" * 64):
            assert client.post("/account/sessions", data={"csrf": proof, "which": which}).status_code == 404
    assert stranger.get("/account").status_code == 200


def test_pages_speak_english_to_who_asks_for_it(settings: Settings) -> None:
    """If this fails, a colleague without Chinese cannot read the frame of the pages."""
    with open_portal(settings, "district_staff") as client:
        assert 'lang="zh-CN"' in client.get("/account").text
        english = client.get("/account", headers={"Accept-Language": "en-US,en;q=0.8"}).text
        assert 'lang="en"' in english
        assert "My account" in english
        client.get("/language/en")
        assert "District staff" in client.get("/account").text
        assert client.get("/language/xx").status_code == 404


def test_another_language_of_what_a_form_answered_leads_back_to_its_page(settings: Settings) -> None:
    """If this fails, whoever changes the language after a search or a refused form is told that this cannot be done."""
    with open_portal(settings, "supervisor") as client:
        for form, page in (("/list/find", "/list"), ("/cases/bulk", "/cases"), ("/exits/none/agree", "/exits")):
            answer = client.post(form, data={"csrf": csrf_of(client.get("/account").text), "act": "close"}).text
            assert f'href="/language/en?next={page}"' in answer
        assert 'href="/language/en?next=/account%3Fa%3D1"' in client.get("/account?a=1").text
        gone = client.get("/list/find")
        assert (gone.status_code, "这个地址不支持这种操作" in gone.text) == (405, True)
        assert 'href="/language/en?next=/list"' in gone.text


def test_the_cookie_is_kept_from_scripts_and_other_sites(settings: Settings) -> None:
    """If this fails, another page in the same browser can act as the reader, or the network reads the cookie."""
    _add(settings)
    public = settings.model_copy(update={"public_url": "https://portal.example"})
    with served(create_app(public)) as address, httpx.Client(base_url=address, trust_env=False) as client:
        told = {"Host": "portal.example", "Origin": "https://portal.example"}
        answer = client.post("/login", data={"name": "worker", "password": GOOD}, headers=told)
        cookie = answer.headers["set-cookie"]
        assert "max-age=31536000" in answer.headers["strict-transport-security"]
        assert client.post("/login", data={"name": "a"}, headers=told | {"Origin": address}).status_code == 403
    assert cookie.startswith("__Host-doudi=")
    assert {"httponly", "secure", "samesite=strict", "path=/"} <= {each.strip().lower() for each in cookie.split(";")}
    assert "domain" not in cookie.lower()


def test_a_lock_is_told_in_words_and_alike_for_every_name(settings: Settings) -> None:
    """If this fails, who waits does not know for how long, or a lock tells which accounts there are."""
    _add(settings)
    strict = settings.model_copy(update={"sign_in_failures": 1, "sign_in_wait_minutes": 7})
    told = set()
    with served(create_app(strict)) as address, browser(address) as client:
        for name in ("worker", "nobody"):
            assert client.post("/login", data={"name": name, "password": "wrong"}).status_code == 401
            answer = client.post("/login", data={"name": name, "password": GOOD})
            assert answer.status_code == 429
            assert "7 分钟" in answer.text
            told.add(answer.text.replace(f'value="{name}"', ""))
    assert len(told) == 1


def test_an_address_that_guesses_is_told_to_wait(settings: Settings) -> None:
    """If this fails, one machine tries a password on every account; or its colleagues read that theirs is wrong."""
    _add(settings)
    strict = settings.model_copy(update={"sign_in_failures_address": 2, "sign_in_wait_minutes": 7})
    with served(create_app(strict)) as address, browser(address) as client:
        for name in ("one", "two"):
            client.post("/login", data={"name": name, "password": "wrong"})
        answer = client.post("/login", data={"name": "worker", "password": GOOD})
        assert answer.status_code == 429
        assert "7 分钟" in answer.text


def test_a_session_that_was_planted_is_nobodys_afterwards(settings: Settings, stranger: httpx.Client) -> None:
    """If this fails, somebody puts their cookie into a colleague's browser and reads along once they sign in."""
    _add(settings)
    planted = "planted-before-anybody-signed-in"
    stranger.cookies.set(cookie_name(settings), planted)
    given = stranger.post("/login", data={"name": "worker", "password": GOOD}).cookies[cookie_name(settings)]
    assert planted not in given
    stranger.cookies.clear()
    stranger.cookies.set(cookie_name(settings), planted)
    assert stranger.get("/rules").status_code == 303
