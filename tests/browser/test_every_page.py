"""Every page there is, in a real browser: assistive software can read it, it fits a telephone and an office screen.

The pages are those that are declared: a new one is looked at without being named here, and fails while nobody knows an
example of its place-holders.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import APIResponse, Browser, ConsoleMessage, Page, Request, Route

from portal.app import PAGES, create_app
from schemas.settings import Settings
from tests.every_page import ASKED, ELSEWHERE, FORMS, SIGNED_OUT, Asked, shown
from tests.furnished import filled_register, furnish
from tests.portal import csrf_of, signed_in
from tests.reports import keep_told
from tests.served import served

_GRAVE = ("serious", "critical")
_PHONE, _OFFICE = 390, 1366
_GONE, _BROKEN = 404, 500
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(slots=True)
class _Looking:
    """A window of a browser on the portal at `base`, and what has been looked at through it.

    Many refusals of forms are one page but for a sentence: `built` holds how those were built that were looked at.
    """

    page: Page
    base: str
    settings: Settings
    known: dict[str, str]
    built: set[str] = field(default_factory=set)
    sessions: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)

    def sign_in(self, asked: Asked) -> None:
        """As whoever may open the page; what forms do to a session is done to one of their own."""
        who = (asked.role, asked.purpose)
        if who not in self.sessions or asked.method != "GET":
            self.sessions[who] = signed_in(self.settings, asked.role, purpose=asked.purpose)
        self.page.context.clear_cookies()
        if asked.page.path not in SIGNED_OUT:
            cookies = self.sessions[who].items()
            self.page.context.add_cookies([{"name": name, "value": value, "url": self.base} for name, value in cookies])

    def send(self, asked: Asked, path: str) -> APIResponse:
        """The answer to the form of the page."""
        request = self.page.context.request
        fields: dict[str, Any] = {**asked.form}
        if asked.page.path not in SIGNED_OUT:
            fields["csrf"] = csrf_of(request.get("/account").text())
        headers = {"Origin": self.base}
        if asked.page.path == "/sheets/take":
            fields["file"] = {"name": "sheets.xlsx", "mimeType": _XLSX, "buffer": filled_register(self.settings)}
            return request.post(path, multipart=fields, headers=headers, max_redirects=0)
        return request.post(path, form=fields, headers=headers, max_redirects=0)

    def open(self, asked: Asked) -> bool:
        """Show the page; whether there was one that nobody has looked at."""
        self.page.set_viewport_size({"width": _PHONE, "height": 844})
        self.sign_in(asked)
        path = asked.address(self.known)
        if asked.method == "GET":
            got = self.page.goto(path)
            assert got is not None
            assert got.ok
            return True
        answer = self.send(asked, path)
        assert answer.status < _BROKEN
        if not shown(answer.status, answer.headers.get("content-type", "")):
            return False
        assert asked.page.path not in FORMS or answer.status != _GONE
        built = re.sub(r'"[^"]*"', '""', re.sub(r">[^<]*<", "><", answer.text()))
        if built in self.built:
            return False
        self.built.add(built)

        def give(route: Route) -> None:
            route.fulfill(response=answer)

        self.page.route(f"{self.base}{path}", give, times=1)
        self.page.goto(path)
        return True


@pytest.fixture(scope="module")
def looking(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Looking]:
    """A browser before an installation with something behind every page."""
    home = tmp_path_factory.mktemp("every") / "home"
    settings = Settings(home=home, database_url="", identity_key="5e" * 32)
    known = furnish(settings)
    app = create_app(settings)
    known["model_id"] = keep_told(app.state.engine, settings)
    with served(app) as address:
        context = chromium.new_context(base_url=address, locale="zh-CN")
        context.set_default_timeout(60_000)
        yield _Looking(context.new_page(), address, settings, known)
        context.close()


@pytest.mark.parametrize("asked", ASKED, ids=str)
def test_the_page_can_be_read_and_fits(looking: _Looking, asked: Asked) -> None:
    """If this fails, a colleague with a screen reader, a telephone or a small screen cannot do that work."""
    page, loaded, complaints = looking.page, list[str](), list[str]()

    def note_request(request: Request) -> None:
        loaded.append(request.url)

    def note_complaint(message: ConsoleMessage) -> None:
        complaints.append(message.text)

    page.on("request", note_request)
    page.on("console", note_complaint)
    try:
        if not looking.open(asked):
            return
        grave = [each for each in Axe().run(page).response["violations"] if each["impact"] in _GRAVE]
        narrow = page.evaluate("document.documentElement.scrollWidth")
        page.set_viewport_size({"width": _OFFICE, "height": 900})
        wide = page.evaluate("document.documentElement.scrollWidth")
    finally:
        page.remove_listener("request", note_request)
        page.remove_listener("console", note_complaint)
    assert [f"{each['id']}: {each['nodes'][0]['html'][:160]}" for each in grave] == []
    assert (narrow <= _PHONE, wide <= _OFFICE) == (True, True)
    assert page.locator("h1").count() == 1
    assert page.locator("script:not([src])").count() == 0
    assert [each for each in loaded if not each.startswith(looking.base)] == []
    assert [each for each in complaints if "status of" not in each] == []  # a refusal is written there too


def test_the_report_of_a_model_is_looked_at_with_its_plots(looking: _Looking) -> None:
    """If this fails, the checks above have looked at a page that says that there is no report yet."""
    looking.sign_in(next(each for each in ASKED if each.page.path == "/model/{model_id}"))
    looking.page.goto(f"/model/{looking.known['model_id']}")
    assert looking.page.get_by_label("可靠性图").count() == 2
    assert looking.page.get_by_label("发现率区间").count() > 3


def test_what_is_left_out_is_declared() -> None:
    """If this fails, an address that is no more keeps a new page of its name from being looked at."""
    paths = {page.path for page in PAGES}
    assert {*ELSEWHERE, *FORMS, *SIGNED_OUT} <= paths
