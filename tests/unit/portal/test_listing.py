"""Working the list on its page: narrowing, searching, ordering, and taking it away as a file."""

import io
import re
from collections.abc import Iterator

import httpx
import openpyxl
import polars as pl
import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from registry.engine import make_engine
from registry.models import AuditEvent
from schemas.settings import Settings
from tests.portal import csrf_of, open_portal
from tests.unit.registry.deliveries import number
from tests.unit.registry.examples import JULY, JUNE, edition, family, key, leaving, member, published
from tests.vaulted import deliver_people

XIXING, CHANGHE = "330108001", "330108002"
ELSEWHERE = {"street_code": CHANGHE, "community_code": f"{CHANGHE}001"}
ALL = {"H:100", "H:300", "D:7", "H:200"}


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    """The registry that the portal reads."""
    made = make_engine(settings)
    yield made
    made.dispose()


@pytest.fixture
def months(engine: Engine, settings: Settings) -> str:
    """Two months: H:100 and D:7 stay (D:7 rises to red), H:300 and H:200 (of the other street) enter in July."""
    rows = [
        (key(1), number(1), "张一", "13800000001", "一号"),
        (key(2), number(2), "张二", "13800000002", "二号"),
        (key(3), number(3), "李三", "13800000003", "三号"),
        (key(7), number(7), "王七", "13800000007", "七号"),
        (key(8), number(8), "赵八", "13800000008", "七号"),
    ]
    deliver_people(settings.vault_dir, rows, feed="household_registration")
    staying = [member("H:100", 1), member("D:7", 7), member("D:7", 8, relation="child")]
    before = [family("H:100", 1), family("D:7", 7, layer="registered", groups="", members=2)]
    published(engine, edition(listed=before, members=staying), JUNE)
    now = [
        family("H:100", 1, score=1200, classes="education;illness"),
        family(
            "H:300",
            3,
            score=3000,
            classes="disability",
            groups="low_income_family",
            community_code=f"{XIXING}002",
            status="proposed_exit",
            proposed_groups="low_income_family",
        ),
        family("D:7", 7, layer="registered", groups="", tier="red", members=2, score=500, classes=""),
        family("H:200", 2, score=2000, tier="orange", **ELSEWHERE),
    ]
    people = [*staying, member("H:300", 3), member("H:200", 2, **ELSEWHERE)]
    return published(engine, edition(listed=now, members=people, standings=[leaving("H:300", 3)]), JULY)


@pytest.fixture
def district(settings: Settings, months: str) -> Iterator[httpx.Client]:
    """A browser of somebody who works for the whole district."""
    with open_portal(settings, "district_staff") as client:
        yield client


@pytest.fixture
def street(settings: Settings, months: str) -> Iterator[httpx.Client]:
    """A browser of the street where all but H:200 live."""
    with open_portal(settings, "street_staff", area=XIXING) as client:
        yield client


def _families(page: str) -> list[str]:
    return [each.split("?", 1)[0].replace("%3A", ":") for each in page.split('href="/families/')[1:]]


def _found(client: httpx.Client, keyword: str, **words: str) -> httpx.Response:
    proof = csrf_of(client.get("/list").text)
    return client.post("/list/find", data={"csrf": proof, "keyword": keyword, **words})


def _taken(client: httpx.Client, **fields: str | list[str]) -> httpx.Response:
    page = client.get("/list").text
    shown = page.split('name="shown" value="')[1].partition('"')[0]
    form = {"csrf": csrf_of(page), "shown": shown, "format": "xlsx", "purpose": "visits", **fields}
    return client.post("/list/download", data=form)


