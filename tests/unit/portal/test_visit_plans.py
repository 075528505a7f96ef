"""The month's plan of visits on pages and for programs: made, seen, taken along, and the filled one back in."""

import base64
import io
from collections.abc import Iterator
from datetime import date
from typing import Any

import httpx
import openpyxl
import polars as pl
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from registry.engine import make_engine
from registry.lock import writer_lock
from registry.models import AuditEvent
from registry.queries import require_edition
from registry.stage_files import StageFiles
from registry.visits import kept_plan, kept_plans, plans_dir
from schemas.settings import Settings
from tests.portal import bearer, browser, csrf_of, program, signed_in
from tests.served import served
from tests.unit.registry.examples import JUNE, edition, family, key, member, published
from tests.vaulted import name_people

XIXING, CHANGHE = "330108001", "330108002"
API = "/api/v1/visit-plans"
_EACH = 4  # families of a street


@pytest.fixture
def address(app: FastAPI, settings: Settings) -> Iterator[str]:
    """A portal over a list of which two streets have four families each, with what a plan is drawn from."""
    people = range(1, 2 * _EACH + 1)
    name_people(settings, people)
    engine = make_engine(settings)
    published(engine, edition(listed=[family("H:1", 1)], members=[member("H:1", 1)]))
    month = StageFiles(settings, f"{JUNE:%Y-%m}", require_edition(engine).input_hash)
    engine.dispose()
    families = [
        {
            "family_id": f"H:{n}",
            "head_key": key(n),
            "street_code": XIXING if n <= _EACH else CHANGHE,
            "community_code": f"{XIXING if n <= _EACH else CHANGHE}001",
        }
        for n in people
    ]
    members = [{"family_id": f"H:{n}", "person_key": key(n), "on_register": False} for n in people]
    visits = {"person_key": pl.String(), "visited_on": pl.Date(), "visit_outcome": pl.String()}
    for stage, name, frame in (
        ("families", "families", pl.LazyFrame(families)),
        ("members", "members", pl.LazyFrame(members)),
        ("scores", "scores", pl.LazyFrame([{"family_id": f"H:{n}", "score": 100 * n} for n in people])),
        ("facts", "visits", pl.LazyFrame(schema=visits)),
    ):
        with month.writing(stage, {name: frame}):
            pass
    with served(app) as found:
        yield found


def _make(client: httpx.Client, **form: str) -> httpx.Response:
    proof = {"csrf": csrf_of(client.get("/visit-plans").text)}
    return client.post("/visit-plans/make", data=proof | {"capacity": "2", "random_percent": "50"} | form)


def _book(content: bytes, **values: Any) -> bytes:
    """The workbook with the first family of its first street filled in."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book[book.sheetnames[1]]
    places = {cell.value: cell.column for cell in sheet[1]}
    for heading, value in values.items():
        sheet.cell(2, places[heading]).value = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _events(settings: Settings) -> list[tuple[str, str]]:
    engine = make_engine(settings)
    with engine.connect() as connection:
        query = select(AuditEvent.action, AuditEvent.purpose).order_by(AuditEvent.seq)
        found = [tuple(each) for each in connection.execute(query)]
    engine.dispose()
    return [each for each in found if each[0] in {"visit_plan", "export", "visit_sheets"}]


def test_a_street_makes_its_plan_and_hands_in_what_it_found(address: str, settings: Settings) -> None:
    """If this fails, a street cannot plan, take along and hand in its visits without the machine's own terminal."""
    with browser(address, signed_in(settings, "street_staff")) as street:
        assert _make(street).status_code == 303
        page = street.get("/visit-plans").text
        assert "走访计划已制订。" in page
        assert "长河街道" not in page
        proof = {"csrf": csrf_of(page)}
        shown = street.get(f"/visit-plans/{JUNE}").text
        assert shown.count("未交回") == 2
        assert not [n for n in range(_EACH + 1, 2 * _EACH + 1) if f"张{n}" in shown]
        book = street.post(f"/visit-plans/{JUNE}/download", data=proof)
        sheet = openpyxl.load_workbook(io.BytesIO(book.content))["西兴街道"]
        assert sheet.max_row == 3
        assert "有效期至" in sheet.oddHeader.center.text
        filled = _book(book.content, 走访日期="2026-07-06", 走访结果="属实-转介")
        wrong = _book(book.content, 走访日期="2026-07-06", 走访结果="很好")
        receipts = [
            street.post("/visit-plans/take", data=proof, files={"file": ("张1.xlsx", each)}).text
            for each in (wrong, filled, filled)
        ]
        assert [("已登记</span>" in each, "未登记</span>" in each) for each in receipts] == [
            (False, True),
            (True, False),
            (False, False),
        ]
        assert "张1" not in "".join(receipts)
        assert street.get(f"/visit-plans/{JUNE}").text.count("未交回") == 1
    assert _events(settings) == [
        ("visit_plan", "安排走访"),
        ("export", "社会救助走访"),
        *[("visit_sheets", "录入走访安排结果")] * 3,
    ]
    assert list((settings.landing_dir / "home_visits" / "2026-07").glob("visit_plan.*"))


