"""The pages of auditors and engineers: the audit chain, editions, models, receipts; and simulated data called so."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path

import httpx
import openpyxl
import polars as pl
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, select, text

from editions.visits import RANDOM
from linkage.identity import IdentityKey, person_keys
from portal.audit import told
from registry.anchors import anchor
from registry.audit import append
from registry.casework.clock import day_at
from registry.engine import make_engine
from registry.intake import ingest, new_files
from registry.models import AuditEvent, DeliveryRecord
from registry.need_models import act_on, keep_model
from registry.publish import publish, write_candidate
from registry.simulated import NOTE
from registry.visits import keep_plan
from schemas.settings import Settings
from schemas.simulated import SIMULATED, SIMULATED_FILE
from scoring.additive import AdditiveModel, Shape, Steps
from scoring.features import MODEL_FEATURES
from scoring.spec import spec_hash
from tests.portal import browser, csrf_of, signed_in
from tests.served import served
from tests.unit.registry.deliveries import land, number, row
from tests.unit.registry.examples import JUNE, input_set, key, two_families

MODEL = AdditiveModel(
    name="additive-1",
    target="三个月内需要救助",
    intercept=0,
    shapes=(
        Shape(feature="minors", title="未成年人数", direction="more", steps=Steps(at_least=(), values=(1,)), unknown=0),
    ),
    chance=Steps(at_least=(), values=(1,)),
    data={"feature_spec": spec_hash(MODEL_FEATURES), "last_as_of": "2024-06-30"},
)


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    """The registry that the portal reads."""
    made = make_engine(settings)
    yield made
    made.dispose()


@pytest.fixture
def published(engine: Engine) -> str:
    """Two families, published as of June with an own parameter."""
    overlaid = {
        "parameter": "listing.example",
        "since": "2026-01-01",
        "value": 130000,
        "shipped": None,
        "citation": "区民政局一号文",
    }
    inputs = replace(input_set(), overlays={"own.yaml": "0" * 64}, overlaid=(overlaid,))
    edition_id = write_candidate(engine, inputs, two_families())
    publish(engine, edition_id, actor="engineer")
    return edition_id


@contextmanager
def _as(app: FastAPI, settings: Settings, role: str, *, area: str = "", purpose: str = "") -> Iterator[httpx.Client]:
    cookies = signed_in(settings, role, area=area, purpose=purpose)
    with served(app) as address, browser(address, cookies) as client:
        yield client


def _send(client: httpx.Client, page: str, address: str) -> httpx.Response:
    """Press a button of a page."""
    return client.post(address, data={"csrf": csrf_of(client.get(page).text)})


def _delivered(settings: Settings, engine: Engine) -> str:
    """A file with a good and a bad row; its delivery id."""
    land(settings, [row(1), row(2, identity="33010819800101000")])
    for each in new_files(settings, engine):
        ingest(each, settings, engine, today=date(2026, 7, 1))
    with engine.connect() as connection:
        return str(connection.execute(select(DeliveryRecord.delivery_id)).scalar_one())


@pytest.mark.parametrize(
    ("address", "able", "unable"),
    [
        ("/audit", "auditor", "supervisor"),
        ("/audit/tests", "auditor", "data_engineer"),
        ("/editions", "data_engineer", "street_staff"),
        ("/model", "data_engineer", "community_worker"),
    ],
)
def test_a_book_opens_for_its_readers_and_no_other(
    app: FastAPI, settings: Settings, published: str, address: str, able: str, unable: str
) -> None:
    """Otherwise an auditor cannot do the work, or staff read who looked at what."""
    link = f'href="{address}"'
    with _as(app, settings, able) as client:
        assert client.get(address).status_code == 200
        assert link in client.get("/").text or address == "/audit/tests"
    with _as(app, settings, unable) as client:
        assert client.get(address).status_code == 403
        assert link not in client.get("/").text


def test_the_chain_is_read_by_action_actor_and_day(
    app: FastAPI, settings: Settings, engine: Engine, published: str
) -> None:
    """Otherwise nobody finds who took a list out."""
    append(engine, actor="甲", action="export", purpose="报送", details={"rows": 12, "filters": {"street": "x"}})
    today = day_at(settings, datetime.now(UTC))
    with _as(app, settings, "auditor") as client:
        page = client.get("/audit", params={"action": "export", "actor": "甲", "since": "", "until": ""}).text
        assert "行数：12" in page
        assert "条件 › 街道：x" in page
        assert published not in page
        assert published in client.get("/audit", params={"action": "publish"}).text
        assert "行数：12" in client.get("/audit", params={"since": today, "until": today}).text
        before = client.get("/audit", params={"until": today - timedelta(days=1)}).text
        assert "没有符合条件的记录" in before
        after = client.get("/audit", params={"since": today + timedelta(days=1)}).text
        assert "没有符合条件的记录" in after


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"action": "exprot"}, 422),
        ({"actor": "nobody"}, 422),
        ({"since": "June"}, 422),
        ({"before": "0"}, 422),
        ({"actoin": "export"}, 422),
    ],
)
def test_an_unknown_word_is_refused_and_not_nobody(
    app: FastAPI, settings: Settings, published: str, asked: dict[str, str], status: int
) -> None:
    """Otherwise a slip of the pen reads as "nobody ever exported"."""
    with _as(app, settings, "auditor") as client:
        assert client.get("/audit", params=asked).status_code == status


def test_the_chain_is_paged_without_a_gap(app: FastAPI, settings: Settings, engine: Engine) -> None:
    """Otherwise an event between two pages is never read."""
    for each in range(1, 61):
        append(engine, actor="甲", action="view", purpose="查阅", details={"what": f"row-{each:03d}."})
    with _as(app, settings, "auditor") as client:
        first = client.get("/audit", params={"action": "view"}).text
        assert first.count("row-") == 50
        assert "action=view&amp;before=11" in first
        second = client.get("/audit", params={"action": "view", "before": "11"}).text
        assert second.count("row-") == 10
        assert "更早的记录" not in second


def test_details_are_told_in_words() -> None:
    """Otherwise an auditor reads the machine's notation."""
    details = {"masked": True, "rows": {"名单": 1200}, "replaces": None, "tests": ["a", "b"]}
    assert list(told("export", details)) == [("已遮掩", "是"), ("行数 › 名单", "1,200"), ("测试", "a、b")]