@pytest.mark.parametrize(
    ("asked", "seen"),
    [
        ({}, ALL),
        ({"street": CHANGHE}, {"H:200"}),
        ({"community": f"{XIXING}002"}, {"H:300"}),
        ({"street": CHANGHE, "community": f"{XIXING}002"}, set()),
        ({"group": "low_income_family"}, {"H:300"}),
        ({"tier": "orange"}, {"H:200"}),
        ({"difficulty": "illness"}, {"H:100", "H:200"}),
        ({"score": "1200"}, {"H:100", "H:300", "H:200"}),
        ({"score": "1201"}, {"H:300", "H:200"}),
        ({"score": "", "tier": ""}, ALL),
        ({"change": "entered"}, {"H:300", "H:200"}),
        ({"change": "changed"}, {"D:7"}),
        ({"change": "proposed"}, {"H:300"}),
        ({"change": "entered", "tier": "orange"}, {"H:200"}),
    ],
)
def test_each_filter_narrows_and_is_counted(district: httpx.Client, asked: dict[str, str], seen: set[str]) -> None:
    """Otherwise staff work through other families than they asked for, or take a part for the whole."""
    answer = district.get("/list", params=asked)
    assert answer.status_code == 200
    assert set(_families(answer.text)) == seen
    assert f"共 {len(seen)} 户" in answer.text


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [
        ("street", "浦东", 422),
        ("community", "330108999001", 422),
        ("difficulty", "bad_luck", 422),
        ("change", "vanished", 422),
        ("sort", "name", 422),
        ("column", "id_number", 422),
        ("score", "many", 422),
        ("score", "-1", 422),
        ("keyword", "张", 422),
        ("everything", "yes", 422),
    ],
)
def test_unknown_words_are_refused(district: httpx.Client, name: str, value: str, status: int) -> None:
    """Otherwise a mistyped filter shows everybody or nobody; a keyword has no place in an address."""
    answer = district.get("/list", params={name: value})
    assert answer.status_code == status
    assert not _families(answer.text)


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("urgency", ["D:7", "H:200", "H:300", "H:100"]),
        ("score", ["H:300", "H:200", "H:100", "D:7"]),
        ("street", ["D:7", "H:100", "H:300", "H:200"]),
    ],
)
def test_the_list_is_ordered_as_asked(district: httpx.Client, sort: str, order: list[str]) -> None:
    """Otherwise the most urgent are not visited first, or a street's round crosses the district."""
    assert _families(district.get("/list", params={"sort": sort}).text) == order


def test_columns_are_chosen_and_kept_in_the_address(district: httpx.Client) -> None:
    """Otherwise a small screen shows what nobody reads, and the next page shows it again."""
    page = district.get("/list", params={"column": ["tier", "members"]}).text
    assert '<th class="number">人数</th>' in page
    assert "<th>困难类型</th>" not in page
    assert page.count('type="hidden" name="column" value="members"') == 3  # find, keep, download
    assert "<th>困难类型</th>" in district.get("/list").text


@pytest.mark.parametrize(
    ("keyword", "seen"),
    [
        ("张", {"H:100", "H:200"}),
        ("张二", {"H:200"}),
        ("赵八", {"D:7"}),
        (number(3), {"H:300"}),
        ("13800000007", {"D:7"}),
        ("H:100", {"H:100"}),
        ("7", {"D:7"}),
        ("孙", set()),
        ("%", set()),
        ("  ", ALL),
    ],
)
def test_a_keyword_finds_people_and_families(district: httpx.Client, keyword: str, seen: set[str]) -> None:
    """Otherwise somebody who comes to the counter is not found on the list that they stand on."""
    page = _found(district, keyword).text
    assert set(_families(page)) == seen
    assert f"共 {len(seen)} 户" in page


def test_what_is_sought_is_recorded_nowhere(district: httpx.Client, months: str, engine: Engine) -> None:
    """If this fails, the chain, which is never erased, tells whom somebody has looked for."""
    for keyword in ("张一", number(2), "13800000002"):
        assert "共" in _found(district, keyword).text
    with Session(engine) as session:
        events = session.scalars(select(AuditEvent)).all()
    assert [each.action for each in events].count("view") >= 3
    told = str([(each.purpose, each.details) for each in events])
    assert not [each for each in ("张", number(2), "13800000002") if each in told]


def test_a_keyword_that_cannot_be_one_is_refused(district: httpx.Client) -> None:
    """Otherwise a pasted table is answered as if nobody were found."""
    answer = _found(district, "张" * 41)
    assert answer.status_code == 422
    assert "张张" not in answer.text


