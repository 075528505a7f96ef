"""Each page opens for each role that may open it, where there is something to be shown."""

import re
from collections.abc import Iterator

import pytest

from portal.app import PAGES, create_app
from portal.page import KNOWN, PUBLIC
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
