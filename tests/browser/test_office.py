"""A day of the district's staff and of a supervisor in a real browser: find, take a file, compare it; approve."""

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime

import openpyxl
import pytest
from playwright.sync_api import Browser, Download, Page, expect

from portal.app import create_app
from registry.accounts.accounts import NewAccount, add_account
from registry.casework.acts import assign
from registry.casework.clock import day_at
from registry.casework.desk import Desk
from registry.casework.visits import VisitForm, record_visit
from registry.engine import make_engine, migrate
from registry.roles import Actor
from registry.scope import Area
from rules.parameters import load_parameters
from schemas.settings import Settings
from tests.served import served
from tests.unit.registry.casework.worlds import World, asked, task
from tests.unit.registry.examples import edition, family, member
from tests.vaulted import name_people

_PASSWORD = "of the tests alone 4711"  # noqa: S105  # of accounts in a temporary folder
_ACCOUNTS = (("district.staff", "district_staff"), ("the.boss", "supervisor"))
_TAKEN = 3


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """An installation with three families, one of which was visited: the result goes against it."""
    made = Settings(home=tmp_path_factory.mktemp("office") / "home", database_url="", identity_key="5e" * 32)
    engine = make_engine(made)
    migrate(engine)
    name_people(made, (1, 2, 3))
    world = World(Desk(engine, made, load_parameters(None)))
    listed = [family("H:100", 1, tier="red"), family("H:200", 2), family("H:300", 3, score=900)]
    people = [member("H:100", 1), member("H:200", 2), member("H:300", 3)]
    tables = edition(listed=listed, members=people, warnings=[asked(1, "H:100", 1)], tasks=[task(1, "H:100")])
    world.publish(tables, now=datetime.now(UTC))
    _visit(world)
    for name, role in _ACCOUNTS:
        add_account(engine, made, NewAccount(name=name, role=role, area=Area()), by="tests", password=_PASSWORD)
    engine.dispose()
    return made


def _visit(world: World) -> None:
    """A worker finds that the warning of the only case is not true."""
    case_id = world.only()
    worker = Actor("worker", "street_staff", Area("330108001"))
    assign(world.desk, case_id, worker.name, actor=Actor("dispatcher", "supervisor"))
    form = VisitForm(
        visited_on=day_at(world.desk.settings, datetime.now(UTC)),
        means="home",
        contact="reached",
        answers=dict.fromkeys(world.warnings_of(case_id), "no"),
        outcome="not_true",
    )
    record_visit(world.desk, case_id, form, actor=worker)


@pytest.fixture(scope="module")
def address(settings: Settings) -> Iterator[str]:
    """Where the portal answers."""
    with served(create_app(settings)) as base:
        yield base


@pytest.fixture
def office(chromium: Browser, address: str) -> Iterator[Page]:
    """A browser of an office, with nobody signed in."""
    context = chromium.new_context(base_url=address, viewport={"width": 1366, "height": 900}, locale="zh-CN")
    context.set_default_timeout(60_000)
    yield context.new_page()
    context.close()


def _book(download: Download) -> openpyxl.Workbook:
    """What was taken, read by another library than wrote it."""
    return openpyxl.load_workbook(io.BytesIO(download.path().read_bytes()))


def _sign_in(page: Page, name: str) -> None:
    page.goto("/login")
    page.locator("input[name=name]").fill(name)
    page.locator("input[type=password]").fill(_PASSWORD)
    page.get_by_role("button", name="登录").click()


def test_the_file_holds_what_the_page_shows(office: Page) -> None:
    """Otherwise staff hand on another list than the one that they looked at."""
    _sign_in(office, "district.staff")
    office.get_by_role("link", name="监测名单", exact=True).click()
    office.locator("select[name=sort]").select_option("score")
    office.get_by_role("button", name="筛选").click()
    shown = [row.locator("td").nth(1).inner_text() for row in office.locator("tbody tr").all()]
    assert len(shown) == _TAKEN
    office.locator("form[action='/list/download'] select[name=purpose]").select_option("visits")
    with office.expect_download() as download:
        office.get_by_role("button", name=re.compile("下载这 3 户")).click()
    book = _book(download.value)
    headings = [cell.value for cell in book["家庭"][1]]
    names = [row[headings.index("户主姓名")].value for row in book["家庭"].iter_rows(min_row=2)]
    assert names == shown
    cover = {row[0].value: row[1].value for row in book["说明"].iter_rows(max_col=2)}
    assert cover["家庭数"] == f"{_TAKEN}"
    assert str(cover["导出人"]).startswith("district.staff")


def test_a_family_is_found_by_name_and_a_view_is_kept(office: Page) -> None:
    """Otherwise a caller waits, and the same filters are set each morning."""
    _sign_in(office, "district.staff")
    office.goto("/list?tier=red")
    office.get_by_text("常用视图").click()
    office.get_by_label("把当前筛选、排序和列保存为").fill("红色家庭")
    office.get_by_role("button", name="保存视图").click()
    office.goto("/list")
    office.get_by_role("link", name="红色家庭").click()
    expect(office.locator("tbody tr")).to_have_count(1)
    office.goto("/list")
    office.get_by_label("关键词").fill("张2")
    office.get_by_role("button", name="查找").click()
    expect(office.locator("tbody tr")).to_contain_text(["张2"])
    assert "张2" not in office.url


def test_the_ledger_has_as_many_rows_as_the_page_says(office: Page) -> None:
    """Otherwise somebody signs a form that says another number."""
    _sign_in(office, "district.staff")
    office.goto("/ledgers?street=330108001")
    form = office.locator("form[action='/ledgers/download']").first
    form.locator("select").select_option("reporting")
    with office.expect_download() as download:
        form.get_by_role("button", name="下载街道台账（3 户）").click()
    sheet = _book(download.value)["街道台账"]
    numbered = [row[0].value for row in sheet.iter_rows() if isinstance(row[0].value, int)]
    assert numbered == [1, 2, 3]


def test_a_supervisor_approves_what_goes_against_a_family(office: Page) -> None:
    """Otherwise a result that ends help cannot be closed by a second person, or is closed unseen."""
    _sign_in(office, "the.boss")
    office.goto("/cases?state=concluded")
    office.locator("tbody a").first.click()
    expect(office.locator("main")).to_contain_text("不属实")
    office.get_by_role("button", name="办结").click()
    expect(office.locator("main")).to_contain_text("已办结")
