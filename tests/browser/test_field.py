"""A street's day in a real browser: sign in, visit with a telephone."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, expect

from portal.app import create_app
from registry.accounts.accounts import NewAccount, add_account
from registry.casework.desk import Desk
from registry.engine import make_engine, migrate
from registry.scope import Area
from rules.parameters import load_parameters
from schemas.settings import Settings
from tests.served import served
from tests.unit.registry.casework.worlds import World, one_family

_WORKER = "street.staff"
_PASSWORD = "of the tests alone 4711"  # noqa: S105  # of an account in a temporary folder


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """An installation with one listed family and one question about it."""
    return Settings(home=tmp_path_factory.mktemp("field") / "home", database_url="", identity_key="5e" * 32)


@pytest.fixture(scope="module")
def case(settings: Settings) -> str:
    """The only case there is; the account of the street exists."""
    engine = make_engine(settings)
    migrate(engine)
    world = World(Desk(engine, settings, load_parameters(None)))
    world.publish(one_family(), now=datetime.now(UTC))
    found = world.only()
    new = NewAccount(name=_WORKER, role="street_staff", area=Area.of("330108001"))
    add_account(engine, settings, new, by="tests", password=_PASSWORD)
    engine.dispose()
    return found


@pytest.fixture(scope="module")
def phone(chromium: Browser, settings: Settings, case: str) -> Iterator[Page]:
    """A telephone on which the worker of the street has signed in by hand."""
    with served(create_app(settings)) as address:
        context = chromium.new_context(base_url=address, viewport={"width": 390, "height": 844}, locale="zh-CN")
        page = context.new_page()
        page.goto("/login")
        page.locator("input[name=name]").fill(_WORKER)
        page.locator("input[type=password]").fill(_PASSWORD)
        page.get_by_role("button", name="登录").click()
        yield page
        context.close()


def test_a_visit_is_recorded_at_the_door(phone: Page, case: str) -> None:
    """Otherwise the worker writes on paper and types it again at night."""
    phone.goto("/cases")
    phone.locator(f'a[href="/cases/{case}"]').click()
    phone.get_by_label("派给").fill(_WORKER)
    phone.get_by_role("button", name="派发", exact=True).click()
    phone.get_by_label("联系方式").select_option("入户")
    phone.get_by_label("联系情况").select_option("见到本人或家属")
    phone.get_by_label("属实", exact=True).check()
    phone.get_by_label("核查结果").select_option("属实-纳入")
    phone.get_by_label("情况说明").fill("独居，需要代办")
    phone.get_by_role("button", name="保存").click()
    expect(phone.locator("main")).to_contain_text("待办结")
    expect(phone.locator("main")).not_to_contain_text("需要代办")
    phone.get_by_role("button", name="办结").click()
    expect(phone.locator("main")).to_contain_text("已办结")
