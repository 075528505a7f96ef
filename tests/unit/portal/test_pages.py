"""Each page shows what the registry holds, and nobody's identity."""

import re
from datetime import date

import httpx
import pytest
from sqlalchemy import Engine

from editions.inputs import MODEL
from registry.engine import make_engine
from registry.intake import ingest, new_files, record_strays
from registry.publish import publish, write_candidate
from rules import all_rules
from schemas.contract import get_feed
from schemas.settings import Settings
from tests.unit.registry.deliveries import land, number, row
from tests.unit.registry.examples import JULY, JUNE, family, input_set, key, leaving, two_families
from tests.unit.registry.examples import edition as tables


@pytest.fixture
def engine(settings: Settings) -> Engine:
    """The registry that the portal reads."""
    return make_engine(settings)


@pytest.fixture
def published(engine: Engine) -> str:
    """Two families, published as of June."""
    edition_id = write_candidate(engine, input_set(), two_families())
    publish(engine, edition_id)
    return edition_id


@pytest.fixture
def delivered(settings: Settings, engine: Engine) -> None:
    """One file with a good and a bad row, one that cannot be read, one for an unknown feed."""
    land(settings, [row(1), row(2, identity="33010819800101000")])
    land(settings, ["1"], feed="tax_wages", header="一列")
    land(settings, [row(3)], feed="unheard_of")
    record_strays(settings, engine)
    for each in new_files(settings, engine):
        ingest(each, settings, engine, today=date(2026, 7, 1))


def test_the_overview_counts_families_and_warnings(reader: httpx.Client, published: str) -> None:
    """Otherwise the bureau's first page contradicts its list."""
    page = reader.get("/").text
    assert published in page
    assert "2026年6月30日" in page
    assert "<b>2</b><span>监测家庭（户）" in page
    assert "<b>3</b><span>家庭成员（人）" in page
    assert '<th scope="row">2026-06</th><td class="number">1</td><td class="number">1</td>' in page


