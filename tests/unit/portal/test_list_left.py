"""Families that left the list: on its page, in its file, and for readers of one street."""

import io

import openpyxl
import pytest
from sqlalchemy import Engine

from portal.page import API
from registry.engine import make_engine
from schemas.settings import Settings
from tests.portal import bearer, csrf_of, open_portal, program
from tests.unit.registry.examples import JULY, edition, family, key, member, published
from tests.vaulted import name_people

XIXING, CHANGHE = "330108001", "330108002"
ELSEWHERE = {"street_code": CHANGHE, "community_code": f"{CHANGHE}001"}


@pytest.fixture
def engine(settings: Settings) -> Engine:
    """June has four families. In July H:4's window has ended, H:3 lives in the other street, H:2 joined H:1."""
    made = make_engine(settings)
    before = [family(f"H:{each}", each, score=each * 100) for each in (1, 2, 3, 4)]
    published(made, edition(listed=before, members=[member(f"H:{each}", each) for each in (1, 2, 3, 4)]))
    now = [family("H:1", 1, members=2), family("H:3", 3, **ELSEWHERE)]
    people = [member("H:1", 1), member("H:1", 2), member("H:3", 3, **ELSEWHERE)]
    ended = {
        "family_id": "H:4",
        "person_key": key(4),
        "ground": "temporary_assistance",
        "manner": "by_rule",
        "reason": "window_ended",
        "street_code": XIXING,
        "community_code": f"{XIXING}001",
    }
    published(made, edition(listed=now, members=people, exits=[ended]), JULY)
    made.dispose()
    return made


def _rows(page: str) -> dict[str, str]:
    """The last cell (state) by family."""
    rows = page.partition("<tbody>")[2].partition("</tbody>")[0].split("<tr>")[1:]
    families = [each.partition("/families/")[2].partition("?")[0].replace("%3A", ":") for each in rows]
    states = [each.rpartition("<td")[2].partition(">")[2].partition("<")[0] for each in rows]
    return dict(zip(families, states, strict=True))


@pytest.mark.usefixtures("engine")
def test_families_that_left_are_listed_with_why_and_lead_to_what_they_were(settings: Settings) -> None:
    """Otherwise nobody can look up who fell off the list this month, and whether that was right."""
    with open_portal(settings, "district_staff") as client:
        page = client.get("/list", params={"change": "left"}).text
        assert _rows(page) == {"H:4": "不再列入：规定期限届满", "H:2": "不再列入：并入其他在列家庭"}
        assert "共 2 户，截至 2026年7月31日" in page
        assert "退出前（截至 2026年6月30日）" in page
        assert 'href="/families/H%3A4?as_of=2026-06-30"' in page
        then = {each: client.get(f"/families/H%3A{each}?as_of=2026-06-30").text for each in (1, 2, 4)}
        assert "截至 2026年7月31日 的名单起不再列入。原因：规定期限届满。" in then[4]
        assert "原因：并入其他在列家庭。" in then[2]
        assert "不再列入" not in then[1]
        assert [each for each in then if "/letter" in then[each]] == [1]  # it says that they are on the list
        narrowed = client.get("/list", params={"change": "left", "score": "300"}).text
        assert list(_rows(narrowed)) == ["H:4"]


@pytest.mark.usefixtures("engine")
def test_a_family_that_moved_to_another_street_has_left_its_own_and_nothing_tells_where(settings: Settings) -> None:
    """Otherwise a street loses sight of a family, or learns from the list where it lives now."""
    with open_portal(settings, "street_staff", area=XIXING) as client:
        page = client.get("/list", params={"change": "left"}).text
        then = client.get("/families/H%3A3?as_of=2026-06-30").text
    assert "起不再列入。本页" in then
    assert "长河" not in then
    assert _rows(page) == {
        "H:4": "不再列入：规定期限届满",
        "H:3": "不再列入",
        "H:2": "不再列入：并入其他在列家庭",
    }
    assert "长河" not in page
    with open_portal(settings, "street_staff", area=CHANGHE) as client:
        page = client.get("/list", params={"change": "left"}).text
    assert _rows(page) == {}


