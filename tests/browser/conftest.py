"""A real browser before a portal over one small published edition."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from portal.app import create_app
from registry.engine import make_engine, migrate
from registry.intake import ingest, new_files
from registry.publish import publish, write_candidate
from schemas.settings import Settings
from tests.portal import signed_in
from tests.served import served
from tests.unit.registry.deliveries import land, row
from tests.unit.registry.examples import JULY, edition, family, input_set, two_families

_CHROMIUM = Path("/usr/bin/chromium")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The installation that the browser looks into."""
    return Settings(home=tmp_path_factory.mktemp("portal") / "home", database_url="", identity_key="5e" * 32)


@pytest.fixture(scope="module")
def address(settings: Settings) -> Iterator[str]:
    """The address of a portal over two months and one delivery."""
    engine = make_engine(settings)
    migrate(engine)
    land(settings, [row(1), row(2, identity="33010819800101000")])
    for each in new_files(settings, engine):
        ingest(each, settings, engine, today=date(2026, 7, 1))
    publish(engine, write_candidate(engine, input_set(), two_families()))
    publish(engine, write_candidate(engine, input_set(JULY), edition(listed=[family("H:100", 3)])))
    engine.dispose()
    with served(create_app(settings)) as base:
        yield base


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, driven by Playwright."""
    if not _CHROMIUM.exists():
        pytest.skip(f"no browser at {_CHROMIUM}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=_CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def entered(chromium: Browser, address: str, settings: Settings) -> Iterator[Page]:
    """A page of a browser of somebody who works for the whole district; whatever it could not load is an error."""
    context = chromium.new_context(viewport={"width": 1366, "height": 900}, locale="zh-CN")
    for name, token in signed_in(settings, "district_staff").items():
        context.add_cookies([{"name": name, "value": token, "url": address}])
    page = context.new_page()
    page.goto(address)
    yield page
    context.close()
