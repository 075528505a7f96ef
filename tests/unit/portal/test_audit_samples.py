"""The auditor's workbench on pages and for programs: draws on record, drawn again, reports, and papers."""

import io
import re
from collections.abc import Iterator

import httpx
import openpyxl
import pytest
from sqlalchemy import select, text

from portal.app import create_app
from registry.engine import make_engine
from registry.models import AuditEvent
from schemas.settings import Settings
from tests.furnished import furnish
from tests.portal import bearer, browser, csrf_of, program, signed_in
from tests.served import served
from tests.unit.registry.auditing.spoiling import without_triggers

API = "/api/v1/audit"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """An installation with something behind every page."""
    return Settings(home=tmp_path_factory.mktemp("sampled") / "home", database_url="", identity_key="5e" * 32)


@pytest.fixture(scope="module")
def address(settings: Settings) -> Iterator[str]:
    """Where the portal answers."""
    assert furnish(settings)
    with served(create_app(settings)) as base:
        yield base


@pytest.fixture
def auditor(settings: Settings, address: str) -> Iterator[httpx.Client]:
    """A browser of an auditor."""
    with browser(address, signed_in(settings, "auditor")) as client:
        yield client


@pytest.fixture
def machine(settings: Settings, address: str) -> Iterator[httpx.Client]:
    """A program of an auditor."""
    with program(address, bearer(settings, "auditor")) as client:
        yield client


def _events(settings: Settings, action: str) -> list[dict[str, object]]:
    engine = make_engine(settings)
    with engine.connect() as connection:
        found = connection.scalars(select(AuditEvent.details).where(AuditEvent.action == action)).all()
    engine.dispose()
    return [dict(each) for each in found]


def _drawn(auditor: httpx.Client, **fields: str) -> httpx.Response:
    proof = csrf_of(auditor.get("/audit/samples").text)
    return auditor.post("/audit/samples/draw", data={"csrf": proof, **fields})


def test_a_sample_is_drawn_recorded_and_shown_with_names_on_record(auditor: httpx.Client, settings: Settings) -> None:
    """If this fails, an auditor without a terminal cannot draw, or names are seen that nobody can account for."""
    answer = _drawn(auditor, population="entries", seed="april2026", strata="street")
    assert answer.status_code == 303
    told = _events(settings, "audit_sample")[-1]
    assert (told["seed"], told["strata"], told["items"], told["drawn"]) == ("april2026", ["street"], 3, 3)
    shown = auditor.get(answer.headers["location"]).text
    assert str(told["sample_hash"]) in shown
    assert re.search(r'<a href="/families/H:100\?as_of=2026-07-31">张1</a>', shown)
    assert "西兴街道" in shown
    view = _events(settings, "view")[-1]
    assert (view["what"], view["rows"], view["filters"]) == ("audit sample", 3, {"identities": "true"})
    assert _events(settings, "audit_redraw")[-1]["sample_hash"] == told["sample_hash"]
    assert "april2026" in auditor.get("/audit/samples").text


@pytest.mark.parametrize("population", ["decisions", "closed", "cases"])
def test_each_population_is_drawn_from(auditor: httpx.Client, population: str) -> None:
    """If this fails, nobody looks from outside at how warnings and cases were closed."""
    answer = _drawn(auditor, population=population, since="2026-01-01", until="2026-12-31")
    shown = auditor.get(answer.headers["location"])
    assert (shown.status_code, "2026-01-01 — 2026-12-31" in shown.text) == (200, True)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"seed": "x"}, "种子为 4 至 32 个字母或数字"),
        ({"confidence": "1e9999999"}, "置信水平不是百分数"),
        ({"expected": "7", "tolerable": "5"}, "预计偏差率（7%）须小于可容忍偏差率（5%）"),
        ({"size": "100000"}, "样本数量为 1 至 2000 个"),
        ({"as_of": "yesterday"}, "日期无法识别"),
        ({"population": "omissions"}, "计算过程中的数据已不保留"),
        ({"population": "closed", "since": "2026-05-02", "until": "2026-05-01"}, "早于开始日"),
    ],
)
def test_what_cannot_be_drawn_is_said_and_nothing_is_recorded(
    auditor: httpx.Client, settings: Settings, fields: dict[str, str], said: str
) -> None:
    """If this fails, an auditor gets another sample than was asked for, or the page breaks."""
    before = len(_events(settings, "audit_sample"))
    answer = _drawn(auditor, **({"population": "entries"} | fields))
    assert answer.status_code == 422
    assert said in answer.text
    assert len(_events(settings, "audit_sample")) == before
    assert _drawn(auditor, population="everybody").status_code == 422