def _addresses(settings: Settings, area: str, role: str = "street_staff") -> str:
    """What the staff of an area see and take of the families that have left it, and of two as they were in June."""
    headers = bearer(settings, role, area=area)
    with open_portal(settings, role, area=area) as client, program(str(client.base_url), headers) as machine:
        page = client.get("/list", params={"change": "left"}).text
        shown = page.partition('name="shown" value="')[2].partition('"')[0]
        form = {"csrf": csrf_of(page), "shown": shown, "format": "csv", "purpose": "visits", "change": "left"}
        told = [
            *(client.get(f"/families/H%3A{each}?as_of=2026-06-30").text for each in (3, 4)),
            client.get("/families/H%3A3").text,
            *(machine.get(f"{API}v1/families/H:{n}", params={"as_of": "2026-06-30"}).text for n in (3, 4)),
            client.post("/list/download", data=form).text,
        ]
        book = client.post("/list/download", data=form | {"format": "xlsx"}).content
    if book.startswith(b"PK"):
        told += [str(list(sheet.values)) for sheet in openpyxl.load_workbook(io.BytesIO(book))]
    return "".join(told)


@pytest.mark.usefixtures("engine")
def test_where_people_live_who_moved_is_told_to_their_new_street_alone(settings: Settings) -> None:
    """If this fails, somebody who left a street is found by it, on a page of last month or in a file of who left."""
    name_people(settings, (2, 3), month="2026-07", home="{}号新址", community=f"{CHANGHE}001")
    before, now = _addresses(settings, XIXING), _addresses(settings, CHANGHE)
    assert "3号新址" not in before
    assert "2号新址" in before  # listed in the street with another family: it has to be visited, wherever it is
    assert "3号新址" in now


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize(
    ("role", "area", "lives"),
    [
        ("street_staff", XIXING, f"{XIXING}001"),
        ("community_worker", f"{XIXING}001", f"{XIXING}001"),
        ("district_staff", "", f"{CHANGHE}001"),
    ],
)
def test_where_people_live_who_are_listed_nowhere_is_told_there(
    settings: Settings, role: str, area: str, lives: str
) -> None:
    """If this fails, nobody can bring a family the letter that says it is listed no more."""
    name_people(settings, [4], month="2026-07", home="{}号新址", community=lives)
    assert "4号新址" in _addresses(settings, area, role)


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize(
    ("role", "area", "lives"),
    [
        ("street_staff", XIXING, f"{CHANGHE}001"),
        ("street_staff", XIXING, None),
        ("community_worker", f"{XIXING}001", f"{XIXING}002"),
    ],
)
def test_where_people_live_who_are_listed_nowhere_is_told_nowhere_else(
    settings: Settings, role: str, area: str, lives: str | None
) -> None:
    """If this fails, somebody who left the list and then the street is found by it, on a page of an earlier month."""
    name_people(settings, [4], month="2026-07", home="{}号新址", community=lives)
    assert "4号新址" not in _addresses(settings, area, role)


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("role", ["district_staff", "street_staff"])
def test_the_file_of_families_that_left_holds_those_of_the_page(settings: Settings, role: str) -> None:
    """Otherwise the file holds the whole list under the name of those who left it."""
    with open_portal(settings, role) as client:
        page = client.get("/list", params={"change": "left", "sort": "score_back"}).text
        shown = page.partition('name="shown" value="')[2].partition('"')[0]
        form = {"csrf": csrf_of(page), "shown": shown, "format": "xlsx", "purpose": "visits", "change": "left"}
        answer = client.post("/list/download", data=form | {"sort": "score_back"})
        other = client.post("/list/download", data=form | {"tier": "red", "shown": shown})
    assert answer.status_code == 200
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    rows = list(book["家庭"].iter_rows(values_only=True))
    head = next(place for place, row in enumerate(rows) if "家庭标识" in row)
    families = [str(row[rows[head].index("家庭标识")]) for row in rows[head + 1 :]]
    assert families == list(_rows(page))
    assert other.status_code == 409
    cover = {str(row[0]): str(row[1]) for row in book.worksheets[0].iter_rows(max_col=2, values_only=True)}
    assert "下一期名单不再列入" in cover["筛选条件"]