def test_a_plan_is_not_drawn_anew_after_its_results(address: str, settings: Settings) -> None:
    """If this fails, somebody draws until the random families suit them, and what is told of missed need is wrong."""
    with browser(address, signed_in(settings, "street_staff")) as street:
        _make(street)
        again = _make(street, capacity="1")
        assert again.status_code == 409
        assert "代替" in again.text
        assert _make(street, capacity="1", replace="yes").status_code == 303
        proof = {"csrf": csrf_of(street.get("/visit-plans").text)}
        book = street.post(f"/visit-plans/{JUNE}/download", data=proof).content
        filled = _book(book, 走访日期="2026-07-06", 走访结果="不属实")
        street.post("/visit-plans/take", data=proof, files={"file": ("a.xlsx", filled)})
        assert _make(street, capacity="2", replace="yes").status_code == 409
        assert _make(street, capacity="1").status_code == 303  # the same plan: nothing to draw anew


def test_a_month_has_one_plan_though_its_list_is_published_daily(address: str, settings: Settings) -> None:
    """If this fails, a running month's plan is drawn again each morning, and its visits count twice."""
    with browser(address, signed_in(settings, "street_staff")) as street:
        _make(street)
        plan = kept_plan(settings, JUNE)
        assert plan is not None
        before = JUNE.replace(day=12)
        (plans_dir(settings) / f"{JUNE}.parquet").rename(plans_dir(settings) / f"{before}.parquet")
        assert _make(street, capacity="3").status_code == 409
        assert _make(street, capacity="3", replace="yes").status_code == 303
    told = {day: plan.height for day, plan in kept_plans(settings, date.max)}
    assert told == {before: 0, JUNE: 3}


def test_what_another_street_planned_stays(address: str, settings: Settings) -> None:
    """If this fails, a street that plans throws away the plan of its neighbour, or reads it."""
    with (
        browser(address, signed_in(settings, "district_staff")) as district,
        browser(address, signed_in(settings, "street_staff")) as street,
        browser(address, signed_in(settings, "street_staff", area="330108003")) as other,
    ):
        assert _make(district).status_code == 303
        assert _make(street, capacity="4", replace="yes").status_code == 303
        kept = kept_plan(settings, JUNE)
        assert kept is not None
        assert dict(kept.group_by("street_code").len().iter_rows()) == {XIXING: 4, CHANGHE: 2}
        assert "张5" not in street.get(f"/visit-plans/{JUNE}").text
        for day in (JUNE, date(2026, 5, 31)):  # not theirs, and not there: the same answer
            assert other.get(f"/visit-plans/{day}").status_code == 404


@pytest.mark.parametrize(
    ("capacity", "share"),
    [("0", "10"), ("x", "10"), ("2", "101"), ("2", "-1"), ("9" * 5000, "10")],
    ids=lambda each: each[:4],
)
def test_numbers_that_cannot_be_are_refused(address: str, settings: Settings, capacity: str, share: str) -> None:
    """If this fails, a slip makes a plan of nobody, or breaks the page."""
    with browser(address, signed_in(settings, "street_staff")) as street:
        assert _make(street, capacity=capacity, random_percent=share).status_code == 409
    assert kept_plan(settings, JUNE) is None


def test_files_that_cannot_be_taken_are_refused(address: str, settings: Settings) -> None:
    """If this fails, the server chokes on whatever is sent, or says nothing of why it was not taken."""
    with browser(address, signed_in(settings, "street_staff")) as street:
        proof = {"csrf": csrf_of(street.get("/visit-plans").text)}
        for name, content, code in (
            ("a.exe", b"MZ", 422),
            ("a.xlsx", b"PK nonsense", 422),
            ("a.csv", b"x" * (9 << 20), 413),
        ):
            answer = street.post("/visit-plans/take", data=proof, files={"file": (name, content)})
            assert (name, answer.status_code) == (name, code)
        assert street.post("/visit-plans/take", files={"file": ("a.csv", b"x")}).status_code == 403


def test_a_program_does_the_same(address: str, settings: Settings) -> None:
    """If this fails, a bureau's own field app cannot plan and hand in visits, or learns more than the page tells."""
    with program(address, bearer(settings, "street_staff")) as street:
        assert street.post(f"{API}/make", json={"capacity": 2, "random_percent": 50}).json() == {"as_of": f"{JUNE}"}
        (plan,) = street.get(API).json()
        assert (plan["visits"], plan["answered"], [each["street_code"] for each in plan["streets"]]) == (2, 0, [XIXING])
        rows = street.get(f"{API}/{JUNE}", params={"size": 1}).json()
        assert (rows["total"], len(rows["items"])) == (2, 1)
        assert not {"score", "manner", "head_key"} & set(rows["items"][0])
        book = street.post(f"{API}/{JUNE}/download", json={}).content
        filled = _book(book, 走访日期="2026-07-06", 走访结果="不属实")
        told = street.post(f"{API}/take", json={"content": base64.b64encode(filled).decode()}).json()
        assert (told["visits"], [each["state"] for each in told["rows"]]) == (1, ["accepted", "skipped"])


def test_a_running_publication_is_said_so(address: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, whoever plans while a list is being published sees a broken page."""
    monkeypatch.setattr("registry.visit_plans.WAIT_SECONDS", 0)
    with browser(address, signed_in(settings, "street_staff")) as street, writer_lock(settings):
        answer = _make(street)
    assert answer.status_code == 409
    assert "请等结束后再办理" in answer.text
