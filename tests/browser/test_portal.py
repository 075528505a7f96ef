"""The staff pages in a real browser: they work without scripts, and wear their style."""

from urllib.parse import urlsplit

from playwright.sync_api import Page, expect


def _base(page: Page) -> str:
    parts = urlsplit(page.url)
    return f"{parts.scheme}://{parts.netloc}"


def test_a_reader_finds_a_family_from_the_overview(entered: Page) -> None:
    """Otherwise staff cannot get from a number to the families behind it."""
    entered.goto(f"{_base(entered)}/?as_of=2026-06-30")
    expect(entered.get_by_role("heading", level=1)).to_have_text("监测概览")
    entered.get_by_role("link", name="监测名单", exact=True).click()
    entered.locator("select[name=tier]").select_option("red")
    entered.locator("select[name=as_of]").select_option("2026-06-30")
    entered.get_by_role("button", name="筛选").click()
    expect(entered.locator("tbody tr")).to_have_count(1)
    expect(entered.locator("tbody tr")).to_contain_text("在册")


def test_a_department_reads_why_a_row_was_set_aside(entered: Page) -> None:
    """Otherwise it sends the same mistake again next month."""
    entered.goto(f"{_base(entered)}/deliveries")
    entered.locator("a.partial").click()
    expect(entered.locator("main")).to_contain_text("读到 2 = 接收 1 + 隔离 1 + 跳过 0")
    expect(entered.locator("main")).to_contain_text("请这样改")


def test_the_style_sheet_is_applied(entered: Page) -> None:
    """Otherwise the content policy has locked out our own sheet, and the pages are bare."""
    entered.goto(f"{_base(entered)}/list?as_of=2026-06-30")
    colour = entered.locator(".tag.red").first.evaluate("each => getComputedStyle(each).backgroundColor")
    assert colour == "rgb(179, 38, 30)"
