"""Visit sheets on pages: out to print and as a workbook, and the filled register back in."""

import io
from datetime import UTC, datetime
from typing import Any

import httpx
import openpyxl
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from registry.casework.clock import day_at
from registry.casework.desk import Desk
from registry.engine import make_engine
from registry.exports.visit_sheets import REGISTER
from registry.models import AuditEvent, CaseVisit
from rules.parameters import load_parameters
from schemas.settings import Settings
from tests.portal import browser, csrf_of, signed_in
from tests.served import served
from tests.unit.registry.casework.worlds import CHANGHE, World, asked, task
from tests.unit.registry.examples import edition, family, member
from tests.vaulted import name_people

XIXING = "330108001"


@pytest.fixture
def world(settings: Settings) -> World:
    """Two families with a question each, one in either street; both given to a worker."""
    name_people(settings, (1, 2))
    made = World(Desk(make_engine(settings), settings, load_parameters(None)))
    there = {"street_code": CHANGHE, "community_code": f"{CHANGHE}001"}
    made.publish(
        edition(
            listed=[family("H:100", 1), family("H:200", 2, **there)],
            members=[member("H:100", 1), member("H:200", 2, **there)],
            warnings=[asked(1, "H:100", 1), asked(2, "H:200", 2, **there)],
            tasks=[task(1, "H:100"), task(2, "H:200", **there)],
        ),
        now=datetime.now(UTC),
    )
    return made


def _give(world: World, client: httpx.Client, family_id: str, to: str) -> str:
    case_id = world.only(family_id=family_id)
    page = client.get(f"/cases/{case_id}").text
    version = page.split('name="version" value="', 1)[1].split('"', 1)[0]
    form = {"csrf": csrf_of(page), "version": version, "to": to}
    assert client.post(f"/cases/{case_id}/assign", data=form).status_code == 303
    return case_id


def _filled(content: bytes, **values: Any) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book[REGISTER]
    places = {cell.value: cell.column for cell in sheet[1]}
    for heading, value in values.items():
        sheet.cell(2, places[heading]).value = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_sheets_go_out_and_the_register_comes_back(app: FastAPI, settings: Settings, world: World) -> None:
    """Otherwise communities that work on paper are not served, or their visits are lost."""
    me = f"street.staff-{XIXING}"
    with served(app) as address, browser(address, signed_in(settings, "street_staff")) as client:
        assert client.post("/sheets/print", data={"csrf": csrf_of(client.get("/sheets").text)}).status_code == 409
        case_id = _give(world, client, "H:100", me)
        proof = {"csrf": csrf_of(client.get("/sheets").text)}
        page = client.post("/sheets/print", data=proof | {"case": f"{case_id}:2"}).text
        assert page.count('class="card sheet"') == 1
        assert "13800000001" in page
        for never in ("张2", "2号", "330108198002290001", "temporary_assistance", "临时救助对象", "评分"):
            assert never not in page
        book = client.post("/sheets/download", data=proof | {"assignee": "me"})
        assert book.headers["content-type"].startswith("application/vnd.openxmlformats")
        day = day_at(settings, datetime.now(UTC)).isoformat()
        filled = _filled(
            book.content, 答复="是", 走访日期=day, 联系方式="入户", 联系情况="见到本人或家属", 核查结果="属实-转介"
        )
        for word in ("已登记", "跳过"):
            told = client.post("/sheets/take", data=proof, files={"file": ("张1.xlsx", filled)}).text
            assert word in told
            assert "张1" not in told
        broken = client.post("/sheets/take", data=proof, files={"file": ("张1.xlsx", b"PK nonsense")})
        assert broken.status_code == 422
        assert "登记表.xlsx" in broken.text
        assert "张1" not in broken.text
    with world.engine.connect() as connection:
        assert connection.scalars(select(CaseVisit.channel)).all() == ["sheet"]
        actions = connection.scalars(select(AuditEvent.action).order_by(AuditEvent.seq)).all()
    assert [each for each in actions if each in {"export", "visit_sheets"}] == ["export"] * 2 + ["visit_sheets"] * 2
    world.engine.dispose()


def test_another_street_and_another_kind_of_file_are_refused(app: FastAPI, settings: Settings, world: World) -> None:
    """Otherwise a worker prints families of another street, or the server chokes on whatever is sent."""
    with (
        served(app) as address,
        browser(address, signed_in(settings, "district_staff")) as district,
        browser(address, signed_in(settings, "street_staff")) as street,
    ):
        elsewhere = _give(world, district, "H:200", "somebody")
        proof = {"csrf": csrf_of(street.get("/sheets").text)}
        assert street.post("/sheets/print", data=proof | {"case": elsewhere}).status_code == 409
        assert street.post("/sheets/print", data=proof | {"community": f"{CHANGHE}001"}).status_code == 422
        for name, content, code in (
            ("a.exe", b"MZ", 422),
            ("a.xlsx", b"PK nonsense", 422),
            ("a.csv", b"x" * (9 << 20), 413),
        ):
            answer = street.post("/sheets/take", data=proof, files={"file": (name, content)})
            assert (name, answer.status_code) == (name, code)
        for name in ("a.exe", "a.zip", "a.xlsm", "a.parquet", "a.html", "a"):  # some of which departments may deliver
            answer = street.post("/sheets/take", data=proof, files={"file": (name, b"PK nonsense")})
            assert "文件格式不能识别" in answer.text, name
    world.engine.dispose()
