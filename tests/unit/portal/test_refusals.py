"""An address with a filter or word that nobody knows: which it is, which there are, and nothing of what was typed."""

import httpx
import pytest

from portal.app import PAGES
from portal.page import KNOWN, PUBLIC
from registry.roles import Actor
from registry.scope import Area
from schemas.settings import Settings
from tests.portal import AREAS, example_of, open_portal

_ROLES = ("supervisor", "street_staff", "auditor", "administrator")


@pytest.mark.parametrize("role", _ROLES)
def test_every_page_refuses_a_filter_that_it_does_not_have_and_names_it(settings: Settings, role: str) -> None:
    """If this fails, a slip of the pen in an address reads as "all", or nobody is told what the slip was."""
    actor = Actor("reader", role, Area.of(AREAS[role]) if role in AREAS else Area())
    asked = 0
    with open_portal(settings, role) as client:
        for page in PAGES:
            if "GET" not in page.methods or page.is_api or page.permission == PUBLIC:
                continue
            if page.permission != KNOWN and not actor.may(page.permission):
                continue
            answer = client.get(example_of(page.path), params={"strete": "330108001"})
            assert answer.status_code == 422, page.path
            assert "没有这个筛选条件：strete。 此页面可以用的条件：" in answer.text, page.path
            asked += 1
    assert asked > 5


@pytest.mark.parametrize("address", ["/list", "/cases"])
def test_what_there_is_is_told(reader: httpx.Client, address: str) -> None:
    """If this fails, whoever mistyped a filter has to guess again; or the page is no page of ours."""
    answer = reader.get(address, params={"strete": "x"})
    for each in ("street", "community", "sort", "page"):
        assert each in answer.text
    assert "<nav" in answer.text
    assert "无法识别的条件" in answer.text


def test_a_page_without_filters_says_that_it_has_none(reader: httpx.Client) -> None:
    """If this fails, the sentence ends in the middle."""
    assert "此页面可以用的条件：无。" in reader.get("/account", params={"x": "1"}).text


@pytest.mark.parametrize("name", ["张某某", "330108198002290001", "<b>", "a" * 60])
def test_what_may_be_anything_is_not_repeated(reader: httpx.Client, name: str) -> None:
    """If this fails, a name or number that was pasted into an address stands on a page that gets printed."""
    answer = reader.get("/account", params={name: "1"})
    assert answer.status_code == 422
    assert "没有这个筛选条件：（名称不显示）。" in answer.text


def test_a_value_that_cannot_be_one_is_told_by_its_filter_alone(reader: httpx.Client) -> None:
    """If this fails, nobody knows which of the filters was mistyped; or what was typed is repeated."""
    said = reader.get("/cases", params={"page": "张某某"}).text.partition('<p class="card">')[2].partition("</p>")[0]
    assert said.startswith("这些条件的值无法识别：page。")
    assert "张某某" not in said


@pytest.mark.parametrize(
    ("address", "said", "english"),
    [
        ("/cases?sort=colour", "任务排序。可以用的有：due、opened、street、urgency。", "sort of cases. There are: due"),
        ("/cases?urgency=colour", "紧急程度。可以用的有：none、orange、red、yellow。", "urgency. There are: none"),
        ("/cases?state=colour", "任务状态。可以用的有：", "case state. There are: appealed"),
        ("/cases?audience=colour", "任务性质。可以用的有：need", "kind of cases. There are: need"),
        ("/follow-ups?receiver=colour", "转介去向。可以用的有：", "receiver. There are: "),
    ],
)
def test_an_unknown_word_is_told_by_its_kind_and_the_words_that_there_are(
    reader: httpx.Client, address: str, said: str, english: str
) -> None:
    """If this fails, "no such page" is said of a page that is there, and the reader does not know what to mend."""
    answer = reader.get(address)
    assert answer.status_code == 422
    assert said in answer.text
    assert "colour" not in answer.text.partition("<main")[2].partition("</main>")[0].partition("</p>")[0]
    assert english in reader.get(address, headers={"Accept-Language": "en"}).text


def test_a_street_is_told_its_own_places_alone(settings: Settings) -> None:
    """If this fails, a refusal is a way to learn of other streets."""
    with open_portal(settings, "street_staff") as client:
        answer = client.get("/cases", params={"community": "330108002001"})
        assert answer.status_code == 422
        assert "330108001001" in answer.text
        assert "330108002" not in answer.text.partition('<p class="card">')[2].partition("</p>")[0]
