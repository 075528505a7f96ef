"""What nobody foresaw: a page with a number that stands in the log, and no word of what it was about."""

import logging
import re
from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from sqlalchemy import text

from portal.page import Page
from schemas.settings import Settings
from tests.portal import bearer, browser, program, signed_in
from tests.served import served

_QUOTED = "张某某 330108198002290001"
_NUMBER = re.compile(r"\b[0-9a-f]{8}\b")


def _breaks() -> None:
    try:
        {}[_QUOTED]
    except KeyError as error:
        raise ValueError(_QUOTED) from error


def _breaks_for_programs() -> None:
    _breaks()


def _breaks_off() -> StreamingResponse:
    def _pieces() -> Iterator[bytes]:
        yield b"row\r\n" * 100_000
        _breaks()

    return StreamingResponse(_pieces(), media_type="text/csv")


@pytest.fixture
def broken(app: FastAPI, settings: Settings) -> Iterator[httpx.Client]:
    """A browser before a portal with pages that have a bug."""
    for path, endpoint in (("/breaks/{name}", _breaks), ("/api/v1/breaks/{name}", _breaks_for_programs)):
        page = Page(path, endpoint, "account.own" if "api" not in path else "list.read")
        app.state.page_of[endpoint] = page
        app.state.pages = (*app.state.pages, page)
        app.add_api_route(path, endpoint)
    app.state.page_of[_breaks_off] = Page("/breaks-off", _breaks_off, "account.own")
    app.add_api_route("/breaks-off", _breaks_off)
    with served(app) as address, browser(address, signed_in(settings, "district_staff")) as client:
        yield client


@pytest.mark.parametrize(("language", "said"), [("zh", "未预料的错误"), ("en", "nobody foresaw")])
def test_a_bug_is_told_in_the_frame_of_the_pages_with_a_number(
    broken: httpx.Client, caplog: pytest.LogCaptureFixture, language: str, said: str
) -> None:
    """If this fails, an official sees a bare English line and nobody can find the cause; or a name lands in the log."""
    answer = broken.get("/breaks/13812345678", headers={"Accept-Language": language})
    assert answer.status_code == 500
    assert said in answer.text
    assert "<nav" in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["cache-control"] == "no-store"
    (number,) = set(_NUMBER.findall(answer.text.partition("<main")[2].partition("</main>")[0]))
    (logged,) = [each for each in caplog.records if each.levelno >= logging.ERROR]
    assert number in logged.getMessage()
    assert (
        "GET /breaks/{name}: ValueError from KeyError at tests/unit/portal/test_unforeseen.py:" in logged.getMessage()
    )
    for shown in (answer.text, caplog.text):
        assert "Traceback" not in shown
        assert "张某某" not in shown
    assert "13812345678" not in caplog.text


@pytest.mark.parametrize(("role", "begins"), [("district_staff", "/"), ("administrator", "/rules")])
def test_a_way_back_and_on_stands_on_the_page(broken: httpx.Client, settings: Settings, role: str, begins: str) -> None:
    """If this fails, whoever meets an error is told to go back and try again, and finds no way that they may go."""
    with browser(str(broken.base_url), signed_in(settings, role)) as client:
        main = client.get("/breaks/x?page=2").text.partition("<main")[2]
    assert re.findall('class="item" href="([^"]*)"', main) == ["/breaks/x?page=2", begins]


def test_a_program_is_told_the_number_as_a_field(
    broken: httpx.Client, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """If this fails, a program cannot tell a bug of ours from one of its own."""
    with program(str(broken.base_url), bearer(settings, "district_staff")) as machine:
        answer = machine.get("/api/v1/breaks/x")
    assert answer.status_code == 500
    assert answer.json()["type"] == "/interface#unforeseen"
    assert answer.json()["incident"] in caplog.text
    assert "张某某" not in answer.text


def test_a_file_that_breaks_half_way_is_no_whole_file(broken: httpx.Client, caplog: pytest.LogCaptureFixture) -> None:
    """If this fails, a clerk works with half a list and takes it for the whole."""
    with pytest.raises(httpx.RemoteProtocolError):
        broken.get("/breaks-off")
    assert "/breaks-off: ValueError" in caplog.text
    assert "张某某" not in caplog.text


def test_without_a_database_it_is_still_told_in_both_languages(
    app: FastAPI, broken: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    """If this fails, the likeliest failure of all ends in an empty page."""
    with app.state.engine.begin() as connection:
        for table in ("staff_session", "edition"):
            connection.execute(text(f"ALTER TABLE {table} RENAME TO {table}_gone"))
    app.state.simulated = ("", 0.0)
    answer = broken.get("/account")
    assert answer.status_code == 500
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert "未预料的错误" in answer.text
    assert "nobody foresaw" in answer.text
    assert "incident" in caplog.text