def test_a_changed_event_is_found_by_the_button(
    app: FastAPI, settings: Settings, engine: Engine, published: str
) -> None:
    """Otherwise the page calls a forged chain whole."""
    with _as(app, settings, "auditor") as client:
        assert "还没有锚点" in client.get("/audit").text
        assert anchor(engine, settings.anchors_file) is not None
        page = client.get("/audit").text
        assert "最新锚点" in page
        whole = _send(client, "/audit", "/audit/verify").text
        assert "审计链完整" in whole
        assert "1 个锚点一致" in whole
        with engine.begin() as connection:
            for trigger in connection.scalars(text("select name from sqlite_master where type = 'trigger'")).all():
                connection.execute(text(f"drop trigger {trigger}"))
            connection.execute(text("update audit_event set actor = 'nobody' where seq = 1"))
        broken = _send(client, "/audit", "/audit/verify").text
        assert "审计链不完整" in broken
        assert "写入后被改动" in broken
        settings.anchors_file.write_text("torn\n", encoding="utf-8")
        assert "锚点文件不完整" in client.get("/audit").text
        assert "没有核对" in _send(client, "/audit", "/audit/verify").text


def test_population_tests_run_on_demand_and_on_record(
    app: FastAPI, settings: Settings, engine: Engine, published: str
) -> None:
    """Otherwise an auditor cannot see what a test asked, or a test that was not run looks passed."""
    with _as(app, settings, "auditor") as client:
        page = _send(client, "/audit/tests", "/audit/tests/run").text
    assert "没有例外" in page
    assert "有例外" in page
    assert "doudi audit tests" in page
    assert "SELECT" in page.upper()
    assert f"-- :edition = {published}" in page  # a query with its values, as it was asked
    with engine.connect() as connection:
        assert connection.scalar(select(AuditEvent.actor).where(AuditEvent.action == "audit_tests")) == "auditor"