def test_another_street_learns_nothing(street: httpx.Client, months: str) -> None:
    """Otherwise a worker searches for people who live elsewhere, or counts them."""
    assert "共 3 户" in street.get("/list").text
    assert set(_families(street.get("/list", params={"change": "entered"}).text)) == {"H:300"}
    assert street.get("/list", params={"street": CHANGHE}).status_code == 422
    assert street.get("/list", params={"community": f"{CHANGHE}001"}).status_code == 422
    assert set(_families(_found(street, "张").text)) == {"H:100"}
    for there, nowhere in (
        ("张二", "孙二"),
        (number(2), number(9)),
        ("H:200", "H:999"),
        ("13800000002", "13800000099"),
    ):
        hidden, missing = _found(street, there).text, _found(street, nowhere).text
        assert "共 0 户" in hidden
        assert hidden.replace(there, "") == missing.replace(nowhere, "")
    book = openpyxl.load_workbook(io.BytesIO(_taken(street).content))
    assert book["家庭"].max_row == 1 + 3
    assert "张二" not in str([list(sheet.values) for sheet in book])


CHOSEN = {"column": ["tier", "groups"], "contents": "shown"}
OF_CHOSEN = ["序号", "户号/户编号", "户主姓名", "群体", "等级", "拟退出群体", "家庭标识"]


def test_a_file_of_the_chosen_columns_has_no_more_than_the_page(district: httpx.Client) -> None:
    """Otherwise who needs tiers alone carries away the addresses and numbers of a whole district."""
    answer = _taken(district, **CHOSEN)
    assert answer.status_code == 200
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == ["说明", "家庭"]
    assert sorted(each.value for each in book["家庭"][1]) == sorted(OF_CHOSEN)
    assert book["家庭"].max_row == 1 + len(ALL)
    cover = {row[0]: row[1] for row in book["说明"].iter_rows(values_only=True) if row[0]}
    assert (cover["列"], cover["身份证号"], cover["家庭数"]) == ("等级、群体", "不含", str(len(ALL)))
    told = str([list(sheet.values) for sheet in book])
    assert "张二" in told
    for hidden in (number(2), number(2)[-4:], "13800000002", "二号", "王七的孩子", "赵八"):
        assert hidden not in told
    csv = _taken(district, format="csv", **CHOSEN)
    heading = csv.content.decode("utf-8-sig").splitlines()[0].split(",")
    assert sorted(heading) == sorted([*OF_CHOSEN, "导出标记"])


def test_which_columns_were_taken_is_in_the_chain(district: httpx.Client, engine: Engine) -> None:
    """Otherwise an auditor takes a list of tiers for one of addresses, or the other way round."""
    assert _taken(district, **CHOSEN).status_code == 200
    assert _taken(district).status_code == 200
    with Session(engine) as session:
        taken = session.scalars(select(AuditEvent).where(AuditEvent.action == "export").order_by(AuditEvent.seq)).all()
    assert [each.details["filters"].get("列") for each in taken] == ["等级、群体", None]
    assert [each.details["rows"] for each in taken] == [{"家庭": 4}, {"家庭": 4, "成员": 5}]


@pytest.mark.parametrize("fields", [{"contents": "some"}, {"contents": "shown", "column": "address"}])
def test_contents_that_there_are_not_are_refused(district: httpx.Client, fields: dict[str, str]) -> None:
    """Otherwise a mistyped word takes everything."""
    assert _taken(district, **fields).status_code == 422


@pytest.mark.parametrize(("asked", "contents"), [("", "all"), ("?column=tier&column=groups", "shown")])
def test_the_page_proposes_what_it_shows(district: httpx.Client, asked: str, contents: str) -> None:
    """Otherwise who chose columns takes all of them without a thought."""
    assert f'<option value="{contents}" selected>' in district.get(f"/list{asked}").text


