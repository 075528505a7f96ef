"""Each page opens for each role that may open it, where there is something to be shown."""

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, func, select

from portal.app import PAGES, create_app
from portal.page import KNOWN, PUBLIC
from registry.engine import make_engine
from registry.models import AuditEvent
from registry.roles import ROLES, Actor, purposes_of
from registry.scope import Area
from schemas.settings import Settings
from tests.furnished import furnish
from tests.portal import AREAS, bearer, browser, program, signed_in
from tests.served import served

_ANSWERED = {200, 303, 404, 409, 422}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """An installation with something behind every page."""
    home = tmp_path_factory.mktemp("roles") / "home"
    return Settings(home=home, database_url="", identity_key="5e" * 32, api_requests_minute=1_000_000)


@pytest.fixture(scope="module")
def known(settings: Settings) -> dict[str, str]:
    """Values of the place-holders of addresses."""
    return furnish(settings)


@pytest.fixture(scope="module")
def address(settings: Settings, known: dict[str, str]) -> Iterator[str]:
    """Where the portal answers."""
    assert known
    with served(create_app(settings)) as base:
        yield base


@pytest.mark.parametrize("role", ROLES.codes)
def test_no_page_breaks_for_a_role_that_may_open_it(
    address: str, settings: Settings, known: dict[str, str], role: str
) -> None:
    """If this fails, a page that was tried under one role breaks for another, who may see less of what it shows."""
    area = Area.of(AREAS[role]) if role in AREAS else Area()
    purpose = purposes_of(role)[0]
    actor = Actor("reader", role, area, purpose)
    found = {}
    with browser(address, signed_in(settings, role)) as client, program(address, bearer(settings, role)) as machine:
        for page in PAGES:
            if "GET" in page.methods and (page.permission in {PUBLIC, KNOWN} or actor.may(page.permission)):
                place = re.sub(r"\{(\w+)\}", lambda holder: known[holder.group(1)], page.path)
                found[place] = (machine if page.is_api else client).get(place).status_code
    assert {place: status for place, status in found.items() if status not in _ANSWERED} == {}
    assert sum(status == 200 for status in found.values()) > 10


def _recorded(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.scalars(select(func.count()).select_from(AuditEvent)).one()


def test_whoever_is_named_on_a_page_is_named_on_record(address: str, settings: Settings, known: dict[str, str]) -> None:
    """If this fails, a page or operation tells who somebody is, and no auditor can tell who has looked."""
    engine = make_engine(settings)
    named, silent = set(), set()
    with (
        browser(address, signed_in(settings, "supervisor")) as client,
        program(address, bearer(settings, "supervisor")) as machine,
    ):
        for page in PAGES:
            if "GET" in page.methods:
                place = re.sub(r"\{(\w+)\}", lambda holder: known[holder.group(1)], page.path)
                before = _recorded(engine)
                if re.search("张[1-4]", (machine if page.is_api else client).get(place).text):
                    named.add(page.path)
                    silent |= {page.path} if _recorded(engine) == before else set()
    engine.dispose()
    assert silent == set()
    assert named >= {"/list", "/cases", "/cases/{case_id}", "/exits", "/families/{family_id}", "/api/v1/cases"}


def test_no_page_lets_in_what_the_portal_does_not_bring(
    address: str, settings: Settings, known: dict[str, str]
) -> None:
    """If this fails, a page with a policy of its own runs a script, or sends what is typed there to another site."""
    own = {}
    with browser(address, signed_in(settings, "supervisor")) as client:
        for page in PAGES:
            if "GET" in page.methods and not page.is_api:
                place = re.sub(r"\{(\w+)\}", lambda holder: known[holder.group(1)], page.path)
                policy = client.get(place).headers["content-security-policy"]
                told = dict(each.strip().split(" ", 1) for each in policy.split(";"))
                own |= {page.path: told} if "script-src" not in told else {}
                assert {"default-src", "base-uri", "form-action", "frame-ancestors"} <= told.keys(), page.path
                assert told["default-src"] == told["base-uri"] == told["frame-ancestors"] == "'none'", page.path
                assert {each for each in told.values() if not each.startswith("'sha256-")} <= {"'self'", "'none'"}
    assert own.keys() == {"/families/{family_id}/letter"}
