"""Readers of the portal for tests: browsers signed in under a role, and all pages that a reader sees.

What belongs here: what tests of every page share. Signing in itself is tested with `tests/unit/portal`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

import httpx
from fastapi import FastAPI
from fastapi.routing import APIRoute

from portal.access import cookie_name
from portal.api.door import PURPOSE
from portal.app import create_app
from portal.page import API
from registry.accounts.accounts import NewAccount, account_of, accounts, add_account
from registry.accounts.sessions import Session, open_session
from registry.accounts.tokens import grantable, make_token
from registry.engine import ACCOUNTS, make_engine, write_transaction
from registry.scope import DISTRICT, Area
from schemas.settings import Settings
from tests.served import served

__all__ = [
    "AREAS",
    "EXAMPLES",
    "bearer",
    "browser",
    "csrf_of",
    "example_of",
    "open_portal",
    "page_addresses",
    "pages_seen_by",
    "program",
    "signed_in",
]

AREAS: Mapping[str, str] = {"street_staff": "330108001", "community_worker": "330108001001"}
"""The area of a role that is held for a part of the district, unless a test says another."""

EXAMPLES: dict[str, str] = {
    "rule_id": "low_income_family",
    "feed": "tax_wages",
    "month": "2026-01",
    "as_of": "2026-06-30",
    "column": "list.tier",
    "code": "zh",
    "code_list": "tier",
    "parameter": "low_income_family.annual_income_yuan",
    "family_id": "H:100",
    "case_id": "f" * 24,
    "objection_id": "f" * 16,
    "exit_id": "f" * 16,
    "follow_up_id": "f" * 16,
    "object_id": "f" * 16,
    "protection_id": "f" * 16,
    "name": "portal.css",
    "edition_id": "e" * 16,
    "model_id": "d" * 16,
    "delivery_id": "0" * 16,
    "view_id": "c" * 16,
    "job_id": "0" * 16,
    "seq": "1",
    "account": "nobody",
}
"""Values for the place-holders of addresses: what is there in most tests, so that pages show something."""


def signed_in(settings: Settings, role: str, *, area: str = "", purpose: str = "", name: str = "") -> dict[str, str]:
    """The cookie of a new session of an account with the role, which is made when it is not there yet."""
    wanted = area or AREAS.get(role, "")
    account = name or "-".join(filter(None, (role.replace("_", "."), wanted)))
    engine = make_engine(settings)
    try:
        new = NewAccount(name=account, role=role, area=Area.of(wanted) if wanted else DISTRICT, subject=account)
        if account not in {each.name for each in accounts(engine)}:
            add_account(engine, settings, new, by="tests")
        with write_transaction(engine, ACCOUNTS) as connection:
            found = account_of(connection, account)
            token = open_session(connection, settings, found, address="127.0.0.1", purpose=purpose)
    finally:
        engine.dispose()
    return {cookie_name(settings): token}


def bearer(
    settings: Settings, role: str, *, area: str = "", purpose: str = "", scopes: Iterable[str] | None = None
) -> dict[str, str]:
    """The headers of a program with a new token of the role's account: all that it can be given, unless told less."""
    signed_in(settings, role, area=area, purpose=purpose)
    wanted = area or AREAS.get(role, "")
    engine = make_engine(settings)
    try:
        with engine.connect() as connection:
            found = account_of(connection, "-".join(filter(None, (role.replace("_", "."), wanted))))
        actor = found.actor(purpose)
        session = Session(account=found, actor=actor, session_hash="", csrf="")
        asked = grantable(actor) if scopes is None else scopes
        token = make_token(engine, settings, session, title="tests", scopes=asked, days=1)
    finally:
        engine.dispose()
    return {"Authorization": f"Bearer {token}", PURPOSE: actor.purpose}


def program(address: str, headers: Mapping[str, str] | None = None) -> httpx.Client:
    """A client that is no browser: headers alone say who it is."""
    return httpx.Client(base_url=address, headers=headers, trust_env=False, timeout=30)


def browser(address: str, cookies: dict[str, str] | None = None) -> httpx.Client:
    """A client that says where its forms come from, as browsers do."""
    return httpx.Client(base_url=address, cookies=cookies, headers={"Origin": address}, trust_env=False, timeout=120)


def csrf_of(page: str) -> str:
    """The proof that a page's forms carry."""
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', page)
    assert found is not None
    return found.group(1)


def example_of(path: str) -> str:
    """An address with example values in its place-holders; one without an example is something that is not there."""
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: EXAMPLES.get(found.group(1), "not-there"), path)


def page_addresses(app: FastAPI) -> Iterator[str]:
    """The address of every page that is read, with example values in its place-holders."""
    for route in app.routes:
        if isinstance(route, APIRoute) and "GET" in route.methods:
            yield example_of(route.path)


def pages_seen_by(
    settings: Settings, role: str, *, area: str = "", purpose: str = "", addresses: Iterable[str] = ()
) -> dict[str, tuple[int, str]]:
    """Status and text of every page by its address, and of further `addresses`, as the role of that area sees them.

    What is for programs is asked for with a token of the same account.

    What differs between two readings of the same page (the proof of its forms, and the reader's own
    sessions and tokens) is taken out.
    """
    app = create_app(settings)
    cookies = signed_in(settings, role, area=area, purpose=purpose)
    headers = bearer(settings, role, area=area, purpose=purpose)
    with served(app) as address, browser(address, cookies) as client, program(address, headers) as machine:
        asked = [*page_addresses(app), *addresses]
        answers = {each: (machine if each.startswith(API) else client).get(each) for each in asked}
    own = {"/account", "/account/tokens"}
    return {
        each: (answer.status_code, _without_proof(answer.text) if each not in own else "")
        for each, answer in answers.items()
    }


def _without_proof(text: str) -> str:
    return re.sub(r'name="csrf" value="[0-9a-f]*"', 'name="csrf"', text)


@contextmanager
def open_portal(settings: Settings, role: str, *, area: str = "", purpose: str = "") -> Iterator[httpx.Client]:
    """A served portal and a browser that is signed in under the role."""
    cookies = signed_in(settings, role, area=area, purpose=purpose)
    with served(create_app(settings)) as address, browser(address, cookies) as client:
        yield client