def test_the_overview_tells_families_and_people_by_tier_layer_group_and_street(
    reader: httpx.Client, engine: Engine
) -> None:
    """Otherwise the bureau cannot say how many people of a street or a tier are on the list, or a link leads astray."""
    there = {"street_code": "330108002", "community_code": "330108002001"}
    listed = [
        family("H:1", 1, members=3, tier="red"),
        family("H:2", 2, members=1, tier="red", layer="registered", groups="", **there),
        family("H:3", 3, members=4, tier="yellow", status="proposed_exit", **there),
        family("H:4", 4, members=2, tier="yellow", groups="verified_inclusion"),
    ]
    standings = [leaving("H:3", 3, **there)]
    publish(engine, write_candidate(engine, input_set(), tables(listed=listed, standings=standings)))
    page = reader.get("/").text
    rows = page.partition("名单构成")[2].partition("</tbody>")[0].split("<tr")[2:]
    text = [re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", each.partition(">")[2])).strip() for each in rows]
    assert "<b>1</b><span>有拟退出（户）" in page
    assert text[0] == "名单合计（每户计一次） 2 5人 2 5人 0 4 10"
    assert text[1] == "红 1 3人 1 1人 0 2 4"
    assert text[3] == "黄 1 2人 1 4人 0 2 6"
    assert text[4] == "在册救助对象 0 1 1人 0 1 1"
    assert "临时救助对象 1 3人 1 4人 0 2 7" in text
    assert text[-1] == "属实纳入（其他困难人员） 1 2人 0 0 1 2"
    linked = set(re.findall(r'href="(/list\?[^"]*)"', page))
    for address, families in (
        ("street=330108002&amp;tier=red", 1),
        ("group=temporary_assistance", 2),
        ("group=verified_inclusion", 1),
        ("tier=yellow", 2),
        ("change=proposed", 1),
    ):
        asked = f"/list?as_of=2026-06-30&amp;{address}"
        assert asked in linked
        assert f"共 {families} 户" in reader.get(asked.replace("&amp;", "&")).text
    assert all(reader.get(each.replace("&amp;", "&")).status_code == 200 for each in linked)


@pytest.mark.parametrize("breached", [True, False])
def test_a_model_that_stepped_back_is_told(reader: httpx.Client, engine: Engine, breached: bool) -> None:  # noqa: FBT001
    """Staff would believe that the approved model ordered the visits."""
    drift = {"feature": "minors", "psi": 300, "rows": 900, "breached": breached}
    made = tables(listed=[family("H:1", 1)], scores=[], score_drift=[drift], score_calibration=[])
    publish(engine, write_candidate(engine, input_set(extra={MODEL: "ab" * 16}), made))
    for address in ("/", "/model", "/list"):
        page = reader.get(address).text
        told = "评分依据：评分卡；启用的模型本月退回" in page
        assert (told and "未成年人数" in page.split("评分依据：")[1][:200]) is breached, address


def test_the_list_names_what_scored_it_in_the_language_of_its_reader(reader: httpx.Client, engine: Engine) -> None:
    """Staff would not know whether points or a model put one family before another."""
    made = tables(listed=[family("H:1", 1)], scores=[], score_drift=[], score_calibration=[])
    publish(engine, write_candidate(engine, input_set(), made))
    assert "评分依据：评分卡</small>" in reader.get("/list").text
    assert "Scored by: Scorecard</small>" in reader.get("/list", headers={"Accept-Language": "en"}).text


def test_the_overview_follows_the_months(reader: httpx.Client, engine: Engine, published: str) -> None:
    """Otherwise a reader cannot look back, or the drawing misses a month."""
    later = write_candidate(engine, input_set(JULY), tables(listed=[family("H:100", 3)]))
    publish(engine, later)
    newest = reader.get("/").text
    assert later in newest
    assert all(f'<th scope="row">{month}</th>' in newest for month in ("2026-06", "2026-07"))
    assert "本月退出" in newest
    assert '2026-07</a></th><td class="number">0</td><td class="number">1</td><td class="number">-1</td>' in newest
    assert "不能再统计覆盖" in newest  # no tables of the edition are there
    assert "2026-07</a></th>" in reader.get("/trends").text
    assert published in reader.get("/", params={"as_of": str(JUNE)}).text


def test_proposals_to_leave_stand_on_the_overview_of_a_large_list(
    reader: httpx.Client, engine: Engine, published: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If this fails, a large district does not see on its first page how many families wait for a decision."""
    monkeypatch.setattr("portal.overview._COUNTED_AT_ONCE", 0)
    publish(engine, write_candidate(engine, input_set(JULY), tables(listed=[family("H:100", 3)])))
    newest, before = reader.get("/").text, reader.get("/", params={"as_of": str(JUNE)}).text
    assert "<b>0</b><span>有拟退出（户）" in newest
    assert "有拟退出（户）" not in before
    assert "change=proposed" in before


def test_without_an_edition_the_pages_say_what_to_do(reader: httpx.Client) -> None:
    """Otherwise a new installation greets its reader with an error of the machine."""
    for address in ("/", "/list"):
        answer = reader.get(address)
        assert answer.status_code == 404
        assert "doudi run" in answer.text


def test_the_list_shows_families_without_identities(reader: httpx.Client, published: str) -> None:
    """Otherwise a shoulder-surfer learns who is poor."""
    page = reader.get("/list").text
    assert page.index("D·") < page.index("H·")
    assert "西兴街道" in page
    assert "临时救助" in page
    assert key(1) not in page
    assert key(3) not in page


@pytest.mark.parametrize(
    ("asked", "seen", "unseen"),
    [
        ({"street": "330108002"}, "H·", "D·"),
        ({"tier": "red"}, "D·", "H·"),
        ({"group": "temporary_assistance"}, "H·", "D·"),
    ],
)
def test_the_list_is_narrowed_by_street_tier_and_group(
    reader: httpx.Client, published: str, asked: dict[str, str], seen: str, unseen: str
) -> None:
    """Otherwise a street works through another street's families."""
    page = reader.get("/list", params=asked).text
    assert seen in page
    assert unseen not in page


@pytest.mark.parametrize(("name", "value"), [("street", "浦东"), ("tier", "purple"), ("group", "everybody")])
def test_an_unknown_filter_is_an_error_and_not_everybody(
    reader: httpx.Client, published: str, name: str, value: str
) -> None:
    """Otherwise a mistyped filter shows the whole list as if it were the part."""
    answer = reader.get("/list", params={name: value})
    assert answer.status_code == 422
    assert "H·" not in answer.text
    assert 'href="/list"' in answer.text


def test_a_page_after_the_last_leads_back(reader: httpx.Client, published: str) -> None:
    """Otherwise a saved address says that nobody is on the list."""
    page = reader.get("/list", params={"page": 9}).text
    assert "共 2 户" in page
    assert "没有符合条件的家庭" not in page
    assert "没有这一页" in page
    assert page.count('sort=urgency&amp;page=1"') == 3  # the last, the first and the one before


@pytest.mark.parametrize("asked", [{"page": "0"}, {"page": "many"}, {"as_of": "June"}])
def test_an_unreadable_condition_is_refused_without_repeating_it(
    reader: httpx.Client, published: str, asked: dict[str, str]
) -> None:
    """Otherwise the page answers something else than was asked."""
    assert reader.get("/list", params=asked).status_code == 422


def test_the_list_is_paged(reader: httpx.Client, engine: Engine) -> None:
    """Otherwise families after the first page are never seen."""
    families = [family(f"H:{serial:04d}", serial) for serial in range(51)]
    publish(engine, write_candidate(engine, input_set(), tables(listed=families)))
    first = reader.get("/list", params={"tier": "yellow"}).text
    assert first.count('class="code short"') == 50
    assert "tier=yellow&amp;sort=urgency&amp;page=2" in first
    second = reader.get("/list", params={"tier": "yellow", "page": 2}).text
    assert second.count('class="code short"') == 1
    assert "下一页" not in second


@pytest.mark.usefixtures("delivered")
def test_the_matrix_shows_what_came_and_what_did_not(reader: httpx.Client) -> None:
    """Otherwise nobody notices which department has not delivered."""
    page = reader.get("/deliveries").text
    assert 'class="partial" href="/deliveries/temporary_assistance/2026-06"' in page
    assert 'class="refused" href="/deliveries/tax_wages/2026-06"' in page
    assert '<td class="cell missing">' in page
    assert "unheard_of" in page


@pytest.mark.usefixtures("delivered")
def test_a_receipt_gives_counts_and_reasons_and_no_row(reader: httpx.Client) -> None:
    """Otherwise a department cannot mend its file, or people's rows stand on a page."""
    page = reader.get("/deliveries/temporary_assistance/2026-06").text
    assert "读到 2 = 接收 1 + 隔离 1 + 跳过 0" in page
    assert "身份证号位数或字符有误" in page
    assert number(1) not in page
    assert "甲乙" not in page
    assert "未找到必需的表头" in reader.get("/deliveries/tax_wages/2026-06").text


@pytest.mark.parametrize("address", ["/deliveries/tax_wages/2020-01", "/deliveries/nothing/2026-06", "/rules/nothing"])
def test_what_does_not_exist_is_not_found(reader: httpx.Client, address: str) -> None:
    """Otherwise a mistyped address shows an empty page as if nothing had been delivered."""
    assert reader.get(address).status_code == 404


def test_the_rule_book_shows_every_rule_and_its_numbers(reader: httpx.Client) -> None:
    """Otherwise an official cannot look up why, or by which figure."""
    book = reader.get("/rules").text
    for rule in all_rules().values():
        assert rule.title in book
    page = reader.get("/rules/low_income_family").text
    assert "100,000" in page
    assert "民政局" in page


def test_delivered_text_is_shown_as_text(reader: httpx.Client, settings: Settings, engine: Engine) -> None:
    """Otherwise a department's file name becomes part of the page."""
    land(settings, ["1"], header="一列", name="<b>street.csv")
    for each in new_files(settings, engine):
        ingest(each, settings, engine, today=date(2026, 7, 1))
    page = reader.get("/deliveries/temporary_assistance/2026-06").text
    assert "<b>street" not in page
    assert "&lt;b&gt;street" in page


def test_a_receipt_names_the_columns_that_were_not_read(
    reader: httpx.Client, settings: Settings, engine: Engine
) -> None:
    """Otherwise the page counts columns, and nobody can tell the department which."""
    header = "身份证号,姓名,业务编号,金额(元),批准日期,发放日期,困难类型,街道,<b>经办</b>"
    land(settings, [f"{row(1)},甲"], header=header, name="330108003.csv")
    for each in new_files(settings, engine):
        ingest(each, settings, engine, today=date(2026, 7, 1))
    page = reader.get("/deliveries/temporary_assistance/2026-06").text
    assert "契约之外的列，未读取: 1 · 第I列“&lt;b&gt;经办&lt;/b&gt;”" in page


@pytest.mark.usefixtures("published")
def test_an_edition_names_the_feeds_that_it_did_without(reader: httpx.Client) -> None:
    """Otherwise a list made without the tax bureau's month looks like any other."""
    page = reader.get("/").text
    assert "本期缺少" in page
    assert get_feed("vehicles").title in page
    assert "缺少数据不会使任何家庭因此进入或退出" in page


def test_lineage_leads_from_the_list_to_the_departments(reader: httpx.Client) -> None:
    """An auditor follows a column of the list by links, down to the department's own column and back up."""
    tables = reader.get("/lineage").text
    assert 'href="/lineage/list.income_fen"' in tables

    column = reader.get("/lineage/list.income_fen").text
    assert 'href="/lineage/feed:tax_wages.gross_fen"' in column
    assert "税务局" in column
    assert "只影响" in column

    delivered = reader.get("/lineage/feed:tax_wages.gross_fen").text
    assert 'href="/lineage/list.income_fen"' in delivered


def test_every_link_of_a_lineage_page_leads_somewhere(reader: httpx.Client) -> None:
    """No way of the lineage ends at a missing page."""
    page = reader.get("/lineage/list.tier").text
    links = set(re.findall(r'href="(/lineage/[^"]+)"', page))

    assert links
    for each in sorted(links)[:40]:
        assert reader.get(each).status_code == 200, each


@pytest.mark.parametrize("column", ["list.nothing", "feed:tax_wages.nothing", "nothing"])
def test_an_unknown_column_has_no_lineage(reader: httpx.Client, column: str) -> None:
    """A mistyped address says so."""
    assert reader.get(f"/lineage/{column}").status_code == 404
