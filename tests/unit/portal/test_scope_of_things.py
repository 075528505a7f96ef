"""What belongs to another street is, at every address that names a thing, answered as what does not exist.

What belongs here: a case for each declared address with a place-holder, and each that is sent to; made from the pages,
so that a new one without a case fails. What addresses without a place-holder show is compared in `test_scope`.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from sqlalchemy import select

from portal.app import PAGES, create_app
from portal.page import API, KNOWN, PUBLIC, Page
from registry.engine import make_engine
from registry.models import CaseFile
from registry.roles import Actor
from registry.scope import Area
from schemas.settings import Settings
from tests.furnished import furnish
from tests.portal import bearer, browser, csrf_of, program, signed_in
from tests.served import served

XIXING, CHANGHE = "330108001", "330108002"
_HOLDER = re.compile(r"\{(\w+)\}")

NOBODYS: Mapping[str, str] = {
    "family_id": "H:999",
    "case_id": "e" * 24,
    "object_id": "e" * 16,
    "objection_id": "e" * 16,
    "follow_up_id": "e" * 16,
    "exit_id": "e" * 16,
    "protection_id": "e" * 16,
    "view_id": "e" * 16,
    "job_id": "e" * 16,
    "as_of": "2020-01-31",
}
"""Place-holders of what belongs to a street or a person, and an id that nothing has."""

FORBIDDEN = frozenset({"/what-if/{job_id}/workbook", "/api/v1/what-ifs/{job_id}/workbook"})
"""Addresses that are refused to whoever has an area, whatever is there: a file of the whole district."""

OF_ALL = frozenset({"rule_id", "code_list", "parameter", "code", "name"})
"""Place-holders of what is the same for every reader: law, codes, assets."""

_DAY = "2026-08-03"
_FILED = {"filed_by": "self", "filed_on": _DAY, "text": "不服"}
_SEEN = {"version": 1}
SENT: Mapping[str, Mapping[str, Any]] = {
    "/views/{view_id}/rename": {"title": "x"},
    "/views/{view_id}/remove": {},
    "/visit-plans/{as_of}/download": {},
    "/what-if/{job_id}/workbook": {},
    "/what-ifs/{job_id}/workbook": {},
    "/families/{family_id}/measures": {
        "measure": "medical_aid",
        "receiver_kind": "department",
        "receiver": "medical_insurance",
        "owner": "somebody",
    },
    "/families/{family_id}/wishes": {"wish": "goods", "text": "x", "owner": "somebody"},
    "/families/{family_id}/objections": _FILED,
    "/cases/{case_id}/objections": _FILED,
    "/cases/{case_id}/assign": {**_SEEN, "to": "somebody"},
    "/cases/{case_id}/start": _SEEN,
    "/cases/{case_id}/close": _SEEN,
    "/cases/{case_id}/conclude": {**_SEEN, "result": "not_true"},
    "/cases/{case_id}/return": {**_SEEN, "reason": "unclear"},
    "/cases/{case_id}/withdraw": _SEEN,
    "/cases/{case_id}/visit": {**_SEEN, "visited_on": _DAY, "means": "home", "contact": "reached"},
    "/cases/{case_id}/visits": {**_SEEN, "visited_on": _DAY, "means": "home", "contact": "reached"},
    "/exits/{exit_id}/agree": {"reason": "income_over"},
    "/exits/{exit_id}/refuse": {"reason": "income_over"},
    "/follow-ups/{follow_up_id}/move": {**_SEEN, "state": "done"},
    "/objections/{objection_id}/route": _SEEN,
    "/objections/{objection_id}/answer": {**_SEEN, "answer": "confirmed"},
    "/objections/{objection_id}/take-back": _SEEN,
}
"""What is sent to an address, whether by a form or a program: as it would be of one's own."""


def _of_things(role: str, area: str) -> Iterator[tuple[Page, str]]:
    """Pages with a place-holder that the role may open, and their methods."""
    actor = Actor("reader", role, Area.of(area))
    for page in PAGES:
        if _HOLDER.search(page.path) and page.permission not in {PUBLIC, KNOWN} and actor.may(page.permission):
            for method in page.methods:
                yield page, method


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """An installation in which everything is in one street."""
    return Settings(home=tmp_path_factory.mktemp("things") / "home", database_url="", identity_key="5e" * 32)