def test_reports_tell_of_work_in_words(auditor: httpx.Client, settings: Settings) -> None:
    """If this fails, access in bulk or outside an area is found by nobody who has no terminal."""
    before = len(_events(settings, "audit_report"))
    page = auditor.get("/audit/reports").text
    for title in ("与规则建议不一致的决定", "一人单独作出的决定", "查阅本人辖区以外的数据", "每人每日查阅量"):
        assert title in page
    assert len(_events(settings, "audit_report")) == before + 1


def test_papers_hold_the_samples_that_were_ticked(auditor: httpx.Client, settings: Settings) -> None:
    """If this fails, an auditor files papers of another draw, or without the tests; or papers that name people."""
    _drawn(auditor, population="entries", seed="papers")
    page = auditor.get("/audit/samples").text
    seq = re.findall(r'name="sample" value="(\d+)"', page)[0]
    answer = auditor.post("/audit/papers", data={"csrf": csrf_of(page), "sample": seq, "purpose": "二季度审计"})
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert {"样本-在列家庭", "分层-在列家庭", "全量测试"} <= {*book.sheetnames}
    assert sum(each.startswith("报告-") for each in book.sheetnames) == 6
    cells = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row]
    assert any("种子 papers" in each for each in cells)
    assert not any("张1" in each for each in cells)
    event = _events(settings, "audit_papers")[-1]
    assert (event["samples"], event["masked"]) == ([int(seq)], True)


def test_programs_draw_the_same_items(machine: httpx.Client, auditor: httpx.Client) -> None:
    """If this fails, an auditor's own tool and the page disagree about what was drawn."""
    drawn = machine.post(f"{API}/samples", json={"population": "entries", "seed": "machine1", "size": 2}).json()
    assert (drawn["seed"], drawn["drawn"] >= 2, drawn["edition_id"] != "") == ("machine1", True, True)
    again = machine.get(f"{API}/samples/{drawn['event']}").json()
    assert again["rows"] == drawn["rows"]
    assert "person_key" not in drawn["rows"][0]
    line = machine.get(f"{API}/samples?size=1").json()["samples"][0]
    assert (line["event"], line["sample_hash"]) == (drawn["event"], drawn["sample_hash"])
    page = auditor.get(f"/audit/samples/{drawn['event']}").text
    assert all(each["item"] in page for each in drawn["rows"])
    assert {each["name"] for each in machine.get(f"{API}/reports").json()} >= {"overrides", "alone", "outside_area"}
    papers = machine.post(f"{API}/papers", json={"samples": [drawn["event"]]})
    assert "样本-在列家庭" in openpyxl.load_workbook(io.BytesIO(papers.content)).sheetnames
    wrong = machine.post(f"{API}/samples", json={"population": "entries", "seed": "x"})
    assert (wrong.status_code, wrong.json()["type"]) == (409, "/interface#not-possible")
    assert machine.post(f"{API}/samples", json={"population": "nobody"}).json()["type"] == "/interface#unknown-word"
    assert machine.get(f"{API}/samples/999999").json()["type"] == "/interface#not-there"


@pytest.mark.parametrize("role", ["district_staff", "data_engineer"])
def test_others_see_no_sample(settings: Settings, address: str, role: str) -> None:
    """If this fails, whoever is audited sees which of their families will be looked at."""
    with browser(address, signed_in(settings, role)) as client:
        for page in ("/audit/samples", "/audit/samples/1", "/audit/reports"):
            assert client.get(page).status_code == 403


def test_a_changed_list_cannot_be_drawn_from_again(auditor: httpx.Client, settings: Settings) -> None:
    """If this fails, a draw is shown from a list that somebody changed, as if it were the one on record."""
    place = _drawn(auditor, population="entries", seed="before").headers["location"]
    engine = make_engine(settings)
    with without_triggers(engine, "list_entry") as connection:
        connection.execute(text("UPDATE list_entry SET tier = 'yellow'"))
    engine.dispose()
    answer = auditor.get(place)
    assert answer.status_code == 409
    assert "总体与现在的不同" in answer.text
    assert "张1" not in answer.text
