"""Programs come in by tokens alone, say their purpose, and keep a pace."""

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from portal.api.door import PURPOSE, Door, Pace
from portal.app import create_app
from registry.engine import make_engine
from registry.models import AuditEvent
from schemas.settings import Settings
from tests.portal import bearer, browser, program, signed_in
from tests.served import served

LIST = "/api/v1/families"


def test_a_cookie_does_not_open_the_api(app: FastAPI, settings: Settings) -> None:
    """Otherwise a foreign page in a signed-in reader's browser can send for families, or act on cases."""
    with served(app) as address, browser(address, signed_in(settings, "district_staff")) as client:
        for answer in (client.get(LIST), client.post(f"{LIST}/export", json={})):
            assert answer.status_code == 401
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["type"] == "/interface#no-token"


@pytest.mark.parametrize("given", ["Bearer", "Bearer doudi_nothing", "Basic abc", "doudi_nothing", "bearer x"])
def test_what_is_no_token_is_refused(stranger: httpx.Client, given: str) -> None:
    """Otherwise anybody reads the list."""
    answer = stranger.get(LIST, headers={"Authorization": given})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


def test_the_purpose_is_said_with_each_request_and_is_that_of_the_token(app: FastAPI, settings: Settings) -> None:
    """If this fails, a program reads families for a purpose that nobody stated."""
    headers = bearer(settings, "district_staff")
    silent = {name: value for name, value in headers.items() if name != PURPOSE}
    with served(app) as address:
        with program(address, silent) as machine:
            answer = machine.get(LIST)
            assert (answer.status_code, answer.json()["type"]) == (400, "/interface#purpose-missing")
            assert machine.get("/api/v1/openapi.json").status_code == 200
        with program(address, silent | {PURPOSE: "policy"}) as machine:
            answer = machine.get(LIST)
            assert (answer.status_code, answer.json()["type"]) == (403, "/interface#purpose-differs")
        with program(address, headers) as machine:
            assert machine.get(LIST).json()["type"] == "/interface#nothing-published"


def test_a_token_does_only_what_it_was_made_for(app: FastAPI, settings: Settings) -> None:
    """If this fails, a program that may read counts can take the list."""
    with served(app) as address, program(address, bearer(settings, "district_staff", scopes=["list.read"])) as machine:
        assert machine.get(LIST).status_code == 404
        assert machine.get(f"{LIST}/H:100").status_code == 403
        assert machine.post(f"{LIST}/search", json={"keyword": "x"}).status_code == 403


def test_who_asks_too_often_waits_and_others_do_not(settings: Settings) -> None:
    """If this fails, one program's loop takes the portal from everybody."""
    slow = settings.model_copy(update={"api_requests_minute": 2})
    with served(create_app(slow)) as address:
        with program(address, bearer(slow, "district_staff")) as machine:
            assert [machine.get(LIST).status_code for _ in range(3)] == [404, 404, 429]
            assert 1 <= int(machine.get(LIST).headers["retry-after"]) <= 60
        with program(address, bearer(slow, "supervisor")) as machine:
            assert machine.get(LIST).status_code == 404


def test_the_pace_returns_with_time() -> None:
    """If this fails, a program that waited as it was told is refused again, or one that never waited is let on."""
    now = 0.0
    pace = Pace(60, lambda: now)
    assert [pace.wait("a") for _ in range(61)] == [0] * 60 + [1]
    now = 1.0
    assert [pace.wait("a"), pace.wait("a"), pace.wait("b")] == [0, 1, 0]


def test_strangers_are_slowed_down_by_where_they_come_from(settings: Settings) -> None:
    """If this fails, somebody tries tokens as fast as the machine answers."""
    door = Door.of(settings)
    tried = [door.wait(None, "192.0.2.1") for _ in range(settings.sign_in_failures_address + 1)]
    assert [bool(each) for each in tried] == [False] * settings.sign_in_failures_address + [True]
    assert door.wait(None, "192.0.2.2") == 0


@pytest.mark.parametrize(
    ("address", "where"),
    [
        (f"{LIST}?colour=red", "query.colour"),
        (f"{LIST}?page=0", "query.page"),
        (f"{LIST}/H:100?as_of=2026-06-30&of=1", "query.of"),
    ],
)
def test_an_unknown_word_is_named_and_refused(app: FastAPI, settings: Settings, address: str, where: str) -> None:
    """If this fails, a slip of the pen in a filter reads as "all families"."""
    with served(app) as at, program(at, bearer(settings, "district_staff")) as machine:
        answer = machine.get(address)
        assert answer.status_code == 422
        assert answer.json()["type"] == "/interface#not-understood"
        assert [each["where"] for each in answer.json()["errors"]] == [where]


def test_an_id_that_cannot_be_one_is_not_there(app: FastAPI, settings: Settings) -> None:
    """If this fails, a stray byte in an address is an error of the server, on PostgreSQL alone."""
    with served(app) as at, program(at, bearer(settings, "district_staff")) as machine:
        assert [machine.get(f"{LIST}/{each}").status_code for each in ("%00", "H:1%0A")] == [404, 404]


def test_refusals_speak_the_language_that_was_asked_for(app: FastAPI, settings: Settings) -> None:
    """If this fails, a foreign developer cannot tell why a program is refused."""
    headers = bearer(settings, "district_staff") | {"Accept-Language": "en"}
    with served(app) as at, program(at, headers) as machine:
        assert machine.get(LIST).json()["detail"].isascii()


def test_nothing_is_read_unrecorded(app: FastAPI, settings: Settings) -> None:
    """If this fails, a program empties the list and nobody can see that it did."""
    from tests.unit.registry.examples import published, two_families  # noqa: PLC0415

    engine = make_engine(settings)
    published(engine, two_families())
    with served(app) as at, program(at, bearer(settings, "district_staff")) as machine:
        assert machine.get(LIST).status_code == 200
        assert machine.get(f"{LIST}/H:100").status_code == 200
    with engine.connect() as connection:
        seen = [each for each in connection.scalars(select(AuditEvent.details)) if "what" in each]
    engine.dispose()
    assert [(each["what"], each["for"], each["rows"]) for each in seen] == [
        ("list API", "monitoring", 2),
        ("family page", "monitoring", 1),
    ]


@pytest.mark.parametrize(("language", "told"), [("zh-CN", "红"), ("en", "red")])
def test_titles_beside_codes_speak_the_language_that_was_asked_for(
    app: FastAPI, settings: Settings, language: str, told: str
) -> None:
    """If this fails, a program for English readers shows Chinese beside each code, or a Chinese one English."""
    headers = bearer(settings, "district_staff") | {"Accept-Language": language}
    with served(app) as at, program(at, headers) as machine:
        assert machine.get("/api/v1/codes/tier").json()[0] == {"code": "red", "title": told}
