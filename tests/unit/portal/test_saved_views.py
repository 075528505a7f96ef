"""Keeping a view from the list page: it opens the same list, and never with what was sought."""

import re

import httpx

from registry.engine import make_engine
from schemas.settings import Settings
from tests.portal import csrf_of, open_portal
from tests.unit.registry.examples import JULY, edition, family, member, published


def _published(settings: Settings) -> None:
    engine = make_engine(settings)
    listed = [family("H:1", 1, tier="red"), family("H:2", 2)]
    published(engine, edition(listed=listed, members=[member("H:1", 1), member("H:2", 2)]), JULY)
    engine.dispose()


def _kept(client: httpx.Client, title: str, **words: str) -> httpx.Response:
    return client.post("/views", data={"csrf": csrf_of(client.get("/list").text), "title": title, **words})


def test_a_kept_view_opens_the_same_list(settings: Settings) -> None:
    """Otherwise a view shows other families than those it was kept for, or cannot be got rid of."""
    _published(settings)
    with open_portal(settings, "supervisor") as client:
        assert _kept(client, "红色家庭", tier="red", sort="score", column="tier").status_code == 303
        page = client.get("/list").text
        found = re.search(r'href="(/list\?[^"]+)">红色家庭', page)
        assert found is not None
        shown = client.get(found[1].replace("&amp;", "&")).text
        assert "共 1 户" in shown
        view = re.search(r"/views/([0-9a-f]{16})/rename", page)
        assert view is not None
        proof = {"csrf": csrf_of(page), "back": "/list?tier=red"}
        shared = client.post(f"/views/{view[1]}/share", data=proof | {"role": "every", "area": "district"})
        assert (shared.status_code, shared.headers["location"]) == (303, "/list?tier=red")
        assert client.post(f"/views/{view[1]}/rename", data=proof | {"title": "先看红色"}).status_code == 303
        with open_portal(settings, "street_staff") as street:
            assert "先看红色" in street.get("/list").text
            posted = {"csrf": csrf_of(street.get("/list").text)}
            assert street.post(f"/views/{view[1]}/remove", data=posted).status_code == 404
        assert (
            client.post(f"/views/{view[1]}/remove", data=proof | {"back": "//elsewhere"}).headers["location"] == "/list"
        )
        assert "先看红色" not in client.get("/list").text


def test_a_keyword_and_unknown_words_are_refused_with_a_clear_word(settings: Settings) -> None:
    """Otherwise the name that somebody sought is kept in clear, or a view opens an error for ever."""
    _published(settings)
    with open_portal(settings, "street_staff") as client:
        refused = _kept(client, "某户", keyword="张三")
        assert refused.status_code == 409
        assert "张三" not in refused.text
        assert _kept(client, "别处", street="330108002").status_code == 422
        assert _kept(client, "别的", tier="blue").status_code == 422
        assert "还没有视图" in client.get("/list").text