def test_names_stand_beside_rows_only_for_those_who_may_know_them(settings: Settings, months: str) -> None:
    """Otherwise somebody who only counts reads who is poor, or may search for a person."""
    with open_portal(settings, "district_staff") as client:
        assert 'href="/families/H%3A100?as_of=2026-07-31">张一</a>' in client.get("/list").text
    with open_portal(settings, "district_staff", purpose="statistics") as client:
        page = client.get("/list").text
        assert "共 4 户" in page
        assert "张一" not in page
        assert "/families/" not in page
        assert "/list/find" not in page
        account = csrf_of(client.get("/account").text)
        assert client.post("/list/find", data={"csrf": account, "keyword": "张"}).status_code == 403
        assert client.post("/list/download", data={"csrf": account}).status_code == 403


@pytest.mark.parametrize(
    "words",
    [{}, {"difficulty": "illness", "sort": "score"}, {"change": "entered"}, {"keyword": "张", "tier": "yellow"}],
)
def test_the_file_holds_what_the_page_shows(
    district: httpx.Client, months: str, settings: Settings, words: dict[str, str]
) -> None:
    """Otherwise the office works from another list than the one it looked at."""
    rest = {name: value for name, value in words.items() if name != "keyword"}
    page = _found(district, words.get("keyword", ""), **rest).text
    shown = _families(page)
    answer = _taken(district, **words)
    assert answer.status_code == 200
    assert answer.headers["content-length"] == str(len(answer.content))
    assert "filename*=UTF-8''" in answer.headers["content-disposition"]
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    headings, *rows = list(book["家庭"].values)
    assert [row[headings.index("家庭标识")] for row in rows] == shown
    assert f"共 {len(rows)} 户" in page
    table = pl.read_csv(io.BytesIO(_taken(district, format="csv", **words).content))
    assert table["家庭标识"].to_list() == shown
    assert "有效期至" in table["导出标记"][0]
    assert not [each for each in (settings.home / "tmp").rglob("*") if each.is_file()]
    assert not settings.exports_dir.exists() or not list(settings.exports_dir.iterdir())


def test_a_file_says_who_took_it_and_the_chain_too(district: httpx.Client, months: str, engine: Engine) -> None:
    """Otherwise a list that is found in the street cannot be traced to the account that took it."""
    book = openpyxl.load_workbook(io.BytesIO(_taken(district, keyword="张", purpose="assistance").content))
    cover = {row[0]: row[1] for row in book["说明"].iter_rows(min_row=2, max_col=2, values_only=True)}
    assert "district.staff" in cover["导出人"]
    assert cover["用途"] == "救助帮扶和转介"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", cover["导出时间"])
    assert "到期销毁" in cover["有效期至"]
    for sheet in book:
        header = sheet.oddHeader.center.text
        assert all(each in header for each in ("district.staff", "救助帮扶和转介", "有效期至", cover["导出时间"]))
    number_of_first = list(book["家庭"].values)[1][3]
    assert "*" in number_of_first
    with Session(engine) as session:
        events = session.scalars(select(AuditEvent).order_by(AuditEvent.seq)).all()
    (taken,) = [each for each in events if each.action == "export"]
    assert (taken.actor, taken.purpose) == ("district.staff", "救助帮扶和转介")
    assert taken.details["rows"]["家庭"] == 2
    assert taken.details["masked"] is True
    assert "张" not in str([each.details for each in events])


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"purpose": ""}, 422),
        ({"purpose": "curiosity"}, 422),
        ({"format": "parquet"}, 422),
        ({"tier": "purple"}, 422),
        ({"column": "id_number"}, 422),
        ({"sort": "name"}, 422),
        ({"area": "all"}, 422),
        ({"shown": "another"}, 409),
        ({"unmask": "yes"}, 403),
    ],
)
def test_a_download_that_may_not_be_is_refused(
    district: httpx.Client, months: str, engine: Engine, fields: dict[str, str], status: int
) -> None:
    """Otherwise a list leaves without a purpose, or with more than the page had."""
    answer = _taken(district, **fields)
    assert answer.status_code == status
    with Session(engine) as session:
        assert "export" not in session.scalars(select(AuditEvent.action)).all()


def test_changes_need_a_month_before(district: httpx.Client) -> None:
    """Otherwise the first list claims that nobody is new, or everybody."""
    assert district.get("/list", params={"as_of": str(JUNE), "change": "entered"}).status_code == 404
    assert district.get("/list", params={"as_of": str(JUNE), "change": "proposed"}).status_code == 200