@pytest.fixture(scope="module")
def known(settings: Settings) -> dict[str, str]:
    """Values of the place-holders of addresses."""
    return furnish(settings)


@pytest.fixture(scope="module")
def address(settings: Settings, known: dict[str, str]) -> Iterator[str]:
    """Where the portal answers."""
    assert known
    quick = settings.model_copy(update={"api_requests_minute": 1_000_000})
    with served(create_app(quick)) as base:
        yield base


def _told(answer: Any) -> tuple[int, str]:
    return answer.status_code, re.sub(r'name="csrf" value="[0-9a-f]*"|\?next=[^"]*"', "", answer.text)


@pytest.mark.parametrize(
    ("role", "area"),
    [("street_staff", CHANGHE), ("community_worker", f"{CHANGHE}001"), ("community_worker", f"{XIXING}002")],
)
def test_what_is_elsewhere_is_not_there(
    address: str, settings: Settings, known: dict[str, str], role: str, area: str
) -> None:
    """If this fails, a worker who guesses or is sent an id learns that another street has such a case or family."""
    asked = 0
    with (
        browser(address, signed_in(settings, role, area=area)) as client,
        program(address, bearer(settings, role, area=area)) as machine,
    ):
        proof = csrf_of(client.get("/account").text)
        for page, method in _of_things(role, area):
            holders = set(_HOLDER.findall(page.path))
            if holders <= OF_ALL:
                continue
            assert holders <= set(NOBODYS), f"{page.path}: say in this test what its place-holder is of"
            answers = []
            for values in (known, NOBODYS):
                place = _HOLDER.sub(lambda found, values=values: values[found.group(1)], page.path)
                if method == "GET":
                    answers.append(_told((machine if page.is_api else client).get(place)))
                    continue
                body = SENT[page.path.removeprefix(f"{API}v1")]
                sent = machine.post(place, json=_as_json(body, page)) if page.is_api else client.post(
                    place, data={**_as_form(body), "csrf": proof}
                )  # fmt: skip
                answers.append(_told(sent))
            theirs, nobodys = answers
            expected = 403 if page.path in FORBIDDEN else 404
            assert nobodys[0] == expected, f"{method} {page.path}: what is sent is not read as it would be of one's own"
            assert theirs == nobodys, f"{method} {page.path}"
            asked += 1
    assert asked > 20


def _as_json(body: Mapping[str, Any], page: Page) -> dict[str, Any]:
    return {**body} if "/exits/" not in page.path else {"reason": body["reason"]}


def _as_form(body: Mapping[str, Any]) -> dict[str, str]:
    """A form names the receiver of a measure in one field."""
    fields = {name: str(value) for name, value in body.items()}
    if "receiver_kind" in fields:
        fields["receiver"] = f"{fields.pop('receiver_kind')}:{fields['receiver']}"
    return fields


def test_a_case_to_be_verified_is_not_there_for_a_street(
    address: str, settings: Settings, known: dict[str, str]
) -> None:
    """If this fails, a street's own staff learn that one of their families is suspected, by the id of its case."""
    engine = make_engine(settings)
    with engine.connect() as connection:
        suspected = connection.scalars(select(CaseFile.case_id).where(CaseFile.audience == "verify")).one()
    engine.dispose()
    asked = 0
    with (
        browser(address, signed_in(settings, "street_staff")) as client,
        program(address, bearer(settings, "street_staff")) as machine,
        program(address, bearer(settings, "supervisor", purpose="verification")) as boss,
    ):
        assert boss.get(f"{API}v1/cases/{suspected}").status_code == 200
        proof = csrf_of(client.get("/account").text)
        for page, method in _of_things("street_staff", XIXING):
            if "{case_id}" not in page.path:
                continue
            answers = []
            for case_id in (suspected, NOBODYS["case_id"]):
                place = page.path.replace("{case_id}", case_id)
                if method == "GET":
                    answers.append(_told((machine if page.is_api else client).get(place)))
                else:
                    body = SENT[page.path.removeprefix(f"{API}v1")]
                    sent = {"json": {**body}} if page.is_api else {"data": {**_as_form(body), "csrf": proof}}
                    answers.append(_told((machine if page.is_api else client).post(place, **sent)))
            assert answers[1][0] == 404, f"{method} {page.path}"
            assert answers[0] == answers[1], f"{method} {page.path}"
            asked += 1
    assert asked > 10
