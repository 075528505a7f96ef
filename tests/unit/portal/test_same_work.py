"""What is elsewhere costs the portal the same work as what is nowhere, so that a clock tells nothing either."""

import re
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from portal.app import create_app
from portal.page import KNOWN, PUBLIC, Page
from registry.roles import Actor
from registry.scope import Area
from schemas.settings import Settings
from tests.furnished import furnish
from tests.portal import bearer, browser, csrf_of, program, signed_in
from tests.served import served
from tests.statements import statements_of

CHANGHE = "330108002"
_HOLDER = re.compile(r"\{(\w+)(?::\w+)?\}")
_TRIES = 3  # the portal reads the list ahead meanwhile, whose questions may fall into one of them
_NOBODYS = {"case_id": "f" * 24, "family_id": "H:404", "exit_id": "f" * 16, "objection_id": "f" * 16}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """An installation in which everything is in one street."""
    return Settings(home=tmp_path_factory.mktemp("same") / "home", database_url="", identity_key="5e" * 32)


def test_what_is_elsewhere_costs_as_much_as_what_is_nowhere(settings: Settings) -> None:
    """If this fails, a worker tells by a clock which families and cases another street has."""
    known = furnish(settings)
    actor = Actor("reader", "street_staff", Area.of(CHANGHE))
    app: FastAPI = create_app(settings)
    pages = [
        page
        for page in app.state.pages
        if "GET" in page.methods and page.permission not in {PUBLIC, KNOWN} and actor.may(page.permission)
        if (holders := set(_HOLDER.findall(page.path))) and holders <= set(_NOBODYS)
    ]
    assert len(pages) > 5
    with (
        served(app) as base,
        browser(base, signed_in(settings, "street_staff", area=CHANGHE)) as client,
        program(base, bearer(settings, "street_staff", area=CHANGHE)) as machine,
    ):
        for page in pages:
            reader = machine if page.is_api else client

            def work(values: dict[str, str], page: Page = page, reader: httpx.Client = reader) -> list[str]:
                place = _HOLDER.sub(lambda found: values[found.group(1)], page.path)
                with statements_of(app.state.engine) as statements:
                    assert reader.get(place).status_code == 404, page.path
                return statements

            work(_NOBODYS)  # the first time, what is kept for later is made
            tries = [(work(known), work(_NOBODYS)) for _ in range(_TRIES)]
            assert all(theirs for theirs, _ in tries), page.path
            assert any(theirs == nobodys for theirs, nobodys in tries), page.path


@pytest.mark.parametrize(
    ("theirs", "nobodys"),
    [("13800000001", "13899999999"), ("330108198002290001", "330108198002299999"), ("张1", "李9")],
    ids=["telephone", "number", "name"],
)
def test_who_is_elsewhere_costs_a_search_as_much_as_nobody(
    tmp_path: Path, settings: Settings, theirs: str, nobodys: str
) -> None:
    """If this fails, a worker tells by a clock whether a telephone is that of somebody in another street."""
    home = settings.model_copy(update={"home": tmp_path / "home"})
    furnish(home)
    app: FastAPI = create_app(home)
    with served(app) as base, browser(base, signed_in(home, "street_staff", area=CHANGHE)) as client:
        form = {"csrf": csrf_of(client.get("/list").text), "sort": "urgency"}

        def work(word: str) -> list[str]:
            with statements_of(app.state.engine) as statements:
                answer = client.post("/list/find", data=form | {"keyword": word})
            assert (answer.status_code, "共 0 户" in answer.text) == (200, True)
            return [each.partition(" IN (")[0] for each in statements]

        work(nobodys)
        tries = [(work(theirs), work(nobodys)) for _ in range(_TRIES)]
        assert any(one == other for one, other in tries)
