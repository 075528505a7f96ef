"""A day of the auditor, of the data engineer and of the administrator in a real browser."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import openpyxl
import pytest
from playwright.sync_api import Browser, BrowserContext, Download, Page, expect

from portal.app import create_app
from registry.accounts.accounts import NewAccount, add_account
from registry.engine import make_engine
from registry.intake import ingest, new_files
from registry.scope import DISTRICT
from schemas.settings import Settings
from tests.furnished import MONTH, furnish
from tests.served import served
from tests.unit.registry.deliveries import FEED, land, row

_PASSWORD = "of the tests alone 4711"  # noqa: S105  # of accounts in a temporary folder
_OWN = "another sentence of the tests 4712"
_OVERLAY = (
    "window_months:\n  title: 窗口\n  description: d\n  type: integer\n  unit: month\n  status: local\n"
    "  last_reviewed: 2026-01-01\n  values:\n    2021-01-01: {value: 7, citation: 区民政局一号文}\n"
)
_ACCOUNTS = {"the.auditor": "auditor", "the.engineer": "data_engineer", "the.clerk": "district_staff"}
_ADMIN = "the.admin"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """An installation with something behind every page, and people who sign in with a password."""
    made = Settings(home=tmp_path_factory.mktemp("back") / "home", database_url="", identity_key="5e" * 32)
    furnish(made)
    made.parameters_dir.mkdir(parents=True)
    (made.parameters_dir / "temporary_assistance.yaml").write_text(_OVERLAY, encoding="utf-8")
    engine = make_engine(made)
    for name, role in {**_ACCOUNTS, _ADMIN: "administrator"}.items():
        add_account(engine, made, NewAccount(name=name, role=role, area=DISTRICT), by="tests", password=_PASSWORD)
    engine.dispose()
    return made


@pytest.fixture(scope="module")
def address(settings: Settings) -> Iterator[str]:
    """Where the portal answers."""
    with served(create_app(settings)) as base:
        yield base


@contextmanager
def _at(chromium: Browser, address: str) -> Iterator[BrowserContext]:
    context = chromium.new_context(base_url=address, viewport={"width": 1366, "height": 900}, locale="zh-CN")
    context.set_default_timeout(30_000)
    yield context
    context.close()


@pytest.fixture
def office(chromium: Browser, address: str) -> Iterator[Page]:
    """A browser of an office, with nobody signed in."""
    with _at(chromium, address) as context:
        yield context.new_page()


def _sign_in(page: Page, name: str, password: str = _PASSWORD) -> None:
    page.goto("/login")
    page.locator("input[name=name]").fill(name)
    page.locator("input[type=password]").fill(password)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(lambda url: "/login" not in url)


def _go(page: Page, title: str) -> None:
    page.get_by_role("navigation", name="主导航").get_by_role("link", name=title, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


def _book(download: Download) -> openpyxl.Workbook:
    """What was taken, read by another library than wrote it."""
    return openpyxl.load_workbook(io.BytesIO(download.path().read_bytes()))


def test_an_auditor_follows_what_was_taken_and_proves_an_entry(office: Page) -> None:
    """Otherwise nobody finds out who took a list, whether the record holds, or why a family is on it."""
    _sign_in(office, "the.auditor")
    _go(office, "监测名单")
    shown = office.locator("tbody tr").count()
    office.locator("form[action='/list/download'] select[name=purpose]").select_option("audit")
    with office.expect_download() as download:
        office.get_by_role("button", name=re.compile(f"下载这 {shown} 户")).click()
    assert _book(download.value)["家庭"].max_row == shown + 1

    _go(office, "审计记录")
    office.locator("select[name=action]").select_option("导出")
    office.locator("select[name=actor]").select_option("the.auditor")
    office.get_by_role("button", name="筛选").click()
    taken = office.locator("tbody tr")
    expect(taken).to_have_count(1)
    expect(taken).to_contain_text(f"家庭：{shown}")
    expect(taken).to_contain_text("角色：审计人员；范围：全区；工作目的：审计检查")
    office.get_by_role("button", name="核对整条审计链").click()
    expect(office.locator("main")).to_contain_text("审计链完整")
    expect(office.locator("main")).to_contain_text("1 个锚点一致")

    office.goto("/audit/tests")
    office.get_by_role("button", name="运行全部测试").click()
    expect(office.locator("main section.card").first).to_be_visible()
    assert office.locator("h2 .tag").count() > 1

    _go(office, "监测名单")
    office.get_by_role("link", name="张1").first.click()
    edition = office.locator("#proof a").inner_text()
    office.locator("#proof a").click()
    expect(office.locator("main")).to_contain_text("输入哈希")
    expect(office.locator("main dd.code").first).to_have_text(edition)
    _go(office, "数据血缘")
    office.locator('a[href="/lineage/list.groups"]').click()
    expect(office.locator("main")).to_contain_text("临时救助")
    office.locator("main details:not([open]) summary").first.click()
    office.locator(f'a[href^="/lineage/feed:{FEED}."]').first.click()
    expect(office.locator("main")).to_contain_text("数值流向")


def test_an_engineer_sees_a_delivery_corrected(office: Page, settings: Settings) -> None:
    """Otherwise nobody knows which rows a department still owes, or believes that mended ones are still missing."""
    _sign_in(office, "the.engineer")
    if office.url.endswith("/purpose?next=/"):
        office.get_by_role("button", name="确定").click()
    _go(office, "数据交付")
    cell = office.locator("td.cell", has=office.locator(f'a[href="/deliveries/{FEED}/{MONTH}"]'))
    expect(cell).to_contain_text("更1")
    expect(cell).to_contain_text("隔2")
    cell.locator("a").first.click()
    expect(office.locator("main")).to_contain_text("已由第 2 版替换")
    expect(office.locator("main")).to_contain_text("读到 3 = 接收 1 + 隔离 2 + 跳过 0")
    assert office.get_by_role("button", name="下载 XLSX 回执").count() == 0
    office.get_by_role("link", name="逐行查看：行号、列、问题").last.click()
    expect(office.locator("main")).to_contain_text("等待更正")
    places = office.locator("section.card").last.locator("tbody tr")
    assert [each.locator("td").nth(2).inner_text() for each in places.all()] == ["身份证号", "困难类型"]

    land(settings, [row(4), row(5), row(6)], name="330108002.r2.csv")
    engine = make_engine(settings)
    for each in new_files(settings, engine):
        ingest(each, settings, engine, today=date(2026, 7, 2))
    engine.dispose()
    office.reload()
    expect(office.locator("main")).to_contain_text("2 行中 2 行已正确报送")
    _go(office, "数据交付")
    expect(cell).to_contain_text("更2")
    expect(cell).not_to_contain_text("隔")


def test_a_receipt_holds_what_its_page_says(office: Page) -> None:
    """Otherwise a department mends other rows than those that were set aside."""
    _sign_in(office, "the.clerk")
    office.goto(f"/deliveries/{FEED}/{MONTH}")
    receipt = office.locator("section.card", has=office.locator("h2", has_text="330108002.csv")).first
    with office.expect_download() as download:
        receipt.get_by_role("button", name="下载 XLSX 回执").click()
    values = [cell.value for sheet in _book(download.value) for line in sheet.iter_rows() for cell in line]
    assert receipt.locator("dd.code").nth(1).inner_text() in values  # its SHA-256
    assert "33010819800101000" in values  # the number that lacks a digit, for the department alone


def test_an_administrator_lets_somebody_in_and_out(chromium: Browser, address: str, office: Page) -> None:
    """Otherwise a colleague cannot begin, or whoever has left still reads."""
    _sign_in(office, _ADMIN)
    office.get_by_role("link", name="系统管理", exact=True).click()
    form = office.locator("form[action='/admin/accounts']")
    form.get_by_label("账号").fill("new.colleague")
    form.get_by_label("姓名").fill("新同事")
    form.get_by_label("角色").select_option("街道经办")
    form.get_by_label("范围").select_option("西兴街道")
    form.get_by_role("button", name="建立账号").click()
    given = office.locator(".secret").inner_text()

    with _at(chromium, address) as elsewhere:
        theirs = elsewhere.new_page()
        _sign_in(theirs, "new.colleague", given)
        theirs.get_by_label("原密码").fill(given)
        theirs.get_by_label("新密码").fill(_OWN)
        theirs.get_by_label("再输一次").fill(_OWN)
        theirs.get_by_role("button", name="保存").click()
        theirs.get_by_role("button", name="确定").click()  # for the usual purpose
        theirs.goto("/list")
        expect(theirs.locator("tbody tr")).to_have_count(3)

        office.goto("/admin/areas")
        expect(office.locator("section.card", has_text="330108001").first).to_contain_text("新同事")
        office.get_by_role("link", name=re.compile("新同事")).click()
        office.get_by_label("角色").select_option("社区工作者")
        office.get_by_label("范围").select_option("西兴第1社区")
        office.get_by_role("button", name="更换", exact=True).click()
        expect(office.locator("main")).to_contain_text("社区工作者 · 西兴第1社区")
        theirs.goto("/list")
        assert "/login" in theirs.url
        _sign_in(theirs, "new.colleague", _OWN)
        theirs.goto("/list")
        expect(theirs.get_by_role("heading", level=1)).to_have_text("监测名单")
        office.reload()
        office.get_by_role("button", name="结束全部登录和令牌").click()
        theirs.goto("/list")
        assert "/login" in theirs.url

    office.get_by_role("link", name="参数一览", exact=True).click()
    replaced = office.locator("section.card").first
    expect(replaced).to_contain_text("区民政局一号文")
    expect(replaced).to_contain_text("temporary_assistance.yaml")
    assert office.goto("/list").status == 403  # type: ignore[union-attr]