def test_an_edition_says_what_it_was_made_of(app: FastAPI, settings: Settings, published: str) -> None:
    """Otherwise nobody can tell by which numbers and files a list came about."""
    with _as(app, settings, "data_engineer") as client:
        assert published in client.get("/editions").text
        page = client.get(f"/editions/{published}").text
        assert client.get("/editions/" + "0" * 16).status_code == 404
    for each in (
        "engineer",
        "own.yaml",
        "listing.example",
        "130,000",
        "尚未生效",
        "区民政局一号文",
        "f" * 64,
        "评分卡",
    ):
        assert each in page


def test_counts_of_the_district_are_told_to_those_who_may_know_them(
    app: FastAPI, settings: Settings, published: str
) -> None:
    """Otherwise a street reads how many families others have, or an engineer how many are to be checked."""
    with _as(app, settings, "supervisor") as client:
        assert '<td class="number">2</td>' in client.get(f"/editions/{published}").text
    for role, area in (("supervisor", "330108002"), ("data_engineer", "")):
        with _as(app, settings, role, area=area) as client:
            page = client.get(f"/editions/{published}").text
            assert '<td class="number">2</td>' not in page
            assert ("f" * 64 in page) == (not area)
            assert client.get("/model").status_code == (403 if area else 200)


def test_models_are_shown_with_their_acts_and_simulated_ones_called_so(
    app: FastAPI, settings: Settings, engine: Engine, published: str
) -> None:
    """Otherwise a model from made-up families is taken for one of real ones, or nobody knows which one scores."""
    model_id = keep_model(engine, settings, MODEL, actor="analyst", purpose="第一次训练")
    made_up = MODEL.model_copy(update={"name": "additive-2", "data": {**MODEL.data, SIMULATED: 1}})
    with _as(app, settings, "data_engineer") as client:
        page = client.get("/model").text
        assert "没有启用模型" in page
        assert "第一次训练" in page
        assert NOTE not in page
        act_on(engine, settings, model_id, "proposed", actor="analyst", reason="更准")
        act_on(engine, settings, model_id, "approved", actor="head", reason="同意")
        keep_model(engine, settings, made_up, actor="analyst", purpose="演练")
        page = client.get("/model").text
        assert f'当前评分：<a class="code" href="#{model_id}"' in page
        assert page.count(NOTE) == 1
        assert [page.count(each) for each in ("现行，", "未启用</span>", "已撤下，")] == [1, 1, 0]
        assert page.count('<td class="short">—</td>') == 3  # registered twice, proposed once: they bear on no list
        act_on(engine, settings, model_id, "withdrawn", actor="head", reason="复核")
        page = client.get("/model").text
        assert "没有启用模型" in page
        assert [page.count(each) for each in ("现行，", "未启用</span>", "已撤下，")] == [0, 1, 1]
        assert client.get(f"/model/{model_id}").status_code == 409
        assert client.get("/model/" + "0" * 16).status_code == 404


