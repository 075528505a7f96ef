"""English pages are English: what is left in Chinese is a name, or marked as Chinese, or on a page that is declared."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import httpx
import pytest

from portal.api.overview import WORDS
from portal.app import create_app
from portal.language import COOKIE
from schemas.codes import CODE_LISTS
from schemas.settings import Settings
from tests.every_page import ASKED, SIGNED_OUT, Asked, shown
from tests.furnished import furnish
from tests.portal import browser, signed_in
from tests.served import served
from tests.unit.portal.test_language import translated

_HAN = re.compile("[\u4e00-\u9fff]+")
_EMPTY = {"meta", "link", "input", "br", "img", "hr", "col"}
_NAMES = ("张", "号", "甲乙", "滨江区", "中文", "兜底")
_PARTLY_CHINESE = frozenset(
    {
        "/list",
        "/ledgers",
        "/families/{family_id}",
        "/families/{family_id}/desk",
        "/written/{object_id}",
        "/deliveries",
        "/deliveries/{feed}/{month}",
        "/quarantine",
        "/quarantine/{delivery_id}",
        "/rules",
        "/rules/{rule_id}",
        "/what-if",
        "/what-if/{job_id}",
        "/model",
        "/editions/{edition_id}",
        "/audit",
        "/admin/parameters",
    }
)
"""Pages on which sentences of the rules, of receipts or of data still stand in Chinese without a mark."""


class _Unmarked(HTMLParser):
    """Collects the Chinese texts of a page that stand in no element marked as Chinese."""

    def __init__(self) -> None:
        super().__init__()
        self.within: list[tuple[str, str]] = []
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the language that an element is in."""
        told = dict(attrs)
        language = told.get("lang") or (self.within[-1][1] if self.within else "en")
        if tag not in _EMPTY:
            self.within.append((tag, language))

    def handle_endtag(self, tag: str) -> None:
        """Leave the element, and those within it that were not closed."""
        while self.within and self.within.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Keep a text that is Chinese and not said to be."""
        if self.within and self.within[-1][0] != "style" and not self.within[-1][1].startswith("zh"):
            self.found |= set(_HAN.findall(data))


def _places() -> set[str]:
    return {CODE_LISTS[name].title_of(code) for name in ("street", "community") for code in CODE_LISTS[name].codes}


def unmarked(html: str) -> set[str]:
    """The Chinese of a page that is neither marked nor a name of a person or place."""
    page = _Unmarked()
    page.feed(html)
    names = {part for each in _places() for part in _HAN.findall(each)} | {*_NAMES}
    return {each for each in page.found if each not in names}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """An installation with something behind every page."""
    return Settings(home=tmp_path_factory.mktemp("english") / "home", database_url="", identity_key="5e" * 32)


@pytest.fixture(scope="module")
def pages(settings: Settings) -> Iterator[dict[str, str]]:
    """Every page that is read, as an English reader gets it."""
    known = furnish(settings)
    found: dict[str, str] = {}
    with served(create_app(settings)) as address:
        for asked in (each for each in ASKED if each.method == "GET"):
            answer = _read(address, settings, asked, known)
            if shown(answer.status_code, answer.headers.get("content-type", "")):
                found[asked.page.path] = answer.text
        yield found


def _read(address: str, settings: Settings, asked: Asked, known: dict[str, str]) -> httpx.Response:
    cookies = {} if asked.page.path in SIGNED_OUT else signed_in(settings, asked.role, purpose=asked.purpose)
    with browser(address, {**cookies, COOKIE: "en"}) as client:
        return client.get(asked.address(known))


def test_no_page_falls_back_into_chinese(pages: dict[str, str]) -> None:
    """If this fails, an English reader meets a button or sentence that nobody translated, on a page that was whole."""
    found = {path: unmarked(html) for path, html in pages.items() if path not in _PARTLY_CHINESE}
    assert len(found) > len(_PARTLY_CHINESE)
    assert {path: texts for path, texts in found.items() if texts} == {}


def test_what_is_declared_to_be_partly_chinese_is(pages: dict[str, str]) -> None:
    """If this fails, a page has become whole, and may fall back unnoticed: take it out of the list."""
    assert {path for path in _PARTLY_CHINESE if not unmarked(pages[path])} == set()


def test_an_unmarked_text_is_found() -> None:
    """If this fails, the tests above pass whatever the pages say."""
    assert unmarked('<p>Open <b title="x">走访</b><br><span lang="zh-CN">依据</span> 张1</p>') == {"走访"}


def test_codes_have_an_english_title() -> None:
    """If this fails, states, reasons and measures stand in Chinese between English words."""
    known = translated()
    words = {name: codes for name, codes in WORDS.items() if name not in {"street", "community"}}
    titles = {codes.title_of(code) for codes in words.values() for code in codes.codes}
    assert {each for each in titles if _HAN.search(each) and not known.get(each)} == set()
