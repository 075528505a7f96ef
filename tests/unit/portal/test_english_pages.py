"""English pages are English: what is left in Chinese is a name, or marked as Chinese, or on a page that is declared."""

import re
from collections.abc import Iterator, Mapping
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

_HAN = re.compile("[\u3001-\u303f\u4e00-\u9fff\uff01-\uff5e]+")
_READ_OUT = {"title", "aria-label", "alt", "placeholder", "label"}
_EMPTY = {"meta", "link", "input", "br", "img", "hr", "col"}
_NAMES = ("张", "号", "甲乙", "滨江区", "中文", "兜底")
_LEFT_OVER = "untold"
"""How a page marks a text that should have had an English one (`portal.page`)."""

_CHINESE_BY_NATURE: Mapping[str, str] = {
    "/list": "a view is called what its owner called it",
    "/families/{family_id}/letter": "the letter goes to the family; the link to it says that it is in Chinese",
    "/written/{object_id}": "a note stays in the words of whoever wrote it",
    "/deliveries/{feed}/{month}": "columns, values and sheets of a file are called what the department calls them",
    "/quarantine/{delivery_id}": "columns of a file are called what the department calls them",
    "/rules": "cases stand in the words of the officials who wrote them, and the page says so",
    "/rules/{rule_id}": "cases stand in the words of the officials who wrote them, and the page says so",
    "/model": "why somebody did something with a model stays in their words",
}
"""Pages that show Chinese texts to an English reader, each marked as Chinese, and why they are not translated."""


class _Unmarked(HTMLParser):
    """Collects the Chinese texts of a page that stand in no element marked as Chinese."""

    def __init__(self) -> None:
        super().__init__()
        self.within: list[tuple[str, str]] = []
        self.found: set[str] = set()
        self.marked: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the language that an element is in."""
        told = dict(attrs)
        language = told.get("lang") or (self.within[-1][1] if self.within else "en")
        language = "en" if told.get("class") == _LEFT_OVER else language
        for name in _READ_OUT & told.keys():
            self.handle_text(told[name] or "", language)
        if tag not in _EMPTY:
            self.within.append((tag, language))

    def handle_endtag(self, tag: str) -> None:
        """Leave the element, and those within it that were not closed."""
        while self.within and self.within.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Keep a text that is Chinese and not said to be."""
        if self.within and self.within[-1][0] != "style":
            self.handle_text(data, self.within[-1][1])

    def handle_text(self, data: str, language: str) -> None:
        """Keep what is Chinese of a text or an attribute in that language; of others, that they were marked."""
        if language.startswith("zh"):
            self.marked |= set(_HAN.findall(data))
        else:
            self.found |= set(_HAN.findall(data))


def _places() -> set[str]:
    return {CODE_LISTS[name].title_of(code) for name in ("street", "community") for code in CODE_LISTS[name].codes}


def unmarked(html: str) -> set[str]:
    """The Chinese of a page that is neither marked nor a name of a person or place."""
    names = {part for each in _places() for part in _HAN.findall(each)} | {*_NAMES}
    return {each for each in _read_page(html).found if each not in names}


def marked(html: str) -> set[str]:
    """The Chinese of a page that is marked as such, besides the name of the language itself."""
    return _read_page(html).marked - {"中文"}


def _read_page(html: str) -> _Unmarked:
    page = _Unmarked()
    page.feed(html)
    return page


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
    """If this fails, an English reader meets a button, reason or title that nobody translated."""
    found = {path: unmarked(html) for path, html in pages.items()}
    assert {path: texts for path, texts in found.items() if texts} == {}


def test_what_stays_chinese_is_declared(pages: dict[str, str]) -> None:
    """If this fails, texts are marked as Chinese and left at that, where they could have been told in English."""
    assert {path for path, html in pages.items() if marked(html)} == set(_CHINESE_BY_NATURE)


def test_an_unmarked_text_is_found() -> None:
    """If this fails, the tests above pass whatever the pages say."""
    page = '<p>Open <b title="红">走访</b><br><span lang="zh">依据</span> 张1，<i class="untold" lang="zh">退出</i>'
    assert unmarked(page) == {"走访", "红", "，", "退出"}
    assert marked(page) == {"依据"}


def test_codes_have_an_english_title() -> None:
    """If this fails, states, reasons and measures stand in Chinese between English words."""
    known = translated()
    words = {name: codes for name, codes in WORDS.items() if name not in {"street", "community"}}
    titles = {codes.title_of(code) for codes in words.values() for code in codes.codes}
    assert {each for each in titles if _HAN.search(each) and not known.get(each)} == set()