def test_a_receipt_goes_out_with_its_rows_and_leaves_a_record(app: FastAPI, settings: Settings, engine: Engine) -> None:
    """Otherwise a department cannot mend its file, or original rows stay on the portal's disk."""
    delivery_id = _delivered(settings, engine)
    page, address = "/deliveries/temporary_assistance/2026-06", f"/receipts/{delivery_id}"
    files = _files(settings)
    with _as(app, settings, "district_staff") as client:
        answer = _send(client, page, address)
        assert answer.status_code == 200
        assert ".xlsx" in answer.headers["content-disposition"]
        assert _send(client, page, "/receipts/" + "0" * 16).status_code == 404
    book = openpyxl.load_workbook(BytesIO(answer.content), read_only=True)
    cells = [str(cell) for sheet in book for line in sheet.iter_rows(values_only=True) for cell in line]
    assert any("33010819800101000" in each for each in cells)
    assert not any(number(1) in each for each in cells)
    assert _files(settings) == files
    with engine.connect() as connection:
        events = connection.scalars(select(AuditEvent.details).where(AuditEvent.action == "export_receipt")).all()
    assert [each["delivery"] for each in events] == [delivery_id]


def _files(settings: Settings) -> set[Path]:
    return {each for each in settings.home.rglob("*") if each.is_file() and not each.name.startswith("registry.db")}


@pytest.mark.parametrize("role", ["auditor", "data_engineer"])
def test_who_may_not_see_original_rows_gets_no_receipt(
    app: FastAPI, settings: Settings, engine: Engine, role: str
) -> None:
    """Otherwise an engineer takes out people's rows."""
    delivery_id = _delivered(settings, engine)
    with _as(app, settings, role) as client:
        page = client.get("/deliveries/temporary_assistance/2026-06").text
        assert "读到 2" in page
        assert "/receipts/" not in page
        assert client.post(f"/receipts/{delivery_id}", data={"csrf": csrf_of(page)}).status_code == 403


def test_every_page_of_a_simulated_home_says_so(app: FastAPI, settings: Settings, published: str) -> None:
    """Otherwise made-up numbers are taken for the district's."""
    settings.landing_dir.mkdir(parents=True, exist_ok=True)
    (settings.landing_dir / SIMULATED_FILE).write_text("{}", encoding="utf-8")
    with _as(app, settings, "auditor") as client:
        for address in ("/", "/audit", "/editions", "/model", "/nothing", "/account"):
            assert NOTE in client.get(address).text, address
        client.cookies.clear()
        assert NOTE in client.get("/login").text


def test_a_real_home_says_nothing_of_simulation(reader: httpx.Client, published: str) -> None:
    """Otherwise real families are called made up."""
    assert NOTE not in reader.get("/").text


def test_the_overview_estimates_what_visits_missed(
    app: FastAPI, settings: Settings, engine: Engine, published: str
) -> None:
    """Otherwise nobody sees how many needy families the picked visits pass over; a street learns no district figure."""
    with _as(app, settings, "district_staff") as client:
        assert "走访查到和错过的困难" not in client.get("/").text
        _visited(settings, engine)
        page = client.get("/").text
        assert "走访查到和错过的困难" in page
        assert "20 户次" in page
        assert "4 次有结果的走访" in page
    with _as(app, settings, "street_staff") as client:
        assert "走访查到和错过的困难" not in client.get("/").text


def _visited(settings: Settings, engine: Engine) -> None:
    """Four families drawn at random of eighty, one of them in need."""
    plan = pl.DataFrame({
        "family_id": [f"H:{each}" for each in range(1, 5)],
        "head_key": [key(each) for each in range(1, 5)],
        "street_code": ["330108001"] * 4,
        "manner": [RANDOM] * 4,
        "left": [80] * 4,
    })  # fmt: skip
    keys = person_keys(pl.Series([number(each) for each in range(1, 5)]), IdentityKey.from_settings(settings))
    keep_plan(settings, JUNE, plan, plan.select("family_id").with_columns(person_key=keys))
    told_rows = [
        f"{number(each)},甲乙,ZF{each},2026-07-1{each},{'属实-纳入' if each == 1 else '不属实'},西兴街道"
        for each in range(1, 5)
    ]
    header = "身份证号,姓名,走访编号,走访日期,走访结果,街道"
    land(settings, told_rows, feed="home_visits", month="2026-07", header=header)
    for each in new_files(settings, engine):
        ingest(each, settings, engine, today=date(2026, 8, 3))
