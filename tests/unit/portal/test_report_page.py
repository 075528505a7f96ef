"""The report to the superior office beside the overview: two pages, one count."""

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from registry.engine import make_engine
from schemas.settings import Settings
from tests.portal import open_portal
from tests.unit.registry.examples import JULY, edition, family, leaving, member, published

CHANGHE = {"street_code": "330108002", "community_code": "330108002001"}


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    """A list with families of both layers, one of which a person put there, and one without a street."""
    made = make_engine(settings)
    listed = [
        family("H:1", 1, members=3, tier="red", groups="low_income_family;temporary_assistance"),
        family("D:2", 2, members=2, layer="registered", groups=""),
        family("H:3", 3, members=4, tier="orange", groups="verified_inclusion", **CHANGHE),
        family("D:4", 4, layer="registered", groups="verified_inclusion", **CHANGHE),
        family("H:5", 5, groups="obligor_family", street_code=None, community_code=None),
    ]
    people = [member(str(each["family_id"]), number) for number, each in enumerate(listed, start=1)]
    published(made, edition(listed=listed, members=people, standings=[leaving("H:1", 1)]), JULY)
    yield made
    made.dispose()


def _rows(page: str, title: str) -> dict[str, list[str]]:
    """The cells of the table under a heading, by the text of the first; without people beside families."""
    table = page.partition(f"<h2>{title}</h2>")[2].partition("</table>")[0].partition("<tbody>")[2]
    found = {}
    for row in table.split("<tr")[1:]:
        cells = [re.sub("<small>.*?</small>|<[^>]*>", "", each).strip() for each in re.split("</t[dh]>", row)[:-1]]
        first = re.sub(r"^[^>]*>", "", cells[0]).removeprefix("其中：")
        found["合计" if "合计" in first else first] = cells[1:]
    return found


@pytest.mark.usefixtures("engine")
def test_the_report_says_of_each_group_what_the_overview_says(settings: Settings) -> None:
    """If this fails, the bureau reports upwards other figures than it works with, or leaves families out of them."""
    with open_portal(settings, "supervisor") as client:
        overview, report = _rows(client.get("/").text, "名单构成"), _rows(client.get("/ledgers").text, "分群体统计表")
    assert len(report) == 1 + 2 + 6 + 1
    for title, told in report.items():
        families, people, *tiers = told[:5]
        streets = told[5:]
        assert [*streets, families, people] == overview[title], title
        assert sum(map(int, tiers)) == sum(map(int, streets)) == int(families)
    assert report["属实纳入（其他困难人员）"][:2] == ["2", "5"]
    layers = [report[each] for each in ("在册救助对象", "拓展监测对象")]
    assert [sum(map(int, each)) for each in zip(*layers, strict=True)] == [*map(int, report["合计"])]


@pytest.mark.usefixtures("engine")
def test_what_the_figures_mean_stands_below_each_table(settings: Settings) -> None:
    """If this fails, readers add up groups that overlap, or take what is newly proposed for all that is."""
    with open_portal(settings, "supervisor") as client:
        groups, places = client.get("/ledgers").text.split("<h2>分地区统计表</h2>")
        street = client.get("/ledgers?street=330108002").text
    assert "名单截至 2026年7月31日 · 全区" in groups  # on paper the choices above it are not there
    assert "名单截至 2026年7月31日 · 长河街道" in street
    assert "各类之和可能大于合计" in groups
    assert "本月新拟退出</th>" in places
    assert "本月新提出全户退出的户数" in places
